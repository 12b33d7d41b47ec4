package io.vexel.collection.store;

/**
 * A state of a collection that readers may see. Immutable.
 *
 * @param sequence counts the batches of this process; a larger one is newer
 * @param rowCount rows that exist in it
 * @param version rows that died at this version or before are dead in it
 * @param liveCount points
 */
public record Snapshot(long sequence, int rowCount, int version, int liveCount) {}
