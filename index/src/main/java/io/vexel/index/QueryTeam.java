package io.vexel.index;

import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Answers the queries of requests one by one, on as many threads as these allow, each query with a {@link SearchContext} that is its own meanwhile. A
 * thread that waits for a context has none, so all queries come to an end where there is but one.
 *
 * <p>On the calling thread alone nothing is allocated beside the result. Safe for use by any number of threads.
 *
 * @param <C> what a thread works with
 */
abstract class QueryTeam<C extends SearchContext> {

    private final IndexContext context;

    QueryTeam(IndexContext context) {
        this.context = context;
    }

    /** A context for one query. */
    abstract C take(Cancellation cancellation);

    /** Takes a context back, whatever happened to its query. */
    abstract void giveBack(C work);

    /** Answers the query that a context has begun with. */
    abstract Neighbors find(C work);

    /**
     * Answers all queries, and asks before each whether to go on.
     *
     * @param some among which are all rows that the filter accepts, if that is known
     */
    final SearchResult answer(SearchRequest request, Effort effort, @Nullable OrdinalSet some) {
        long start = context.time().nanoTime();
        check(request, context.metric(), context.dimension());
        Neighbors[] found = new Neighbors[request.queries().size()];
        long compared = found.length == 1 || request.parallelism().threads() == 1
                ? answerAlone(request, effort, some, found)
                : answerTogether(request, effort, some, found);
        return result(found, compared, start);
    }

    private long answerAlone(SearchRequest request, Effort effort, @Nullable OrdinalSet some, Neighbors[] found) {
        long compared = 0;
        for (int query = 0; query < found.length; query++) {
            compared += answer(request, effort, some, query, found);
        }
        return compared;
    }

    private long answerTogether(SearchRequest request, Effort effort, @Nullable OrdinalSet some, Neighbors[] found) {
        LongAdder compared = new LongAdder();
        ScanTeam.Work<QueryTeam<C>> work =
                (team, query) -> compared.add(team.answer(request, effort, some, (int) query, found));
        new ScanTeam<>(found.length, () -> this, work).run(request.parallelism());
        return compared.sum();
    }

    /** Puts the answer to a query in its place; returns how many rows were compared. */
    private long answer(SearchRequest request, Effort effort, @Nullable OrdinalSet some, int query, Neighbors[] found) {
        request.cancellation().check();
        C work = take(request.cancellation());
        try {
            work.begin(request, effort, some, query);
            found[query] = find(work);
            return work.compared;
        } finally {
            work.end();
            giveBack(work);
        }
    }

    /**
     * Answers one query as if a row were not in the index.
     *
     * @param request one query, the row's own vector
     * @param ordinal the row
     */
    final SearchResult answerWithout(SearchRequest request, Effort effort, long ordinal) {
        long start = context.time().nanoTime();
        check(request, context.metric(), context.dimension());
        request.cancellation().check();
        C work = take(request.cancellation());
        try {
            work.begin(request, effort, null, 0);
            work.wanted.leaveOut(ordinal);
            Neighbors[] found = {find(work)};
            return result(found, work.compared, start);
        } finally {
            work.end();
            giveBack(work);
        }
    }

    private SearchResult result(Neighbors[] found, long compared, long start) {
        return SearchResult.of(found, new SearchCost(compared, context.time().nanoTime() - start));
    }

    /** Refuses queries that are not of the index's dimension and kind of elements, or without direction under the cosine. */
    static void check(SearchRequest request, Metric metric, int dimension) {
        for (int query = 0; query < request.queries().size(); query++) {
            check(request.queries().get(query), metric, dimension);
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
