package io.vexel.collection.store;

/**
 * A state of a collection that readers may see. Immutable.
 *
 * @param sequence counts the batches of this process; a larger one is newer
 * @param rowCount rows that exist in it
 * @param version rows that died at this version or before are dead in it
 * @param liveCount points
 * @param idBytes where its part of the id log ends
 */
public record Snapshot(long sequence, int rowCount, int version, int liveCount, long idBytes) {

    /** Rows that are dead in it, given up or not. */
    long deadRows() {
        return (long) rowCount - liveCount;
    }
}
