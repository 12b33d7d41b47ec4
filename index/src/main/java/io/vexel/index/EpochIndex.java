package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.Metric;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.ToLongFunction;

/**
 * What the indexes share whose places are freed by epochs: each operation works in a context of its {@link EpochPool}, inserts go on beside
 * each other, and one sweep at a time keeps them out while it notes the dead.
 *
 * @param <C> what a thread works with
 */
abstract sealed class EpochIndex<C extends EpochPool.Context> implements DerivedIndex permits HnswIndex, LshIndex {

    /** Inserts hold the read side; a sweep holds the write side while it marks or notes the dead. */
    final ReentrantReadWriteLock inserts = new ReentrantReadWriteLock();

    final IndexContext context;
    final EpochPool<C> searches;

    EpochIndex(IndexContext context, EpochPool<C> searches) {
        this.context = context;
        this.searches = searches;
    }

    @Override
    public final Metric metric() {
        return context.metric();
    }

    @Override
    public final int dimension() {
        return context.dimension();
    }

    @Override
    public final void insert(long ordinal, long row) {
        Checks.inRange("ordinal", ordinal, 0, Integer.MAX_VALUE - 1);
        Lock beside = inserts.readLock();
        beside.lock();
        try {
            C mine = searches.enter();
            try {
                insert(mine, (int) ordinal, row);
            } finally {
                searches.exit(mine);
            }
        } finally {
            beside.unlock();
        }
    }

    /** Inserts a row, beside other inserts. */
    abstract void insert(C mine, int ordinal, long row);

    /**
     * Answers the queries, each with a context of its own use.
     *
     * @param filter what the collectors ask about rows
     */
    final SearchResult answer(SearchRequest request, RowFilter filter, Answer<C> answer) {
        QueryTeam.check(request, metric(), dimension());
        float bound = metric().largestKeyWithin(request.radius());
        return QueryTeam.run(request, context.time(), (query, compared) -> {
            Collector collector = new Collector(request.k(), bound, filter, request.tieBreak());
            QueryVector vector = request.queries().get(query);
            compared[query] = with(mine -> answer.answer(mine, vector, collector));
            return collector.neighbors(metric());
        });
    }

    /** Finds the nearest to one query; returns how many vectors were compared. */
    interface Answer<C> {
        long answer(C mine, QueryVector query, Collector collector);
    }

    private long with(ToLongFunction<C> work) {
        C mine = searches.enter();
        try {
            return work.applyAsLong(mine);
        } finally {
            searches.exit(mine);
        }
    }
}
