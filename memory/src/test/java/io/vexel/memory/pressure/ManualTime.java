package io.vexel.memory.pressure;

import io.vexel.base.TimeSource;
import java.time.Duration;

/** A clock that stands until it is moved. */
final class ManualTime implements TimeSource {

    private volatile long nanos;

    /** @param start where the clock begins; any number, since its origin is arbitrary */
    ManualTime(long start) {
        nanos = start;
    }

    void pass(Duration span) {
        nanos += span.toNanos();
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public long epochMillis() {
        return nanos / 1_000_000;
    }
}
