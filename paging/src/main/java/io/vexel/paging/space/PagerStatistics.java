package io.vexel.paging.space;

/**
 * What a pager holds, and what it did since it was made.
 *
 * @param mostFrames frames there can be
 * @param heldFrames frames that have memory
 * @param usedFrames frames that hold a page, or into which one is coming; the page of zeros among them
 * @param dirtyFilePages pages of files that have to be written out
 * @param anonymousPages anonymous pages, wherever they are
 * @param faults what was asked for and was not there
 * @param traffic what came and went
 * @param failures what did not work
 */
public record PagerStatistics(
        long mostFrames,
        long heldFrames,
        long usedFrames,
        long dirtyFilePages,
        long anonymousPages,
        Faults faults,
        Traffic traffic,
        Failures failures) {

    /**
     * Faults.
     *
     * @param minor served without a device: pages of zeros that were first written to, pages that were overwritten whole, pages read ahead, pages
     *     that another thread was bringing in
     * @param major a page was read from a file or from swap
     * @param compressed a page was decompressed
     * @param copyOnWrite a page that others see too was written to
     * @param refaults of the major and compressed ones, those on a page that had left less than a memory full of evictions ago; for anonymous
     *     pages all
     */
    public record Faults(long minor, long major, long compressed, long copyOnWrite, long refaults) {}

    /**
     * Pages that moved.
     *
     * @param evictions pages that left memory
     * @param writtenOut pages written to files, compressed, or written to swap
     * @param spilled of the compressed pages, those that went on to swap because there was no room
     * @param ahead pages read before somebody asked for them
     * @param aheadHits of these, pages that somebody asked for while they were there
     * @param aheadWasted of these, pages that left before
     * @param throttled writes that had to write something else out first
     */
    public record Traffic(
            long evictions,
            long writtenOut,
            long spilled,
            long ahead,
            long aheadHits,
            long aheadWasted,
            long throttled) {}

    /**
     * What failed.
     *
     * @param reads that failed
     * @param writes that failed; the pages stayed in memory
     * @param refused faults for which there was no frame
     */
    public record Failures(long reads, long writes, long refused) {}
}
