package io.vexel.bench.life;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.Distances;
import io.vexel.bench.engine.RowVolume;
import io.vexel.engine.Collection;
import io.vexel.engine.Hit;
import io.vexel.engine.SearchRequest;
import java.util.List;

/** Recall of a collection whose points are rows of a data set. */
final class LifeRecall {

    /** Two graphs of the same rows that several threads build differ by chance; the fewer the queries, the more. */
    static final int QUERIES = 1_000;

    private static final int K = 10;

    private final Dataset data;

    LifeRecall(Dataset data) {
        this.data = data;
    }

    /** Mean share of hits that are no farther than the k-th of exact search in the same collection, by 64-bit distances. */
    double of(Collection collection) {
        int queries = Math.min(QUERIES, data.queries().length);
        long hits = 0;
        long wanted = 0;
        for (int q = 0; q < queries; q++) {
            float[] query = data.queries()[q];
            SearchRequest request = SearchRequest.builder(query).k(K).build();
            List<Hit> exact = collection
                    .search(SearchRequest.builder(query).k(K).exact().build())
                    .hits();
            double farthest = exact.stream()
                    .mapToDouble(hit -> distance(query, hit))
                    .max()
                    .orElse(Double.NEGATIVE_INFINITY);
            hits += collection.search(request).hits().stream()
                    .filter(hit -> distance(query, hit) <= farthest)
                    .count();
            wanted += exact.size();
        }
        return wanted == 0 ? 1 : hits / (double) wanted;
    }

    private double distance(float[] query, Hit hit) {
        return Distances.of(data.metric(), query, data.base()[RowVolume.row(hit)]);
    }
}
