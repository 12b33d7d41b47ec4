package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.NEG;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;

/**
 * The neighbors of a vertex as one bit an element, in blocks of 32 that are compared with a query together.
 *
 * <p>With c the vertex and x a neighbor, both in code units, b = sign(x - c), r the distance of x from c and
 * g = r^2 / sum |x - c|, the squared distance of a query q is estimated as
 * <pre>    |q - c|^2 + r^2 - 2g (T(q) - T(c)),     T(y) = sum b_i y_i </pre>
 * which is {@code |q - c|^2 + constant + factor * T(q)} with two numbers for each neighbor. {@code T(q)} of all 32 comes out of
 * table look-ups: four bits choose one of 16 sums of four query elements.
 *
 * <p>A block, of {@code blockBytes} = 4 * dimension + 256 bytes:
 * <pre>
 *     0             bits: for each 16 elements 64 bytes; byte j and byte 32 + j belong to neighbor j / 2 (+ 16 when j is odd); byte j has
 *                   elements 0..7 from the lowest bit up, byte 32 + j elements 8..15
 *     4d            32 x float: the constant; +infinity where there is no neighbor
 *     4d + 128      32 x int: the upper half is the factor as bfloat16, the lower half r^2 as bfloat16
 * </pre>
 * The constant is computed from the factor as it is stored, so that rounding the factor costs next to nothing.
 *
 * <p>Sources: J. Gao, C. Long, "RaBitQ", SIGMOD 2024, for estimates by signs; F. Andre et al., "Quicker ADC", 2019, for
 * look-ups in registers. Nothing is allocated and no argument is checked. All vector widths give the same bits.
 */
public final class NeighborCodes {

    /** Neighbors of a block. */
    public static final int COUNT = 32;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final int W = CodeLanes.WIDTH;

    /** After so many elements at most, sums of 16 bits are added up: a lane takes two elements of at most 127 in each step, which has 16 elements or more. */
    private static final int MOST_IN_SHORTS = 2048;

    private NeighborCodes() {}

    /** Bytes of a block. */
    public static int blockBytes(int dimension) {
        return 4 * dimension + 8 * COUNT;
    }

    /** Empties a block. */
    public static void clear(long block, int dimension) {
        for (int slot = 0; slot < COUNT; slot++) {
            clear(block, dimension, slot);
        }
    }

    /** Empties a slot, 0..31. */
    public static void clear(long block, int dimension, int slot) {
        ALL.set(FLOAT, constantAt(block, dimension, slot), Float.POSITIVE_INFINITY);
        ALL.set(INT, factorAt(block, dimension, slot), 0);
    }

    /** The stored square of the distance of a slot's neighbor, with 8 significant bits. */
    public static float squaredRadius(long block, int dimension, int slot) {
        return Float.intBitsToFloat(ALL.get(INT, factorAt(block, dimension, slot)) << 16);
    }

    /** The stored constant of a slot's neighbor; +infinity where there is none. */
    public static float constant(long block, int dimension, int slot) {
        return ALL.get(FLOAT, constantAt(block, dimension, slot));
    }

    /** The stored factor of a slot's neighbor. */
    public static float factor(long block, int dimension, int slot) {
        return Float.intBitsToFloat(ALL.get(INT, factorAt(block, dimension, slot)) & 0xFFFF_0000);
    }

    /** Whether two blocks have the same signs in a slot. */
    public static boolean haveSameSigns(long block, long other, int dimension, int slot) {
        int first = firstSigns(slot);
        for (int at = first; at < 4 * dimension; at += COUNT) {
            if (ALL.get(ValueLayout.JAVA_BYTE, block + at) != ALL.get(ValueLayout.JAVA_BYTE, other + at)) {
                return false;
            }
        }
        return true;
    }

    /** Offset of a slot's signs of elements 0..7; those of each next eight elements follow at a distance of 32 bytes. */
    private static int firstSigns(int slot) {
        return slot < 16 ? 2 * slot : 2 * (slot - 16) + 1;
    }

    /**
     * Puts a neighbor into a slot.
     *
     * @param center codes of the vertex, as in {@link ScalarCodes}
     * @param neighbor codes of the neighbor
     */
    public static void put(long block, int dimension, int slot, long center, long neighbor) {
        long bits = block + firstSigns(slot);
        int codeBytes = ScalarCodes.bytes(dimension);
        IntVector squares = IntVector.zero(CodeLanes.INTS);
        int magnitude = 0;
        int signed = 0;
        int positive = 0;
        for (int from = 0; from < codeBytes; from += MOST_IN_SHORTS) {
            ShortVector magnitudes = ShortVector.zero(CodeLanes.SHORTS);
            ShortVector signs = magnitudes;
            int end = Math.min(codeBytes, from + MOST_IN_SHORTS);
            for (int i = from; i != end; i += W) {
                ByteVector x = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, neighbor + i, LITTLE_ENDIAN);
                ByteVector c = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, center + i, LITTLE_ENDIAN);
                VectorMask<Byte> above = x.compare(GT, c);
                positive += storeSigns(above.toLong(), Math.min(W, dimension - i), bits + 4L * i);
                // The sum of sign(x - c) c, where the sign of zero is negative.
                ShortVector pair = c.lanewise(NEG).blend(c, above).reinterpretAsShorts();
                signs = signs.add(pair.lanewise(ASHR, 8))
                        .add(pair.lanewise(LSHL, 8).lanewise(ASHR, 8));
                pair = x.sub(c).lanewise(ABS).reinterpretAsShorts();
                ShortVector even = pair.and((short) 0xFF);
                ShortVector odd = pair.lanewise(LSHR, 8);
                magnitudes = magnitudes.add(even).add(odd);
                IntVector two = even.mul(even).add(odd.mul(odd)).reinterpretAsInts();
                squares = squares.add(two.and(0xFFFF)).add(two.lanewise(LSHR, 16));
            }
            magnitude += sum(magnitudes);
            signed += sum(signs);
        }
        int squaredDistance = squares.reduceLanes(ADD);
        // The middle of the codes lies at 63.5; padding is zero.
        float centerSum = signed - 63.5f * (2 * positive - dimension);
        float factor = magnitude == 0 ? 0 : toBfloat16(-2f * squaredDistance / magnitude);
        int radius = Float.floatToRawIntBits(toBfloat16(squaredDistance)) >>> 16;
        ALL.set(FLOAT, constantAt(block, dimension, slot), squaredDistance - factor * centerSum);
        ALL.set(INT, factorAt(block, dimension, slot), Float.floatToRawIntBits(factor) | radius);
    }

    private static int sum(ShortVector shorts) {
        IntVector two = shorts.reinterpretAsInts();
        return two.lanewise(ASHR, 16)
                .add(two.lanewise(LSHL, 16).lanewise(ASHR, 16))
                .reduceLanes(ADD);
    }

    /** Stores the signs of some elements, eight to a byte; returns how many are positive. */
    private static int storeSigns(long above, int elements, long bits) {
        if (elements >= 32) {
            storeEight(above, bits);
            storeEight(above >>> 8, bits + 32);
            storeEight(above >>> 16, bits + 64);
            storeEight(above >>> 24, bits + 96);
        }
        for (int i = elements >= 32 ? 32 : 0; i < elements; i += 8) {
            storeEight(above >>> i, bits + 4L * i);
        }
        return Long.bitCount(above);
    }

    private static void storeEight(long signs, long bits) {
        ALL.set(ValueLayout.JAVA_BYTE, bits, (byte) signs);
    }

    private static long constantAt(long block, int dimension, int slot) {
        return block + 4L * dimension + 4L * slot;
    }

    private static long factorAt(long block, int dimension, int slot) {
        return block + 4L * dimension + 4L * (COUNT + slot);
    }

    /** To nearest, ties to even. */
    static float toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7FFF + (bits >>> 16 & 1)) & 0xFFFF_0000);
    }
}
