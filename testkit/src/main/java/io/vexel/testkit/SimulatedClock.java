package io.vexel.testkit;

import io.vexel.base.TimeSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that moves only when it is told to. */
public final class SimulatedClock implements TimeSource {

    private static final long EPOCH_MILLIS = 1_700_000_000_000L;

    private final AtomicLong nanos = new AtomicLong();

    /** Moves the clock on. */
    public void advance(long byNanos) {
        nanos.addAndGet(byNanos);
    }

    @Override
    public long nanoTime() {
        return nanos.get();
    }

    @Override
    public long epochMillis() {
        return EPOCH_MILLIS + nanos.get() / 1_000_000;
    }
}
