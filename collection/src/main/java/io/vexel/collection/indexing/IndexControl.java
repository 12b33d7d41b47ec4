package io.vexel.collection.indexing;

import io.vexel.base.Uninterruptibles;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Control of an index: who has it loads, makes, replaces, sweeps, saves, checks, calibrates the index, or has it leave memory, one at a time. A background
 * thread that finds it taken goes to sleep: it is woken when it can have it, and not before.
 */
final class IndexControl {

    private final ReentrantLock lock = new ReentrantLock();
    private final Indexers indexers;

    /** @param indexers are told when control is free */
    IndexControl(Indexers indexers) {
        this.indexers = indexers;
    }

    <T> T get(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            leave();
        }
    }

    void run(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            leave();
        }
    }

    /** Does it unless somebody else is in control, or waits for it; false then. */
    boolean tryRun(Runnable work) {
        if (lock.hasQueuedThreads() || !lock.tryLock()) {
            return false;
        }
        try {
            work.run();
            return true;
        } finally {
            leave();
        }
    }

    /** Does it when it gets control within some time; else the answer is false. */
    boolean testWithin(long millis, BooleanSupplier work) {
        if (!Uninterruptibles.tryLock(lock, millis)) {
            // Others gave way while this waited.
            indexers.signal();
            return false;
        }
        try {
            return work.getAsBoolean();
        } finally {
            leave();
        }
    }

    private void leave() {
        lock.unlock();
        indexers.signal();
    }

    /** For whoever has it and can go on later. Throws a {@link CancellationException} when somebody waits for it. */
    void giveWay() {
        if (lock.hasQueuedThreads()) {
            throw new CancellationException("control is wanted");
        }
    }

    /** Takes it for good, until {@link #end}. */
    void beginEnd() {
        lock.lock();
    }

    void end() {
        lock.unlock();
    }
}
