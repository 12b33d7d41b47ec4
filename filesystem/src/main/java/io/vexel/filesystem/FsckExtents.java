package io.vexel.filesystem;

import io.vexel.base.VexelException;
import java.lang.foreign.MemorySegment;

/** The extents of one file: order, borders, blocks that somebody else holds, and zeros behind the end of the file. */
final class FsckExtents {

    private final FsckVolume volume;
    private final Geometry geometry;
    private final FsckUsage usage;
    private final FsckInode inode;
    private long nextLogical;
    private long held;
    private boolean sound = true;

    FsckExtents(FsckVolume volume, FsckUsage usage, FsckInode inode) {
        this.volume = volume;
        this.geometry = volume.geometry;
        this.usage = usage;
        this.inode = inode;
    }

    /** The blocks that the file holds, or -1 when not all could be seen. */
    long check() {
        if (inode.hasTree()) {
            FsckTree tree = new FsckTree(volume, usage, inode, this::treeExtent);
            sound &= tree.verify();
            held += tree.nodes();
        } else {
            int count = Math.clamp(inode.u32(InodeLayout.EXTENT_COUNT_AT), 0, InodeLayout.INLINE_EXTENTS);
            for (int i = 0; i < count; i++) {
                int at = InodeLayout.EXTENTS_AT + i * InodeLayout.EXTENT_BYTES;
                extent(
                        inode.u64(at + InodeLayout.EXTENT_LOGICAL_AT),
                        inode.u64(at + InodeLayout.EXTENT_PHYSICAL_AT),
                        inode.u32(at + InodeLayout.EXTENT_LENGTH_AT),
                        inode.u32(at + InodeLayout.EXTENT_FLAGS_AT));
            }
        }
        return sound ? held : -1;
    }

    private void treeExtent(BTree.Entry entry) {
        MemorySegment value = entry.value();
        if (value.byteSize() != InodeLayout.TREE_EXTENT_BYTES) {
            problem("an extent of " + value.byteSize() + " bytes");
            return;
        }
        extent(
                entry.key(),
                value.get(Layouts.U64, InodeLayout.TREE_EXTENT_PHYSICAL_AT),
                value.get(Layouts.U32, InodeLayout.TREE_EXTENT_LENGTH_AT),
                value.get(Layouts.U32, InodeLayout.TREE_EXTENT_FLAGS_AT));
    }

    private void extent(long logical, long physical, int length, int flags) {
        if (length <= 0 || logical < 0 || logical > Extent.MAX_LOGICAL) {
            problem("an extent at " + Long.toUnsignedString(logical) + " of " + Integer.toUnsignedString(length)
                    + " blocks");
            return;
        }
        if (flags != 0) {
            problem("an extent with unknown flags");
        }
        if (logical < nextLogical) {
            problem("extents that overlap at " + logical);
        }
        nextLogical = Math.max(nextLogical, logical + length);
        if (physical < geometry.metadataEnd || physical > geometry.totalBlocks - length) {
            problem("an extent outside of the data area, at block " + Long.toUnsignedString(physical));
            return;
        }
        for (long copy : geometry.copies) {
            if (physical < copy + geometry.superblock.copyBlocks() && copy < physical + length) {
                volume.findings.at(inode.number(), copy, "the file holds a block of the superblock's copies");
            }
        }
        mark(new Span(physical, length));
        held += length;
        if (!inode.orphan() && InodeLayout.isSize(inode.size())) {
            checkEnd(logical, physical, length);
        }
    }

    private void mark(Span run) {
        if (usage.markFresh(run)) {
            return;
        }
        for (long block = run.start(); block < run.end(); block++) {
            if (!usage.mark(block)) {
                volume.findings.at(inode.number(), block, "the file holds a block that is held already");
            }
        }
    }

    private void problem(String what) {
        sound = false;
        volume.findings.atInode(inode.number(), "the file has " + what);
    }

    /** What lies at and behind the size must read as zeros, so that growing the file shows none of it. */
    private void checkEnd(long logical, long physical, int length) {
        long end = inode.size() / geometry.blockSize;
        for (long block = Math.max(logical, end); block < logical + length; block++) {
            long place = physical + block - logical;
            if (volume.checkEntry(place).orElse(0L) == 0) {
                continue;
            }
            int from = block == end ? (int) (inode.size() % geometry.blockSize) : 0;
            try {
                MemorySegment tail = volume.covered(place).asSlice(from);
                if (tail.mismatch(MemorySegment.ofArray(new byte[(int) tail.byteSize()])) >= 0) {
                    volume.findings.at(inode.number(), place, "the file holds something behind its end");
                }
            } catch (VexelException e) {
                volume.findings.at(inode.number(), place, e.getMessage());
            }
        }
    }
}
