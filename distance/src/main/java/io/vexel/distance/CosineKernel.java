package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One minus the cosine: the inner product and the row's squared norm in one pass over the row. {@link Lanes} explains the order
 * of the sums and the form of the loops; as there are two sums a row, rows go two at a time, one from each half of the block.
 */
final class CosineKernel {

    private static final VectorSpecies<Float> S = Simd.FLOATS;
    private static final int W = Simd.FLOATS.length();
    private static final boolean FUSED = Simd.FUSED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private CosineKernel() {}

    /** The key of one row. */
    static float key(float[] query, float querySquaredNorm, long row) {
        float dot = DotKernel.sum(query, row, query.length);
        float norm = squaredNorm(row, query.length);
        return key(query, row, ScalarKernels.cosineKey(querySquaredNorm, dot, norm));
    }

    /** The keys of contiguous rows; the query has as many elements as a row. Uses twice {@code rowCount} of the array. */
    static void keys(float[] query, float querySquaredNorm, long address, int rowCount, float[] keys) {
        int half = rowCount / 2;
        long rowBytes = 4L * query.length;
        bodies(query, address, half, keys, rowCount);
        boolean tail = query.length % Lanes.COUNT != 0;
        for (int r = 0; r < 2 * half; r++) {
            long row = address + r * rowBytes;
            float dot = tail ? keys[r] + DotKernel.tail(query, row, query.length) : keys[r];
            float norm = tail ? keys[rowCount + r] + normTail(row, query.length) : keys[rowCount + r];
            keys[r] = key(query, row, ScalarKernels.cosineKey(querySquaredNorm, dot, norm));
        }
        for (int r = 2 * half; r < rowCount; r++) {
            keys[r] = key(query, querySquaredNorm, address + r * rowBytes);
        }
    }

    private static float key(float[] query, long row, float key) {
        return key >= 0 ? key : WideKernels.cosine(ElementType.FLOAT32, query, row);
    }

    /** The squared Euclidean length of a row. */
    static float squaredNorm(long row, int dimension) {
        int body = dimension & -Lanes.COUNT;
        FloatVector even = FloatVector.zero(S), odd = even;
        for (int lane = 0; lane < Lanes.HALF; lane += W) {
            FloatVector low = FloatVector.zero(S), high = low;
            for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                long at = row + 4L * i;
                FloatVector x = FloatVector.fromMemorySegment(S, ALL, at, LITTLE_ENDIAN);
                low = FUSED ? x.fma(x, low) : low.add(x.mul(x));
                x = FloatVector.fromMemorySegment(S, ALL, at + 64, LITTLE_ENDIAN);
                high = FUSED ? x.fma(x, high) : high.add(x.mul(x));
            }
            FloatVector pass = even.add(low.add(high));
            even = odd;
            odd = pass;
        }
        FloatVector sum = even.add(odd);
        sum = sum.add(sum.rearrange(Lanes.SWAP_HALVES));
        sum = sum.add(sum.rearrange(Lanes.SWAP_QUARTERS));
        if (W >= 8) {
            sum = sum.add(sum.rearrange(Lanes.SWAP_EIGHTHS));
        }
        if (W >= 16) {
            sum = sum.add(sum.rearrange(Lanes.SWAP_SIXTEENTHS));
        }
        return sum.lane(0) + normTail(row, dimension);
    }

    /** The squared Euclidean length of a query. */
    static float squaredNorm(float[] query) {
        int body = query.length & -Lanes.COUNT;
        FloatVector even = FloatVector.zero(S), odd = even;
        for (int lane = 0; lane < Lanes.HALF; lane += W) {
            FloatVector low = FloatVector.zero(S), high = low;
            for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                FloatVector x = FloatVector.fromArray(S, query, i);
                low = FUSED ? x.fma(x, low) : low.add(x.mul(x));
                x = FloatVector.fromArray(S, query, i + Lanes.HALF);
                high = FUSED ? x.fma(x, high) : high.add(x.mul(x));
            }
            FloatVector pass = even.add(low.add(high));
            even = odd;
            odd = pass;
        }
        FloatVector sum = even.add(odd);
        sum = sum.add(sum.rearrange(Lanes.SWAP_HALVES));
        sum = sum.add(sum.rearrange(Lanes.SWAP_QUARTERS));
        if (W >= 8) {
            sum = sum.add(sum.rearrange(Lanes.SWAP_EIGHTHS));
        }
        if (W >= 16) {
            sum = sum.add(sum.rearrange(Lanes.SWAP_SIXTEENTHS));
        }
        return sum.lane(0) + normTail(query);
    }

    private static float normTail(float[] query) {
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
        int i = query.length & -Lanes.COUNT;
        for (; i != (query.length & -4); i += 4) {
            t0 = ScalarKernels.fma(query[i], query[i], t0);
            t1 = ScalarKernels.fma(query[i + 1], query[i + 1], t1);
            t2 = ScalarKernels.fma(query[i + 2], query[i + 2], t2);
            t3 = ScalarKernels.fma(query[i + 3], query[i + 3], t3);
        }
        if (i < query.length) {
            t0 = ScalarKernels.fma(query[i], query[i], t0);
        }
        if (i + 1 < query.length) {
            t1 = ScalarKernels.fma(query[i + 1], query[i + 1], t1);
        }
        if (i + 2 < query.length) {
            t2 = ScalarKernels.fma(query[i + 2], query[i + 2], t2);
        }
        return (t0 + t1) + (t2 + t3);
    }

    /** The inner products of {@code 2 * half} rows from the start of the sums on, their squared norms from {@code norms} on. */
    private static void bodies(float[] query, long address, int half, float[] sums, int norms) {
        int body = query.length & -Lanes.COUNT;
        long halfBytes = 4L * query.length * half;
        FloatVector zero = FloatVector.zero(S);
        for (int r = 0; r != half; r++) {
            long row = address + 4L * query.length * r;
            FloatVector aDotEven = zero, aDotOdd = zero;
            FloatVector bDotEven = zero, bDotOdd = zero;
            FloatVector aNormEven = zero, aNormOdd = zero;
            FloatVector bNormEven = zero, bNormOdd = zero;
            for (int lane = 0; lane < Lanes.HALF; lane += W) {
                FloatVector aDotLow = zero, aDotHigh = zero;
                FloatVector bDotLow = zero, bDotHigh = zero;
                FloatVector aNormLow = zero, aNormHigh = zero;
                FloatVector bNormLow = zero, bNormHigh = zero;
                for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                    long a = row + 4L * i, b = a + halfBytes;
                    FloatVector q = FloatVector.fromArray(S, query, i), x;
                    x = FloatVector.fromMemorySegment(S, ALL, a, LITTLE_ENDIAN);
                    aDotLow = FUSED ? x.fma(q, aDotLow) : aDotLow.add(x.mul(q));
                    aNormLow = FUSED ? x.fma(x, aNormLow) : aNormLow.add(x.mul(x));
                    x = FloatVector.fromMemorySegment(S, ALL, b, LITTLE_ENDIAN);
                    bDotLow = FUSED ? x.fma(q, bDotLow) : bDotLow.add(x.mul(q));
                    bNormLow = FUSED ? x.fma(x, bNormLow) : bNormLow.add(x.mul(x));
                    q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                    x = FloatVector.fromMemorySegment(S, ALL, a + 64, LITTLE_ENDIAN);
                    aDotHigh = FUSED ? x.fma(q, aDotHigh) : aDotHigh.add(x.mul(q));
                    aNormHigh = FUSED ? x.fma(x, aNormHigh) : aNormHigh.add(x.mul(x));
                    x = FloatVector.fromMemorySegment(S, ALL, b + 64, LITTLE_ENDIAN);
                    bDotHigh = FUSED ? x.fma(q, bDotHigh) : bDotHigh.add(x.mul(q));
                    bNormHigh = FUSED ? x.fma(x, bNormHigh) : bNormHigh.add(x.mul(x));
                }
                FloatVector sum = aDotEven.add(aDotLow.add(aDotHigh));
                aDotEven = aDotOdd;
                aDotOdd = sum;
                sum = bDotEven.add(bDotLow.add(bDotHigh));
                bDotEven = bDotOdd;
                bDotOdd = sum;
                sum = aNormEven.add(aNormLow.add(aNormHigh));
                aNormEven = aNormOdd;
                aNormOdd = sum;
                sum = bNormEven.add(bNormLow.add(bNormHigh));
                bNormEven = bNormOdd;
                bNormOdd = sum;
            }
            FloatVector a = aDotEven.add(aDotOdd), b = bDotEven.add(bDotOdd);
            FloatVector c = aNormEven.add(aNormOdd), d = bNormEven.add(bNormOdd);
            FloatVector ac = a.blend(c, Lanes.UPPER_HALF)
                    .add(c.blend(a, Lanes.UPPER_HALF).rearrange(Lanes.SWAP_HALVES));
            FloatVector bd = b.blend(d, Lanes.UPPER_HALF)
                    .add(d.blend(b, Lanes.UPPER_HALF).rearrange(Lanes.SWAP_HALVES));
            FloatVector all = ac.blend(bd, Lanes.ODD_QUARTERS)
                    .add(bd.blend(ac, Lanes.ODD_QUARTERS).rearrange(Lanes.SWAP_QUARTERS));
            if (W >= 8) {
                all = all.add(all.rearrange(Lanes.SWAP_EIGHTHS));
            }
            if (W >= 16) {
                all = all.add(all.rearrange(Lanes.SWAP_SIXTEENTHS));
            }
            sums[r] = all.lane(0);
            sums[r + half] = all.lane(W / 4);
            sums[norms + r] = all.lane(W / 2);
            sums[norms + r + half] = all.lane(3 * W / 4);
        }
    }

    private static float normTail(long row, int dimension) {
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
        int i = dimension & -Lanes.COUNT;
        for (; i != (dimension & -4); i += 4) {
            t0 = squareAdded(row, i, t0);
            t1 = squareAdded(row, i + 1, t1);
            t2 = squareAdded(row, i + 2, t2);
            t3 = squareAdded(row, i + 3, t3);
        }
        if (i < dimension) {
            t0 = squareAdded(row, i, t0);
        }
        if (i + 1 < dimension) {
            t1 = squareAdded(row, i + 1, t1);
        }
        if (i + 2 < dimension) {
            t2 = squareAdded(row, i + 2, t2);
        }
        return (t0 + t1) + (t2 + t3);
    }

    private static float squareAdded(long row, int index, float sum) {
        float x = ALL.get(FLOAT, row + 4L * index);
        return ScalarKernels.fma(x, x, sum);
    }
}
