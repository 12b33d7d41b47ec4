package io.vexel.index;

import io.vexel.distance.BFloat16Kernels;
import io.vexel.distance.ElementType;
import io.vexel.distance.Float16Kernels;
import io.vexel.distance.Kernels;
import io.vexel.distance.Metric;
import java.util.List;

/** The queries of a request in the form the kernels want, and the way to the kernel of the metric and element type. Immutable. */
final class Scorer {

    /** Room that {@link #keys} wants for each row; the keys are the first. */
    static final int KEYS_PER_ROW = 2;

    private final Metric metric;
    private final ElementType elementType;
    private final int dimension;
    private final float[][] floats;
    private final float[] squaredNorms;
    private final long[][] words;

    /** @param elementType of the rows */
    Scorer(Metric metric, ElementType elementType, List<QueryVector> queries) {
        this.metric = metric;
        this.elementType = elementType;
        dimension = queries.getFirst().dimension();
        floats = new float[queries.size()][];
        words = new long[floats.length][];
        squaredNorms = new float[floats.length];
        for (int q = 0; q < floats.length; q++) {
            floats[q] = queries.get(q).floats();
            words[q] = queries.get(q).words();
            squaredNorms[q] = metric == Metric.COSINE ? Kernels.squaredNorm(floats[q]) : 0;
        }
    }

    Metric metric() {
        return metric;
    }

    ElementType elementType() {
        return elementType;
    }

    int dimension() {
        return dimension;
    }

    /** Bytes of a row. */
    int rowBytes() {
        return elementType.rowBytes(dimension);
    }

    int queryCount() {
        return floats.length;
    }

    float[][] floats() {
        return floats;
    }

    /** The key of one row. */
    float key(int query, long row) {
        return switch (elementType) {
            case FLOAT32, BIT -> plainKey(query, row);
            case FLOAT16 -> float16Key(query, row);
            case BFLOAT16 -> bfloat16Key(query, row);
        };
    }

    /** The keys of contiguous rows. */
    void keys(int query, long address, int rowCount, float[] keys) {
        switch (elementType) {
            case FLOAT32, BIT -> plainKeys(query, address, rowCount, keys);
            case FLOAT16 -> float16Keys(query, address, rowCount, keys);
            case BFLOAT16 -> bfloat16Keys(query, address, rowCount, keys);
        }
    }

    private float plainKey(int query, long row) {
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

    private void plainKeys(int query, long address, int rowCount, float[] keys) {
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

    private float float16Key(int query, long row) {
        float[] q = floats[query];
        return switch (metric) {
            case L2 -> Float16Kernels.l2Squared(q, row);
            case DOT -> Float16Kernels.negatedDot(q, row);
            case L1 -> Float16Kernels.l1(q, row);
            case COSINE -> Float16Kernels.cosine(q, squaredNorms[query], row);
            case HAMMING, JACCARD -> throw noBits(metric, elementType);
        };
    }

    private void float16Keys(int query, long address, int rowCount, float[] keys) {
        float[] q = floats[query];
        switch (metric) {
            case L2 -> Float16Kernels.l2Squared(q, address, rowCount, keys);
            case DOT -> Float16Kernels.negatedDot(q, address, rowCount, keys);
            case L1 -> Float16Kernels.l1(q, address, rowCount, keys);
            case COSINE -> Float16Kernels.cosine(q, squaredNorms[query], address, rowCount, keys);
            case HAMMING, JACCARD -> throw noBits(metric, elementType);
        }
    }

    private float bfloat16Key(int query, long row) {
        float[] q = floats[query];
        return switch (metric) {
            case L2 -> BFloat16Kernels.l2Squared(q, row);
            case DOT -> BFloat16Kernels.negatedDot(q, row);
            case L1 -> BFloat16Kernels.l1(q, row);
            case COSINE -> BFloat16Kernels.cosine(q, squaredNorms[query], row);
            case HAMMING, JACCARD -> throw noBits(metric, elementType);
        };
    }

    private void bfloat16Keys(int query, long address, int rowCount, float[] keys) {
        float[] q = floats[query];
        switch (metric) {
            case L2 -> BFloat16Kernels.l2Squared(q, address, rowCount, keys);
            case DOT -> BFloat16Kernels.negatedDot(q, address, rowCount, keys);
            case L1 -> BFloat16Kernels.l1(q, address, rowCount, keys);
            case COSINE -> BFloat16Kernels.cosine(q, squaredNorms[query], address, rowCount, keys);
            case HAMMING, JACCARD -> throw noBits(metric, elementType);
        }
    }

    static IllegalStateException noBits(Metric metric, ElementType elementType) {
        return new IllegalStateException("elementType=" + elementType + ", allowed: BIT for metric " + metric.label());
    }
}
