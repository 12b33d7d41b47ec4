package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.index.Calibration;
import io.vexel.index.Cancellation;
import io.vexel.index.DerivedIndex;
import io.vexel.index.IndexStatistics;
import io.vexel.index.RowFilter;
import io.vexel.index.Verification;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * One index while it is in use: what it has been given, and the gate. Threads that change it hold the gate shared; a checkpoint and a check
 * hold it alone, so that no change runs meanwhile. Searches do not know the gate.
 *
 * <p>{@code stopping}, {@code distrusted}, {@code complaint} and {@code takingBack} are volatile; the counts are atomic, {@code pausing} among them.
 */
final class ActiveIndex {

    /** Rows that a thread takes from the tail at a time. */
    static final int DRAIN_ROWS = 256;

    /** A sweep begins when more rows of the index are dead than this and than its share. */
    static final long SWEEP_ROWS = 1_000;

    /** One row of so many dead, and a sweep begins. */
    static final long SWEEP_SHARE = 10;

    /** With so many nothing is put in until they are out: else rows take new places beside those that are about to be free. */
    private static final long FULL_SHARE = 7;

    private static final long FULL_ROWS = 2 * SWEEP_ROWS;

    /** Rows that are counted together when none of them is dead. */
    private static final int ROWS_AT_ONCE = 1_024;

    /** A checkpoint is made when so many rows changed, and at least one of {@link #CHECKPOINT_SHARE}. */
    static final long CHECKPOINT_ROWS = 50_000;

    /** What was saved grows by doubling, so that all checkpoints of a build together write twice what the index takes. */
    static final long CHECKPOINT_SHARE = 2;

    /** With a longer tail, draining it is worth more than measuring. */
    static final long LONG_TAIL = 16_384;

    /** For an estimate: a row that comes or goes changes its neighbors. */
    private static final int ROWS_BESIDE_A_CHANGED_ONE = 64;

    private final DerivedIndex index;
    private final IndexedRows rows;
    private final Coverage coverage;
    private final IndexCalibration calibration;
    private final Takeovers takeovers;
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();
    private final AtomicLong rowsInIndex = new AtomicLong();
    private final AtomicLong changedRows = new AtomicLong();
    /** Rows that are not in the index though they were claimed: passed over, swept, or another row took their place over. */
    private final AtomicLong absentRows = new AtomicLong();

    private volatile boolean stopping;
    private volatile boolean distrusted;
    private volatile Optional<String> complaint = Optional.empty();
    /** Threads that wait for the gate alone or have it. */
    private final AtomicInteger pausing = new AtomicInteger();

    /** Rows above the watermark were about to be taken out, which failed: some count as dead. Written with the gate alone. */
    private volatile boolean takingBack;

    /**
     * @param watermark rows that the index was given already
     * @param stored the calibration that was saved with it
     * @param settled rows that everybody has who searches it
     */
    ActiveIndex(
            DerivedIndex index, IndexedRows rows, long watermark, Optional<Calibration> stored, SettledRows settled) {
        this.index = index;
        this.rows = rows;
        this.takeovers = new Takeovers(index, rows, settled);
        this.coverage = new Coverage(watermark);
        rowsInIndex.set(index.statistics().rows());
        this.calibration = new IndexCalibration(index, rows, rowsInIndex.get(), stored);
        absentRows.set(watermark - rowsInIndex.get());
    }

    DerivedIndex index() {
        return index;
    }

    /** Whether it is read page by page: it does not change then, and is not saved. */
    boolean isPaged() {
        return index.isPaged();
    }

    /** The first row of the tail. */
    long watermark() {
        return coverage.watermark();
    }

    /** Rows inserted, taken out, or that took places over, since the last checkpoint. */
    long changedRows() {
        return changedRows.get();
    }

    /** Rows in it, dead ones that were not taken out yet among them. */
    long rowsInIndex() {
        return rowsInIndex.get();
    }

    /** What it knows of its recall; empty when nothing, or nothing that is still true. */
    Optional<Calibration> calibration() {
        return calibration.current();
    }

    /** What a search met in it, or why the last attempt to measure its recall failed; empty when it is well. */
    Optional<String> problem() {
        return complaint.or(calibration::problem);
    }

    /** True when what it knows of its recall is not in a checkpoint. */
    boolean isCalibrationUnsaved() {
        return calibration.isUnsaved();
    }

    IndexStatistics statistics() {
        return index.statistics();
    }

    long memoryBytes() {
        return index.memoryBytes();
    }

    /** Whether it has what is not in its last checkpoint, and could be saved. */
    boolean isWorthSaving() {
        return isTrusted() && !isPaged() && (changedRows() > 0 || isCalibrationUnsaved());
    }

    /** Has it become smaller in memory; false when nothing has changed. With control. */
    boolean narrow() {
        return index.narrow();
    }

    /** No change begins any more; those that run end soon. */
    void stop() {
        stopping = true;
    }

    /** No search uses it any more, because it gave reason to think that it is damaged. */
    void distrust(String reason) {
        distrusted = true;
        complaint = Optional.of(reason);
        stop();
    }

    /** A search could not read a part of it: kept for people to look at, until a check can. Of an index in memory it was a row that could not be read. */
    void reportUnreadable(String reason) {
        if (isPaged() && !distrusted) {
            complaint = Optional.of(reason);
        }
    }

    boolean isTrusted() {
        return !distrusted;
    }

    /**
     * Moves some rows from the tail into the index, unless a checkpoint runs. A paged index takes none in.
     *
     * @param grows whether rows may need memory. If not, or while a sweep is to make places first, only rows are moved that take over the places of others
     * @return false when nothing was done
     */
    boolean drain(boolean grows) {
        if (takingBack) {
            takeBackAgain();
        }
        if (stopping || pausing.get() > 0 || isPaged() || !gate.readLock().tryLock()) {
            return false;
        }
        try {
            if (stopping || takingBack) {
                // It may have been closed before the gate was entered.
                return false;
            }
            boolean inserts = grows && !isFullOfDead(grows);
            if (!inserts && !takeovers.arePossible()) {
                return false;
            }
            // The state comes first: whatever is claimed below its row count is judged by it.
            IndexedRows.State state = rows.states().newest();
            Optional<Coverage.Rows> claimed = coverage.claim(state.rowCount(), DRAIN_ROWS);
            return claimed.isPresent() && handOver(state, claimed.get(), inserts);
        } catch (CapacityException e) {
            if (!grows) {
                // That there is too little memory is known.
                return false;
            }
            takeovers.awaitNone();
            throw e;
        } finally {
            gate.readLock().unlock();
        }
    }

    /**
     * Moves rows from the tail into the index, as far as that is possible now, until it has those below an end. What finds no memory stays in the tail.
     */
    void drainTo(long end) {
        try {
            boolean drained = true;
            while (drained && coverage.watermark() < end) {
                drained = drain(true);
            }
        } catch (CapacityException _) {
            // Whoever drains next is told.
        }
    }

    /**
     * Hands the rows of a range over one after the other: whatever ends it leaves none in the index behind the first that is not handed over.
     *
     * @param inserts whether rows are inserted that no place is there for; if not, the first of them ends it
     * @return whether any was handed over
     */
    private boolean handOver(IndexedRows.State state, Coverage.Rows range, boolean inserts) {
        Batch batch = new Batch(rows, state, range);
        try (batch) {
            long tailRows = state.rowCount() - coverage.watermark();
            boolean goesOn = true;
            while (goesOn && batch.reached < range.end()) {
                long next = inserts && !batch.tookOver ? firstWithAPlace(batch) : batch.firstLive();
                insertUpTo(batch, next);
                goesOn = next == range.end() || handOverOne(batch, tailRows, inserts);
            }
        } finally {
            coverage.handedOver(range, batch.reached);
        }
        return batch.reached > range.first();
    }

    /** The first row of those left for which a place seems to be there; the end of the range when there is none. */
    private long firstWithAPlace(Batch batch) {
        long at = batch.reached;
        while (at < batch.range.end() && !(batch.state.isLive(at) && takeovers.mayTake(at, batch.addresses))) {
            at++;
        }
        return at;
    }

    /** Inserts the rows below an end that are alive. */
    private void insertUpTo(Batch batch, long end) {
        while (batch.reached < end) {
            long looked;
            int done;
            // For a few rows at a time, so that chunks which are to leave memory need not wait long.
            int entered = rows.vectors().enter();
            try {
                looked = batch.fill(end);
                done = batch.count == 0 ? 0 : index.insertAll(batch.ordinals, batch.places, batch.count);
            } finally {
                rows.vectors().leave(entered);
            }
            long reached = done < batch.count ? batch.ordinals[done] : looked;
            rowsInIndex.addAndGet(done);
            changedRows.addAndGet(done);
            calibration.changed(done);
            absentRows.addAndGet(reached - batch.reached - done);
            batch.reached = reached;
        }
    }

    /**
     * Has the next row, which is alive, take over a place, or inserts it.
     *
     * @return false when it stays in the tail
     */
    private boolean handOverOne(Batch batch, long tailRows, boolean inserts) {
        Takeovers.Outcome outcome = takeovers.take(batch.reached, tailRows, batch.addresses);
        batch.tookOver = outcome == Takeovers.Outcome.TAKEN;
        switch (outcome) {
            case TAKEN -> {
                changedRows.incrementAndGet();
                absentRows.incrementAndGet();
                batch.reached++;
            }
            case PRESENT -> batch.reached++;
            case NONE -> {
                if (inserts) {
                    insertUpTo(batch, batch.reached + 1);
                }
            }
            case WAITS -> {}
        }
        return outcome != Takeovers.Outcome.WAITS && (inserts || outcome != Takeovers.Outcome.NONE);
    }

    /** How far a range is handed over, and some of its rows that are to be inserted, with their addresses. */
    private static final class Batch implements AutoCloseable {

        private final IndexedRows.State state;
        private final Coverage.Rows range;
        private final RowAddresses addresses;
        private final long[] ordinals = new long[RowAddresses.MOST];
        private final long[] places = new long[RowAddresses.MOST];
        /** All rows of the range below are handed over. */
        private long reached;

        private int count;

        /** Whether the last row took a place over: the next one mostly does as well, and is not asked twice. */
        private boolean tookOver;

        Batch(IndexedRows rows, IndexedRows.State state, Coverage.Rows range) {
            this.state = state;
            this.range = range;
            this.addresses = new RowAddresses(rows);
            this.reached = range.first();
        }

        long firstLive() {
            long at = reached;
            while (at < range.end() && !state.isLive(at)) {
                at++;
            }
            return at;
        }

        /** Takes the next rows that are alive; returns the one after the last that was looked at, at most {@code end}. */
        long fill(long end) {
            count = 0;
            long at = reached;
            for (; at < end && count < RowAddresses.MOST; at++) {
                if (state.isLive(at)) {
                    ordinals[count] = at;
                    places[count] = addresses.of(at, count);
                    count++;
                }
            }
            return at;
        }

        @Override
        public void close() {
            addresses.close();
        }
    }

    /**
     * True when so many rows of the index are dead, and not about to be replaced in it, that it is time to take them out.
     *
     * @param grows whether rows of the tail may need memory
     */
    boolean isSweepDue(boolean grows) {
        return isSweepDue(rows.states().newest(), grows);
    }

    private boolean isSweepDue(IndexedRows.State state, boolean grows) {
        return !isPaged() && hasMoreDeadThan(Math.max(SWEEP_ROWS, rowsInIndex.get() / SWEEP_SHARE), state, grows);
    }

    /** A sweep is due whenever this is so, and whoever has control makes it. */
    private boolean isFullOfDead(boolean grows) {
        return hasMoreDeadThan(
                Math.max(FULL_ROWS, rowsInIndex.get() / FULL_SHARE),
                rows.states().newest(),
                grows);
    }

    private boolean hasMoreDeadThan(long limit, IndexedRows.State state, boolean grows) {
        long watermark = coverage.watermark();
        // Absent rows are read after the watermark: all below it are counted, and perhaps some above. Never too many
        // dead.
        long others = absentRows.get() + takeovers.awaited(watermark, state.rowCount(), grows);
        long deadAnywhere = state.rowCount() - state.liveCount();
        return deadAnywhere - others > limit && watermark - liveBelow(state, watermark) - others > limit;
    }

    private static long liveBelow(IndexedRows.State state, long end) {
        long live = 0;
        for (long first = 0; first < end; first += ROWS_AT_ONCE) {
            int count = (int) Math.min(ROWS_AT_ONCE, end - first);
            live += state.live().acceptsAll(first, count) ? count : liveAmong(state, first, first + count);
        }
        return live;
    }

    private static long liveAmong(IndexedRows.State state, long first, long end) {
        long live = 0;
        for (long at = first; at < end; at++) {
            live += state.live().accepts(at) ? 1 : 0;
        }
        return live;
    }

    /**
     * Takes dead rows out, if it is time to when those do not count whose places rows of the tail are about to take over; they stay.
     *
     * @param grows whether rows of the tail may need memory
     * @param settle returns when no search is older than a state
     * @return whether it was
     * @throws IllegalStateException when there were none, though {@link #isSweepDue} counts some
     */
    boolean sweep(boolean grows, Consumer<IndexedRows.State> settle) {
        try {
            IndexedRows.State state = rows.states().newest();
            BitSet awaited = takeovers.examine(state, coverage.watermark(), grows, this::checkStopping);
            if (!isSweepDue(state, grows)) {
                return false;
            }
            settle.accept(state);
            if (takeOut(state, awaited, Cancellation.NONE) == 0 && awaited.isEmpty() && isSweepDue(state, grows)) {
                throw new IllegalStateException("removed=0, allowed: the dead rows of the index");
            }
            return true;
        } catch (CancellationException e) {
            if (!stopping) {
                throw e;
            }
            return false;
        }
    }

    /**
     * Takes all dead rows out, if there are any.
     *
     * @param state one that no search can be older than
     * @param cancellation asked regularly, as is whether the index is to be closed
     */
    void takeOut(IndexedRows.State state, Cancellation cancellation) {
        long _ = takeOut(state, new BitSet(), cancellation);
    }

    private long takeOut(IndexedRows.State state, BitSet awaited, Cancellation cancellation) {
        gate.readLock().lock();
        try {
            Cancellation either = () -> {
                checkStopping();
                cancellation.check();
            };
            RowFilter live = liveIn(state);
            RowFilter staying = ordinal -> live.accepts(ordinal) || awaited.get((int) ordinal);
            long removed = rows.reading(() -> index.sweep(staying, either)).removed();
            index.forgetBelow(coverage.watermark());
            rowsInIndex.addAndGet(-removed);
            absentRows.addAndGet(removed);
            changedRows.addAndGet(removed);
            calibration.changed(removed);
            return removed;
        } finally {
            gate.readLock().unlock();
        }
    }

    /** Returns when the changes that run now have ended. With control. */
    void endChanges() {
        pause();
        goOn();
    }

    /** Forgets the last checkpoint, which is gone. With control. */
    void forgetCheckpoint() {
        pause();
        try {
            index.forgetCheckpoint();
        } finally {
            goOn();
        }
    }

    private void checkStopping() {
        if (stopping) {
            throw new CancellationException("the index is about to be closed");
        }
    }

    /** True when it is time to measure what it finds at which effort, and nothing is more urgent. */
    boolean isCalibrationDue() {
        return !stopping && !distrusted && !isTailLong() && calibration.isDue(rowsInIndex.get());
    }

    /** Whether to drain the tail is worth more than to measure. A paged index drains nothing. */
    private boolean isTailLong() {
        return !isPaged() && rows.states().newest().rowCount() - coverage.watermark() > LONG_TAIL;
    }

    /**
     * Measures what it finds at which effort, while rows come in. Whoever may sweep waits meanwhile.
     *
     * @param giveWay throws a {@link CancellationException} when something else is more important
     * @return false when it was broken off
     */
    boolean calibrate(Cancellation giveWay) {
        long watermark = coverage.watermark();
        IndexedRows.State state = rows.states().newest();
        try {
            calibration.measure(watermark, state, () -> {
                checkStopping();
                if (isTailLong()) {
                    throw new CancellationException("the tail is long");
                }
                giveWay.check();
            });
            // What came has been inserted: less is to be done at a time from now on.
            index.trim();
            return true;
        } catch (CancellationException e) {
            return false;
        }
    }

    /** Writes what it knows of its recall beside the last checkpoint, if there is one. */
    void saveCalibration(PageFile pages) {
        if (pages.saved().isPresent()) {
            pages.keep(calibration.current());
            calibration.setSaved();
        }
    }

    /** Rows that came after the state are alive as far as a sweep is concerned. */
    private static RowFilter liveIn(IndexedRows.State state) {
        return ordinal -> ordinal >= state.rowCount() || state.isLive(ordinal);
    }

    /** About what a checkpoint would write: all of it, or what the changed rows and their neighbors take. */
    long bytesToSave() {
        IndexStatistics now = index.statistics();
        // An index that lies otherwise in memory than it was saved counts all its rows as changed.
        double changed = Math.max(ROWS_BESIDE_A_CHANGED_ONE * (double) changedRows.get(), (double) now.changedRows());
        return (long) (Math.min(1, changed / Math.max(1, rowsInIndex.get())) * now.memoryBytes());
    }

    /** True when enough has changed for a checkpoint. */
    boolean isCheckpointDue() {
        long changed = changedRows.get();
        return changed >= CHECKPOINT_ROWS && changed * CHECKPOINT_SHARE >= rowsInIndex.get();
    }

    /**
     * Saves the index. Rows are not moved from the tail meanwhile.
     *
     * @throws io.vexel.base.CapacityException when there is no room for it, or no memory to take rows above the watermark out; it is as it was
     */
    void checkpoint(PageFile pages, IndexChoice choice) {
        pause();
        try {
            if (!coverage.isContiguous()) {
                takeBack();
            }
            index.checkpoint(pages.sink(choice, coverage.watermark(), calibration.current()));
            changedRows.set(0);
            calibration.setSaved();
        } finally {
            goOn();
        }
    }

    /**
     * Makes rows above the watermark part of the tail again. They are there when a thread was refused memory for rows that it had claimed, and others
     * had inserted those behind; whoever loads the index inserts everything from the watermark on. No search misses them, since each compares
     * the rows from the watermark on that it found, and the watermark only grows. With the gate alone.
     */
    private void takeBack() {
        takingBack = true;
        long watermark = coverage.watermark();
        long removed = rows.reading(() -> index.sweep(ordinal -> ordinal < watermark, Cancellation.NONE))
                .removed();
        coverage.takeBack();
        takingBack = false;
        // Counted anew: remains of insertions that failed may be among what was removed, and were never counted.
        rowsInIndex.set(index.statistics().rows());
        changedRows.addAndGet(removed);
        calibration.changed(removed);
        absentRows.set(watermark - rowsInIndex.get());
    }

    /**
     * Goes on with taking rows back that failed. Nothing is handed over before that is done: the watermark would pass by rows that the index takes for dead, and a sweep
     * would take them out.
     */
    private void takeBackAgain() {
        pause();
        try {
            if (takingBack && !stopping) {
                takeBack();
            }
        } finally {
            goOn();
        }
    }

    /** Checks the index, and that it has the rows that it should have. */
    Verification verify() {
        pause();
        try {
            IndexedRows.State state = rows.states().newest();
            Verification found = rows.reading(() -> index.verify(liveIn(state)));
            long expected = liveBelow(state, coverage.watermark());
            long present = index.statistics().rows();
            if (present >= expected) {
                if (found.clean() && !distrusted) {
                    complaint = Optional.empty();
                }
                return found;
            }
            List<String> findings = new ArrayList<>(found.findings());
            findings.addFirst("the index has " + present + " rows, expected at least the " + expected
                    + " live ones below row " + coverage.watermark());
            return new Verification(
                    found.checked(),
                    findings.subList(0, Math.min(findings.size(), Verification.MOST_FINDINGS)),
                    found.findingCount() + 1);
        } finally {
            goOn();
        }
    }

    /** Takes the gate alone; drains that begin give way, or they would never leave a moment in between. */
    private void pause() {
        pausing.incrementAndGet();
        gate.writeLock().lock();
    }

    private void goOn() {
        gate.writeLock().unlock();
        pausing.decrementAndGet();
    }

    /** Ends all changes and frees the memory; no search is inside any more. */
    void close() {
        stop();
        gate.writeLock().lock();
        try {
            if (!isPaged()) {
                ClosingWatch.closing(rows.spec().name(), this::verify);
            }
            index.close();
        } finally {
            gate.writeLock().unlock();
        }
    }
}
