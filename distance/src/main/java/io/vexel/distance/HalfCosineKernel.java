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
 * One minus the cosine, for rows of 16-bit floats: the bits that {@link CosineKernel} gives for the same elements as 32-bit floats.
 * {@link HalfFormat} explains how elements are widened, {@link Lanes} the order of the sum and the form of the loops.
 */
final class HalfCosineKernel {

    private static final VectorSpecies<Float> S = Simd.FLOATS;
    private static final VectorSpecies<Integer> I = HalfFormat.INTS;
    private static final VectorSpecies<Short> H = HalfFormat.SHORTS;
    private static final int W = Simd.FLOATS.length();
    private static final boolean FUSED = Simd.FUSED;

    private HalfCosineKernel() {}

    /** The key of one row. */
    static float key(HalfFormat format, float[] query, float querySquaredNorm, long row) {
        float dot = HalfDotKernel.sum(format, query, row);
        float norm = squaredNorm(format, row, query.length);
        float key = ScalarKernels.cosineKey(querySquaredNorm, dot, norm);
        return key >= 0 ? key : WideKernels.cosine(format.type, query, row);
    }

    /** Inner products of contiguous rows into the first {@code rowCount} of the sums, squared norms into the next. */
    static void sums(HalfFormat format, float[] query, long address, int rowCount, float[] sums) {
        long rowBytes = 2L * query.length;
        bodies(format, query, address, rowCount, sums);
        if (query.length % Lanes.COUNT != 0) {
            for (int r = 0; r < rowCount; r++) {
                long row = address + r * rowBytes;
                sums[r] += HalfDotKernel.tail(format, query, row);
                sums[rowCount + r] += normTail(format, row, query.length);
            }
        }
    }

    /** Keys of contiguous rows from their {@link #sums}, negative where they have to be made {@link #widely}. */
    static void keys(float querySquaredNorm, int rowCount, float[] sums) {
        for (int r = 0; r < rowCount; r++) {
            sums[r] = ScalarKernels.cosineKey(querySquaredNorm, sums[r], sums[rowCount + r]);
        }
    }

    /** Replaces negative keys. */
    static void widely(HalfFormat format, float[] query, long address, int rowCount, float[] keys) {
        for (int r = 0; r < rowCount; r++) {
            if (keys[r] < 0) {
                keys[r] = WideKernels.cosine(format.type, query, address + 2L * query.length * r);
            }
        }
    }

    /** The squared Euclidean length of a row. */
    static float squaredNorm(HalfFormat format, long row, int dimension) {
        int body = dimension & -Lanes.COUNT;
        int shift = format.shift;
        IntVector mask = IntVector.broadcast(I, format.mask);
        FloatVector scale = FloatVector.broadcast(S, format.scale);
        FloatVector even = FloatVector.zero(S), odd = even;
        for (int lane = 0; lane < Lanes.HALF; lane += W) {
            FloatVector low = FloatVector.zero(S), high = low, x;
            for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                long at = row + 2L * i;
                ShortVector half;
                Vector<Integer> bits;
                half = ShortVector.fromMemorySegment(H, ALL, at, LITTLE_ENDIAN);
                bits = half.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                low = FUSED ? x.fma(x, low) : low.add(x.mul(x));
                half = ShortVector.fromMemorySegment(H, ALL, at + 32, LITTLE_ENDIAN);
                bits = half.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
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
        return sum.lane(0) + normTail(format, row, dimension);
    }

    /** The inner products of the bodies of rows from the start of the sums on, their squared norms from {@code rowCount} on. */
    private static void bodies(HalfFormat format, float[] query, long address, int rowCount, float[] sums) {
        int body = query.length & -Lanes.COUNT;
        int shift = format.shift;
        IntVector mask = IntVector.broadcast(I, format.mask);
        FloatVector scale = FloatVector.broadcast(S, format.scale);
        FloatVector zero = FloatVector.zero(S);
        for (int r = 0; r != rowCount; r++) {
            long row = address + 2L * query.length * r;
            FloatVector dotEven = zero, dotOdd = zero, normEven = zero, normOdd = zero;
            for (int lane = 0; lane < Lanes.HALF; lane += W) {
                FloatVector dotLow = zero, dotHigh = zero, normLow = zero, normHigh = zero;
                for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                    long at = row + 2L * i;
                    FloatVector q = FloatVector.fromArray(S, query, i), x;
                    ShortVector half;
                    Vector<Integer> bits;
                    half = ShortVector.fromMemorySegment(H, ALL, at, LITTLE_ENDIAN);
                    bits = half.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                    x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                    dotLow = FUSED ? x.fma(q, dotLow) : dotLow.add(x.mul(q));
                    normLow = FUSED ? x.fma(x, normLow) : normLow.add(x.mul(x));
                    q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                    half = ShortVector.fromMemorySegment(H, ALL, at + 32, LITTLE_ENDIAN);
                    bits = half.convertShape(S2I, I, 0).lanewise(LSHL, shift);
                    x = bits.lanewise(AND, mask).reinterpretAsFloats().mul(scale);
                    dotHigh = FUSED ? x.fma(q, dotHigh) : dotHigh.add(x.mul(q));
                    normHigh = FUSED ? x.fma(x, normHigh) : normHigh.add(x.mul(x));
                }
                FloatVector sum = dotEven.add(dotLow.add(dotHigh));
                dotEven = dotOdd;
                dotOdd = sum;
                sum = normEven.add(normLow.add(normHigh));
                normEven = normOdd;
                normOdd = sum;
            }
            FloatVector dot = dotEven.add(dotOdd), norm = normEven.add(normOdd);
            FloatVector both = dot.blend(norm, Lanes.UPPER_HALF)
                    .add(norm.blend(dot, Lanes.UPPER_HALF).rearrange(Lanes.SWAP_HALVES));
            both = both.add(both.rearrange(Lanes.SWAP_QUARTERS));
            if (W >= 8) {
                both = both.add(both.rearrange(Lanes.SWAP_EIGHTHS));
            }
            if (W >= 16) {
                both = both.add(both.rearrange(Lanes.SWAP_SIXTEENTHS));
            }
            sums[r] = both.lane(0);
            sums[rowCount + r] = both.lane(W / 2);
        }
    }

    private static float normTail(HalfFormat format, long row, int dimension) {
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
        int i = dimension & -Lanes.COUNT;
        for (; i != (dimension & -4); i += 4) {
            t0 = squareAdded(format, row, i, t0);
            t1 = squareAdded(format, row, i + 1, t1);
            t2 = squareAdded(format, row, i + 2, t2);
            t3 = squareAdded(format, row, i + 3, t3);
        }
        if (i < dimension) {
            t0 = squareAdded(format, row, i, t0);
        }
        if (i + 1 < dimension) {
            t1 = squareAdded(format, row, i + 1, t1);
        }
        if (i + 2 < dimension) {
            t2 = squareAdded(format, row, i + 2, t2);
        }
        return (t0 + t1) + (t2 + t3);
    }

    private static float squareAdded(HalfFormat format, long row, int index, float sum) {
        float x = format.element(row, index);
        return ScalarKernels.fma(x, x, sum);
    }
}
