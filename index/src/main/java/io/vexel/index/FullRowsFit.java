package io.vexel.index;

import io.vexel.base.CapacityException;
import io.vexel.memory.GrowableRegion;
import io.vexel.memory.MemoryBudget;

/**
 * Whether a graph may have full rows: as long as the budget also holds the small rows that they would be copied to, and leaves its other owners a
 * cushion. Otherwise memory would run out at a moment at which there is none left to narrow the graph in.
 *
 * @param neededBytes what the graph takes with full rows, with small rows beside them, and the cushion
 * @param freeBytes what the other owners of the budget leave to it, when they give back what they can do without
 * @param limitBytes the budget
 */
record FullRowsFit(long neededBytes, long freeBytes, long limitBytes) {

    /** One byte of so many of the budget is left to other owners: full vectors, ids, payload indexes, buffers. */
    static final int CUSHION_SHARE = 8;

    /**
     * How it is for so many vertices.
     *
     * @param full the layout with full rows
     * @param heldBytes what the graph has of the budget already
     */
    static FullRowsFit of(MemoryBudget budget, GraphLayout full, int vertices, long heldBytes) {
        long rows = bytes(vertices, full.rowBytes()) + bytes(vertices, GraphLayout.SMALL_ROW_BYTES);
        long graph = bytes(vertices, full.codeBytes()) + rows + bytes(vertices, Integer.BYTES);
        long limit = budget.limitBytes();
        return new FullRowsFit(graph + limit / CUSHION_SHARE, freeBytes(budget, heldBytes), limit);
    }

    private static long freeBytes(MemoryBudget budget, long heldBytes) {
        return budget.limitBytes() - Math.max(0, budget.usedBytes() - heldBytes - budget.reclaimableBytes());
    }

    /**
     * Why a graph is paged.
     *
     * @param saved the rows of its pages
     * @param wanted the rows that its options want
     */
    static GraphRows paged(MemoryBudget budget, GraphLayout saved, GraphSpec.Rows wanted, int vertices) {
        long needed = bytes(vertices, saved.codeBytes())
                + bytes(vertices, GraphLayout.SMALL_ROW_BYTES)
                + bytes(vertices, Integer.BYTES);
        return new GraphRows(saved.rows(), wanted, true, needed, freeBytes(budget, 0), budget.limitBytes());
    }

    private static long bytes(int vertices, int bytesOfEach) {
        return GrowableRegion.roundUp((long) vertices * bytesOfEach);
    }

    boolean fits() {
        return neededBytes <= freeBytes;
    }

    /** Throws a {@link CapacityException} when full rows do not fit. */
    void check() {
        if (!fits()) {
            throw new CapacityException("memory budget bytes for a graph with full rows", neededBytes, freeBytes);
        }
    }

    /** The rows of a graph that has small ones for this reason. */
    GraphRows narrowed() {
        return new GraphRows(GraphSpec.Rows.SMALL, GraphSpec.Rows.FULL, false, neededBytes, freeBytes, limitBytes);
    }
}
