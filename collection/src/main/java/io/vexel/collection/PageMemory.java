package io.vexel.collection;

import io.vexel.memory.numa.NumaStatistics;
import io.vexel.memory.zone.MemoryStatistics;
import io.vexel.memory.zone.ZoneStatistics;
import java.util.List;
import java.util.Optional;

/**
 * The memory of a volume's budget, and what its allocators of pages did, at one moment; every figure is counted.
 *
 * @param memory the budget, and the allocators together
 * @param allocators those that the volume has made; none while its vectors and indexes fit. What an index is read through while it is loaded is not among
 *     them
 * @param indexPages the page cache of indexes that do not fit; empty where there was no need of one
 */
public record PageMemory(MemoryStatistics memory, List<Allocator> allocators, Optional<IndexPages> indexPages) {

    public PageMemory {
        allocators = List.copyOf(allocators);
    }

    /**
     * An allocator of pages.
     *
     * @param name what its pages are for
     * @param zones its zones
     * @param nodes its nodes
     */
    public record Allocator(String name, List<ZoneStatistics> zones, List<NumaStatistics> nodes) {

        public Allocator {
            zones = List.copyOf(zones);
            nodes = List.copyOf(nodes);
        }
    }

    /**
     * A page cache, and what it did since it was made.
     *
     * @param pageBytes bytes of a page
     * @param frames places for pages
     * @param faults pages that were asked for and not there
     * @param traffic pages that came and went
     */
    public record IndexPages(int pageBytes, Frames frames, Faults faults, Traffic traffic) {}

    /**
     * Places for pages.
     *
     * @param most that there can be
     * @param held that have memory
     * @param used that hold a page
     */
    public record Frames(long most, long held, long used) {}

    /**
     * Pages that were asked for and not there.
     *
     * @param minor served without reading: a page that was read ahead, or on its way for another thread
     * @param major read from the volume
     * @param refaults of the major ones, those on a page that had left less than a memory full of evictions ago
     * @param failedReads reads that failed
     * @param refused faults for which there was no frame
     */
    public record Faults(long minor, long major, long refaults, long failedReads, long refused) {}

    /**
     * Pages that came and went.
     *
     * @param evictions pages that left for others
     * @param ahead pages read before somebody asked for them
     * @param aheadHits of these, pages that somebody asked for while they were there
     * @param aheadWasted of these, pages that left before
     */
    public record Traffic(long evictions, long ahead, long aheadHits, long aheadWasted) {}
}
