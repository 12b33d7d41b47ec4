package io.vexel.collection;

/**
 * Counted facts of a collection's payload indexes.
 *
 * @param rows rows indexed, dead ones among them
 * @param segments pieces that the indexes consist of
 * @param bytes estimated bytes of heap, reserved from the memory budget
 */
public record PayloadIndexStatistics(Status status, int rows, int segments, long bytes) {

    /** How the indexes stand. */
    public enum Status {
        /** The collection has none. */
        NONE,
        /** No search has wanted them since the collection was opened. */
        NOT_BUILT,
        /** Searches use them. */
        IN_USE,
        /** The memory budget refused them, or a write needed their memory; filters read payloads until there is so much as they needed. */
        DROPPED
    }
}
