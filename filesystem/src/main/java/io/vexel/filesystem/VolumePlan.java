package io.vexel.filesystem;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;

/** Computes the layout of a volume from its size and the options. Pure arithmetic. */
final class VolumePlan {

    static final long MIN_BYTES = 17 * Bytes.MIB;
    static final long MAX_BYTES = 16 * Bytes.TIB;

    private static final long DEFAULT_JOURNAL_BLOCKS = 32_768;
    private static final long MIN_JOURNAL_BLOCKS = 64;
    /** A journal is not made smaller than this, or an eighth of the volume. */
    private static final long SMALL_JOURNAL_BYTES = 4 * Bytes.MIB;

    private static final long DEFAULT_VECTOR_BLOCKS = 131_072;
    private static final long VECTOR_ALIGNMENT_BYTES = 2 * Bytes.MIB;
    private static final int USUAL_JOURNAL_UNIT = 4096;

    private final FormatOptions options;
    private final int blockSize;
    private final int sectorSize;
    private final long total;
    private final long groups;

    private VolumePlan(long deviceBytes, int sectorSize, FormatOptions options) {
        Checks.inRange("volumeBytes", deviceBytes, MIN_BYTES, MAX_BYTES);
        Checks.argument(
                sectorSize <= options.blockSize(),
                "blockSize=" + options.blockSize() + ", allowed: at least the device's sector size " + sectorSize);
        this.options = options;
        this.blockSize = options.blockSize();
        this.sectorSize = sectorSize;
        this.total = deviceBytes / blockSize;
        this.groups = Bytes.ceilDiv(total, Superblock.GROUP_BLOCKS);
    }

    /**
     * @throws IllegalArgumentException when size, sector size and options do not go together
     */
    static Superblock of(long deviceBytes, int sectorSize, FormatOptions options, long createdMillis) {
        return new VolumePlan(deviceBytes, sectorSize, options).superblock(createdMillis);
    }

    private Superblock superblock(long createdMillis) {
        Superblock result = new Superblock(
                0,
                0,
                Superblock.FEATURE_JOURNAL_DELTA,
                options.uuid(),
                createdMillis,
                blockSize,
                total,
                inodesPerGroup(),
                options.seedHigh(),
                options.seedLow(),
                options.defaultDimension(),
                Math.max(sectorSize, Math.min(USUAL_JOURNAL_UNIT, blockSize)),
                regions(),
                options.label());
        Geometry geometry = new Geometry(result);
        long needed =
                Math.max(geometry.metadataEnd, geometry.regions.vectorArea().end()) + result.copyBlocks();
        Checks.argument(
                needed <= total && geometry.defaultFreeBlocks() >= total / 8,
                "volumeBytes=" + total * blockSize
                        + ", allowed: more, or fewer inodes, journal or vector blocks; these options take blocks="
                        + needed + " of " + total);
        return result;
    }

    private int inodesPerGroup() {
        int unit = Math.max(Long.SIZE, blockSize / Superblock.INODE_BYTES);
        long wanted = Math.min(total, Superblock.GROUP_BLOCKS) * blockSize / options.inodeRatio();
        return (int) Bytes.roundUp(Math.max(1, wanted), unit);
    }

    private long journalBlocks() {
        if (options.journalBlocks().isPresent()) {
            long blocks = options.journalBlocks().getAsLong();
            return Checks.inRange("journalBlocks", blocks, MIN_JOURNAL_BLOCKS, Math.max(MIN_JOURNAL_BLOCKS, total / 2));
        }
        long least = Math.max(MIN_JOURNAL_BLOCKS, Math.min(SMALL_JOURNAL_BYTES, total * blockSize / 8) / blockSize);
        long share = Math.max(total / 32, least);
        return Math.min(DEFAULT_JOURNAL_BLOCKS, share);
    }

    private Superblock.Regions regions() {
        long checkBlocks = Bytes.ceilDiv(total, Geometry.perBlock(blockSize, Geometry.CHECK_ENTRY_BYTES));
        int words = Geometry.perBlock(blockSize, Geometry.GENERATION_ENTRY_BYTES);
        long generationBlocks = Bytes.ceilDiv(checkBlocks, words);
        long inodes = groups * inodesPerGroup();
        Span state = new Span(Geometry.HEAD_BYTES / blockSize, 1);
        Span journal = new Span(state.end(), journalBlocks());
        Span groupTable = new Span(
                journal.end(), Bytes.ceilDiv(groups, Geometry.perBlock(blockSize, Geometry.GROUP_ENTRY_BYTES)));
        Span rootTable = new Span(groupTable.end(), Bytes.ceilDiv(generationBlocks, words));
        Span generationTable = new Span(rootTable.end(), generationBlocks);
        Span blockBitmaps = new Span(generationTable.end(), Bytes.ceilDiv(groups * Geometry.BITMAP_BYTES, blockSize));
        Span inodeBitmaps = new Span(blockBitmaps.end(), Bytes.ceilDiv(inodes / 8, blockSize));
        Span checkTable = new Span(inodeBitmaps.end(), checkBlocks);
        Span inodeTables = new Span(checkTable.end(), Bytes.ceilDiv(inodes * Superblock.INODE_BYTES, blockSize));
        return new Superblock.Regions(
                state,
                journal,
                groupTable,
                rootTable,
                generationTable,
                blockBitmaps,
                inodeBitmaps,
                checkTable,
                inodeTables,
                vectorArea(inodeTables.end()));
    }

    private Span vectorArea(long metadataEnd) {
        long start = Bytes.roundUp(metadataEnd, VECTOR_ALIGNMENT_BYTES / blockSize);
        long room = Math.max(0, total - start - Math.max(1, Superblock.BYTES / blockSize));
        long blocks = options.vectorBlocks().orElse(Math.min(DEFAULT_VECTOR_BLOCKS, Math.min(total / 4, room / 2)));
        return new Span(start, blocks);
    }
}
