package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.Metric;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;

/**
 * What the indexes share whose places are freed by epochs: each operation works in a context of its {@link EpochPool}, inserts go on beside
 * each other, and one sweep at a time keeps them out while it notes the dead.
 *
 * @param <C> what a thread works with
 */
abstract sealed class EpochIndex<C extends SearchContext> implements DerivedIndex permits HnswIndex, LshIndex {

    /** Inserts and takeovers hold the read side; a sweep holds the write side while it marks or notes the dead. */
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

    /** Which place a row has. */
    abstract RowPlaces rowPlaces();

    @Override
    public final void insert(long ordinal, long row) {
        int added = checked(ordinal);
        boolean _ = besideInserts(mine -> {
            rowPlaces().ensure(added);
            rowPlaces().enter(added, insert(mine, added, row));
            return true;
        });
    }

    private static int checked(long ordinal) {
        return (int) Checks.inRange("ordinal", ordinal, 0, Integer.MAX_VALUE - 1);
    }

    /** Does something during which no sweep marks or notes a row, and no place becomes free that was in use when it began. */
    private boolean besideInserts(Predicate<C> work) {
        Lock beside = inserts.readLock();
        beside.lock();
        try {
            C mine = searches.enter();
            try {
                return work.test(mine);
            } finally {
                searches.exit(mine);
            }
        } finally {
            beside.unlock();
        }
    }

    /** Inserts a row, beside other inserts; returns its place. */
    abstract int insert(C mine, int ordinal, long row);

    @Override
    public final boolean knowsTwins() {
        return true;
    }

    @Override
    public final boolean contains(long ordinal) {
        return rowPlaces().place(checked(ordinal)) != RowPlaces.NONE;
    }

    @Override
    public final boolean isTwin(long row, long other) {
        return contains(other) && besideInserts(mine -> twin(mine, row, (int) other) != RowPlaces.NONE);
    }

    @Override
    public final boolean takeOver(long ordinal, long row, long other) {
        int heir = checked(ordinal);
        return contains(other)
                && besideInserts(mine -> {
                    int place = twin(mine, row, (int) other);
                    if (place == RowPlaces.NONE) {
                        return false;
                    }
                    rowPlaces().ensure(heir);
                    return rowPlaces().rename(place, (int) other, heir);
                });
    }

    /** The place of a row of which the index knows the same as of a vector; {@link RowPlaces#NONE} when it is not such a row. */
    private int twin(C mine, long row, int other) {
        int place = rowPlaces().place(other);
        return place != RowPlaces.NONE && knowsTheSame(mine, row, other, place) ? place : RowPlaces.NONE;
    }

    /**
     * Whether the index knows the same of a vector as of that of a row, so that its place would be as good for either.
     *
     * @param row native address of the elements of the vector
     * @param place that of the row {@code other}
     */
    abstract boolean knowsTheSame(C mine, long row, int other, int place);

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
