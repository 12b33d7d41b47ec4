package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The square of the Euclidean distance, for rows of 16-bit floats: the bits that {@link L2Kernel} gives for the same elements as 32-bit floats.
 * {@link HalfFormat} explains how elements are widened, {@link Lanes} the order of the sum and the form of the loops; widening
 * takes room, so rows go two at a time, one from each half of the block.
 */
final class HalfL2Kernel {

    private static final VectorSpecies<Float> S = Simd.FLOATS;
    private static final VectorSpecies<Integer> I = HalfFormat.INTS;
    private static final VectorSpecies<Short> H = HalfFormat.SHORTS;
    private static final int W = Simd.FLOATS.length();
    private static final boolean FUSED = Simd.FUSED;

    private HalfL2Kernel() {}

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
        int half = rowCount / 2;
        bodies(format, query, address, half, keys);
        long rowBytes = 2L * query.length;
        boolean tail = query.length % Lanes.COUNT != 0;
        for (int r = 0; r < 2 * half; r++) {
            long row = address + r * rowBytes;
            float sum = tail ? keys[r] + tail(format, query, row) : keys[r];
            keys[r] = key(sum, format, query, row);
        }
        for (int r = 2 * half; r < rowCount; r++) {
            keys[r] = key(format, query, address + r * rowBytes);
        }
    }

    private static float key(float sum, HalfFormat format, float[] query, long row) {
        return Math.abs(sum) <= Float.MAX_VALUE ? sum : WideKernels.l2Squared(format.type, query, row);
    }

    private static float body(HalfFormat format, float[] query, long row) {
        int body = query.length & -Lanes.COUNT;
        int shift = format.shift;
        IntVector mask = IntVector.broadcast(I, format.mask);
        FloatVector scale = FloatVector.broadcast(S, format.scale);
        FloatVector even = FloatVector.zero(S), odd = even;
        for (int lane = 0; lane < Lanes.HALF; lane += W) {
            FloatVector low = FloatVector.zero(S), high = low;
            for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                long at = row + 2L * i;
                FloatVector q = FloatVector.fromArray(S, query, i), x;
                ShortVector half;
                Vector<Integer> bits;
                half = ShortVector.fromMemorySegment(H, ALL, at, LITTLE_ENDIAN);
                bits = half.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                x = q.sub(x);
                low = FUSED ? x.fma(x, low) : low.add(x.mul(x));
                q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                half = ShortVector.fromMemorySegment(H, ALL, at + 32, LITTLE_ENDIAN);
                bits = half.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                x = q.sub(x);
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

    /** The sums over the bodies of {@code 2 * half} rows. */
    private static void bodies(HalfFormat format, float[] query, long address, int half, float[] sums) {
        int body = query.length & -Lanes.COUNT;
        long halfBytes = 2L * query.length * half;
        int shift = format.shift;
        IntVector mask = IntVector.broadcast(I, format.mask);
        FloatVector scale = FloatVector.broadcast(S, format.scale);
        FloatVector zero = FloatVector.zero(S);
        for (int r = 0; r != half; r++) {
            long row = address + 2L * query.length * r;
            FloatVector aEven = zero, aOdd = zero, bEven = zero, bOdd = zero;
            for (int lane = 0; lane < Lanes.HALF; lane += W) {
                FloatVector aLow = zero, aHigh = zero, bLow = zero, bHigh = zero;
                for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                    long a = row + 2L * i, b = a + halfBytes;
                    FloatVector q = FloatVector.fromArray(S, query, i), x;
                    ShortVector shorts;
                    Vector<Integer> bits;
                    shorts = ShortVector.fromMemorySegment(H, ALL, a, LITTLE_ENDIAN);
                    bits = shorts.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                    x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                    x = q.sub(x);
                    aLow = FUSED ? x.fma(x, aLow) : aLow.add(x.mul(x));
                    shorts = ShortVector.fromMemorySegment(H, ALL, b, LITTLE_ENDIAN);
                    bits = shorts.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                    x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                    x = q.sub(x);
                    bLow = FUSED ? x.fma(x, bLow) : bLow.add(x.mul(x));
                    q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                    shorts = ShortVector.fromMemorySegment(H, ALL, a + 32, LITTLE_ENDIAN);
                    bits = shorts.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                    x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                    x = q.sub(x);
                    aHigh = FUSED ? x.fma(x, aHigh) : aHigh.add(x.mul(x));
                    shorts = ShortVector.fromMemorySegment(H, ALL, b + 32, LITTLE_ENDIAN);
                    bits = shorts.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                    x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                    x = q.sub(x);
                    bHigh = FUSED ? x.fma(x, bHigh) : bHigh.add(x.mul(x));
                }
                FloatVector sum = aEven.add(aLow.add(aHigh));
                aEven = aOdd;
                aOdd = sum;
                sum = bEven.add(bLow.add(bHigh));
                bEven = bOdd;
                bOdd = sum;
            }
            FloatVector a = aEven.add(aOdd), b = bEven.add(bOdd);
            FloatVector ab = a.blend(b, Lanes.UPPER_HALF)
                    .add(b.blend(a, Lanes.UPPER_HALF).rearrange(Lanes.SWAP_HALVES));
            ab = ab.add(ab.rearrange(Lanes.SWAP_QUARTERS));
            if (W >= 8) {
                ab = ab.add(ab.rearrange(Lanes.SWAP_EIGHTHS));
            }
            if (W >= 16) {
                ab = ab.add(ab.rearrange(Lanes.SWAP_SIXTEENTHS));
            }
            sums[r] = ab.lane(0);
            sums[r + half] = ab.lane(W / 2);
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
        return ScalarKernels.fma(q - x, q - x, sum);
    }
}
