package io.vexel.filesystem;

import java.util.UUID;

/**
 * Facts of a volume; counts are in blocks unless the name says otherwise.
 *
 * @param defaultDimension dimension for collections that name none, 0 when not set
 * @param efficiencyPercent data blocks / total blocks * 100
 */
public record VolumeInfo(
        UUID uuid,
        String label,
        int formatVersion,
        int blockSize,
        long totalBlocks,
        long blockGroups,
        long blocksPerGroup,
        long inodesPerGroup,
        long journalBlocks,
        long vectorBlocks,
        long dataBlocks,
        double efficiencyPercent,
        long freeBlocks,
        long totalInodes,
        long freeInodes,
        int defaultDimension,
        long createdMillis,
        long lastMountMillis,
        long mountCount,
        long commitNumber) {}
