package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.Metric;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * What the indexes share whose places are freed by epochs: each operation works in a context of its {@link EpochPool}, inserts go on beside
 * each other, and one sweep at a time keeps them out while it notes the dead.
 *
 * @param <C> what a thread works with
 */
abstract sealed class EpochIndex<C extends SearchContext> implements DerivedIndex permits HnswIndex, LshIndex {

    /** Inserts hold the read side; a sweep holds the write side while it marks or notes the dead. */
    final ReentrantReadWriteLock inserts = new ReentrantReadWriteLock();

    final IndexContext context;
    final EpochPool<C> searches;
    private final QueryTeam<C> team;

    EpochIndex(IndexContext context, EpochPool<C> searches) {
        this.context = context;
        this.searches = searches;
        this.team = new Team();
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

    @Override
    public final SearchResult search(SearchRequest request, Effort effort) {
        return team.answer(request, effort, null);
    }

    @Override
    public final SearchResult searchWithout(SearchRequest request, Effort effort, long ordinal) {
        return team.answerWithout(request, effort, ordinal);
    }

    /** Answers the query that a context has begun with. */
    abstract Neighbors find(C mine);

    private final class Team extends QueryTeam<C> {

        Team() {
            super(context);
        }

        @Override
        C take(Cancellation cancellation) {
            return searches.enter();
        }

        @Override
        Neighbors find(C mine) {
            return EpochIndex.this.find(mine);
        }

        @Override
        void giveBack(C mine) {
            searches.exit(mine);
        }
    }
}
