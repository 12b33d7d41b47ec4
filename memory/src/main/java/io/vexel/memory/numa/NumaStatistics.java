package io.vexel.memory.numa;

/**
 * A node at one moment, and what was allocated since the allocator was made, in blocks, as numastat of Linux counts (Documentation/admin-guide/numastat.rst).
 * Over all nodes {@code hit + miss = local + other} is the number of allocations, and {@code miss = foreign}. Blocks that others were moved to are
 * no allocations.
 *
 * @param node its position
 * @param id its number
 * @param totalPages pages of its zones
 * @param freePages of these, what could be allocated
 * @param hit allocated here, and wanted here
 * @param miss allocated here, although wanted elsewhere
 * @param foreign wanted here, and allocated elsewhere
 * @param interleaveHit of the hits, those whose turn it was to be here
 * @param local allocated here by threads that run here
 * @param other allocated here by threads that run elsewhere. A thread with hot lists of its own looks where it runs every {@value
 *     #LOOK_EVERY} allocations
 * @param migratedIn pages that were moved here from other nodes, in blocks or by {@link NumaMemory#migrate}
 * @param migratedOut pages that were moved away
 * @param placement whether the system puts the zones' memory here
 */
public record NumaStatistics(
        int node,
        int id,
        long totalPages,
        long freePages,
        long hit,
        long miss,
        long foreign,
        long interleaveHit,
        long local,
        long other,
        long migratedIn,
        long migratedOut,
        Placement placement) {

    /** How many allocations pass between two looks of a thread at where it runs. */
    public static final int LOOK_EVERY = 256;

    /** Whether the memory of a node's zones is on it. */
    public enum Placement {
        /** The system was asked and does it, while the node has memory. */
        BOUND,
        /** The system refused; it puts memory where it likes. */
        REFUSED,
        /** The system was not asked, since there is one node only, or none was told to the allocator. */
        NOT_ASKED
    }
}
