package io.vexel.index;

import io.vexel.base.Checks;
import java.util.List;

/**
 * What to find: for each query the {@code k} nearest rows, or all within a radius, or the {@code k} nearest within a radius.
 *
 * @param queries at least one; answered together, reading the rows once
 * @param k most results of a query, 1..{@link #ALL}; more than there are rows is allowed
 * @param radius largest distance of a result, in the metric's unit, inclusive; not NaN
 * @param live which rows exist: cheap, and asked for whole ranges where possible
 * @param filter what a result must fulfil besides: may be expensive, and is asked only about rows near enough to enter the result
 * @param tieBreak order of rows at the same distance
 * @param parallelism threads to use
 * @param cancellation asked regularly whether to go on
 */
public record SearchRequest(
        List<QueryVector> queries,
        int k,
        double radius,
        RowFilter live,
        RowFilter filter,
        TieBreak tieBreak,
        Parallelism parallelism,
        Cancellation cancellation) {

    /** For {@link #k}: no limit. */
    public static final int ALL = Integer.MAX_VALUE - 8;

    public SearchRequest {
        queries = List.copyOf(queries);
        Checks.argument(!queries.isEmpty(), "queries=[], allowed: at least one query");
        Checks.inRange("k", k, 1, ALL);
        Checks.argument(!Double.isNaN(radius), "radius=NaN, allowed: any other number");
    }

    /** The {@code k} nearest rows of one query, with no filter, ties by ordinal, on the calling thread. */
    public static SearchRequest nearest(QueryVector query, int k) {
        return nearest(List.of(query), k);
    }

    /** The {@code k} nearest rows of each query, with no filter, ties by ordinal, on the calling thread. */
    public static SearchRequest nearest(List<QueryVector> queries, int k) {
        return new SearchRequest(
                queries,
                k,
                Double.POSITIVE_INFINITY,
                RowFilter.ALL,
                RowFilter.ALL,
                TieBreak.ORDINAL,
                Parallelism.NONE,
                Cancellation.NONE);
    }

    /** All rows of each query at a distance of at most {@code radius}, otherwise as {@link #nearest(List, int)}. */
    public static SearchRequest within(List<QueryVector> queries, double radius) {
        return nearest(queries, ALL).withRadius(radius);
    }

    public SearchRequest withQueries(List<QueryVector> newQueries) {
        return new SearchRequest(newQueries, k, radius, live, filter, tieBreak, parallelism, cancellation);
    }

    public SearchRequest withK(int newK) {
        return new SearchRequest(queries, newK, radius, live, filter, tieBreak, parallelism, cancellation);
    }

    public SearchRequest withRadius(double newRadius) {
        return new SearchRequest(queries, k, newRadius, live, filter, tieBreak, parallelism, cancellation);
    }

    public SearchRequest withLive(RowFilter newLive) {
        return new SearchRequest(queries, k, radius, newLive, filter, tieBreak, parallelism, cancellation);
    }

    public SearchRequest withFilter(RowFilter newFilter) {
        return new SearchRequest(queries, k, radius, live, newFilter, tieBreak, parallelism, cancellation);
    }

    public SearchRequest withTieBreak(TieBreak newTieBreak) {
        return new SearchRequest(queries, k, radius, live, filter, newTieBreak, parallelism, cancellation);
    }

    public SearchRequest withParallelism(Parallelism newParallelism) {
        return new SearchRequest(queries, k, radius, live, filter, tieBreak, newParallelism, cancellation);
    }

    public SearchRequest withCancellation(Cancellation newCancellation) {
        return new SearchRequest(queries, k, radius, live, filter, tieBreak, parallelism, newCancellation);
    }
}
