package io.vexel.bench.life;

import io.vexel.base.Checks;
import java.util.List;

/**
 * What the phases measured.
 *
 * @param first the steady upserts of a JVM that has compiled nothing yet
 * @param sustained those of the rounds after that; at least one
 */
public record LifeResult(Sustained first, List<Sustained> sustained, Burst burst, Crash crash, Churn churn) {

    public LifeResult {
        sustained = List.copyOf(sustained);
        Checks.argument(!sustained.isEmpty(), "sustained=[], allowed: at least one round");
    }

    /**
     * Steady upserts.
     *
     * @param nanos from the first upsert until all rows were in the index
     * @param longestTail most rows seen outside the index
     * @param probes latencies of the searches beside the upserts, ascending, in nanoseconds; at least one
     */
    public record Sustained(long rows, long nanos, long longestTail, List<Long> probes) {
        public Sustained {
            probes = List.copyOf(probes);
        }
    }

    /**
     * Upserts as fast as they are acknowledged.
     *
     * @param acknowledgedNanos from the first upsert until the last was acknowledged
     * @param indexedNanos until the index was loaded and all rows were in it
     */
    public record Burst(long rows, long acknowledgedNanos, long indexedNanos) {}

    /**
     * A killed writer.
     *
     * @param acknowledged rows that it had said were durable
     * @param found rows after the reopening; what was durable but not acknowledged yet is among them
     * @param lost acknowledged rows that are missing or have another vector
     * @param openNanos until the volume was open
     * @param unsaved rows above the checkpoint of the index that it left
     * @param indexedNanos until the index was loaded and all rows were in it
     * @param recall of the reopened collection, 0..1, k = 10, against exact search in it
     * @param twinRecall of collections that hold the same rows and did not crash, the mean
     */
    public record Crash(
            long acknowledged,
            long found,
            long lost,
            long openNanos,
            long unsaved,
            long indexedNanos,
            double recall,
            double twinRecall) {

        /** How much less the reopened one finds than its twins; below 0 when it finds more. */
        public double recallLoss() {
            return twinRecall - recall;
        }
    }

    /**
     * A collection half of whose points were deleted and stored again, several times, beside one that was filled once.
     *
     * @param space what it takes of the volume, over that
     * @param compactedSpace the same after a compaction
     * @param recall 0..1, k = 10, against exact search in it
     * @param compactedRecall the same after the compaction
     * @param twinRecall of the one that was filled once
     */
    public record Churn(
            double space, double compactedSpace, double recall, double compactedRecall, double twinRecall) {}
}
