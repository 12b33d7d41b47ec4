package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * One minus the share that two sets have in common of their union; a set is the bits that are set. Whole words go through vectors
 * where the processor counts bits in vectors, and through scalar counters elsewhere; counts are integers, so the order does not matter.
 */
final class JaccardKernel {

    private static final VectorSpecies<Long> S =
            VectorSpecies.of(long.class, VectorShape.forBitSize(Simd.HOST.widthBits()));
    private static final int W = S.length();
    private static final boolean VECTORS = Simd.VECTOR_BIT_COUNT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

    /** Common elements are counted in the lower half of a long, those of the union in the upper. */
    private static final int UNION_SHIFT = 32;

    private JaccardKernel() {}

    /** The key of one row; words of the query hold its bits from the lowest up. */
    static float key(long[] query, long row, int dimension) {
        int words = dimension >>> 6;
        long counts = VECTORS ? inVectors(query, row, words) : inWords(query, row, words);
        if ((dimension & 63) != 0) {
            counts += tail(query[words], row + 8L * words, dimension & 63);
        }
        return ScalarKernels.jaccardKey((int) counts, (int) (counts >>> UNION_SHIFT));
    }

    /** The keys of contiguous rows. */
    static void keys(long[] query, long address, int dimension, int rowCount, float[] keys) {
        int rowBytes = (dimension + 7) >>> 3;
        for (int r = 0; r < rowCount; r++) {
            keys[r] = key(query, address + (long) r * rowBytes, dimension);
        }
    }

    static long inWords(long[] query, long row, int words) {
        long counts = 0;
        for (int i = 0; i != words; i++) {
            counts += counts(query[i], ALL.get(LONG, row + 8L * i));
        }
        return counts;
    }

    private static long counts(long a, long b) {
        return Long.bitCount(a & b) + ((long) Long.bitCount(a | b) << UNION_SHIFT);
    }

    static long inVectors(long[] query, long row, int words) {
        LongVector common = LongVector.zero(S), union = common;
        int i = 0;
        for (; i != (words & -W); i += W) {
            LongVector x = LongVector.fromMemorySegment(S, ALL, row + 8L * i, LITTLE_ENDIAN);
            LongVector q = LongVector.fromArray(S, query, i);
            common = common.add(q.lanewise(VectorOperators.AND, x).lanewise(VectorOperators.BIT_COUNT));
            union = union.add(q.lanewise(VectorOperators.OR, x).lanewise(VectorOperators.BIT_COUNT));
        }
        long counts = common.reduceLanes(VectorOperators.ADD) + (union.reduceLanes(VectorOperators.ADD) << UNION_SHIFT);
        for (; i != words; i++) {
            counts += counts(query[i], ALL.get(LONG, row + 8L * i));
        }
        return counts;
    }

    /** The last 1..63 bits, byte by byte: nothing behind the row is read. */
    private static long tail(long query, long address, int bits) {
        long word = 0;
        for (int b = 0; b < bits; b += 8) {
            word |= (ALL.get(ValueLayout.JAVA_BYTE, address + (b >>> 3)) & 0xFFL) << b;
        }
        long mask = (1L << bits) - 1;
        return counts(query & mask, word & mask);
    }
}
