package io.vexel.index;

/**
 * Counted facts of a derived index.
 *
 * @param rows rows in it, dead ones that were not swept yet among them
 * @param freePlaces places of swept rows that wait for new ones
 * @param memoryBytes bytes of memory it holds from the budget
 * @param changedRows rows whose places changed since the last checkpoint
 * @param links links between rows, all together; 0 where there are none
 */
public record IndexStatistics(long rows, long freePlaces, long memoryBytes, long changedRows, long links) {

    /** Those of no index. */
    public static final IndexStatistics NONE = new IndexStatistics(0, 0, 0, 0, 0);
}
