package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Inner products of a group of queries with rows, one query a lane: each row element is loaded once for all queries of the
 * group, and no sum crosses lanes. Sums run in ascending order of the elements and so differ from those of {@link Kernels} in
 * the last bits: by at most {@code 2 * d * 2^-24 / (1 - d * 2^-24)} times the product of the vectors' lengths, as long as nothing
 * overflows. They are estimates to choose by, not results.
 */
public final class DotBlock {

    private static final VectorSpecies<Float> S = Simd.FLOATS;
    private static final int W = Simd.FLOATS.length();
    private static final boolean FUSED = Simd.FUSED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    /** Queries of a group: 8, 16 or 32, by the vector width. */
    public static final int QUERIES = 2 * W;

    /** {@link #dots} takes multiples of this many rows. */
    public static final int ROWS = 4;

    private DotBlock() {}

    /**
     * Arranges queries as a group: element {@code i} of all queries, then element {@code i + 1}.
     *
     * @param first the group's first query
     * @param group room for {@code QUERIES * dimension} elements; lanes without a query are left as they are
     */
    public static void transpose(float[][] queries, int first, float[] group) {
        int count = Math.min(QUERIES, queries.length - first);
        for (int lane = 0; lane < count; lane++) {
            float[] query = queries[first + lane];
            for (int i = 0; i < query.length; i++) {
                group[i * QUERIES + lane] = query[i];
            }
        }
    }

    /**
     * Inner products of contiguous rows with a group.
     *
     * @param rowCount a multiple of {@link #ROWS}
     * @param dots receives that of row {@code r} and lane {@code l} at {@code r * QUERIES + l}
     */
    public static void dots(float[] group, long address, int dimension, int rowCount, float[] dots) {
        long rowBytes = 4L * dimension;
        FloatVector zero = FloatVector.zero(S);
        for (int r = 0; r != rowCount; r += ROWS) {
            long a = address + r * rowBytes, b = a + rowBytes, c = b + rowBytes, d = c + rowBytes;
            FloatVector a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero, d0 = zero, d1 = zero;
            for (int i = 0; i != dimension; i++) {
                FloatVector q0 = FloatVector.fromArray(S, group, i * QUERIES);
                FloatVector q1 = FloatVector.fromArray(S, group, i * QUERIES + W);
                FloatVector x = FloatVector.broadcast(S, ALL.get(FLOAT, a + 4L * i));
                a0 = FUSED ? x.fma(q0, a0) : a0.add(x.mul(q0));
                a1 = FUSED ? x.fma(q1, a1) : a1.add(x.mul(q1));
                x = FloatVector.broadcast(S, ALL.get(FLOAT, b + 4L * i));
                b0 = FUSED ? x.fma(q0, b0) : b0.add(x.mul(q0));
                b1 = FUSED ? x.fma(q1, b1) : b1.add(x.mul(q1));
                x = FloatVector.broadcast(S, ALL.get(FLOAT, c + 4L * i));
                c0 = FUSED ? x.fma(q0, c0) : c0.add(x.mul(q0));
                c1 = FUSED ? x.fma(q1, c1) : c1.add(x.mul(q1));
                x = FloatVector.broadcast(S, ALL.get(FLOAT, d + 4L * i));
                d0 = FUSED ? x.fma(q0, d0) : d0.add(x.mul(q0));
                d1 = FUSED ? x.fma(q1, d1) : d1.add(x.mul(q1));
            }
            int at = r * QUERIES;
            a0.intoArray(dots, at);
            a1.intoArray(dots, at + W);
            b0.intoArray(dots, at + 2 * W);
            b1.intoArray(dots, at + 3 * W);
            c0.intoArray(dots, at + 4 * W);
            c1.intoArray(dots, at + 5 * W);
            d0.intoArray(dots, at + 6 * W);
            d1.intoArray(dots, at + 7 * W);
        }
    }

    /** As {@link #dots(float[], long, int, int, float[])}, for rows that were widened into an array. */
    public static void dots(float[] group, float[] rows, int dimension, int rowCount, float[] dots) {
        FloatVector zero = FloatVector.zero(S);
        for (int r = 0; r != rowCount; r += ROWS) {
            int a = r * dimension, b = a + dimension, c = b + dimension, d = c + dimension;
            FloatVector a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero, d0 = zero, d1 = zero;
            for (int i = 0; i != dimension; i++) {
                FloatVector q0 = FloatVector.fromArray(S, group, i * QUERIES);
                FloatVector q1 = FloatVector.fromArray(S, group, i * QUERIES + W);
                FloatVector x = FloatVector.broadcast(S, rows[a + i]);
                a0 = FUSED ? x.fma(q0, a0) : a0.add(x.mul(q0));
                a1 = FUSED ? x.fma(q1, a1) : a1.add(x.mul(q1));
                x = FloatVector.broadcast(S, rows[b + i]);
                b0 = FUSED ? x.fma(q0, b0) : b0.add(x.mul(q0));
                b1 = FUSED ? x.fma(q1, b1) : b1.add(x.mul(q1));
                x = FloatVector.broadcast(S, rows[c + i]);
                c0 = FUSED ? x.fma(q0, c0) : c0.add(x.mul(q0));
                c1 = FUSED ? x.fma(q1, c1) : c1.add(x.mul(q1));
                x = FloatVector.broadcast(S, rows[d + i]);
                d0 = FUSED ? x.fma(q0, d0) : d0.add(x.mul(q0));
                d1 = FUSED ? x.fma(q1, d1) : d1.add(x.mul(q1));
            }
            int at = r * QUERIES;
            a0.intoArray(dots, at);
            a1.intoArray(dots, at + W);
            b0.intoArray(dots, at + 2 * W);
            b1.intoArray(dots, at + 3 * W);
            c0.intoArray(dots, at + 4 * W);
            c1.intoArray(dots, at + 5 * W);
            d0.intoArray(dots, at + 6 * W);
            d1.intoArray(dots, at + 7 * W);
        }
    }

    /**
     * The lanes whose inner product with a row is not below {@code constants[lane] + factors[lane] * rowFactor}, as bits. Lanes
     * where either side is NaN are among them.
     */
    public static long notBelow(float[] dots, int row, float[] constants, float[] factors, float rowFactor) {
        FloatVector x = FloatVector.broadcast(S, rowFactor);
        FloatVector bound0 = x.mul(FloatVector.fromArray(S, factors, 0)).add(FloatVector.fromArray(S, constants, 0));
        FloatVector bound1 = x.mul(FloatVector.fromArray(S, factors, W)).add(FloatVector.fromArray(S, constants, W));
        FloatVector dot0 = FloatVector.fromArray(S, dots, row * QUERIES);
        FloatVector dot1 = FloatVector.fromArray(S, dots, row * QUERIES + W);
        long below = dot0.compare(VectorOperators.LT, bound0).toLong()
                | dot1.compare(VectorOperators.LT, bound1).toLong() << W;
        return ~below & (1L << QUERIES) - 1;
    }
}
