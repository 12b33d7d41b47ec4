package io.vexel.collection.indexing;

import io.vexel.base.TimeSource;

/**
 * The rows that every search has in its state which still runs, and everybody else who {@linkplain GracePeriod#enter entered}. What they replaced is
 * wanted by nobody any more, so that the index need not find it. They become more when somebody asks, who waits for nobody.
 *
 * <pre>
 *   newest state noted, period begun --- whoever had entered before leaves ---> its rows are settled
 * </pre>
 *
 * <p>{@code awaited} is volatile, written under this object's monitor, which guards the rest.
 */
final class SettledRows {

    private static final long NO_PERIOD = -1;

    private final GracePeriod readers;
    private final IndexedRows.States states;
    private final TimeSource time;
    private volatile boolean awaited;
    private long settled;
    private long next;
    private long period = NO_PERIOD;
    private long begunNanos;

    /** @param readers enter before they take a state */
    SettledRows(GracePeriod readers, IndexedRows.States states, TimeSource time) {
        this.readers = readers;
        this.states = states;
        this.time = time;
    }

    /** Whether everybody has the row; if not, that is awaited from now on. */
    synchronized boolean have(long ordinal) {
        if (ordinal >= settled) {
            advance();
        }
        if (ordinal >= settled && !awaited) {
            next = states.newest().rowCount();
            begunNanos = time.nanoTime();
            // Before the question whether they have left: who leaves looks at it afterwards.
            awaited = true;
            period = readers.begin();
            advance();
        }
        return ordinal < settled;
    }

    private boolean advance() {
        if (!awaited || !readers.isOver(period)) {
            return false;
        }
        settled = Math.max(settled, next);
        period = NO_PERIOD;
        awaited = false;
        return true;
    }

    /** Says that somebody has left. True when there are more rows now that everybody has, for which somebody waits. */
    boolean left() {
        return awaited && advanceLocked();
    }

    private synchronized boolean advanceLocked() {
        return advance();
    }

    /** Whether there are rows that not everybody has yet, and that is awaited. */
    boolean isAwaited() {
        return awaited;
    }

    /** How long those have been awaited that are; 0 when none are. */
    synchronized long awaitedNanos() {
        return awaited ? time.nanoTime() - begunNanos : 0;
    }

    /** Waits until everybody has a state, which is published. Not from inside. */
    void await(IndexedRows.State state) {
        readers.await();
        synchronized (this) {
            settled = Math.max(settled, state.rowCount());
        }
    }
}
