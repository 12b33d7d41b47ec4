package io.vexel.bench.life;

import io.vexel.base.Checks;

/**
 * How to run the phases.
 *
 * @param batch rows of a durable upsert, 1..100,000
 * @param mostTail the steady writer waits while more rows than this are not in the index yet, at least {@value #LEAST_TAIL}
 * @param indexThreads of the volume, 1..256
 * @param rounds of steady upserts that count, 1..100
 * @param seed chooses the moment of the crash
 */
public record LifePlan(int batch, int mostTail, int indexThreads, int rounds, long seed) {

    /** Below this a collection may have no index yet, and the tail would never become shorter. */
    public static final int LEAST_TAIL = 4_096;

    public LifePlan {
        Checks.inRange("batch", batch, 1, 100_000);
        Checks.inRange("tail", mostTail, LEAST_TAIL, Integer.MAX_VALUE);
        Checks.inRange("threads", indexThreads, 1, 256);
        Checks.inRange("rounds", rounds, 1, 100);
    }
}
