package io.vexel.engine;

import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** Counts the writes to a collection, from any thread. */
final class WriteCounters {

    private final LongAdder total = new LongAdder();
    private final LongAdder successful = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder vectors = new LongAdder();
    private final LongAccumulator minNanos = new LongAccumulator(Math::min, Long.MAX_VALUE);
    private final LongAccumulator maxNanos = new LongAccumulator(Math::max, Long.MIN_VALUE);

    void begin() {
        total.increment();
    }

    void succeed(long nanos, int vectorsStored) {
        successful.increment();
        vectors.add(vectorsStored);
        minNanos.accumulate(nanos);
        maxNanos.accumulate(nanos);
    }

    void fail() {
        failed.increment();
    }

    long total() {
        return total.sum();
    }

    long successful() {
        return successful.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** Vectors stored by successful writes. */
    long vectors() {
        return vectors.sum();
    }

    OptionalLong minNanos() {
        return successful() == 0 ? OptionalLong.empty() : OptionalLong.of(minNanos.get());
    }

    OptionalLong maxNanos() {
        return successful() == 0 ? OptionalLong.empty() : OptionalLong.of(maxNanos.get());
    }
}
