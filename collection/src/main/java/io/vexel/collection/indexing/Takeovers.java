package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.index.Cancellation;
import io.vexel.index.DerivedIndex;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Has rows of the tail take over the places of rows that they replaced, where the index cannot tell the vectors of both apart: it stays as it is then, but
 * for the number of the row. So a payload that changes, and a row that a compaction moves, do not touch the index.
 *
 * <pre>
 *   index        r0                       a row n of the tail replaced r1, which replaced r0. r1 died in the tail;
 *   tail             r1 (dead)  n         r0 is dead in the index: n takes its place
 * </pre>
 *
 * <p>Not before all who search have a state with n ({@link SettledRows}), in which r0 is dead: for an older one r0 is wanted from the index. And n is not
 * taken from the index by anybody whose watermark is not beyond it. In between, neither is.
 *
 * <p>{@code examinedEnd} is volatile, written by the thread that has control, and by any that was refused memory; the count is atomic.
 */
final class Takeovers {

    /** So many rows are looked at that a point had before: less work than the insertion that it may save. */
    private static final int MOST_EARLIER = 64;

    /** While the tail is no longer than this, rows wait that could take places over if it were not for searches which began earlier. */
    static final long MOST_WAITING = ActiveIndex.LONG_TAIL;

    /** However long the tail is, they wait as long as most searches take. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int ROWS_PER_CHECK = 1_024;

    private final DerivedIndex index;
    private final IndexedRows rows;
    private final SettledRows settled;
    /** Dead rows of the index whose places rows of the tail are about to take over, as the last sweep saw it. */
    private final AtomicLong awaited = new AtomicLong();

    private volatile long examinedEnd;

    /** Whether rows might need memory when the tail was looked at. */
    private volatile boolean examinedGrowing;

    Takeovers(DerivedIndex index, IndexedRows rows, SettledRows settled) {
        this.index = index;
        this.rows = rows;
        this.settled = settled;
    }

    /** What becomes of a row. */
    enum Outcome {
        /** It has taken over the place of another row. */
        TAKEN,
        /** It is in the index already. */
        PRESENT,
        /** It could, but somebody may want the other row still. */
        WAITS,
        /** There is no place for it to take over. */
        NONE
    }

    /** False for indexes that take each row in as a new one. */
    boolean arePossible() {
        return index.knowsTwins() && !index.isPaged();
    }

    /**
     * Whether a row is in the index already, or there seems to be a place for it to take over; {@link #take} looks again.
     *
     * @param ordinal a row that is alive in a published state
     * @throws io.vexel.base.CapacityException when the budget refuses memory for a copy of the row
     */
    boolean mayTake(long ordinal, RowAddresses addresses) {
        if (!arePossible() || rows.replaced().by(ordinal) < 0) {
            return false;
        }
        if (index.contains(ordinal)) {
            return true;
        }
        long other = earlierInIndex(ordinal);
        return other >= 0 && isTwin(ordinal, other, addresses);
    }

    /**
     * Has a row take over a place, if it can.
     *
     * @param ordinal a row that is alive in a published state, and which nobody else hands over
     * @param tailRows rows that are to be handed over
     * @throws io.vexel.base.CapacityException when the budget refuses a little memory; nothing has changed
     */
    Outcome take(long ordinal, long tailRows, RowAddresses addresses) {
        if (!arePossible() || rows.replaced().by(ordinal) < 0) {
            return Outcome.NONE;
        }
        if (index.contains(ordinal)) {
            return Outcome.PRESENT;
        }
        long other = earlierInIndex(ordinal);
        if (other < 0) {
            return Outcome.NONE;
        }
        int entered = rows.vectors().enter();
        try {
            long address = addresses.of(ordinal, 0);
            if (settled.have(ordinal)) {
                return index.takeOver(ordinal, address, other) ? taken(ordinal) : Outcome.NONE;
            }
            boolean waits = index.isTwin(address, other) && isPatient(tailRows);
            return waits ? Outcome.WAITS : Outcome.NONE;
        } finally {
            rows.vectors().leave(entered);
        }
    }

    private Outcome taken(long ordinal) {
        if (ordinal < examinedEnd) {
            awaited.decrementAndGet();
        }
        return Outcome.TAKEN;
    }

    private boolean isPatient(long tailRows) {
        return tailRows <= MOST_WAITING || settled.awaitedNanos() < PATIENCE_NANOS;
    }

    /** The last row in the index that the point had before; -1 when there is none, or it is long ago. */
    private long earlierInIndex(long ordinal) {
        long at = ordinal;
        for (int i = 0; i < MOST_EARLIER; i++) {
            at = rows.replaced().by(at);
            if (at < 0 || index.contains(at)) {
                return at;
            }
        }
        return -1;
    }

    /**
     * Finds the dead rows whose places rows of the tail are about to take over, before a sweep. With control.
     *
     * @param state that of the sweep
     * @param first row of the tail
     * @param grows whether rows may need memory; if not, those count which come before the first that needs a place, since it waits for the sweep to make one
     * @param cancellation asked regularly
     * @return none when there is no memory to look, since a sweep needs none
     */
    BitSet examine(IndexedRows.State state, long first, boolean grows, Cancellation cancellation) {
        BitSet found = new BitSet();
        examinedEnd = 0;
        if (arePossible()) {
            long end = first;
            try {
                end = examine(state, first, grows, found, cancellation);
            } catch (CapacityException _) {
                found.clear();
            }
            awaited.set(found.cardinality());
            examinedGrowing = grows;
            examinedEnd = end;
        }
        return found;
    }

    private long examine(IndexedRows.State state, long first, boolean grows, BitSet found, Cancellation cancellation) {
        try (RowAddresses addresses = new RowAddresses(rows)) {
            long at = first;
            for (; at < state.rowCount(); at++) {
                if ((at - first) % ROWS_PER_CHECK == 0) {
                    cancellation.check();
                }
                if (state.isLive(at) && !index.contains(at)) {
                    long other = earlierInIndex(at);
                    if (other >= 0 && isTwin(at, other, addresses)) {
                        found.set((int) other);
                    } else if (!grows) {
                        return at;
                    }
                }
            }
            return at;
        }
    }

    /** No row of the tail is about to take over a place any more: there was no memory for one, and a sweep is to make places. */
    void awaitNone() {
        examinedEnd = 0;
    }

    private boolean isTwin(long ordinal, long other, RowAddresses addresses) {
        int entered = rows.vectors().enter();
        try {
            return index.isTwin(addresses.of(ordinal, 0), other);
        } finally {
            rows.vectors().leave(entered);
        }
    }

    /**
     * How many dead rows of the index are to leave it without a sweep. As long as rows of the tail are left that the last sweep looked at, all that came
     * since are taken for such, so that much is drained between two looks at the tail however fast others write; so it is some too many, for a while. While there
     * is no memory they are not: they may be behind one that waits for a place.
     *
     * @param watermark all rows below are handed over
     * @param rowCount of the state that is asked about
     * @param grows whether rows may need memory; what was seen when that was otherwise says nothing
     */
    long awaited(long watermark, long rowCount, boolean grows) {
        long examined = examinedEnd;
        if (watermark >= examined || examinedGrowing != grows) {
            return 0;
        }
        return Math.max(0, awaited.get()) + (grows ? Math.max(0, rowCount - examined) : 0);
    }
}
