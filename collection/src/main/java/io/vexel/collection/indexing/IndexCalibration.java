package io.vexel.collection.indexing;

import io.vexel.index.Calibration;
import io.vexel.index.Calibrator;
import io.vexel.index.Cancellation;
import io.vexel.index.DerivedIndex;
import io.vexel.index.IndexKind;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What an index knows about its own recall, and how long that is true: until as many rows have come and gone as there were, or the index was narrowed.
 *
 * <p>{@code known}, {@code attemptedAt}, {@code saved} and {@code problem} are volatile, written by the one thread that has control; {@code changes} is atomic.
 */
final class IndexCalibration {

    /** Another is measured when one row of so many has come or gone: an index that only grew is half as large again. */
    private static final long DUE_SHARE = 2;

    /** With fewer rows than this, comparing all of them is as fast as what a calibration would choose. */
    private static final long LEAST_ROWS = IndexKeeper.LEAST_POINTS / 2;

    private final DerivedIndex index;
    private final IndexedRows rows;
    private final AtomicLong changes = new AtomicLong();
    private volatile Optional<Known> known;
    /** The number of changes at the last attempt that was not broken off; negative when there was none. */
    private volatile long attemptedAt = -1;

    private volatile boolean saved;
    private volatile Optional<String> problem = Optional.empty();

    /** @param at the number of changes at which it was measured */
    private record Known(Calibration calibration, long at) {}

    /**
     * @param present rows in the index
     * @param stored what the checkpoint has that the index was loaded from
     */
    IndexCalibration(DerivedIndex index, IndexedRows rows, long present, Optional<Calibration> stored) {
        this.index = index;
        this.rows = rows;
        this.known = stored.map(found -> new Known(found, -Math.abs(present - found.rows())));
        this.saved = true;
    }

    /** Counts rows that came into the index or were taken out. */
    void changed(long count) {
        changes.addAndGet(count);
    }

    /** What is known; empty when nothing was measured yet, or when it is no longer true. */
    Optional<Calibration> current() {
        return known.filter(last -> last.calibration.layout() == Calibration.Layout.of(index))
                .filter(last -> changes.get() - last.at < last.calibration.rows())
                .map(Known::calibration);
    }

    /** True when what is known is not in a checkpoint yet. */
    boolean isUnsaved() {
        return !saved;
    }

    void setSaved() {
        saved = true;
    }

    /** True when it is time to measure. LSH is left out: its own rows are easier for it than queries are. */
    boolean isDue(long rowsInIndex) {
        if (index.kind() == IndexKind.LSH || rowsInIndex < LEAST_ROWS) {
            return false;
        }
        boolean outdated = known.isPresent() && current().isEmpty();
        if (outdated) {
            return true;
        }
        long now = changes.get();
        long attempted = attemptedAt;
        if (attempted >= 0 && now - attempted < rowsInIndex / DUE_SHARE) {
            return false;
        }
        return known.map(last -> now - last.at >= last.calibration.rows() / DUE_SHARE)
                .orElse(true);
    }

    /**
     * Measures. Where that fails it is tried again after as many changes as make it due.
     *
     * @param watermark read before the state
     * @param cancellation what it throws is passed on, and the attempt does not count
     */
    void measure(long watermark, IndexedRows.State state, Cancellation cancellation) {
        long now = changes.get();
        try {
            Optional<Calibration> measured =
                    Calibrator.measure(index, rows.context(), state::isLive, watermark, cancellation);
            if (measured.isPresent()) {
                known = Optional.of(new Known(measured.get(), now));
                saved = false;
            } else {
                forgetOutdated();
            }
            problem = Optional.empty();
            // Not before: whoever waits for the calibration waits as long as it is due.
            attemptedAt = now;
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            // The index is as good as before; searches that name a recall do without what was not measured.
            problem = Optional.of(
                    "collection " + rows.spec().name() + ": the index could not be calibrated: " + e.getMessage());
            forgetOutdated();
            attemptedAt = now;
        }
    }

    /** After an attempt in vain: what is outdated would be due again at once. */
    private void forgetOutdated() {
        if (current().isEmpty()) {
            known = Optional.empty();
        }
    }

    /** Why the last attempt to measure failed; empty when it did not. */
    Optional<String> problem() {
        return problem;
    }
}
