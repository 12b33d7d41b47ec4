package io.vexel.index;

import io.vexel.base.Bytes;

/**
 * Which rows a graph has in memory, and why. Full rows that were wanted and do not fit the memory budget make way for small ones.
 *
 * @param present the rows in memory
 * @param wanted the rows that the options want
 * @param neededBytes what full rows would have needed of the budget when they were found not to fit: the whole graph, the small rows
 *     that are to fit beside them, and what is left to other owners; 0 when the graph has what is wanted
 * @param freeBytes what the other owners of the budget left then; 0 when the graph has what is wanted
 * @param limitBytes the budget
 */
public record GraphRows(
        GraphSpec.Rows present, GraphSpec.Rows wanted, long neededBytes, long freeBytes, long limitBytes) {

    static GraphRows asWanted(GraphSpec.Rows wanted, long limitBytes) {
        return new GraphRows(wanted, wanted, 0, 0, limitBytes);
    }

    /** Whether the graph has smaller rows than wanted. */
    public boolean isNarrowed() {
        return present != wanted;
    }

    /** In words: the rows, and the reason where they are not those that are wanted. */
    public String explain() {
        return isNarrowed()
                ? present.label() + " (" + wanted.label() + " wanted; they need " + Bytes.text(neededBytes)
                        + " with their cushion, and " + Bytes.text(freeBytes) + " are free of the budget of "
                        + Bytes.text(limitBytes) + ")"
                : present.label();
    }
}
