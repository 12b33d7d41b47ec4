package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Vectors as four bits an element, two of them in a byte: the upper bits of the seven of {@link ScalarCodes}. Code {@code n} is that of
 * the seven-bit codes {@code 8n..8n+7} and stands for {@code 8n + 4}. Of {@link #bytes} bytes, byte i holds element i in its lower
 * half and element {@code bytes + i} in its upper half; elements from the dimension on are zero.
 *
 * <p>Seven-bit codes that are compared with packed ones, packed, or unpacked to have {@link #unpackedBytes} bytes, zero from the
 * dimension on. Codes lie at native addresses of any alignment; dimensions are multiples of 16, at most
 * {@value ElementType#MAX_DIMENSION} + 16. Distances are in the units of seven-bit codes. Nothing is allocated and no argument is
 * checked. Integer sums are exact, so every vector width gives the same result.
 */
public final class PackedCodes {

    /** Seven-bit codes that a packed code stands for. */
    public static final int STEP = 8;

    private static final int W = CodeLanes.WIDTH;

    /** A short holds four packed codes, or two seven-bit ones. */
    private static final short LOWER_CODES = 0x0F0F;

    private static final short UPPER_CODES = (short) 0xF0F0;
    private static final short TIMES_STEP = 0x7878;
    private static final short MIDDLE = 0x0404;
    private static final short CODE = 15;
    private static final int MIDDLE_SQUARED = 16;

    private PackedCodes() {}

    /** Bytes of packed codes: half of the dimension rounded up to a multiple of 128. */
    public static int bytes(int dimension) {
        return (dimension + 127 & -128) / 2;
    }

    /** Bytes of the seven-bit codes that belong to them: the dimension rounded up to a multiple of 128. */
    public static int unpackedBytes(int dimension) {
        return dimension + 127 & -128;
    }

    /** Packs seven-bit codes. */
    public static void pack(long codes, int dimension, long packed) {
        int bytes = bytes(dimension);
        for (int i = 0; i != bytes; i += W) {
            ShortVector lower = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, codes + i, LITTLE_ENDIAN)
                    .reinterpretAsShorts()
                    .lanewise(LSHR, 3)
                    .and(LOWER_CODES);
            ShortVector upper = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, codes + bytes + i, LITTLE_ENDIAN)
                    .reinterpretAsShorts()
                    .lanewise(LSHL, 1)
                    .and(UPPER_CODES);
            lower.or(upper).reinterpretAsBytes().intoMemorySegment(ALL, packed + i, LITTLE_ENDIAN);
        }
    }

    /** Writes the seven-bit codes that packed ones stand for. */
    public static void unpack(long packed, int dimension, long codes) {
        int bytes = bytes(dimension);
        for (int i = 0; i != bytes; i += W) {
            ShortVector both = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, packed + i, LITTLE_ENDIAN)
                    .reinterpretAsShorts();
            both.lanewise(LSHL, 3)
                    .and(TIMES_STEP)
                    .or(MIDDLE)
                    .reinterpretAsBytes()
                    .intoMemorySegment(ALL, codes + i, LITTLE_ENDIAN);
            both.lanewise(LSHR, 1)
                    .and(TIMES_STEP)
                    .or(MIDDLE)
                    .reinterpretAsBytes()
                    .intoMemorySegment(ALL, codes + bytes + i, LITTLE_ENDIAN);
        }
        ALL.asSlice(codes + dimension, 2L * bytes - dimension).fill((byte) 0);
    }

    /** The square of the Euclidean distance of seven-bit codes from packed ones. */
    public static int squaredDistance(long codes, long packed, int dimension) {
        int bytes = bytes(dimension);
        IntVector sum = IntVector.zero(CodeLanes.INTS);
        for (int i = 0; i != bytes; i += W) {
            ShortVector both = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, packed + i, LITTLE_ENDIAN)
                    .reinterpretAsShorts();
            ShortVector lower = both.lanewise(LSHL, 3)
                    .and(TIMES_STEP)
                    .or(MIDDLE)
                    .reinterpretAsBytes()
                    .sub(ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, codes + i, LITTLE_ENDIAN))
                    .reinterpretAsShorts();
            ShortVector upper = both.lanewise(LSHR, 1)
                    .and(TIMES_STEP)
                    .or(MIDDLE)
                    .reinterpretAsBytes()
                    .sub(ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, codes + bytes + i, LITTLE_ENDIAN))
                    .reinterpretAsShorts();
            ShortVector lowerOdd = lower.lanewise(ASHR, 8);
            ShortVector lowerEven = lower.lanewise(LSHL, 8).lanewise(ASHR, 8);
            ShortVector upperOdd = upper.lanewise(ASHR, 8);
            ShortVector upperEven = upper.lanewise(LSHL, 8).lanewise(ASHR, 8);
            // At most 4 * 124^2 < 2^16, so the sum of four squares is an unsigned short.
            IntVector squares = lowerOdd.mul(lowerOdd)
                    .add(lowerEven.mul(lowerEven))
                    .add(upperOdd.mul(upperOdd))
                    .add(upperEven.mul(upperEven))
                    .reinterpretAsInts();
            sum = sum.add(squares.and(0xFFFF)).add(squares.lanewise(LSHR, 16));
        }
        // Elements from the dimension on stand for 4 here and are 0 there.
        return sum.reduceLanes(ADD) - MIDDLE_SQUARED * (2 * bytes - dimension);
    }

    /** The square of the Euclidean distance of two vectors of packed codes. */
    public static int squaredDistanceOfPacked(long a, long b, int dimension) {
        int bytes = bytes(dimension);
        IntVector sum = IntVector.zero(CodeLanes.INTS);
        for (int i = 0; i != bytes; i += W) {
            ShortVector x = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, a + i, LITTLE_ENDIAN)
                    .reinterpretAsShorts();
            ShortVector y = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, b + i, LITTLE_ENDIAN)
                    .reinterpretAsShorts();
            ShortVector d0 = x.and(CODE).sub(y.and(CODE));
            ShortVector d1 =
                    x.lanewise(LSHR, 4).and(CODE).sub(y.lanewise(LSHR, 4).and(CODE));
            ShortVector d2 =
                    x.lanewise(LSHR, 8).and(CODE).sub(y.lanewise(LSHR, 8).and(CODE));
            ShortVector d3 = x.lanewise(LSHR, 12).sub(y.lanewise(LSHR, 12));
            IntVector squares =
                    d0.mul(d0).add(d1.mul(d1)).add(d2.mul(d2)).add(d3.mul(d3)).reinterpretAsInts();
            sum = sum.add(squares.and(0xFFFF)).add(squares.lanewise(LSHR, 16));
        }
        return STEP * STEP * sum.reduceLanes(ADD);
    }
}
