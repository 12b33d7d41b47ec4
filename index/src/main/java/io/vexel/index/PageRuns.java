package io.vexel.index;

import io.vexel.index.DerivedIndex.CheckpointSource;
import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;

/** Reads the pages of a checkpoint with all processors: what is read is verified on the way. */
final class PageRuns {

    /** The memory of pages that lie one behind the other. */
    interface Memory {
        MemorySegment pages(long first, long count);
    }

    private PageRuns() {}

    /**
     * Reads pages 0 to {@code pages - 1}, so many at a time as a run has.
     *
     * @throws io.vexel.base.CorruptionException when a page is missing or damaged
     */
    static void load(CheckpointSource source, int space, long pages, int pagesOfARun, Memory memory) {
        LongStream.range(0, Math.ceilDiv(pages, (long) pagesOfARun)).parallel().forEach(run -> {
            long first = run * pagesOfARun;
            source.pages(space, first, memory.pages(first, Math.min(pagesOfARun, pages - first)));
        });
    }
}
