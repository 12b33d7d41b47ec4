package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.ValueLayout;

/**
 * The specification of every kernel, one element at a time.
 *
 * <p>Sums have a fixed order, the same on every machine: element {@code i} of the body (the first {@code d - d % 32}
 * elements) goes to lane {@code i % 32}; each lane adds up its elements in ascending order with fused multiply-add; then the
 * upper half of the lanes is added to the lower until one is left. The up to 31 elements of the tail go to four lanes
 * {@code i % 4}, folded as {@code (t0 + t1) + (t2 + t3)}; the result is body plus tail. A machine without fused multiply-add
 * rounds the product first: the only way in which results can differ between machines.
 *
 * <p>A sum that is not finite, or norms too small for a cosine, are computed again in double, so that no key is ever NaN.
 * Queries and rows are finite; rows are native addresses of any alignment. A row of 16-bit floats has the key of the same
 * elements as 32-bit floats, to the bit.
 */
public final class ScalarKernels {

    private static final int TAIL_LANES = 4;

    /** Squared norms below this have lost digits to underflow. */
    static final float SMALLEST_NORM_SQUARED = 0x1p-80f;

    private ScalarKernels() {}

    /** One term of a sum, added to what its lane holds. */
    private interface Term {
        float add(float sum, float q, float x);
    }

    /** The square of the Euclidean distance; +infinity when it does not fit a float. */
    public static float l2Squared(ElementType type, float[] query, long address) {
        float sum = sum(type, query, address, (s, q, x) -> fma(q - x, q - x, s));
        return Float.isFinite(sum) ? sum : WideKernels.l2Squared(type, query, address);
    }

    /** The negated inner product; infinite when it does not fit a float. */
    public static float negatedDot(ElementType type, float[] query, long address) {
        float sum = dot(type, query, address);
        return Float.isFinite(sum) ? 0f - sum : WideKernels.negatedDot(type, query, address);
    }

    /** The sum of absolute differences; +infinity when it does not fit a float. */
    public static float l1(ElementType type, float[] query, long address) {
        float sum = sum(type, query, address, (s, q, x) -> s + Math.abs(q - x));
        return Float.isFinite(sum) ? sum : WideKernels.l1(type, query, address);
    }

    /**
     * One minus the cosine, 0..2.
     *
     * @param querySquaredNorm {@link #squaredNorm(float[])} of the query
     */
    public static float cosine(ElementType type, float[] query, float querySquaredNorm, long address) {
        float dot = dot(type, query, address);
        float norm = sum(type, query, address, (s, _, x) -> fma(x, x, s));
        float key = cosineKey(querySquaredNorm, dot, norm);
        return key >= 0 ? key : WideKernels.cosine(type, query, address);
    }

    /** The squared Euclidean length of a query, as {@link #cosine} wants it. */
    public static float squaredNorm(float[] query) {
        Sums sums = new Sums(query.length);
        for (int i = 0; i < query.length; i++) {
            int lane = sums.laneOf(i);
            sums.lanes[lane] = fma(query[i], query[i], sums.lanes[lane]);
        }
        return sums.fold();
    }

    /**
     * The number of differing bits.
     *
     * @param query the bits in little-endian words, at least {@code dimension} of them
     */
    public static int hamming(long[] query, long address, int dimension) {
        int count = 0;
        for (int i = 0; i < dimension; i++) {
            int stored = ALL.get(ValueLayout.JAVA_BYTE, address + (i >>> 3)) >>> (i & 7) & 1;
            int asked = (int) (query[i >>> 6] >>> (i & 63)) & 1;
            count += stored ^ asked;
        }
        return count;
    }

    /**
     * One minus the share of common elements in the union of two sets of bits, 0..1; 0 for two empty sets.
     *
     * @param query the bits in little-endian words, at least {@code dimension} of them
     */
    public static float jaccard(long[] query, long address, int dimension) {
        int common = 0;
        int union = 0;
        for (int i = 0; i < dimension; i++) {
            int stored = ALL.get(ValueLayout.JAVA_BYTE, address + (i >>> 3)) >>> (i & 7) & 1;
            int asked = (int) (query[i >>> 6] >>> (i & 63)) & 1;
            common += stored & asked;
            union += stored | asked;
        }
        return jaccardKey(common, union);
    }

    /** The last step of {@link #jaccard}, shared by all kernels: exact counts, rounded once. */
    static float jaccardKey(int common, int union) {
        return union == 0 ? 0f : (float) (union - common) / union;
    }

    /** The last step of the cosine, shared by all kernels; negative where only {@link WideKernels} are exact enough. */
    static float cosineKey(float querySquaredNorm, float dot, float rowSquaredNorm) {
        double squares = (double) querySquaredNorm * rowSquaredNorm;
        boolean exactEnough = Math.abs(dot) <= Float.MAX_VALUE
                && squares < Double.POSITIVE_INFINITY
                && querySquaredNorm >= SMALLEST_NORM_SQUARED
                && rowSquaredNorm >= SMALLEST_NORM_SQUARED;
        return exactEnough ? clampedCosine(dot / Math.sqrt(squares)) : -1f;
    }

    static float clampedCosine(double cosine) {
        double key = 1.0 - cosine;
        return key < 0 ? 0f : key > 2 ? 2f : (float) key;
    }

    static float fma(float a, float b, float sum) {
        return Simd.FUSED ? Math.fma(a, b, sum) : sum + a * b;
    }

    private static float dot(ElementType type, float[] query, long address) {
        return sum(type, query, address, ScalarKernels::productAdded);
    }

    private static float productAdded(float sum, float q, float x) {
        return fma(q, x, sum);
    }

    private static float sum(ElementType type, float[] query, long address, Term term) {
        Sums sums = new Sums(query.length);
        for (int i = 0; i < query.length; i++) {
            int lane = sums.laneOf(i);
            float x = type.element(ALL, address, i);
            sums.lanes[lane] = term.add(sums.lanes[lane], query[i], x);
        }
        return sums.fold();
    }

    /** The lanes of the body, followed by those of the tail. */
    private static final class Sums {
        final float[] lanes = new float[Lanes.COUNT + TAIL_LANES];
        private final int body;

        Sums(int dimension) {
            body = dimension - dimension % Lanes.COUNT;
        }

        int laneOf(int element) {
            return element < body ? element % Lanes.COUNT : Lanes.COUNT + element % TAIL_LANES;
        }

        float fold() {
            float[] s = lanes;
            for (int half = Lanes.COUNT / 2; half > 0; half /= 2) {
                for (int l = 0; l < half; l++) {
                    s[l] += s[l + half];
                }
            }
            return s[0] + ((s[Lanes.COUNT] + s[Lanes.COUNT + 1]) + (s[Lanes.COUNT + 2] + s[Lanes.COUNT + 3]));
        }
    }
}
