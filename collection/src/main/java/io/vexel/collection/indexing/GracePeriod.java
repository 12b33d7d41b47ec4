package io.vexel.collection.indexing;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Lets one thread wait until every reader that had entered before has left, while new ones come and go and never wait (sleepable
 * read-copy-update with two counters).
 *
 * <p>A reader counts itself under the phase that it read and looks at the phase again: if it is the same, whoever changes it later sees
 * the count. {@code phase} is volatile and changed under the monitor; the counts are volatile.
 */
public final class GracePeriod {

    private final AtomicLongArray readers = new AtomicLongArray(2);
    private volatile int phase;
    private volatile boolean awaited;

    /** Nobody has entered. */
    public GracePeriod() {}

    /** Enters; the answer is for {@link #leave}. */
    public int enter() {
        while (true) {
            int seen = phase;
            readers.incrementAndGet(seen);
            if (phase == seen) {
                return seen;
            }
            leave(seen);
        }
    }

    public void leave(int entered) {
        if (readers.decrementAndGet(entered) == 0 && awaited) {
            synchronized (readers) {
                readers.notifyAll();
            }
        }
    }

    /** Returns when all that had entered before the call have left. One thread at a time; not from inside. */
    public synchronized void await() {
        int old = phase;
        phase = 1 - old;
        awaited = true;
        boolean interrupted = false;
        synchronized (readers) {
            while (readers.get(old) > 0) {
                try {
                    readers.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        awaited = false;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
