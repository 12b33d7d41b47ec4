package io.vexel.index;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The entry point: the vertex of the highest level, where every search begins. Read at any time; who changes it holds the lock, or keeps
 * all inserts away.
 */
final class HnswEntry {

    final ReentrantLock lock = new ReentrantLock();
    private volatile At top = At.NOWHERE;

    /** The entry point at one moment. */
    record At(int place, int level) {

        private static final At NOWHERE = new At(HnswGraph.NONE, -1);

        boolean exists() {
            return place != HnswGraph.NONE;
        }
    }

    At get() {
        return top;
    }

    void set(int place, int level) {
        top = place == HnswGraph.NONE ? At.NOWHERE : new At(place, level);
    }
}
