package io.vexel.index;

import org.jspecify.annotations.Nullable;

/** What a query looks for: its request and effort, unpacked where a search has them at hand. Filled and forgotten over and over; used by one thread. */
final class Wanted {

    /** For {@link #without}: no row is left out. */
    static final long NO_ROW = -1;

    private int k;
    private double radius;
    private int ef;
    private long rowEnd;
    private Pool pool = Pool.AUTO;
    private RowFilter live = RowFilter.ALL;
    private RowFilter filter = RowFilter.ALL;
    private TieBreak tieBreak = TieBreak.ORDINAL;
    private Cancellation cancellation = Cancellation.NONE;
    private @Nullable OrdinalSet some;
    private long without = NO_ROW;

    /**
     * Takes what a request wants.
     *
     * @param among all rows that the filter accepts are in it; null when that is not known
     */
    void take(SearchRequest request, Effort effort, @Nullable OrdinalSet among) {
        k = request.k();
        radius = request.radius();
        ef = effort.ef();
        rowEnd = effort.rowEnd();
        pool = effort.pool();
        live = request.live();
        filter = request.filter();
        tieBreak = request.tieBreak();
        cancellation = request.cancellation();
        some = among;
        without = NO_ROW;
    }

    /** Leaves a row out, whatever the request says. */
    void leaveOut(long ordinal) {
        without = ordinal;
    }

    /** Lets go of what belongs to the request, which may hold much. */
    void forget() {
        live = RowFilter.ALL;
        filter = RowFilter.ALL;
        tieBreak = TieBreak.ORDINAL;
        cancellation = Cancellation.NONE;
        some = null;
        without = NO_ROW;
    }

    int k() {
        return k;
    }

    /** Largest distance of a result, in the metric's unit. */
    double radius() {
        return radius;
    }

    boolean isWithinRadius() {
        return radius < Double.POSITIVE_INFINITY;
    }

    /** Candidates to keep, as the effort says. */
    int ef() {
        return ef;
    }

    /** What the walk through a graph is to go by. */
    Pool pool() {
        return pool;
    }

    /** Only rows below are found. */
    long rowEnd() {
        return rowEnd;
    }

    RowFilter filter() {
        return filter;
    }

    boolean isFiltered() {
        return !filter.acceptsAll(0, Integer.MAX_VALUE);
    }

    TieBreak tieBreak() {
        return tieBreak;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    /** Among which are all rows that the filter accepts, if that is known. */
    @Nullable
    OrdinalSet some() {
        return some;
    }

    /** The row that is left out, or {@link #NO_ROW}. */
    long without() {
        return without;
    }

    /** @param ordinal of a row; below zero where there is none */
    boolean isLive(long ordinal) {
        return ordinal >= 0 && ordinal < rowEnd && ordinal != without && live.accepts(ordinal);
    }

    /** As {@link #isLive}, and the filter accepts the row, too. */
    boolean accepts(long ordinal) {
        return isLive(ordinal) && filter.accepts(ordinal);
    }
}
