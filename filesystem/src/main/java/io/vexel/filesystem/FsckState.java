package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;

/** The top of the chain of trust: state block, digest, group table. FORMAT.md sections 6 to 8. */
final class FsckState {

    private final FsckVolume volume;
    private final Geometry geometry;
    private final FsckFindings findings;
    private final int[] freeBlocks;
    private final int[] freeInodes;
    private final int[] flags;
    private final MemorySegment state;

    FsckState(FsckVolume volume) {
        this.volume = volume;
        this.geometry = volume.geometry;
        this.findings = volume.findings;
        int groups = Math.toIntExact(geometry.groups);
        this.freeBlocks = new int[groups];
        this.freeInodes = new int[groups];
        this.flags = new int[groups];
        this.state = readState();
        checkDigest();
        readGroups();
    }

    private MemorySegment readState() {
        long block = geometry.regions.state().start();
        MemorySegment bytes = volume.raw(block);
        if (!BlockHeader.isSealed(bytes, BlockHeader.Type.STATE, block, geometry.volumeKey)) {
            findings.atBlock(block, "the state block is damaged");
            throw findings.fatal("without the state block nothing else can be judged");
        }
        long generation = BlockHeader.generation(bytes);
        if (!volume.inJournal(block) && generation != volume.stateGeneration()) {
            findings.atBlock(
                    block,
                    "the state block is not the one written last: generation " + generation + ", expected "
                            + volume.stateGeneration());
        }
        if (bytes.get(Layouts.U64, StateLayout.COMMIT_AT) != generation) {
            findings.atBlock(block, "the state block names another commit than the one that wrote it");
        }
        return bytes;
    }

    private void checkDigest() {
        long digest = digest(geometry.regions.groupTable(), BlockHeader.Type.GROUP_TABLE)
                + digest(geometry.regions.rootTable(), BlockHeader.Type.ROOT_TABLE);
        if (digest != state.get(Layouts.U64, StateLayout.DIGEST_AT)) {
            findings.error("blocks of the group table or the root table are damaged or not the ones written last");
        }
    }

    private long digest(Span region, BlockHeader.Type type) {
        long sum = 0;
        for (long block = region.start(); block < region.end(); block++) {
            MemorySegment bytes = volume.raw(block);
            if (BlockHeader.isSealed(bytes, type, block, geometry.volumeKey)) {
                sum += Geometry.digestTerm(block, BlockHeader.generation(bytes));
            }
        }
        return sum;
    }

    private void readGroups() {
        long at = -1;
        MemorySegment bytes = state;
        boolean written = false;
        for (int group = 0; group < freeBlocks.length; group++) {
            long block = geometry.groupBlock(group);
            if (block != at) {
                at = block;
                bytes = volume.raw(block);
                written = BlockHeader.isSealed(bytes, BlockHeader.Type.GROUP_TABLE, block, geometry.volumeKey);
            }
            int offset = geometry.groupOffset(group);
            flags[group] = written ? bytes.get(Layouts.U32, offset + Geometry.GROUP_FLAGS_AT) : 0;
            freeBlocks[group] = hasBlockBitmap(group)
                    ? bytes.get(Layouts.U32, offset + Geometry.GROUP_FREE_BLOCKS_AT)
                    : geometry.defaultFreeBlocks(group);
            freeInodes[group] = hasInodeBitmap(group)
                    ? bytes.get(Layouts.U32, offset + Geometry.GROUP_FREE_INODES_AT)
                    : geometry.defaultFreeInodes(group);
            if ((flags[group] & ~(Geometry.GROUP_BLOCK_BITMAP_READY | Geometry.GROUP_INODE_BITMAP_READY)) != 0) {
                findings.atBlock(block, "group " + group + " has unknown flags 0x" + Integer.toHexString(flags[group]));
            }
        }
        checkTotals();
    }

    private void checkTotals() {
        long blocks = 0;
        long inodes = 0;
        for (int group = 0; group < freeBlocks.length; group++) {
            blocks += Integer.toUnsignedLong(freeBlocks[group]);
            inodes += Integer.toUnsignedLong(freeInodes[group]);
        }
        compareTotal("free blocks", state.get(Layouts.U64, StateLayout.FREE_BLOCKS_AT), blocks);
        compareTotal("free inodes", state.get(Layouts.U64, StateLayout.FREE_INODES_AT), inodes);
    }

    private void compareTotal(String what, long stated, long sum) {
        if (stated != sum) {
            findings.error("the volume counts " + stated + " " + what + ", its groups " + sum);
        }
    }

    boolean hasBlockBitmap(int group) {
        return (flags[group] & Geometry.GROUP_BLOCK_BITMAP_READY) != 0;
    }

    boolean hasInodeBitmap(int group) {
        return (flags[group] & Geometry.GROUP_INODE_BITMAP_READY) != 0;
    }

    int freeBlocks(int group) {
        return freeBlocks[group];
    }

    int freeInodes(int group) {
        return freeInodes[group];
    }

    long firstOrphan() {
        return state.get(Layouts.U64, StateLayout.ORPHAN_AT);
    }
}
