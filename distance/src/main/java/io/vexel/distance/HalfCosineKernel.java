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
        int half = rowCount / 2;
        long rowBytes = 2L * query.length;
        bodies(format, query, address, rowCount, sums);
        if (query.length % Lanes.COUNT != 0) {
            for (int r = 0; r < 2 * half; r++) {
                long row = address + r * rowBytes;
                sums[r] += HalfDotKernel.tail(format, query, row);
                sums[rowCount + r] += normTail(format, row, query.length);
            }
        }
        for (int r = 2 * half; r < rowCount; r++) {
            long row = address + r * rowBytes;
            sums[r] = HalfDotKernel.sum(format, query, row);
            sums[rowCount + r] = squaredNorm(format, row, query.length);
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
            FloatVector low = FloatVector.zero(S), high = low;
            for (int i = lane; i != body + lane; i += Lanes.COUNT) {
                long at = row + 2L * i;
                FloatVector x = ShortVector.fromMemorySegment(H, ALL, at, LITTLE_ENDIAN)
                        .convertShape(S2I, I, 0)
                        .lanewise(LSHL, shift)
                        .lanewise(AND, mask)
                        .reinterpretAsFloats()
                        .mul(scale);
                low = FUSED ? x.fma(x, low) : low.add(x.mul(x));
                x = ShortVector.fromMemorySegment(H, ALL, at + 32, LITTLE_ENDIAN)
                        .convertShape(S2I, I, 0)
                        .lanewise(LSHL, shift)
                        .lanewise(AND, mask)
                        .reinterpretAsFloats()
                        .mul(scale);
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

    /** The inner products of the even number of rows from the start of the sums on, their squared norms from {@code rowCount} on. */
    private static void bodies(HalfFormat format, float[] query, long address, int rowCount, float[] sums) {
        int body = query.length & -Lanes.COUNT;
        int half = rowCount / 2;
        long halfBytes = 2L * query.length * half;
        int shift = format.shift;
        IntVector mask = IntVector.broadcast(I, format.mask);
        FloatVector scale = FloatVector.broadcast(S, format.scale);
        FloatVector zero = FloatVector.zero(S);
        for (int r = 0; r != half; r++) {
            long row = address + 2L * query.length * r;
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
                    long a = row + 2L * i, b = a + halfBytes;
                    FloatVector q = FloatVector.fromArray(S, query, i), x;
                    x = ShortVector.fromMemorySegment(H, ALL, a, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats()
                            .mul(scale);
                    aDotLow = FUSED ? x.fma(q, aDotLow) : aDotLow.add(x.mul(q));
                    aNormLow = FUSED ? x.fma(x, aNormLow) : aNormLow.add(x.mul(x));
                    x = ShortVector.fromMemorySegment(H, ALL, b, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats()
                            .mul(scale);
                    bDotLow = FUSED ? x.fma(q, bDotLow) : bDotLow.add(x.mul(q));
                    bNormLow = FUSED ? x.fma(x, bNormLow) : bNormLow.add(x.mul(x));
                    q = FloatVector.fromArray(S, query, i + Lanes.HALF);
                    x = ShortVector.fromMemorySegment(H, ALL, a + 32, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats()
                            .mul(scale);
                    aDotHigh = FUSED ? x.fma(q, aDotHigh) : aDotHigh.add(x.mul(q));
                    aNormHigh = FUSED ? x.fma(x, aNormHigh) : aNormHigh.add(x.mul(x));
                    x = ShortVector.fromMemorySegment(H, ALL, b + 32, LITTLE_ENDIAN)
                            .convertShape(S2I, I, 0)
                            .lanewise(LSHL, shift)
                            .lanewise(AND, mask)
                            .reinterpretAsFloats()
                            .mul(scale);
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
            sums[rowCount + r] = all.lane(W / 2);
            sums[rowCount + r + half] = all.lane(3 * W / 4);
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
