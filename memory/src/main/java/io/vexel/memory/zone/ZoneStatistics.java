package io.vexel.memory.zone;

/**
 * A zone at one moment; every figure is counted.
 *
 * @param node number of its node
 * @param kind which of the node's zones
 * @param pages how many there are, and in which state
 * @param watermarks the marks on its free pages
 * @param events what happened since the zone was made
 * @param free its free blocks
 */
public record ZoneStatistics(
        int node, ZoneKind kind, Pages pages, Watermarks watermarks, Events events, FreeBlocks free) {

    /**
     * Pages by state.
     *
     * @param total all
     * @param free what could be allocated: free in the buddy, or still to be had from the budget
     * @param inBuddy free in the buddy
     * @param taken charged to the budget
     */
    public record Pages(long total, long free, long inBuddy, long taken) {}

    /**
     * Counts of events in the buddy; what hot lists served without it is not among them.
     *
     * @param allocations blocks handed out one by one to those who asked for them
     * @param allocatedPages pages of these blocks
     * @param frees blocks taken back one by one from those who freed them
     * @param refusals allocations that the zone had no block for, or not above the watermark
     * @param copies blocks taken to move others to; nobody asked for them, and they are in no other count, nor is what went back for them
     * @param moves blocks that were moved from here, within the zone or to another node
     * @param splits halvings of a block
     * @param merges unions of two buddies
     * @param conversions groups that changed their mobility
     * @param strays blocks that went into a group of another mobility
     */
    public record Events(
            long allocations,
            long allocatedPages,
            long frees,
            long refusals,
            long copies,
            long moves,
            long splits,
            long merges,
            long conversions,
            long strays) {}
}
