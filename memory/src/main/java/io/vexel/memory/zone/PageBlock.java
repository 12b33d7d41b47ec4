package io.vexel.memory.zone;

import java.lang.foreign.MemorySegment;

/**
 * Consecutive pages, of any number. Made by {@link PageAllocator#allocateExact} out of blocks of descending orders, which are freed together.
 */
public final class PageBlock {

    private final long[] handles;
    private final MemorySegment segment;

    PageBlock(long[] handles, MemorySegment segment) {
        this.handles = handles;
        this.segment = segment;
    }

    /** The memory. */
    public MemorySegment segment() {
        return segment;
    }

    long[] handles() {
        return handles;
    }
}
