package io.vexel.collection;

/**
 * The page cache through which single rows are read when not all rows fit into memory as chunks: what it holds, and what it did since the volume was
 * opened.
 *
 * @param pageBytes bytes of a page; 0 when there is no cache because there was no need of one
 * @param mostPages pages that there can be
 * @param heldPages pages that there is memory for
 * @param usedPages pages that hold something
 * @param dirtyPages pages that have to be written out; always 0 as long as vectors are written past the cache
 * @param hits rows that were asked for and were in it
 * @param misses rows that were asked for and were not, or not all of them
 * @param evictions pages that left it
 * @param prefetches pages that were read before somebody asked for them
 * @param prefetchHits of these, pages that somebody asked for while they were there
 * @param failedReads reads of the volume that failed
 */
public record VectorCacheStatistics(
        int pageBytes,
        long mostPages,
        long heldPages,
        long usedPages,
        long dirtyPages,
        long hits,
        long misses,
        long evictions,
        long prefetches,
        long prefetchHits,
        long failedReads) {

    /** That of a volume which needed none. */
    public static final VectorCacheStatistics NONE = new VectorCacheStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Hits over rows that were asked for, 0..1; 0 when none was. */
    public double hitRatio() {
        long asked = hits + misses;
        return asked == 0 ? 0 : (double) hits / asked;
    }
}
