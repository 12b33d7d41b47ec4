package io.vexel.index;

import io.vexel.base.CapacityException;
import java.util.Arrays;

/**
 * Which records are in use. A place that is given up while searches may still read it is retired first, and is taken again only
 * when every search that had begun by then has ended.
 *
 * <p>Guarded by this object's monitor; {@code end} is volatile, so that readers know which numbers there are.
 */
final class Places {

    /** The largest number of records: numbers are below 2^31 - 1. */
    static final int MOST = Integer.MAX_VALUE - 1;

    private final Records records;
    private final EpochPool<?> searches;
    private int[] free = {};
    private int freeCount;
    private int[] retired = {};
    private int retiredCount;
    private long retiredAt;
    private volatile int end;

    Places(Records records, EpochPool<?> searches) {
        this.records = records;
        this.searches = searches;
    }

    /** All places in use are below. */
    int end() {
        return end;
    }

    /**
     * A place that nobody uses.
     *
     * @throws CapacityException when there is no room for one more
     */
    synchronized int take() {
        if (freeCount == 0) {
            reclaim();
        }
        if (freeCount > 0) {
            return free[--freeCount];
        }
        if (end == MOST) {
            throw new CapacityException("places in the index", 1, 0);
        }
        records.grow(end + 1L);
        records.markChanged(end);
        return end++;
    }

    /** Gives back a place that no search can have seen. */
    synchronized void give(int place) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, Math.max(16, 2 * freeCount));
        }
        free[freeCount++] = place;
    }

    /** Gives up a place to which nothing leads any more, but which searches may still be reading. */
    synchronized void retire(int place) {
        if (retiredCount == retired.length) {
            retired = Arrays.copyOf(retired, Math.max(16, 2 * retiredCount));
        }
        retired[retiredCount++] = place;
        retiredAt = Long.MAX_VALUE;
    }

    /** Says that retired places are unreachable from this epoch on. */
    synchronized void sealRetired(long epoch) {
        retiredAt = epoch;
    }

    private void reclaim() {
        if (retiredCount > 0 && searches.oldest() >= retiredAt) {
            for (int i = 0; i < retiredCount; i++) {
                give(retired[i]);
            }
            retiredCount = 0;
        }
    }

    /** Sets what was loaded: numbers below are in use or given back. */
    synchronized void restore(int newEnd) {
        end = newEnd;
    }

    /** Places that wait for new records. */
    synchronized long freeCount() {
        return (long) freeCount + retiredCount;
    }
}
