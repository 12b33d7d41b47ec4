package io.vexel.distance;

/** The kernels of this machine by metric. */
final class HostKernels {

    private static final long[] BITS = new long[ElementType.MAX_DIMENSION / 64];

    private HostKernels() {}

    static float key(ElementType type, Metric metric, float[] query, float squaredNorm, long row) {
        return switch (type) {
            case FLOAT16 ->
                switch (metric) {
                    case L2 -> Float16Kernels.l2Squared(query, row);
                    case DOT -> Float16Kernels.negatedDot(query, row);
                    case L1 -> Float16Kernels.l1(query, row);
                    default -> Float16Kernels.cosine(query, squaredNorm, row);
                };
            case BFLOAT16 ->
                switch (metric) {
                    case L2 -> BFloat16Kernels.l2Squared(query, row);
                    case DOT -> BFloat16Kernels.negatedDot(query, row);
                    case L1 -> BFloat16Kernels.l1(query, row);
                    default -> BFloat16Kernels.cosine(query, squaredNorm, row);
                };
            default ->
                switch (metric) {
                    case L2 -> Kernels.l2Squared(query, row);
                    case DOT -> Kernels.negatedDot(query, row);
                    case L1 -> Kernels.l1(query, row);
                    case COSINE -> Kernels.cosine(query, squaredNorm, row);
                    case HAMMING -> Kernels.hamming(BITS, row, query.length);
                    case JACCARD -> Kernels.jaccard(BITS, row, query.length);
                };
        };
    }

    static float scalarKey(ElementType type, Metric metric, float[] query, long row) {
        return switch (metric) {
            case L2 -> ScalarKernels.l2Squared(type, query, row);
            case DOT -> ScalarKernels.negatedDot(type, query, row);
            case L1 -> ScalarKernels.l1(type, query, row);
            case COSINE -> ScalarKernels.cosine(type, query, ScalarKernels.squaredNorm(query), row);
            case HAMMING -> ScalarKernels.hamming(BITS, row, query.length);
            case JACCARD -> ScalarKernels.jaccard(BITS, row, query.length);
        };
    }

    static float squaredNorm(ElementType type, long row, int dimension) {
        return switch (type) {
            case FLOAT16 -> Float16Kernels.squaredNorm(row, dimension);
            case BFLOAT16 -> BFloat16Kernels.squaredNorm(row, dimension);
            default -> Kernels.squaredNorm(row, dimension);
        };
    }

    static void keys(ElementType type, Metric metric, float[] query, long address, int rowCount, float[] keys) {
        switch (type) {
            case FLOAT16 -> {
                switch (metric) {
                    case L2 -> Float16Kernels.l2Squared(query, address, rowCount, keys);
                    case DOT -> Float16Kernels.negatedDot(query, address, rowCount, keys);
                    case L1 -> Float16Kernels.l1(query, address, rowCount, keys);
                    default -> Float16Kernels.cosine(query, 1f, address, rowCount, keys);
                }
            }
            case BFLOAT16 -> {
                switch (metric) {
                    case L2 -> BFloat16Kernels.l2Squared(query, address, rowCount, keys);
                    case DOT -> BFloat16Kernels.negatedDot(query, address, rowCount, keys);
                    case L1 -> BFloat16Kernels.l1(query, address, rowCount, keys);
                    default -> BFloat16Kernels.cosine(query, 1f, address, rowCount, keys);
                }
            }
            default -> {
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
    }
}
