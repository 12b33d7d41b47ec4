package io.vexel.index;

import java.util.concurrent.locks.ReentrantLock;

/** A lock for the links and the parent of each vertex; many vertices share one. A thread holds at most one of them. */
final class HnswLocks {

    private static final int COUNT = 1024;

    private final ReentrantLock[] locks = new ReentrantLock[COUNT];

    HnswLocks() {
        for (int i = 0; i < COUNT; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    ReentrantLock of(int place) {
        return locks[place & (COUNT - 1)];
    }
}
