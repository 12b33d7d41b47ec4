package io.vexel.paging.swap;

import java.lang.foreign.MemorySegment;

/** Takes pages that were read ahead. */
@FunctionalInterface
public interface SwapSink {

    /**
     * A page that was found behind the one that was asked for.
     *
     * @param slot where it is kept, still
     * @param page its number
     * @param bytes its contents, only until this returns
     */
    void accept(long slot, long page, MemorySegment bytes);
}
