package io.vexel.engine;

import io.vexel.collection.PageMemory;
import io.vexel.collection.VectorCacheStatistics;
import java.util.Map;

/**
 * What an open volume does with its memory.
 *
 * @param limitBytes most off-heap bytes
 * @param usedBytes off-heap bytes in use
 * @param peakBytes most off-heap bytes that were in use at once since open
 * @param usedByOwner off-heap bytes in use, by what holds them
 * @param reclaimableBytes of the bytes in use, about how many could be given back when somebody needs them
 * @param residentVectorBytes of the bytes in use, those that hold chunks of vectors
 * @param vectorCache the cache of vectors that do not fit
 * @param pages the budget and the allocators of pages, their zones and nodes, and the page cache of indexes that do not fit
 */
public record VolumeMemory(
        long limitBytes,
        long usedBytes,
        long peakBytes,
        Map<String, Long> usedByOwner,
        long reclaimableBytes,
        long residentVectorBytes,
        VectorCacheStatistics vectorCache,
        PageMemory pages) {

    public VolumeMemory {
        usedByOwner = Map.copyOf(usedByOwner);
    }
}
