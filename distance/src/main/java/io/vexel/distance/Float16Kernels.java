package io.vexel.distance;

/**
 * The keys of rows of binary16 elements at native addresses: to the bit those that {@link Kernels} gives for the same elements as
 * 32-bit floats. Queries are 32-bit floats. Nothing is allocated and no argument is checked: queries have as many elements as
 * rows, key arrays at least {@code rowCount} unless said otherwise, and elements are finite.
 */
public final class Float16Kernels {

    private static final HalfFormat FORMAT = HalfFormat.FLOAT16;

    private Float16Kernels() {}

    /** The square of the Euclidean distance; +infinity when it does not fit a float. */
    public static float l2Squared(float[] query, long row) {
        return HalfL2Kernel.key(FORMAT, query, row);
    }

    /** As {@link #l2Squared(float[], long)}, for contiguous rows. */
    public static void l2Squared(float[] query, long address, int rowCount, float[] keys) {
        HalfL2Kernel.keys(FORMAT, query, address, rowCount, keys);
    }

    /** The negated inner product; infinite when it does not fit a float. */
    public static float negatedDot(float[] query, long row) {
        return HalfDotKernel.key(FORMAT, query, row);
    }

    /** As {@link #negatedDot(float[], long)}, for contiguous rows. */
    public static void negatedDot(float[] query, long address, int rowCount, float[] keys) {
        HalfDotKernel.keys(FORMAT, query, address, rowCount, keys);
    }

    /** The sum of absolute differences; +infinity when it does not fit a float. */
    public static float l1(float[] query, long row) {
        return HalfL1Kernel.key(FORMAT, query, row);
    }

    /** As {@link #l1(float[], long)}, for contiguous rows. */
    public static void l1(float[] query, long address, int rowCount, float[] keys) {
        HalfL1Kernel.keys(FORMAT, query, address, rowCount, keys);
    }

    /**
     * One minus the cosine, 0..2; exactly 0 for equal vectors.
     *
     * @param querySquaredNorm {@link ScalarKernels#squaredNorm} of the query
     */
    public static float cosine(float[] query, float querySquaredNorm, long row) {
        return HalfCosineKernel.key(FORMAT, query, querySquaredNorm, row);
    }

    /** As {@link #cosine(float[], float, long)}, for contiguous rows; the array has room for {@code 2 * rowCount}. */
    public static void cosine(float[] query, float querySquaredNorm, long address, int rowCount, float[] keys) {
        HalfCosineKernel.sums(FORMAT, query, address, rowCount, keys);
        HalfCosineKernel.keys(querySquaredNorm, rowCount, keys);
        HalfCosineKernel.widely(FORMAT, query, address, rowCount, keys);
    }

    /** The squared Euclidean length of a row. */
    public static float squaredNorm(long row, int dimension) {
        return HalfCosineKernel.squaredNorm(FORMAT, row, dimension);
    }

    /** Writes {@code count} consecutive elements to the start of an array, as 32-bit floats. */
    public static void widen(long address, int count, float[] elements) {
        HalfRows.widen(FORMAT, address, count, elements);
    }
}
