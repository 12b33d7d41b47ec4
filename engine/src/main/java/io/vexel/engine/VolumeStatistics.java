package io.vexel.engine;

import io.vexel.filesystem.VolumeInfo;
import io.vexel.memory.pressure.PressureStatistics;
import java.util.Map;
import java.util.Optional;

/**
 * Counted facts of an open volume.
 *
 * @param info what the superblock and the counters say
 * @param budgetLimitBytes most off-heap bytes
 * @param budgetUsedBytes off-heap bytes in use
 * @param budgetPeakBytes most off-heap bytes that were in use at once since open
 * @param budgetUsedByOwner off-heap bytes in use, by what holds them
 * @param pressure how short memory is; empty when the volume does not watch that
 * @param collections statistics of the collections used since open, by name
 */
public record VolumeStatistics(
        VolumeInfo info,
        long budgetLimitBytes,
        long budgetUsedBytes,
        long budgetPeakBytes,
        Map<String, Long> budgetUsedByOwner,
        Optional<PressureStatistics> pressure,
        Map<String, CollectionStatistics> collections) {

    public VolumeStatistics {
        budgetUsedByOwner = Map.copyOf(budgetUsedByOwner);
        collections = Map.copyOf(collections);
    }
}
