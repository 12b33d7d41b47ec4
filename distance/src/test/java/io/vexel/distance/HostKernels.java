package io.vexel.distance;

/** The kernels of this machine by metric. */
final class HostKernels {

    private static final long[] BITS = new long[ElementType.MAX_DIMENSION / 64];

    private HostKernels() {}

    static float key(Metric metric, float[] query, long row) {
        return key(metric, query, ScalarKernels.squaredNorm(query), row);
    }

    static float key(Metric metric, float[] query, float squaredNorm, long row) {
        return switch (metric) {
            case L2 -> Kernels.l2Squared(query, row);
            case DOT -> Kernels.negatedDot(query, row);
            case L1 -> Kernels.l1(query, row);
            case COSINE -> Kernels.cosine(query, squaredNorm, row);
            case HAMMING -> Kernels.hamming(BITS, row, query.length);
            case JACCARD -> Kernels.jaccard(BITS, row, query.length);
        };
    }

    static float scalarKey(Metric metric, float[] query, long row) {
        return switch (metric) {
            case L2 -> ScalarKernels.l2Squared(query, row, query.length);
            case DOT -> ScalarKernels.negatedDot(query, row, query.length);
            case L1 -> ScalarKernels.l1(query, row, query.length);
            case COSINE -> ScalarKernels.cosine(query, ScalarKernels.squaredNorm(query), row, query.length);
            case HAMMING -> ScalarKernels.hamming(BITS, row, query.length);
            case JACCARD -> ScalarKernels.jaccard(BITS, row, query.length);
        };
    }

    static void keys(Metric metric, float[] query, long address, int rowCount, float[] keys) {
        switch (metric) {
            case L2 -> Kernels.l2Squared(query, address, rowCount, keys);
            case DOT -> Kernels.negatedDot(query, address, rowCount, keys);
            case L1 -> Kernels.l1(query, address, rowCount, keys);
            case COSINE -> Kernels.cosine(query, 1f, address, rowCount, keys);
            case HAMMING -> Kernels.hamming(BITS, address, query.length, rowCount, keys);
            case JACCARD -> Kernels.jaccard(BITS, address, query.length, rowCount, keys);
        }
    }
}
