package io.vexel.memory.pressure;

import io.vexel.base.Uninterruptibles;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The thread that looks from time to time. It waits for an interval first, then for the interval or a trigger; it ends when it is closed, and whoever
 * closes it waits for that.
 */
final class PressureThread implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(PressureThread.class.getName());

    private final PressureMonitor monitor;
    private final long intervalNanos;
    private final Supplier<Optional<? extends Waiter>> trigger;
    private final Thread thread;
    private volatile Waiter waiter;
    private volatile boolean closed;

    /**
     * @param first waits for the first look
     * @param trigger gives what waits for those after, called when the first look has been taken; empty: as for the first
     */
    PressureThread(
            PressureMonitor monitor, long intervalNanos, Waiter first, Supplier<Optional<? extends Waiter>> trigger) {
        this.monitor = monitor;
        this.intervalNanos = intervalNanos;
        this.waiter = first;
        this.trigger = trigger;
        this.thread = new Thread(this::run, "vexel-memory-pressure");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            Waiter.Cause cause = waiter.await(intervalNanos);
            boolean armed = false;
            while (!closed) {
                if (cause == Waiter.Cause.TRIGGER) {
                    monitor.fired();
                }
                check();
                if (!armed) {
                    armed = true;
                    arm();
                }
                cause = closed ? Waiter.Cause.TIME : waiter.await(intervalNanos);
            }
        } finally {
            waiter.close();
        }
    }

    /** A look that fails, since a shrinker did, is not the last one. */
    private void check() {
        try {
            monitor.check();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a look at memory pressure failed", e);
        }
    }

    /** Who closes sets {@link #closed} and then wakes the waiter that is there; so either that is the new one, or the flag is seen. */
    private void arm() {
        trigger.get().ifPresent(armed -> {
            Waiter before = waiter;
            waiter = armed;
            before.close();
        });
    }

    @Override
    public void close() {
        closed = true;
        waiter.wake();
        if (!Thread.currentThread().equals(thread)) {
            Uninterruptibles.join(thread);
        }
    }
}
