package io.vexel.filesystem;

import static io.vexel.filesystem.Superblock.GROUP_BLOCKS;

import java.util.List;
import java.util.TreeSet;

/**
 * Where things lie: the arithmetic of FORMAT.md sections 3 to 8 over one superblock. Immutable.
 */
final class Geometry {

    /** Bytes of the head, before the first region. */
    static final int HEAD_BYTES = 1 << 16;

    /** Byte offset of the owner record on the device. */
    static final long OWNER_OFFSET = 4096;

    static final int CHECK_ENTRY_BYTES = 8;
    static final int CHECK_CRC_AT = 0;
    static final int CHECK_GENERATION_AT = 4;

    static final int GENERATION_ENTRY_BYTES = 4;

    static final int GROUP_ENTRY_BYTES = 16;
    static final int GROUP_FREE_BLOCKS_AT = 0;
    static final int GROUP_FREE_INODES_AT = 4;
    static final int GROUP_FLAGS_AT = 8;
    static final int GROUP_BLOCK_BITMAP_READY = 1;
    static final int GROUP_INODE_BITMAP_READY = 2;

    /** Bytes of a group's block bitmap. */
    static final int BITMAP_BYTES = GROUP_BLOCKS / 8;

    final Superblock superblock;
    final int blockSize;
    final long totalBlocks;
    final long groups;
    final int inodesPerGroup;
    final long volumeKey;
    final Superblock.Regions regions;

    /** First block behind the metadata regions. */
    final long metadataEnd;

    /** First blocks of the superblock copies other than the primary, ascending; the last is the one at the end. */
    final List<Long> copies;

    Geometry(Superblock superblock) {
        this.superblock = superblock;
        this.blockSize = superblock.blockSize();
        this.totalBlocks = superblock.totalBlocks();
        this.groups = superblock.groups();
        this.inodesPerGroup = superblock.inodesPerGroup();
        this.volumeKey = superblock.volumeKey();
        this.regions = superblock.regions();
        this.metadataEnd = regions.inodeTables().end();
        this.copies = copies(totalBlocks, metadataEnd, superblock.copyBlocks());
    }

    /** Entries of the given size in a table block with a header. */
    static int perBlock(int blockSize, int entryBytes) {
        return (blockSize - BlockHeader.BYTES) / entryBytes;
    }

    /** The 32-bit form of a commit number. */
    static int shortGeneration(long commit) {
        return (int) commit == 0 ? 1 : (int) commit;
    }

    /** Groups whose first block may hold a superblock copy: 1, 3^n, 5^n, 7^n, ascending, below {@code groups}. */
    static List<Long> copyGroups(long groups) {
        TreeSet<Long> result = new TreeSet<>();
        if (groups > 1) {
            result.add(1L);
        }
        for (long base : new long[] {3, 5, 7}) {
            for (long group = base; group < groups; group *= base) {
                result.add(group);
            }
        }
        return List.copyOf(result);
    }

    private static List<Long> copies(long totalBlocks, long metadataEnd, int copyBlocks) {
        TreeSet<Long> result = new TreeSet<>();
        long last = totalBlocks - copyBlocks;
        for (long group : copyGroups(Math.ceilDiv(totalBlocks, GROUP_BLOCKS))) {
            long start = group * GROUP_BLOCKS;
            if (start >= metadataEnd && start + copyBlocks <= last) {
                result.add(start);
            }
        }
        result.add(last);
        return List.copyOf(result);
    }

    long offset(long block) {
        return block * blockSize;
    }

    long totalInodes() {
        return groups * inodesPerGroup;
    }

    /** Blocks of group {@code group}: all groups but the last have {@link Superblock#GROUP_BLOCKS}. */
    int blocksOfGroup(long group) {
        return (int) Math.min(GROUP_BLOCKS, totalBlocks - group * GROUP_BLOCKS);
    }

    /** True when a fresh volume has the block in use: metadata, a superblock copy, or behind the end. */
    boolean usedByDefault(long block) {
        return block < metadataEnd || block >= totalBlocks || inCopy(block);
    }

    private boolean inCopy(long block) {
        int length = superblock.copyBlocks();
        for (long start : copies) {
            if (block >= start && block < start + length) {
                return true;
            }
        }
        return false;
    }

    /** Free blocks of a group on a fresh volume. */
    int defaultFreeBlocks(long group) {
        long start = group * GROUP_BLOCKS;
        long end = start + blocksOfGroup(group);
        long free = end - Math.clamp(metadataEnd, start, end);
        int length = superblock.copyBlocks();
        for (long copy : copies) {
            free -= Math.max(0, Math.min(copy + length, end) - Math.max(copy, start));
        }
        return (int) free;
    }

    /** Free inodes of a group on a fresh volume. */
    int defaultFreeInodes(long group) {
        return group == 0 ? inodesPerGroup - 1 : inodesPerGroup;
    }

    /** Free blocks of a fresh volume. */
    long defaultFreeBlocks() {
        return totalBlocks - metadataEnd - (long) copies.size() * superblock.copyBlocks();
    }

    /** True when a check entry covers the block: all but head, state, journal, the tables with headers, and superblock copies. */
    boolean covered(long block) {
        return block >= regions.blockBitmaps().start() && !regions.checkTable().contains(block) && !inCopy(block);
    }

    /** True when a journal record may change the block: not for the head, the journal and copies of the superblock. */
    boolean mayBeJournaled(long block) {
        return block >= regions.state().start()
                && block < totalBlocks
                && !regions.journal().contains(block)
                && !inCopy(block);
    }

    private static long entryBlock(Span region, long index, int perBlock) {
        return region.start() + index / perBlock;
    }

    private static int entryOffset(long index, int perBlock, int bytes) {
        return BlockHeader.BYTES + (int) (index % perBlock) * bytes;
    }

    /** The check table block with the entry of {@code block}. */
    long checkBlock(long block) {
        return entryBlock(regions.checkTable(), block, perBlock(blockSize, CHECK_ENTRY_BYTES));
    }

    int checkOffset(long block) {
        return entryOffset(block, perBlock(blockSize, CHECK_ENTRY_BYTES), CHECK_ENTRY_BYTES);
    }

    /** The generation table block with the entry of a check table block. */
    long generationBlock(long checkBlock) {
        return entryBlock(
                regions.generationTable(),
                checkBlock - regions.checkTable().start(),
                perBlock(blockSize, GENERATION_ENTRY_BYTES));
    }

    int generationOffset(long checkBlock) {
        return entryOffset(
                checkBlock - regions.checkTable().start(),
                perBlock(blockSize, GENERATION_ENTRY_BYTES),
                GENERATION_ENTRY_BYTES);
    }

    /** The root table block with the entry of a generation table block. */
    long rootBlock(long generationBlock) {
        return entryBlock(
                regions.rootTable(),
                generationBlock - regions.generationTable().start(),
                perBlock(blockSize, GENERATION_ENTRY_BYTES));
    }

    int rootOffset(long generationBlock) {
        return entryOffset(
                generationBlock - regions.generationTable().start(),
                perBlock(blockSize, GENERATION_ENTRY_BYTES),
                GENERATION_ENTRY_BYTES);
    }

    /** The group table block with the entry of a group. */
    long groupBlock(long group) {
        return entryBlock(regions.groupTable(), group, perBlock(blockSize, GROUP_ENTRY_BYTES));
    }

    int groupOffset(long group) {
        return entryOffset(group, perBlock(blockSize, GROUP_ENTRY_BYTES), GROUP_ENTRY_BYTES);
    }

    /** The block with byte {@code index} of the group's block bitmap. */
    long blockBitmapBlock(long group, int index) {
        return regions.blockBitmaps().start() + (group * BITMAP_BYTES + index) / blockSize;
    }

    int blockBitmapOffset(long group, int index) {
        return (int) ((group * BITMAP_BYTES + index) % blockSize);
    }

    /** The block with byte {@code index} of the group's inode bitmap. */
    long inodeBitmapBlock(long group, int index) {
        return regions.inodeBitmaps().start() + (group * (inodesPerGroup / 8) + index) / blockSize;
    }

    int inodeBitmapOffset(long group, int index) {
        return (int) ((group * (inodesPerGroup / 8) + index) % blockSize);
    }

    /** The block with the inode. */
    long inodeBlock(long inode) {
        return regions.inodeTables().start() + inode * Superblock.INODE_BYTES / blockSize;
    }

    int inodeOffset(long inode) {
        return (int) (inode * Superblock.INODE_BYTES % blockSize);
    }

    /** Term of a group table or root table block in the state's digest; 0 for a block that was never written. */
    static long digestTerm(long block, long generation) {
        return generation == 0 ? 0 : Layouts.mix64(block * 0x9E3779B97F4A7C15L + generation);
    }
}
