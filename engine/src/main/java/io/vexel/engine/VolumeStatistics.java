package io.vexel.engine;

import io.vexel.filesystem.VolumeInfo;
import io.vexel.memory.pressure.PressureStatistics;
import java.util.Map;
import java.util.Optional;

/**
 * Counted facts of an open volume.
 *
 * @param info what the superblock and the counters say
 * @param memory what is done with the memory
 * @param pressure how short memory is; empty when the volume does not watch that
 * @param overlapsReads whether reads of the device that are known together are under way at once; they are made one by one where the system has no
 *     io_uring for this process
 * @param collections statistics of the collections used since open, by name
 */
public record VolumeStatistics(
        VolumeInfo info,
        VolumeMemory memory,
        Optional<PressureStatistics> pressure,
        boolean overlapsReads,
        Map<String, CollectionStatistics> collections) {

    public VolumeStatistics {
        collections = Map.copyOf(collections);
    }
}
