package io.vexel.bench.soak;

import java.util.Map;
import java.util.Optional;

/**
 * What a soak saw.
 *
 * @param nanos how long it took, with the filling
 * @param memory of the process
 * @param counts of operations, by kind
 * @param plans of searches: how many, by what was done
 * @param indexRounds rounds, by where the index was at their end
 * @param cache of vectors
 * @param levelChanges how often memory became more or less short, by the levels before and after
 * @param leastRecall the least recall@10 that was measured, by 50 queries each time
 * @param failure what was wrong; empty when nothing was
 */
public record SoakResult(
        long nanos,
        MemoryFigures memory,
        Map<String, SoakCounts.Count> counts,
        Map<String, Long> plans,
        Map<String, Long> indexRounds,
        Cache cache,
        Map<String, Long> levelChanges,
        double leastRecall,
        Optional<RuntimeException> failure) {

    /**
     * What the cache of vectors did.
     *
     * @param hits rows that were in it
     * @param faults rows that were not
     */
    public record Cache(long hits, long faults) {}
}
