package io.vexel.bench.soak;

import io.vexel.base.Checks;
import io.vexel.index.IndexSpec;

/**
 * What to run.
 *
 * @param rows points of the collection, {@value #LEAST_ROWS} at least
 * @param dimension of the vectors, 32-bit floats
 * @param budgetPercent the budget, as percent of the bytes of the vectors
 * @param slackPercent how much more memory than budget and JVM the process may have, as percent of both
 * @param seconds how long, from the first round on
 * @param writers threads that write, 1..{@value #MAX_THREADS}
 * @param searchers threads that search, 1..{@value #MAX_THREADS}
 * @param changesPerSecond most points that all writers together change in a second, on average
 * @param index of the collection
 * @param seed decides what each thread does
 */
public record SoakPlan(
        int rows,
        int dimension,
        double budgetPercent,
        double slackPercent,
        long seconds,
        int writers,
        int searchers,
        int changesPerSecond,
        IndexSpec index,
        long seed) {

    /** Below this there may be no index. */
    public static final int LEAST_ROWS = 4_096;

    /** Most threads of a kind. */
    public static final int MAX_THREADS = 64;

    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int LEAST_ROUNDS = 4;
    private static final long SHORTEST_ROUND_SECONDS = 2;
    private static final long LONGEST_ROUND_SECONDS = 60;

    public SoakPlan {
        Checks.inRange("rows", rows, LEAST_ROWS, 1 << 24);
        Checks.inRange("dimension", dimension, 8, 4_096);
        Checks.argument(
                budgetPercent > 0 && budgetPercent <= 1_000,
                "budget=" + budgetPercent + " %, allowed: above 0, up to 1000");
        Checks.argument(slackPercent >= 0 && slackPercent <= 100, "slack=" + slackPercent + ", allowed: 0..100");
        Checks.inRange("seconds", seconds, 1, 7 * 24 * 3_600);
        Checks.inRange("writers", writers, 1, MAX_THREADS);
        Checks.inRange("searchers", searchers, 1, MAX_THREADS);
        Checks.inRange("changes", changesPerSecond, 1, 1_000_000);
    }

    /** Bytes of the vectors of all points. */
    public long vectorBytes() {
        return (long) rows * dimension * Float.BYTES;
    }

    /** The budget in bytes. */
    public long budgetBytes() {
        return Math.max(1, Math.round(vectorBytes() * budgetPercent / 100));
    }

    long nanos() {
        return seconds * NANOS_PER_SECOND;
    }

    long roundNanos() {
        return NANOS_PER_SECOND * Math.clamp(seconds / LEAST_ROUNDS, SHORTEST_ROUND_SECONDS, LONGEST_ROUND_SECONDS);
    }
}
