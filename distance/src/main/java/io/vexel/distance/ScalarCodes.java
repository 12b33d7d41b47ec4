package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.I2B;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Vectors as bytes of 7 bits. Element {@code x} becomes the number {@code floor((x + limit) * scale + 1/2)}, clamped to 0..127, with
 * {@code scale = 127 / (2 limit)}, and stands for {@code (code - 63.5) / scale}. Seven bits, because the difference of two codes then
 * fits a signed byte and the squares of two of them 16 bits.
 *
 * <p>Codes lie at native addresses of any alignment. Their dimension is a multiple of 16; they take {@link #bytes} bytes, the last ones
 * zero, so that no kernel has a tail. Nothing is allocated and no argument is checked. Integer sums are exact, so every vector width
 * gives the same result.
 */
public final class ScalarCodes {

    /** The largest code. */
    public static final int MAX = 127;

    /** The value that the middle of the range has as a code. */
    public static final float CENTER = 63.5f;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final int W = CodeLanes.WIDTH;

    private ScalarCodes() {}

    /** Bytes that the codes of a vector take: the dimension rounded up to a multiple of 64. */
    public static int bytes(int dimension) {
        return (dimension + 63) & -64;
    }

    /** Encodes floats into the first {@code dimension} bytes. */
    public static void encode(long floats, int dimension, float limit, float scale, long codes) {
        switch (W) {
            case 64 -> encodeWide(floats, dimension, limit, scale, codes);
            case 32 -> encodeHalves(floats, dimension, limit, scale, codes);
            default -> encodeOneByOne(floats, dimension, limit, scale, codes);
        }
    }

    private static void encodeOneByOne(long floats, int dimension, float limit, float scale, long codes) {
        for (int i = 0; i < dimension; i++) {
            float code = (ALL.get(FLOAT, floats + 4L * i) + limit) * scale + 0.5f;
            ALL.set(ValueLayout.JAVA_BYTE, codes + i, (byte) Math.min(Math.max(code, 0f), MAX));
        }
    }

    private static void encodeWide(long floats, int dimension, float limit, float scale, long codes) {
        for (int i = 0; i != dimension; i += 16) {
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, ALL, floats + 4L * i, LITTLE_ENDIAN);
            x = x.add(limit).mul(scale).add(0.5f).max(0f).min(MAX);
            ((ByteVector) x.convertShape(F2I, CodeLanes.INTS, 0).convertShape(I2B, CodeLanes.GRANULE, 0))
                    .intoMemorySegment(ALL, codes + i, LITTLE_ENDIAN);
        }
    }

    private static void encodeHalves(long floats, int dimension, float limit, float scale, long codes) {
        for (int i = 0; i != dimension; i += 8) {
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, ALL, floats + 4L * i, LITTLE_ENDIAN);
            x = x.add(limit).mul(scale).add(0.5f).max(0f).min(MAX);
            ((ByteVector) x.convertShape(F2I, CodeLanes.INTS, 0).convertShape(I2B, ByteVector.SPECIES_64, 0))
                    .intoMemorySegment(ALL, codes + i, LITTLE_ENDIAN);
        }
    }

    /** The square of the Euclidean distance of two vectors of codes, in units of the codes. */
    public static int squaredDistance(long a, long b, int codeBytes) {
        IntVector sum = IntVector.zero(CodeLanes.INTS);
        for (int i = 0; i != codeBytes; i += W) {
            // Two neighboring differences in each short; the even one is moved up and back to get its sign.
            ShortVector pair = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, a + i, LITTLE_ENDIAN)
                    .sub(ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, b + i, LITTLE_ENDIAN))
                    .reinterpretAsShorts();
            ShortVector odd = pair.lanewise(ASHR, 8);
            ShortVector even = pair.lanewise(LSHL, 8).lanewise(ASHR, 8);
            // At most 2 * 127^2 < 2^16, so the sum of two squares is an unsigned short.
            IntVector squares = odd.mul(odd).add(even.mul(even)).reinterpretAsInts();
            sum = sum.add(squares.and(0xFFFF)).add(squares.lanewise(LSHR, 16));
        }
        return sum.reduceLanes(ADD);
    }
}
