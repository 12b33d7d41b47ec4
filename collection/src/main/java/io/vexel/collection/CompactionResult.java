package io.vexel.collection;

/**
 * What a compaction did.
 *
 * @param movedRows rows that were put again at the end, so that others around them could be given up
 * @param freedBytes bytes of blocks that were given back to the volume
 * @param deadBytes bytes that dead rows still take, in blocks that they share with live ones
 */
public record CompactionResult(long movedRows, long freedBytes, long deadBytes) {}
