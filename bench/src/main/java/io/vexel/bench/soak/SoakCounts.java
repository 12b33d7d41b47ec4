package io.vexel.bench.soak;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.base.VexelException;
import io.vexel.engine.SearchPlan;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Counts what was done, by kind. Safe for use by any thread. */
public final class SoakCounts {

    /** What is done. */
    enum Kind {
        UPSERT,
        PAYLOAD,
        DELETE,
        SEARCH,
        SEARCH_RECALL,
        SEARCH_FILTERED,
        SEARCH_LIKE,
        SEARCH_RANGE,
        SEARCH_EXACT,
        SEARCH_WORDS,
        SEARCH_BATCH,
        SEARCH_HURRIED,
        GET,
        SCAN,
        CHECKPOINT,
        COMPACT,
        VERIFY,
        STATISTICS,
        LOAN,
        REOPEN;

        String label() {
            return SoakCounts.label(this);
        }
    }

    /**
     * Of one kind.
     *
     * @param done how many were done
     * @param refused how many found no memory, or no index in memory
     * @param stopped how many gave up when their time was over
     * @param slowestNanos the longest that was done
     * @param refusal why one was refused last; empty when none was, or nobody said why
     */
    public record Count(long done, long refused, long stopped, long slowestNanos, Optional<String> refusal) {}

    private final TimeSource time;
    private final Map<Kind, Tally> tallies = new EnumMap<>(Kind.class);
    private final Map<String, LongAdder> plans = new ConcurrentHashMap<>();

    private static final class Tally {
        final LongAdder done = new LongAdder();
        final LongAdder refused = new LongAdder();
        final LongAdder stopped = new LongAdder();
        final LongAccumulator slowest = new LongAccumulator(Math::max, 0);
        volatile Optional<String> refusal = Optional.empty();

        Count count() {
            return new Count(done.sum(), refused.sum(), stopped.sum(), slowest.get(), refusal);
        }
    }

    SoakCounts(TimeSource time) {
        this.time = time;
        for (Kind kind : Kind.values()) {
            tallies.put(kind, new Tally());
        }
    }

    private Tally of(Kind kind) {
        return Objects.requireNonNull(tallies.get(kind));
    }

    /** Does something and counts it; empty when it was refused memory or had no time left. */
    <T> Optional<T> count(Kind kind, Supplier<T> operation) {
        long start = time.nanoTime();
        try {
            T result = operation.get();
            of(kind).done.increment();
            of(kind).slowest.accumulate(time.nanoTime() - start);
            return Optional.of(result);
        } catch (CapacityException e) {
            refuse(kind, e);
        } catch (CancellationException e) {
            if (kind != Kind.SEARCH_HURRIED) {
                throw e;
            }
            of(kind).stopped.increment();
        }
        return Optional.empty();
    }

    /** As {@link #count}, for what has no result. */
    boolean run(Kind kind, Runnable operation) {
        return count(kind, () -> {
                    operation.run();
                    return true;
                })
                .isPresent();
    }

    /** Counts something that was refused memory, or for want of the index. */
    void refuse(Kind kind, VexelException refusal) {
        of(kind).refusal = Optional.of(refusal.getMessage());
        of(kind).refused.increment();
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Counts how a search was carried out. */
    void planned(SearchPlan plan) {
        plans.computeIfAbsent(label(plan.kind()), _ -> new LongAdder()).increment();
    }

    /** How many searches were carried out in which way. */
    public Map<String, Long> plans() {
        Map<String, Long> result = new TreeMap<>();
        plans.forEach((plan, count) -> result.put(plan, count.sum()));
        return result;
    }

    /** All kinds, by their labels. */
    public Map<String, Count> all() {
        Map<String, Count> result = new LinkedHashMap<>();
        tallies.forEach((kind, tally) -> result.put(kind.label(), tally.count()));
        return result;
    }

    long total() {
        return tallies.values().stream().mapToLong(tally -> tally.done.sum()).sum();
    }

    long refusals() {
        return tallies.values().stream().mapToLong(tally -> tally.refused.sum()).sum();
    }
}
