package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;

/** The state block's counters, as they go into a {@link VolumeInfo}. */
record VolumeCounters(long freeBlocks, long freeInodes, long mounts, long lastMountMillis, long commit) {

    static VolumeCounters of(MemorySegment state) {
        return new VolumeCounters(
                state.get(Layouts.U64, StateLayout.FREE_BLOCKS_AT),
                state.get(Layouts.U64, StateLayout.FREE_INODES_AT),
                state.get(Layouts.U64, StateLayout.MOUNTS_AT),
                state.get(Layouts.U64, StateLayout.LAST_MOUNT_AT),
                state.get(Layouts.U64, StateLayout.COMMIT_AT));
    }

    VolumeInfo describe(Geometry geometry) {
        Superblock superblock = geometry.superblock;
        long data = geometry.defaultFreeBlocks();
        return new VolumeInfo(
                superblock.uuid(),
                superblock.label(),
                Superblock.VERSION,
                geometry.blockSize,
                geometry.totalBlocks,
                geometry.groups,
                Superblock.GROUP_BLOCKS,
                geometry.inodesPerGroup,
                geometry.regions.journal().blocks(),
                geometry.regions.vectorArea().blocks(),
                data,
                100.0 * data / geometry.totalBlocks,
                freeBlocks,
                geometry.totalInodes(),
                freeInodes,
                superblock.defaultDimension(),
                superblock.createdMillis(),
                lastMountMillis,
                mounts,
                commit);
    }
}
