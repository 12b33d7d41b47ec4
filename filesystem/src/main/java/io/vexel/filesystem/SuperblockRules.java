package io.vexel.filesystem;

import io.vexel.base.Bytes;
import java.util.Optional;

/**
 * Holds the numbers of a superblock against the arithmetic of FORMAT.md sections 2 to 4. Everything else takes them for right, so
 * this comes before a {@link Geometry} is made of them. Each rule may rely on those before it.
 */
final class SuperblockRules {

    static final long MIN_BYTES = 17 * Bytes.MIB;

    private static final long MAX_BYTES = 16 * Bytes.TIB;
    private static final int MAX_INODES_PER_GROUP = 1 << 24;
    private static final int MIN_JOURNAL_UNIT = 1024;
    private static final long MIN_RING_UNITS = 4;

    private final Superblock superblock;
    private final long deviceBytes;
    private final int sectorSize;
    private final int size;
    private final long total;
    private String problem = "";

    private SuperblockRules(Superblock superblock, long deviceBytes, int sectorSize) {
        this.superblock = superblock;
        this.deviceBytes = deviceBytes;
        this.sectorSize = sectorSize;
        this.size = superblock.blockSize();
        this.total = superblock.totalBlocks();
    }

    /**
     * The first number that cannot be, as it goes behind "the superblock states"; empty when all can.
     *
     * @param sectorSize of the device; 1 where only the arithmetic is in question
     */
    static Optional<String> broken(Superblock superblock, long deviceBytes, int sectorSize) {
        SuperblockRules rules = new SuperblockRules(superblock, deviceBytes, sectorSize);
        boolean sound = rules.sizes() && rules.inodesAndUnit() && rules.regions() && rules.vectorArea();
        return sound ? Optional.empty() : Optional.of(rules.problem);
    }

    private boolean require(boolean right, String what) {
        if (!right) {
            problem = what;
        }
        return right;
    }

    private boolean sizes() {
        return require(
                        Integer.bitCount(size) == 1
                                && size >= Superblock.MIN_BLOCK_SIZE
                                && size <= Superblock.MAX_BLOCK_SIZE,
                        "block size " + size)
                && require(size >= sectorSize, "block size " + size + " below the device's sector " + sectorSize)
                && require(
                        total > 0 && total <= MAX_BYTES / size && total * size > MIN_BYTES - size,
                        "total blocks " + total)
                && require(total <= deviceBytes / size, "total blocks " + total + ", more than the device has");
    }

    private boolean inodesAndUnit() {
        int inodes = superblock.inodesPerGroup();
        int step = Math.max(Long.SIZE, size / Superblock.INODE_BYTES);
        int unit = superblock.journalUnit();
        return require(inodes > 0 && inodes % step == 0 && inodes <= MAX_INODES_PER_GROUP, "inodes per group " + inodes)
                && require(
                        Integer.bitCount(unit) == 1 && unit >= MIN_JOURNAL_UNIT && unit <= size && unit >= sectorSize,
                        "journal unit " + unit);
    }

    private boolean regions() {
        Superblock.Regions regions = superblock.regions();
        long groups = superblock.groups();
        long checkBlocks = Math.ceilDiv(total, Geometry.perBlock(size, 8));
        long generationBlocks = Math.ceilDiv(checkBlocks, Geometry.perBlock(size, 4));
        long inodeBytes = Math.multiplyExact(groups * superblock.inodesPerGroup(), Superblock.INODE_BYTES);
        long journal = regions.journal().blocks();
        long[] lengths = {
            1,
            journal,
            Math.ceilDiv(groups, Geometry.perBlock(size, 16)),
            Math.ceilDiv(generationBlocks, Geometry.perBlock(size, 4)),
            generationBlocks,
            Math.ceilDiv(groups * 4096, size),
            Math.ceilDiv(groups * superblock.inodesPerGroup() / 8, size),
            checkBlocks,
            Math.ceilDiv(inodeBytes, size)
        };
        boolean sound = require(journal > 0 && journal < total, "a journal of " + journal + " blocks");
        long at = Geometry.HEAD_BYTES / size;
        for (int i = 0; sound && i < lengths.length; i++) {
            Span region = regions.inOrder().get(i);
            sound = require(
                    region.start() == at && region.blocks() == lengths[i],
                    "region " + i + " at " + region.start() + " with " + region.blocks() + " blocks; it must be at "
                            + at + " with " + lengths[i]);
            at += lengths[i];
        }
        return sound
                && require(at <= total - superblock.copyBlocks(), "metadata that reaches behind the volume")
                && require(
                        JournalLayout.ringBytes(new Geometry(superblock)) >= MIN_RING_UNITS * superblock.journalUnit(),
                        "a journal of " + journal + " blocks");
    }

    private boolean vectorArea() {
        Span vectors = superblock.regions().vectorArea();
        long step = (2 * Bytes.MIB) / size;
        long aligned = Math.ceilDiv(superblock.regions().inodeTables().end(), step) * step;
        return require(
                vectors.blocks() == 0
                        || (vectors.start() == aligned && vectors.blocks() > 0 && vectors.blocks() <= total - aligned),
                "a vector area at " + vectors.start() + " with " + vectors.blocks() + " blocks");
    }
}
