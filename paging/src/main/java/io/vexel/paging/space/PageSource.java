package io.vexel.paging.space;

import java.lang.foreign.MemorySegment;

/**
 * Where the pages of a file come from and go to: the port that a file system implements. What lies in a page is the source's affair: a page may
 * be a piece of a file, or as many whole rows of one as fit.
 *
 * <p>Called from any thread, without a lock, for several pages at once. The same page is never read and written at the same time, nor written
 * by two.
 */
public interface PageSource {

    /** What the source is called in messages. */
    String name();

    /**
     * Fills memory with consecutive pages. What lies behind the end of the data is zero.
     *
     * @param first number of the first page
     * @param target a whole number of pages of the pager's size
     * @throws io.vexel.base.VexelException when they cannot be read; what is in {@code target} then is not used
     */
    void read(long first, MemorySegment target);

    /**
     * Fills memory with pages that may lie anywhere, by reads that are under way at once where the source can.
     *
     * @param pages their numbers
     * @param targets a page each
     * @param count how many of both count, from the first on
     * @throws io.vexel.base.VexelException when one of them cannot be read; what is in all targets then is not used
     */
    default void readMany(long[] pages, MemorySegment[] targets, int count) {
        for (int i = 0; i < count; i++) {
            read(pages[i], targets[i]);
        }
    }

    /**
     * Writes consecutive pages. After it returned a read gives these bytes; whether they are durable is the source's affair.
     *
     * @param first number of the first page
     * @param source a whole number of pages
     * @throws io.vexel.base.VexelException when they cannot be written; some of them may have been
     * @throws UnsupportedOperationException when the source cannot be written at all
     */
    void write(long first, MemorySegment source);
}
