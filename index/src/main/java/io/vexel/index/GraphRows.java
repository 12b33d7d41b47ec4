package io.vexel.index;

import io.vexel.base.Bytes;

/**
 * Which rows a graph has in memory, and why. Full rows that were wanted and do not fit the memory budget make way for small ones; a graph whose small
 * rows do not fit either is read page by page.
 *
 * @param present the rows in memory, or those of the saved graph that is read page by page
 * @param wanted the rows that the options want
 * @param paged whether the graph is not in memory: it is read page by page as it was saved, and does not change
 * @param neededBytes what of the budget would have been needed for the next better: for full rows the whole graph with them, the small rows that are to
 *     fit beside them, and what is left to other owners; for small rows the whole graph with them; 0 when the graph is as wanted
 * @param freeBytes what the other owners of the budget left then; 0 when the graph is as wanted
 * @param limitBytes the budget
 */
public record GraphRows(
        GraphSpec.Rows present,
        GraphSpec.Rows wanted,
        boolean paged,
        long neededBytes,
        long freeBytes,
        long limitBytes) {

    static GraphRows asWanted(GraphSpec.Rows wanted, long limitBytes) {
        return new GraphRows(wanted, wanted, false, 0, 0, limitBytes);
    }

    /** Whether the graph has smaller rows than wanted. */
    public boolean isNarrowed() {
        return present != wanted;
    }

    /** Whether the graph lies in memory as its options want it. */
    public boolean isAsWanted() {
        return !paged && !isNarrowed();
    }

    /** In words: the rows, and the reason where they are not those that are wanted, in memory. */
    public String explain() {
        if (paged) {
            return present.label() + ", paged (in memory the graph needs " + Bytes.text(neededBytes)
                    + " with small rows, and " + free() + "; it takes no rows in, new ones stay in the tail)";
        }
        return isNarrowed()
                ? present.label() + " (" + wanted.label() + " wanted; they need " + Bytes.text(neededBytes)
                        + " with their cushion, and " + free() + ")"
                : present.label();
    }

    private String free() {
        return Bytes.text(freeBytes) + " are free of the budget of " + Bytes.text(limitBytes);
    }
}
