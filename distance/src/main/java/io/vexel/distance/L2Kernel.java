package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The square of the Euclidean distance. {@link Lanes} explains the order of the sum and the form of the loops. */
final class L2Kernel {

    private static final VectorSpecies<Float> S = Simd.FLOATS;
    private static final int W = Simd.FLOATS.length();
    private static final boolean FUSED = Simd.FUSED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private L2Kernel() {}

    /** The key of one row. */
    static float key(float[] query, long row, int dimension) {
        return key(sum(query, row, dimension), query, row);
    }

    /** The sum over one row. */
    private static float sum(float[] query, long row, int dimension) {
        return body(query, row, dimension) + tail(query, row, dimension);
    }

    /** The keys of contiguous rows. */
    static void keys(float[] query, long address, int dimension, int rowCount, float[] keys) {
        int quarter = rowCount / 4;
        bodies(query, address, dimension, quarter, keys);
        long rowBytes = 4L * dimension;
        boolean tail = dimension % Lanes.COUNT != 0;
        for (int r = 0; r < 4 * quarter; r++) {
            long row = address + r * rowBytes;
            float sum = tail ? keys[r] + tail(query, row, dimension) : keys[r];
            keys[r] = key(sum, query, row);
        }
        for (int r = 4 * quarter; r < rowCount; r++) {
            keys[r] = key(query, address + r * rowBytes, dimension);
        }
    }

    private static float key(float sum, float[] query, long row) {
        return Math.abs(sum) <= Float.MAX_VALUE ? sum : WideKernels.l2Squared(ElementType.FLOAT32, query, row);
    }

    private static float body(float[] query, long row, int dimension) {
        int body = dimension & -Lanes.COUNT;
        FloatVector even = FloatVector.zero(S), odd = even;
        for (int lane = 0; lane < Lanes.HALF; lane += W) {
            FloatVector low = FloatVector.zero(S), high = low;
            for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                long at = row + 4L * i;
                FloatVector q = FloatVector.fromArray(S, query, i);
                FloatVector x = q.sub(FloatVector.fromMemorySegment(S, ALL, at, LITTLE_ENDIAN));
                low = FUSED ? x.fma(x, low) : low.add(x.mul(x));
                q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                x = q.sub(FloatVector.fromMemorySegment(S, ALL, at + 64, LITTLE_ENDIAN));
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
        return sum.lane(0);
    }

    /** The sums over the bodies of {@code 4 * quarter} rows. */
    private static void bodies(float[] query, long address, int dimension, int quarter, float[] sums) {
        int body = dimension & -Lanes.COUNT;
        long quarterBytes = 4L * dimension * quarter;
        FloatVector zero = FloatVector.zero(S);
        for (int r = 0; r != quarter; r++) {
            long row = address + 4L * dimension * r;
            FloatVector aEven = zero, aOdd = zero;
            FloatVector bEven = zero, bOdd = zero;
            FloatVector cEven = zero, cOdd = zero;
            FloatVector dEven = zero, dOdd = zero;
            for (int lane = 0; lane < Lanes.HALF; lane += W) {
                FloatVector aLow = zero, aHigh = zero;
                FloatVector bLow = zero, bHigh = zero;
                FloatVector cLow = zero, cHigh = zero;
                FloatVector dLow = zero, dHigh = zero;
                for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                    long a = row + 4L * i, b = a + quarterBytes, c = b + quarterBytes, d = c + quarterBytes;
                    FloatVector q = FloatVector.fromArray(S, query, i), x;
                    x = q.sub(FloatVector.fromMemorySegment(S, ALL, a, LITTLE_ENDIAN));
                    aLow = FUSED ? x.fma(x, aLow) : aLow.add(x.mul(x));
                    x = q.sub(FloatVector.fromMemorySegment(S, ALL, b, LITTLE_ENDIAN));
                    bLow = FUSED ? x.fma(x, bLow) : bLow.add(x.mul(x));
                    x = q.sub(FloatVector.fromMemorySegment(S, ALL, c, LITTLE_ENDIAN));
                    cLow = FUSED ? x.fma(x, cLow) : cLow.add(x.mul(x));
                    x = q.sub(FloatVector.fromMemorySegment(S, ALL, d, LITTLE_ENDIAN));
                    dLow = FUSED ? x.fma(x, dLow) : dLow.add(x.mul(x));
                    q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                    x = q.sub(FloatVector.fromMemorySegment(S, ALL, a + 64, LITTLE_ENDIAN));
                    aHigh = FUSED ? x.fma(x, aHigh) : aHigh.add(x.mul(x));
                    x = q.sub(FloatVector.fromMemorySegment(S, ALL, b + 64, LITTLE_ENDIAN));
                    bHigh = FUSED ? x.fma(x, bHigh) : bHigh.add(x.mul(x));
                    x = q.sub(FloatVector.fromMemorySegment(S, ALL, c + 64, LITTLE_ENDIAN));
                    cHigh = FUSED ? x.fma(x, cHigh) : cHigh.add(x.mul(x));
                    x = q.sub(FloatVector.fromMemorySegment(S, ALL, d + 64, LITTLE_ENDIAN));
                    dHigh = FUSED ? x.fma(x, dHigh) : dHigh.add(x.mul(x));
                }
                FloatVector sum = aEven.add(aLow.add(aHigh));
                aEven = aOdd;
                aOdd = sum;
                sum = bEven.add(bLow.add(bHigh));
                bEven = bOdd;
                bOdd = sum;
                sum = cEven.add(cLow.add(cHigh));
                cEven = cOdd;
                cOdd = sum;
                sum = dEven.add(dLow.add(dHigh));
                dEven = dOdd;
                dOdd = sum;
            }
            FloatVector a = aEven.add(aOdd), b = bEven.add(bOdd), c = cEven.add(cOdd), d = dEven.add(dOdd);
            FloatVector ac = a.blend(c, Lanes.UPPER_HALF)
                    .add(c.blend(a, Lanes.UPPER_HALF).rearrange(Lanes.SWAP_HALVES));
            FloatVector bd = b.blend(d, Lanes.UPPER_HALF)
                    .add(d.blend(b, Lanes.UPPER_HALF).rearrange(Lanes.SWAP_HALVES));
            FloatVector abcd = ac.blend(bd, Lanes.ODD_QUARTERS)
                    .add(bd.blend(ac, Lanes.ODD_QUARTERS).rearrange(Lanes.SWAP_QUARTERS));
            if (W >= 8) {
                abcd = abcd.add(abcd.rearrange(Lanes.SWAP_EIGHTHS));
            }
            if (W >= 16) {
                abcd = abcd.add(abcd.rearrange(Lanes.SWAP_SIXTEENTHS));
            }
            sums[r] = abcd.lane(0);
            sums[r + quarter] = abcd.lane(W / 4);
            sums[r + 2 * quarter] = abcd.lane(W / 2);
            sums[r + 3 * quarter] = abcd.lane(3 * W / 4);
        }
    }

    private static float tail(float[] query, long row, int dimension) {
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
        int i = dimension & -Lanes.COUNT;
        for (; i != (dimension & -4); i += 4) {
            t0 = squareAdded(query[i] - ALL.get(FLOAT, row + 4L * i), t0);
            t1 = squareAdded(query[i + 1] - ALL.get(FLOAT, row + 4L * (i + 1)), t1);
            t2 = squareAdded(query[i + 2] - ALL.get(FLOAT, row + 4L * (i + 2)), t2);
            t3 = squareAdded(query[i + 3] - ALL.get(FLOAT, row + 4L * (i + 3)), t3);
        }
        if (i < dimension) {
            t0 = squareAdded(query[i] - ALL.get(FLOAT, row + 4L * i), t0);
        }
        if (i + 1 < dimension) {
            t1 = squareAdded(query[i + 1] - ALL.get(FLOAT, row + 4L * (i + 1)), t1);
        }
        if (i + 2 < dimension) {
            t2 = squareAdded(query[i + 2] - ALL.get(FLOAT, row + 4L * (i + 2)), t2);
        }
        return (t0 + t1) + (t2 + t3);
    }

    private static float squareAdded(float difference, float sum) {
        return ScalarKernels.fma(difference, difference, sum);
    }
}
