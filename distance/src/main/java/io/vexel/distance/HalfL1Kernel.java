package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sum of absolute differences, for rows of 16-bit floats: the bits that {@link L1Kernel} gives for the same elements as 32-bit floats.
 * {@link HalfFormat} explains how elements are widened, {@link Lanes} the order of the sum and the form of the loops.
 */
final class HalfL1Kernel {

    private static final VectorSpecies<Float> S = Simd.FLOATS;
    private static final VectorSpecies<Integer> I = HalfFormat.INTS;
    private static final VectorSpecies<Short> H = HalfFormat.SHORTS;
    private static final int W = Simd.FLOATS.length();
    private static final boolean FUSED = Simd.FUSED;

    private HalfL1Kernel() {}

    /** The key of one row. */
    static float key(HalfFormat format, float[] query, long row) {
        return key(sum(format, query, row), format, query, row);
    }

    /** The sum over one row. */
    private static float sum(HalfFormat format, float[] query, long row) {
        return body(format, query, row) + tail(format, query, row);
    }

    /** The keys of contiguous rows. */
    static void keys(HalfFormat format, float[] query, long address, int rowCount, float[] keys) {
        int quarter = rowCount / 4;
        bodies(format, query, address, quarter, keys);
        long rowBytes = 2L * query.length;
        boolean tail = query.length % Lanes.COUNT != 0;
        for (int r = 0; r < 4 * quarter; r++) {
            long row = address + r * rowBytes;
            float sum = tail ? keys[r] + tail(format, query, row) : keys[r];
            keys[r] = key(sum, format, query, row);
        }
        for (int r = 4 * quarter; r < rowCount; r++) {
            keys[r] = key(format, query, address + r * rowBytes);
        }
    }

    private static float key(float sum, HalfFormat format, float[] query, long row) {
        return Math.abs(sum) <= Float.MAX_VALUE ? sum : WideKernels.l1(format.type, query, row);
    }

    private static float body(HalfFormat format, float[] query, long row) {
        int body = query.length & -Lanes.COUNT;
        int shift = format.shift;
        IntVector mask = IntVector.broadcast(I, format.mask);
        FloatVector scale = FloatVector.broadcast(S, -format.scale);
        FloatVector even = FloatVector.zero(S), odd = even;
        for (int lane = 0; lane < Lanes.HALF; lane += W) {
            FloatVector low = FloatVector.zero(S), high = low;
            for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                long at = row + 2L * i;
                FloatVector q = FloatVector.fromArray(S, query, i), x;
                x = ShortVector.fromMemorySegment(H, ALL, at, LITTLE_ENDIAN)
                        .convertShape(S2I, I, 0)
                        .lanewise(LSHL, shift)
                        .lanewise(AND, mask)
                        .reinterpretAsFloats();
                x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                low = low.add(x.abs());
                q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                x = ShortVector.fromMemorySegment(H, ALL, at + 32, LITTLE_ENDIAN)
                        .convertShape(S2I, I, 0)
                        .lanewise(LSHL, shift)
                        .lanewise(AND, mask)
                        .reinterpretAsFloats();
                x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                high = high.add(x.abs());
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
    private static void bodies(HalfFormat format, float[] query, long address, int quarter, float[] sums) {
        int body = query.length & -Lanes.COUNT;
        long quarterBytes = 2L * query.length * quarter;
        int shift = format.shift;
        IntVector mask = IntVector.broadcast(I, format.mask);
        FloatVector scale = FloatVector.broadcast(S, -format.scale);
        FloatVector zero = FloatVector.zero(S);
        for (int r = 0; r != quarter; r++) {
            long row = address + 2L * query.length * r;
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
                    long a = row + 2L * i, b = a + quarterBytes, c = b + quarterBytes, d = c + quarterBytes;
                    FloatVector q = FloatVector.fromArray(S, query, i), x;
                    x = ShortVector.fromMemorySegment(H, ALL, a, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats();
                    x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                    aLow = aLow.add(x.abs());
                    x = ShortVector.fromMemorySegment(H, ALL, b, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats();
                    x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                    bLow = bLow.add(x.abs());
                    x = ShortVector.fromMemorySegment(H, ALL, c, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats();
                    x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                    cLow = cLow.add(x.abs());
                    x = ShortVector.fromMemorySegment(H, ALL, d, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats();
                    x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                    dLow = dLow.add(x.abs());
                    q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                    x = ShortVector.fromMemorySegment(H, ALL, a + 32, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats();
                    x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                    aHigh = aHigh.add(x.abs());
                    x = ShortVector.fromMemorySegment(H, ALL, b + 32, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats();
                    x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                    bHigh = bHigh.add(x.abs());
                    x = ShortVector.fromMemorySegment(H, ALL, c + 32, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats();
                    x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                    cHigh = cHigh.add(x.abs());
                    x = ShortVector.fromMemorySegment(H, ALL, d + 32, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats();
                    x = FUSED ? x.fma(scale, q) : x.mul(scale).add(q);
                    dHigh = dHigh.add(x.abs());
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

    /** The sum over the elements after the body. */
    private static float tail(HalfFormat format, float[] query, long row) {
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
        int i = query.length & -Lanes.COUNT;
        for (; i != (query.length & -4); i += 4) {
            t0 = termAdded(query[i], format.element(row, i), t0);
            t1 = termAdded(query[i + 1], format.element(row, i + 1), t1);
            t2 = termAdded(query[i + 2], format.element(row, i + 2), t2);
            t3 = termAdded(query[i + 3], format.element(row, i + 3), t3);
        }
        if (i < query.length) {
            t0 = termAdded(query[i], format.element(row, i), t0);
        }
        if (i + 1 < query.length) {
            t1 = termAdded(query[i + 1], format.element(row, i + 1), t1);
        }
        if (i + 2 < query.length) {
            t2 = termAdded(query[i + 2], format.element(row, i + 2), t2);
        }
        return (t0 + t1) + (t2 + t3);
    }

    private static float termAdded(float q, float x, float sum) {
        return sum + Math.abs(q - x);
    }
}
