package io.vexel.collection.indexing;

import io.vexel.base.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The background threads of a volume that work on the indexes of its open collections and compact these, and the signal by which threads learn that
 * something has changed. Daemon threads, started with the first collection.
 *
 * <p>No signal is lost: who waits counts itself before it looks at the signals, who signals does so before it looks at the count.
 * {@code signals} and {@code stopped} are volatile, {@code waiting} is volatile and changed under the monitor, which also guards {@code threads}.
 */
public final class Indexers implements AutoCloseable {

    /** Most threads. */
    public static final int MAX_THREADS = 256;

    private static final long LOOK_AGAIN_MILLIS = 1_000;

    private final int threadCount;
    private final CopyOnWriteArrayList<Work> works = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong signals = new AtomicLong();
    private volatile int waiting;
    private volatile boolean stopped;

    /** @param threadCount 0..{@value #MAX_THREADS}; 0: only who waits for an index works on it */
    public Indexers(int threadCount) {
        this.threadCount = Checks.inRange("indexThreads", threadCount, 0, MAX_THREADS);
    }

    /** What is to be done for one collection. */
    @FunctionalInterface
    public interface Work {

        /** Does one piece of what is to be done, if there is any that nobody else does; false when there was none. Throws nothing. */
        boolean step();

        /** True while there may be something to do again without a signal. */
        default boolean looksAgain() {
            return false;
        }
    }

    /** Has this done until it is removed. */
    public void add(Work work) {
        works.add(work);
        start();
        signal();
    }

    /** Begins no piece of this any more, once those threads that look through the list now have come to its end. */
    public void remove(Work work) {
        works.remove(work);
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
            for (Work each : works) {
                worked |= each.step();
            }
            if (!worked) {
                // Nobody has a reason to interrupt these threads; one that is looks again for work.
                awaitSignal(seen, works.stream().anyMatch(Work::looksAgain));
            }
        }
    }

    /** What {@link #awaitSignal} compares with. */
    long signals() {
        return signals.get();
    }

    /** Says that something has changed. */
    public void signal() {
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
     * @param looksAgain whether to return after a second, too
     * @return true when it returned early because the thread was interrupted
     */
    synchronized boolean awaitSignal(long seen, boolean looksAgain) {
        waiting++;
        try {
            while (signals.get() == seen && !stopped) {
                wait(looksAgain ? LOOK_AGAIN_MILLIS : 0);
                if (looksAgain) {
                    break;
                }
            }
            return false;
        } catch (InterruptedException e) {
            return true;
        } finally {
            waiting--;
        }
    }

    /** Ends the threads; what there was to do was removed before. */
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
