package io.vexel.bench.measure;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.Distances;
import io.vexel.bench.engine.AnnIndex;
import io.vexel.bench.engine.AnnSearcher;
import java.util.HashSet;
import java.util.Set;

/**
 * Recall at k. A row counts when it is no farther from the query than the true k-th neighbor, by distances in 64-bit floats, so that
 * of several rows at the same distance any will do; a row that comes twice counts once.
 */
public final class Recall {

    private final Dataset data;
    private final int k;
    private final double[] farthest;

    /** @param data with at least {@code k} true neighbors of each query */
    public Recall(Dataset data, int k) {
        this.data = data;
        this.k = k;
        farthest = new double[data.queries().length];
        for (int q = 0; q < farthest.length; q++) {
            farthest[q] = Double.NEGATIVE_INFINITY;
            for (int rank = 0; rank < k; rank++) {
                farthest[q] = Math.max(farthest[q], distance(q, data.truth()[q][rank]));
            }
        }
    }

    private double distance(int query, int id) {
        return Distances.of(data.metric(), data.queries()[query], data.base()[id]);
    }

    /** Mean recall of all queries, 0..1. */
    double of(AnnIndex index, int ef) {
        long found = 0;
        try (AnnSearcher searcher = index.searcher(ef, k)) {
            for (int q = 0; q < farthest.length; q++) {
                found += hits(q, searcher.search(data.queries()[q]));
            }
        }
        return found / (double) ((long) k * farthest.length);
    }

    /**
     * How many of the rows belong to the k nearest of the query.
     *
     * @param query number of a query of the data set
     * @param ids numbers of rows, at most k
     * @throws IllegalStateException when they are more, or a row does not exist
     */
    public int hits(int query, int[] ids) {
        if (ids.length > k) {
            throw new IllegalStateException("rows found=" + ids.length + ", allowed: at most k = " + k);
        }
        Set<Integer> counted = new HashSet<>();
        for (int id : ids) {
            if (id < 0 || id >= data.base().length) {
                throw new IllegalStateException("row found=" + id + ", allowed: 0.." + (data.base().length - 1));
            }
            if (distance(query, id) <= farthest[query]) {
                counted.add(id);
            }
        }
        return counted.size();
    }
}
