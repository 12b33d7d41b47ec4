package io.vexel.index;

import org.jspecify.annotations.Nullable;

/**
 * What one thread works with while it answers a query. Contexts are kept in pools and used again, so that a search allocates its result and nothing
 * else: whatever it needs beside that is a field of its context, made once or grown to its size.
 *
 * <p>A context belongs to one query between {@link #begin} and {@link #end}. Filters and cancellations are called in between; a search that these start
 * has another context. Where places are freed by epochs, that of its query is noted in it ({@link EpochPool}).
 */
abstract class SearchContext extends EpochPool.Context {

    /** The query, or the row that is worked on, as kernels want it. */
    final RowScorer target;

    /** What is looked for. */
    final Wanted wanted = new Wanted();

    /** The nearest rows found so far. */
    final Collector best = new Collector(1, Float.POSITIVE_INFINITY, RowFilter.ALL, TieBreak.ORDINAL);

    /** Rows that were compared with the query, by their codes or vectors. */
    long compared;

    SearchContext(IndexContext context) {
        target = new RowScorer(context.metric(), context.elementType(), context.dimension());
    }

    /** Begins with one of a request's queries. */
    final void begin(SearchRequest request, Effort effort, @Nullable OrdinalSet some, int query) {
        wanted.take(request, effort, some);
        target.aim(request.queries().get(query));
        compared = 0;
    }

    /** Ends with the query, and lets go of what belongs to it. */
    final void end() {
        wanted.forget();
        best.forget();
        target.forget();
    }
}
