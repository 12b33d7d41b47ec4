package io.vexel.bench.filter;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.Distances;
import io.vexel.bench.engine.RowVolume;
import io.vexel.engine.Collection;
import io.vexel.engine.Hit;
import io.vexel.engine.SearchPlan;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.SearchResult;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How good filtered searches are, and how they were carried out.
 *
 * @param recall mean share of the hits of the exact search that were found, 0..1; of several rows at the same distance any will do
 * @param plans how many of the searches were carried out in each way
 */
record FilterRecall(double recall, Map<SearchPlan.Kind, Integer> plans) {

    FilterRecall {
        plans = new TreeMap<>(plans);
    }

    /**
     * Searches for every query both ways.
     *
     * @param filtered requests, as many as {@code exact}, each for the same query
     */
    static FilterRecall measure(
            Dataset data, Collection collection, List<SearchRequest> filtered, List<SearchRequest> exact) {
        Map<SearchPlan.Kind, Integer> plans = new TreeMap<>();
        long found = 0;
        long wanted = 0;
        for (int q = 0; q < filtered.size(); q++) {
            List<Hit> truth = collection.search(exact.get(q)).hits();
            SearchResult result = collection.search(filtered.get(q));
            plans.merge(result.plan().kind(), 1, Integer::sum);
            found += hits(data, data.queries()[q], result.hits(), truth);
            wanted += truth.size();
        }
        return new FilterRecall(found / (double) wanted, plans);
    }

    private static int hits(Dataset data, float[] query, List<Hit> found, List<Hit> truth) {
        double farthest = truth.stream()
                .mapToDouble(hit -> distance(data, query, RowVolume.row(hit)))
                .max()
                .orElse(Double.NEGATIVE_INFINITY);
        Set<Integer> counted = new HashSet<>();
        for (Hit hit : found) {
            if (distance(data, query, RowVolume.row(hit)) <= farthest) {
                counted.add(RowVolume.row(hit));
            }
        }
        return Math.min(counted.size(), truth.size());
    }

    private static double distance(Dataset data, float[] query, int row) {
        return Distances.of(data.metric(), query, data.base()[row]);
    }
}
