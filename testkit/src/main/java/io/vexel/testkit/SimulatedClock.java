package io.vexel.testkit;

import io.vexel.base.TimeSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that moves only when it is told to, and perhaps whenever it is read. */
public final class SimulatedClock implements TimeSource {

    private static final long EPOCH_MILLIS = 1_700_000_000_000L;

    private final AtomicLong nanos = new AtomicLong();

    private final long tick;

    /** A clock that stands still until it is moved on. */
    public SimulatedClock() {
        this(0);
    }

    private SimulatedClock(long tick) {
        this.tick = tick;
    }

    /** A clock that goes on by so many nanoseconds whenever it is read. */
    public static SimulatedClock ticking(long nanos) {
        return new SimulatedClock(nanos);
    }

    /** Moves the clock on. */
    public void advance(long byNanos) {
        nanos.addAndGet(byNanos);
    }

    @Override
    public long nanoTime() {
        return nanos.addAndGet(tick);
    }

    @Override
    public long epochMillis() {
        return EPOCH_MILLIS + nanos.get() / 1_000_000;
    }
}
