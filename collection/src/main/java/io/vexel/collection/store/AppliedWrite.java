package io.vexel.collection.store;

/**
 * A batch that has its place in the order of commits and is perhaps not yet durable.
 *
 * @param inserted points whose id was new
 * @param replaced points whose id was there
 * @param deleted points that were deleted
 * @param commit what to wait for
 * @param after the state with the batch
 */
public record AppliedWrite(int inserted, int replaced, int deleted, long commit, Snapshot after) {}
