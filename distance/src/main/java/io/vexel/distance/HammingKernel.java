package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The number of differing bits. Whole words go through vectors where the processor counts bits in vectors, and through four
 * scalar counters elsewhere; counts are integers, so the order does not matter.
 */
final class HammingKernel {

    private static final VectorSpecies<Long> S =
            VectorSpecies.of(long.class, VectorShape.forBitSize(Simd.HOST.widthBits()));
    private static final int W = S.length();
    private static final boolean VECTORS = Simd.VECTOR_BIT_COUNT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private HammingKernel() {}

    /** The key of one row; words of the query hold its bits from the lowest up. */
    static int key(long[] query, long row, int dimension) {
        int words = dimension >>> 6;
        int count = VECTORS ? inVectors(query, row, words) : inWords(query, row, words);
        return (dimension & 63) == 0 ? count : count + tail(query[words], row + 8L * words, dimension & 63);
    }

    /** The keys of contiguous rows. */
    static void keys(long[] query, long address, int dimension, int rowCount, float[] keys) {
        int rowBytes = (dimension + 7) >>> 3;
        for (int r = 0; r < rowCount; r++) {
            keys[r] = key(query, address + (long) r * rowBytes, dimension);
        }
    }

    static int inWords(long[] query, long row, int words) {
        int c0 = 0, c1 = 0, c2 = 0, c3 = 0;
        int i = 0;
        for (; i != (words & -4); i += 4) {
            long at = row + 8L * i;
            c0 += Long.bitCount(query[i] ^ ALL.get(LONG, at));
            c1 += Long.bitCount(query[i + 1] ^ ALL.get(LONG, at + 8));
            c2 += Long.bitCount(query[i + 2] ^ ALL.get(LONG, at + 16));
            c3 += Long.bitCount(query[i + 3] ^ ALL.get(LONG, at + 24));
        }
        for (; i != words; i++) {
            c0 += Long.bitCount(query[i] ^ ALL.get(LONG, row + 8L * i));
        }
        return c0 + c1 + c2 + c3;
    }

    static int inVectors(long[] query, long row, int words) {
        LongVector sum = LongVector.zero(S);
        int i = 0;
        for (; i != (words & -W); i += W) {
            LongVector x = LongVector.fromMemorySegment(S, ALL, row + 8L * i, LITTLE_ENDIAN);
            sum = sum.add(LongVector.fromArray(S, query, i)
                    .lanewise(VectorOperators.XOR, x)
                    .lanewise(VectorOperators.BIT_COUNT));
        }
        int count = (int) sum.reduceLanes(VectorOperators.ADD);
        for (; i != words; i++) {
            count += Long.bitCount(query[i] ^ ALL.get(LONG, row + 8L * i));
        }
        return count;
    }

    /** The last 1..63 bits, byte by byte: nothing behind the row is read. */
    private static int tail(long query, long address, int bits) {
        long word = 0;
        for (int b = 0; b < bits; b += 8) {
            word |= (ALL.get(ValueLayout.JAVA_BYTE, address + (b >>> 3)) & 0xFFL) << b;
        }
        return Long.bitCount((query ^ word) & (1L << bits) - 1);
    }
}
