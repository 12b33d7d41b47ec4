package io.vexel.bench.data;

import io.vexel.distance.Metric;

/** What a source of vectors gives: base rows, queries, how they are compared, and the ground truth where it has one. */
final class Vectors {

    private static final int[][] NO_TRUTH = {};

    private final Metric metric;
    private final float[][] base;
    private final float[][] queries;
    private final int[][] truth;

    private Vectors(Metric metric, float[][] base, float[][] queries, int[][] truth) {
        this.metric = metric;
        this.base = base;
        this.queries = queries;
        this.truth = truth;
    }

    static Vectors of(Metric metric, float[][] base, float[][] queries) {
        return new Vectors(metric, base, queries, NO_TRUTH);
    }

    /** With the nearest rows of each query; an empty array stands for none. */
    Vectors withTruth(int[][] lists) {
        return new Vectors(metric, base, queries, lists);
    }

    Metric metric() {
        return metric;
    }

    float[][] base() {
        return base;
    }

    float[][] queries() {
        return queries;
    }

    boolean hasTruth() {
        return truth.length > 0;
    }

    int[][] truth() {
        return truth;
    }
}
