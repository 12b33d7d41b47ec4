package io.vexel.collection.indexing;

import io.vexel.base.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The background threads of a volume that work on the indexes of its open collections, and the signal by which threads learn that
 * something has changed. Daemon threads, started with the first collection.
 *
 * <p>No signal is lost: who waits counts itself before it looks at the signals, who signals does so before it looks at the count.
 * {@code signals} and {@code stopped} are volatile, {@code waiting} is volatile and changed under the monitor, which also guards {@code threads}.
 */
public final class Indexers implements AutoCloseable {

    /** Most threads. */
    public static final int MAX_THREADS = 256;

    private final int threadCount;
    private final CopyOnWriteArrayList<IndexKeeper> keepers = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong signals = new AtomicLong();
    private volatile int waiting;
    private volatile boolean stopped;

    /** @param threadCount 0..{@value #MAX_THREADS}; 0: only who waits for an index works on it */
    public Indexers(int threadCount) {
        this.threadCount = Checks.inRange("indexThreads", threadCount, 0, MAX_THREADS);
    }

    void add(IndexKeeper keeper) {
        keepers.add(keeper);
        start();
        signal();
    }

    void remove(IndexKeeper keeper) {
        keepers.remove(keeper);
    }

    private synchronized void start() {
        while (threads.size() < threadCount && !stopped) {
            threads.add(Thread.ofPlatform()
                    .daemon()
                    .name("vexel-index-" + (threads.size() + 1))
                    .start(this::work));
        }
    }

    private void work() {
        while (!stopped) {
            long seen = signals();
            boolean worked = false;
            for (IndexKeeper keeper : keepers) {
                worked |= keeper.step();
            }
            if (!worked) {
                // Nobody has a reason to interrupt these threads; one that is looks again for work.
                awaitSignal(seen);
            }
        }
    }

    /** What {@link #awaitSignal} compares with. */
    long signals() {
        return signals.get();
    }

    /** Says that something has changed. */
    void signal() {
        signals.incrementAndGet();
        if (waiting > 0) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /**
     * Returns when there was a signal since {@link #signals} answered {@code seen}.
     *
     * @return true when it returned early because the thread was interrupted
     */
    synchronized boolean awaitSignal(long seen) {
        waiting++;
        try {
            while (signals.get() == seen && !stopped) {
                wait();
            }
            return false;
        } catch (InterruptedException e) {
            return true;
        } finally {
            waiting--;
        }
    }

    /** Ends the threads; the keepers were closed before. */
    @Override
    public void close() {
        List<Thread> ending;
        synchronized (this) {
            stopped = true;
            notifyAll();
            ending = List.copyOf(threads);
        }
        boolean interrupted = false;
        for (Thread thread : ending) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
