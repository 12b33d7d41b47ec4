package io.vexel.paging.space;

import java.lang.foreign.MemorySegment;

/** Pages that have one page table and one way to leave memory: those of a file, or the anonymous ones. Called with the pager's lock held, where nothing else is said. */
abstract sealed class PageObject permits PagedFile, AnonymousPages {

    private static final int PAGE_BITS = 40;

    private final int number;
    private final PageTable table;

    /** @param number of the object; part of what policies know its pages by */
    PageObject(int number, PageTable table) {
        this.number = number;
        this.table = table;
    }

    final PageTable table() {
        return table;
    }

    /** The number that policies know a page by. */
    final long key(long page) {
        return (long) number << PAGE_BITS | page;
    }

    /** The entry of a page that leaves memory; it is the same there as in its frame. */
    abstract long entryAway(int page, int frame);

    /**
     * Writes a page out. Without the lock.
     *
     * @return what {@link #wroteOut} is told
     */
    abstract long writeOut(int page, MemorySegment bytes);

    /** The page in a frame is somewhere else as well now. */
    abstract void wroteOut(int page, int frame, long where);

    /** Nobody needs the page any more; whoever has it in transit drops it. */
    abstract boolean isDropped(int page);

    /** Its frame was given up; the entry becomes that of a page which nobody needs. */
    abstract void dropped(int page, int frame);
}
