package io.vexel.index;

import io.vexel.distance.ElementType;
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
            double distance = metric.distance(key(metric, rows, row, query));
            if (request.live().accepts(row) && request.filter().accepts(row) && distance <= request.radius()) {
                hits.add(new Neighbors.Hit(row, distance));
            }
        }
        hits.sort((a, b) -> a.distance() != b.distance()
                ? Double.compare(a.distance(), b.distance())
                : request.tieBreak().compare(a.ordinal(), b.ordinal()));
        return hits.subList(0, Math.min(hits.size(), request.k()));
    }

    static float key(Metric metric, Rows rows, long ordinal, QueryVector query) {
        float[] q = query.floats();
        long row = rows.address(ordinal);
        ElementType type = rows.elementType();
        return switch (metric) {
            case L2 -> ScalarKernels.l2Squared(type, q, row);
            case DOT -> ScalarKernels.negatedDot(type, q, row);
            case L1 -> ScalarKernels.l1(type, q, row);
            case COSINE -> ScalarKernels.cosine(type, q, ScalarKernels.squaredNorm(q), row);
            case HAMMING -> ScalarKernels.hamming(query.words(), row, query.dimension());
            case JACCARD -> ScalarKernels.jaccard(query.words(), row, query.dimension());
        };
    }
}
