package io.vexel.collection;

import io.vexel.memory.slab.SlabStatistics;
import java.util.List;

/**
 * The cache through which single rows are read when not all rows fit into memory as chunks: what it holds, and what it did since the volume was
 * opened. An entry is a row, or several consecutive ones where rows are short.
 *
 * @param mostEntries entries that there can be; 0 when there is no cache because there was no need of one
 * @param usedEntries entries that there are
 * @param rows what became of rows that were asked for
 * @param evictions entries that left for others, or because somebody else needed the memory
 * @param objects the slab caches {@code vector_entries}, one for each size of entries
 */
public record VectorCacheStatistics(
        long mostEntries, long usedEntries, Rows rows, long evictions, List<SlabStatistics> objects) {

    /** That of a volume which needed none. */
    public static final VectorCacheStatistics NONE = new VectorCacheStatistics(0, 0, new Rows(0, 0, 0), 0, List.of());

    public VectorCacheStatistics {
        objects = List.copyOf(objects);
    }

    /**
     * Counts of rows that were asked for.
     *
     * @param hits rows that were in the cache
     * @param misses rows that were not
     * @param failedReads reads of the volume for such rows that failed
     */
    public record Rows(long hits, long misses, long failedReads) {}

    /** Rows that were asked for and were in the cache. */
    public long hits() {
        return rows.hits;
    }

    /** Rows that were asked for and were not. */
    public long misses() {
        return rows.misses;
    }

    /** Hits over rows that were asked for, 0..1; 0 when none was. */
    public double hitRatio() {
        long asked = hits() + misses();
        return asked == 0 ? 0 : (double) hits() / asked;
    }
}
