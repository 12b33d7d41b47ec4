package io.vexel.index;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The entry point: the vertex of the highest level, where every search begins. Read at any time; who changes it holds the lock, or keeps
 * all inserts away.
 */
final class HnswEntry {

    private static final long NO_VERTEX = -1;

    final ReentrantLock lock = new ReentrantLock();
    private volatile long levelAndPlace = NO_VERTEX;

    /** The entry point at one moment. */
    record At(int place, int level) {

        boolean exists() {
            return place != HnswGraph.NONE;
        }
    }

    At get() {
        long now = levelAndPlace;
        return now == NO_VERTEX ? new At(HnswGraph.NONE, -1) : new At((int) now, (int) (now >>> 32));
    }

    void set(int place, int level) {
        levelAndPlace = place == HnswGraph.NONE ? NO_VERTEX : (long) level << 32 | place;
    }
}
