package io.vexel.index;

import io.vexel.distance.Kernels;
import io.vexel.distance.Metric;
import io.vexel.distance.ScalarKernels;
import java.util.List;

/** The queries of a request in the form the kernels want, and the way to the kernel of the metric. Immutable. */
final class Scorer {

    /** Room that {@link #keys} wants for each row; the keys are the first. */
    static final int KEYS_PER_ROW = 2;

    private final Metric metric;
    private final int dimension;
    private final float[][] floats;
    private final float[] squaredNorms;
    private final long[][] words;

    Scorer(Metric metric, List<QueryVector> queries) {
        this.metric = metric;
        dimension = queries.getFirst().dimension();
        floats = queries.stream().map(QueryVector::floats).toArray(float[][]::new);
        words = queries.stream().map(QueryVector::words).toArray(long[][]::new);
        squaredNorms = new float[floats.length];
        for (int q = 0; q < floats.length; q++) {
            squaredNorms[q] = ScalarKernels.squaredNorm(floats[q]);
        }
    }

    Metric metric() {
        return metric;
    }

    int dimension() {
        return dimension;
    }

    int queryCount() {
        return floats.length;
    }

    float[][] floats() {
        return floats;
    }

    /** The key of one row. */
    float key(int query, long row) {
        float[] q = floats[query];
        return switch (metric) {
            case L2 -> Kernels.l2Squared(q, row);
            case DOT -> Kernels.negatedDot(q, row);
            case L1 -> Kernels.l1(q, row);
            case COSINE -> Kernels.cosine(q, squaredNorms[query], row);
            case HAMMING -> Kernels.hamming(words[query], row, dimension);
            case JACCARD -> Kernels.jaccard(words[query], row, dimension);
        };
    }

    /** The keys of contiguous rows. */
    void keys(int query, long address, int rowCount, float[] keys) {
        float[] q = floats[query];
        switch (metric) {
            case L2 -> Kernels.l2Squared(q, address, rowCount, keys);
            case DOT -> Kernels.negatedDot(q, address, rowCount, keys);
            case L1 -> Kernels.l1(q, address, rowCount, keys);
            case COSINE -> Kernels.cosine(q, squaredNorms[query], address, rowCount, keys);
            case HAMMING -> Kernels.hamming(words[query], address, dimension, rowCount, keys);
            case JACCARD -> Kernels.jaccard(words[query], address, dimension, rowCount, keys);
        }
    }
}
