package io.vexel.collection.indexing;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells when every reader that had entered before some moment has left, while new ones come and go and never wait (sleepable read-copy-update with
 * two counters). Who wants to know may wait, or ask again later.
 *
 * <p>A reader counts itself under the phase that it read and looks at the phase again: if it is the same, whoever changes it later sees
 * the count. {@code phase} is volatile and changed with the lock; the counts are volatile.
 *
 * <pre>
 *   begun == over: nothing under way --- begin: the phase changes ---> begun == over + 1
 *        ^                                                                  |
 *        +------------- nobody is counted under the old phase --------------+
 * </pre>
 *
 * <p>Periods are numbered. One that is wanted while another is under way begins when that one is over, since readers that entered meanwhile are
 * counted under the phase that it left alone. Periods go on when somebody asks: {@link #begin}, {@link #isOver}, and who waits.
 */
public final class GracePeriod {

    private final AtomicLongArray readers = new AtomicLongArray(2);
    private volatile int phase;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile int waiting;
    // With the lock.
    private long begun;
    private long over;
    private long wanted;

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
        if (readers.decrementAndGet(entered) == 0 && waiting > 0) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Begins a period, or has one begin as soon as it can; its number is for {@link #isOver}. Waits for nobody. */
    public long begin() {
        lock.lock();
        try {
            advance();
            wanted = begun + 1;
            advance();
            return wanted;
        } finally {
            lock.unlock();
        }
    }

    /** Whether all that had entered before the period was asked for have left. Waits for nobody. */
    public boolean isOver(long period) {
        lock.lock();
        try {
            advance();
            return over >= period;
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void advance() {
        while (over < wanted) {
            if (begun == over) {
                phase = 1 - phase;
                begun++;
            }
            if (readers.get(1 - phase) > 0) {
                return;
            }
            over = begun;
        }
    }

    /** Returns when all that had entered before the call have left. Not from inside. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void await() {
        lock.lock();
        waiting++;
        try {
            long period = begin();
            while (!isOver(period)) {
                changed.awaitUninterruptibly();
            }
        } finally {
            waiting--;
            lock.unlock();
        }
    }

    /**
     * As {@link #await}, but gives up after a while, or when the thread is interrupted. From inside it waits in vain.
     *
     * @param millis how long to wait at most
     * @return whether they have left
     */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public boolean awaitAtMost(long millis) {
        long left = TimeUnit.MILLISECONDS.toNanos(millis);
        lock.lock();
        waiting++;
        try {
            long period = begin();
            while (!isOver(period) && left > 0) {
                left = changed.awaitNanos(left);
            }
            return isOver(period);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting--;
            lock.unlock();
        }
    }
}
