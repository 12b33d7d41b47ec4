package io.vexel.memory.pressure;

import io.vexel.base.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The last samples, as many as there is room for; a new one takes the place of the oldest. Safe for use by
 * any thread: a sample is there whole or not at all.
 */
public final class MemoryHistory {

    /** Most samples. */
    public static final int MAX_CAPACITY = 1 << 20;

    private final @Nullable MemorySample[] ring;
    /** Samples ever taken; the next one is at this modulo the capacity. */
    private long count;

    /**
     * A figure over a window.
     *
     * @param min the least
     * @param max the greatest
     * @param mean the arithmetic mean
     */
    public record Range(long min, long max, double mean) {}

    /**
     * Samples of a window, together.
     *
     * @param samples how many, at least 1
     * @param highest the highest level
     * @param usedBytes bytes of the budget in use
     * @param hits a sample
     * @param faults a sample
     */
    public record Window(int samples, PressureLevel highest, Range usedBytes, Range hits, Range faults) {}

    /** @param capacity samples that are kept, 1..{@link #MAX_CAPACITY} */
    public MemoryHistory(int capacity) {
        ring = new MemorySample[Checks.inRange("capacity", capacity, 1, MAX_CAPACITY)];
    }

    /** Adds a sample; its time is not before that of the one before. */
    public synchronized void add(MemorySample sample) {
        ring[(int) (count++ % ring.length)] = sample;
    }

    /** The samples, the oldest first. */
    public synchronized List<MemorySample> samples() {
        List<MemorySample> result = new ArrayList<>();
        for (long i = Math.max(0, count - ring.length); i < count; i++) {
            result.add(sample(i));
        }
        return result;
    }

    /** The last sample; empty before the first. */
    public synchronized Optional<MemorySample> newest() {
        return count == 0 ? Optional.empty() : Optional.of(sample(count - 1));
    }

    private MemorySample sample(long number) {
        return Objects.requireNonNull(ring[(int) (number % ring.length)]);
    }

    /**
     * The samples since a time, together.
     *
     * @param sinceNanos on the monitor's clock; samples at this time are counted
     * @return empty when there is none
     */
    public Optional<Window> since(long sinceNanos) {
        // The clock's origin is arbitrary, so times are compared by their difference.
        List<MemorySample> window = samples().stream()
                .filter(sample -> sample.nanos() - sinceNanos >= 0)
                .toList();
        if (window.isEmpty()) {
            return Optional.empty();
        }
        PressureLevel highest =
                window.stream().map(MemorySample::level).reduce(PressureLevel.NORMAL, PressureLevel::or);
        return Optional.of(new Window(
                window.size(),
                highest,
                range(window, MemorySample::usedBytes),
                range(window, MemorySample::hits),
                range(window, MemorySample::faults)));
    }

    private static Range range(List<MemorySample> window, ToLongFunction<MemorySample> field) {
        LongSummaryStatistics all = window.stream().mapToLong(field).summaryStatistics();
        return new Range(
                all.getMin(),
                all.getMax(),
                window.stream().mapToLong(field).asDoubleStream().sum() / window.size());
    }
}
