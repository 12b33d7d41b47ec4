package io.vexel.index;

import io.vexel.distance.Metric;
import io.vexel.distance.ScalarKernels;
import java.util.ArrayList;
import java.util.List;

/** What a search must find, by the scalar twins and a sort. */
final class NaiveSearch {

    private NaiveSearch() {}

    static List<Neighbors.Hit> search(Metric metric, Rows rows, QueryVector query, SearchRequest request) {
        List<Neighbors.Hit> hits = new ArrayList<>();
        for (long row = 0; row < rows.rowCount(); row++) {
            double distance = metric.distance(key(metric, rows.address(row), query));
            if (request.live().accepts(row) && request.filter().accepts(row) && distance <= request.radius()) {
                hits.add(new Neighbors.Hit(row, distance));
            }
        }
        hits.sort((a, b) -> a.distance() != b.distance()
                ? Double.compare(a.distance(), b.distance())
                : request.tieBreak().compare(a.ordinal(), b.ordinal()));
        return hits.subList(0, Math.min(hits.size(), request.k()));
    }

    static float key(Metric metric, long row, QueryVector query) {
        float[] q = query.floats();
        return switch (metric) {
            case L2 -> ScalarKernels.l2Squared(q, row, q.length);
            case DOT -> ScalarKernels.negatedDot(q, row, q.length);
            case L1 -> ScalarKernels.l1(q, row, q.length);
            case COSINE -> ScalarKernels.cosine(q, ScalarKernels.squaredNorm(q), row, q.length);
            case HAMMING -> ScalarKernels.hamming(query.words(), row, query.dimension());
            case JACCARD -> ScalarKernels.jaccard(query.words(), row, query.dimension());
        };
    }
}
