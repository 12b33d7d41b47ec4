package io.vexel.index;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.List;

/** Answers the queries of a request one by one, on as many threads as it allows. */
final class QueryTeam {

    /** Answers one query. */
    @FunctionalInterface
    interface Answer {

        /**
         * Finds the nearest to one of the queries.
         *
         * @param query which one
         * @param compared takes in its place for the query how many rows were compared
         */
        Neighbors find(int query, long[] compared);
    }

    private QueryTeam() {}

    /** Answers all queries, and asks before each whether to go on. */
    static SearchResult run(SearchRequest request, TimeSource time, Answer answer) {
        long start = time.nanoTime();
        int count = request.queries().size();
        Neighbors[] neighbors = new Neighbors[count];
        long[] compared = new long[count];
        if (count == 1 || request.parallelism().threads() == 1) {
            for (int query = 0; query < count; query++) {
                request.cancellation().check();
                neighbors[query] = answer.find(query, compared);
            }
        } else {
            ScanTeam.Work<Answer> work = (shared, query) -> {
                request.cancellation().check();
                neighbors[(int) query] = shared.find((int) query, compared);
            };
            new ScanTeam<>(count, () -> answer, work).run(request.parallelism());
        }
        long all = 0;
        for (long each : compared) {
            all += each;
        }
        return new SearchResult(List.of(neighbors), new SearchCost(all, time.nanoTime() - start));
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
