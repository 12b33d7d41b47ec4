package io.vexel.bench.reopen;

import io.vexel.base.Checks;
import java.util.List;

/**
 * What was measured.
 *
 * @param made how the volume came about
 * @param fresh openings in new JVMs, one a round; at least one
 * @param warm openings one after the other in one JVM, without the first; as many
 * @param searches what it finds when all is in memory, by effort; at least one
 */
public record ReopenResult(Made made, List<Opening> fresh, List<Opening> warm, List<Searches> searches) {

    public ReopenResult {
        fresh = List.copyOf(fresh);
        warm = List.copyOf(warm);
        searches = List.copyOf(searches);
        Checks.argument(
                fresh.size() == warm.size() && !fresh.isEmpty(), "fresh=" + fresh.size() + " warm=" + warm.size());
        Checks.argument(!searches.isEmpty(), "searches=[], allowed: at least one");
    }

    /**
     * The making of the volume.
     *
     * @param writtenNanos until all rows were durable
     * @param indexedNanos until all were in the index, and it knew its recall
     * @param closedNanos how long closing took, which saves the index
     * @param indexBytes bytes of memory of the index
     */
    public record Made(long writtenNanos, long indexedNanos, long closedNanos, long indexBytes) {}

    /**
     * Searches of one effort on one thread.
     *
     * @param recall 0..1, k = 10, against exact search
     */
    public record Searches(int ef, double recall, double queriesPerSecond) {}
}
