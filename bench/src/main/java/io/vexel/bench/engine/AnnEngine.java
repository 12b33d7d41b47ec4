package io.vexel.bench.engine;

import io.vexel.bench.data.Dataset;

/** A way to find near neighbors that takes part in the comparison. */
public interface AnnEngine {

    /** Links of a vertex on the upper layers; the lowest has twice as many. */
    int M = 16;

    /** Width of the search that finds the neighbors of a vertex while building. */
    int EF_CONSTRUCTION = 100;

    /** As in {@code --engines} and in reports. */
    String name();

    /** Version, parameters, and how bytes are counted, in one line. */
    String settings();

    /** False when the engine is exact and ignores {@code ef}. */
    boolean isApproximate();

    /**
     * Builds all that a search needs, from the rows of the data set; the caller takes the time.
     *
     * @param threads threads that may work at once, at least 1
     */
    AnnIndex build(Dataset data, int threads);
}
