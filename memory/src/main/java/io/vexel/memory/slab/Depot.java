package io.vexel.memory.slab;

import io.vexel.memory.lock.SpinLock;
import org.jspecify.annotations.Nullable;

/**
 * Full magazines of no thread, so that what one thread frees reaches another a magazine at a time (Bonwick and Adams, Magazines and Vmem,
 * USENIX 2001). A magazine is an array of slots, here full or empty.
 */
final class Depot {

    private static final int MOST_FULL = 16;

    private final SpinLock lock = new SpinLock();
    private final int[][] full = new int[MOST_FULL][];
    private final int[][] empty = new int[MOST_FULL][];
    private int fullCount;
    private int emptyCount;

    /** Exchanges an empty magazine for a full one; null when there is none. */
    int @Nullable [] takeFull(int[] given) {
        lock.lock();
        try {
            if (fullCount == 0) {
                return null;
            }
            if (emptyCount < MOST_FULL) {
                empty[emptyCount++] = given;
            }
            return full[--fullCount];
        } finally {
            lock.unlock();
        }
    }

    /** Takes a full magazine; false when there are enough. */
    boolean offerFull(int[] given) {
        lock.lock();
        try {
            if (fullCount == MOST_FULL) {
                return false;
            }
            full[fullCount++] = given;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** An empty magazine, or null when there is none. */
    int @Nullable [] takeEmpty() {
        lock.lock();
        try {
            return emptyCount == 0 ? null : empty[--emptyCount];
        } finally {
            lock.unlock();
        }
    }

    /** A full magazine to be emptied, or null when there is none. */
    int @Nullable [] takeFull() {
        lock.lock();
        try {
            return fullCount == 0 ? null : full[--fullCount];
        } finally {
            lock.unlock();
        }
    }

    /** About how many full magazines there are. */
    int fullCount() {
        return fullCount;
    }
}
