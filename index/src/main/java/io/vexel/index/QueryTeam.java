package io.vexel.index;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.Arrays;
import java.util.List;

/** Answers the queries of a request one by one, on as many threads as it allows. */
final class QueryTeam {

    /** Answers one query. */
    @FunctionalInterface
    interface Answer {

        /** @param collector takes the rows found */
        long compare(QueryVector query, Collector collector);
    }

    private QueryTeam() {}

    /**
     * Answers all queries.
     *
     * @param filter what the collectors ask about rows
     * @param answer gives how many rows it compared
     */
    static SearchResult run(SearchRequest request, Metric metric, RowFilter filter, TimeSource time, Answer answer) {
        long start = time.nanoTime();
        float bound = metric.largestKeyWithin(request.radius());
        List<QueryVector> queries = request.queries();
        Neighbors[] neighbors = new Neighbors[queries.size()];
        long[] compared = new long[queries.size()];
        ScanTeam.Work<Metric> work = (_, query) -> {
            int q = (int) query;
            Collector collector = new Collector(request.k(), bound, filter, request.tieBreak());
            compared[q] = answer.compare(queries.get(q), collector);
            neighbors[q] = collector.neighbors(metric);
        };
        if (queries.size() == 1 || request.parallelism().threads() == 1) {
            for (int q = 0; q < neighbors.length; q++) {
                work.scan(metric, q);
            }
        } else {
            new ScanTeam<>(queries.size(), () -> metric, work).run(request.parallelism());
        }
        return new SearchResult(
                List.of(neighbors), new SearchCost(Arrays.stream(compared).sum(), time.nanoTime() - start));
    }

    /** Refuses queries that are not of the index's dimension and kind of elements, or without direction under the cosine. */
    static void check(SearchRequest request, Metric metric, int dimension) {
        for (QueryVector query : request.queries()) {
            check(query, metric, dimension);
        }
    }

    /** Words are put together only for a query that is refused. */
    private static void check(QueryVector query, Metric metric, int dimension) {
        ElementType asked = metric.defaultElementType();
        if (query.elementType() != asked) {
            throw new IllegalArgumentException("query.elementType=" + query.elementType() + ", allowed: " + asked);
        }
        if (query.dimension() != dimension) {
            throw new IllegalArgumentException("query.dimension=" + query.dimension() + ", allowed: " + dimension);
        }
        if (metric == Metric.COSINE && query.isZero()) {
            throw new IllegalArgumentException("query=zero vector, allowed: a direction");
        }
    }
}
