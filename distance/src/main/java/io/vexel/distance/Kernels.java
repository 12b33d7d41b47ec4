package io.vexel.distance;

/**
 * The keys of rows at native addresses: contiguous rows into an array, or one row. Both give the same bits, and the same as
 * {@link ScalarKernels}, at every vector width. Nothing is allocated and no argument is checked: queries have as many elements as
 * rows, key arrays at least {@code rowCount} unless said otherwise, and elements are finite.
 */
public final class Kernels {

    private Kernels() {}

    /** The square of the Euclidean distance; +infinity when it does not fit a float. */
    public static float l2Squared(float[] query, long row) {
        return L2Kernel.key(query, row, query.length);
    }

    /** As {@link #l2Squared(float[], long)}, for contiguous rows. */
    public static void l2Squared(float[] query, long address, int rowCount, float[] keys) {
        L2Kernel.keys(query, address, query.length, rowCount, keys);
    }

    /** The negated inner product; infinite when it does not fit a float. */
    public static float negatedDot(float[] query, long row) {
        return DotKernel.key(query, row, query.length);
    }

    /** As {@link #negatedDot(float[], long)}, for contiguous rows. */
    public static void negatedDot(float[] query, long address, int rowCount, float[] keys) {
        DotKernel.keys(query, address, query.length, rowCount, keys);
    }

    /** The sum of absolute differences; +infinity when it does not fit a float. */
    public static float l1(float[] query, long row) {
        return L1Kernel.key(query, row, query.length);
    }

    /** As {@link #l1(float[], long)}, for contiguous rows. */
    public static void l1(float[] query, long address, int rowCount, float[] keys) {
        L1Kernel.keys(query, address, query.length, rowCount, keys);
    }

    /**
     * One minus the cosine, 0..2; exactly 0 for equal vectors.
     *
     * @param querySquaredNorm {@link #squaredNorm(float[])} of the query
     */
    public static float cosine(float[] query, float querySquaredNorm, long row) {
        return CosineKernel.key(query, querySquaredNorm, row);
    }

    /** As {@link #cosine(float[], float, long)}, for contiguous rows; the array has room for {@code 2 * rowCount}. */
    public static void cosine(float[] query, float querySquaredNorm, long address, int rowCount, float[] keys) {
        CosineKernel.keys(query, querySquaredNorm, address, rowCount, keys);
    }

    /** The squared Euclidean length of a query, to the bit that of a row with the same elements. */
    public static float squaredNorm(float[] query) {
        return CosineKernel.squaredNorm(query);
    }

    /** The squared Euclidean length of a row. */
    public static float squaredNorm(long row, int dimension) {
        return CosineKernel.squaredNorm(row, dimension);
    }

    /** The number of differing bits; the query's are in words, from the lowest up. */
    public static int hamming(long[] query, long row, int dimension) {
        return HammingKernel.key(query, row, dimension);
    }

    /** As {@link #hamming(long[], long, int)}, for contiguous rows. */
    public static void hamming(long[] query, long address, int dimension, int rowCount, float[] keys) {
        HammingKernel.keys(query, address, dimension, rowCount, keys);
    }

    /** One minus the share of common elements in the union of two sets of bits, 0..1; the query's bits are in words, from the lowest up. */
    public static float jaccard(long[] query, long row, int dimension) {
        return JaccardKernel.key(query, row, dimension);
    }

    /** As {@link #jaccard(long[], long, int)}, for contiguous rows. */
    public static void jaccard(long[] query, long address, int dimension, int rowCount, float[] keys) {
        JaccardKernel.keys(query, address, dimension, rowCount, keys);
    }
}
