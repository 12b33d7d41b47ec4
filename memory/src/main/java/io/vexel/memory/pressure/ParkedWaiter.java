package io.vexel.memory.pressure;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Waits for time only. */
final class ParkedWaiter implements Waiter {

    private final Semaphore wakes = new Semaphore(0);

    @Override
    public Cause await(long nanos) {
        try {
            if (wakes.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                wakes.drainPermits();
            }
        } catch (InterruptedException e) {
            // Nobody but the monitor knows the thread; whoever interrupts it wakes it.
            return Cause.TIME;
        }
        return Cause.TIME;
    }

    @Override
    public void wake() {
        wakes.release();
    }

    @Override
    public void close() {}
}
