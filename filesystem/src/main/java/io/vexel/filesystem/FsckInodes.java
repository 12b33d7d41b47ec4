package io.vexel.filesystem;

import io.vexel.base.VexelException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;

/** Walks all inodes in use: their fields, what they hold, and the names in directories. FORMAT.md sections 9 to 11. */
final class FsckInodes {

    static final String PHASE = "inodes and directories";

    /** What a free inode holds. */
    private static final MemorySegment FREE = MemorySegment.ofArray(new byte[Superblock.INODE_BYTES]);

    private final FsckVolume volume;
    private final Geometry geometry;
    private final FsckFindings findings;
    private final FsckState state;
    private final FsckUsage usage;
    private final FsckNames names;
    private final Set<Long> orphans = new HashSet<>();
    private long files;
    private long directories;

    FsckInodes(FsckVolume volume, FsckState state, FsckUsage usage) {
        this.volume = volume;
        this.geometry = volume.geometry;
        this.findings = volume.findings;
        this.state = state;
        this.usage = usage;
        this.names = new FsckNames(volume.findings);
    }

    long files() {
        return files;
    }

    long directories() {
        return directories;
    }

    void check(FsckProgress progress) {
        readOrphans();
        for (int group = 0; group < geometry.groups; group++) {
            progress.report(PHASE, group, geometry.groups);
            checkGroup(group);
        }
        names.check();
        progress.report(PHASE, geometry.groups, geometry.groups);
    }

    private void readOrphans() {
        long number = state.firstOrphan();
        while (number != 0) {
            if (number < 0 || number >= geometry.totalInodes()) {
                findings.atInode(number, "the orphan list names an inode that does not exist");
                return;
            }
            if (!orphans.add(number)) {
                findings.atInode(number, "the orphan list goes in a circle");
                return;
            }
            try {
                number = inodeBytes(number).get(Layouts.U64, InodeLayout.NEXT_ORPHAN_AT);
            } catch (VexelException e) {
                findings.atInode(number, "the orphan list ends in a block that cannot be read");
                return;
            }
        }
        if (!orphans.isEmpty()) {
            findings.note(orphans.size() + " inodes wait for their space to be given back, as after a power failure");
        }
    }

    private MemorySegment inodeBytes(long number) {
        return volume.covered(geometry.inodeBlock(number))
                .asSlice(geometry.inodeOffset(number), Superblock.INODE_BYTES);
    }

    private void checkGroup(int group) {
        if (!state.hasInodeBitmap(group)) {
            if (neverWritten(group)) {
                return;
            }
            checkTable(group, new byte[geometry.inodesPerGroup / 8]);
            return;
        }
        byte[] bitmap = new byte[geometry.inodesPerGroup / 8];
        try {
            for (int index = 0; index < bitmap.length; ) {
                int offset = geometry.inodeBitmapOffset(group, index);
                int length = Math.min(bitmap.length - index, geometry.blockSize - offset);
                MemorySegment block = volume.covered(geometry.inodeBitmapBlock(group, index));
                MemorySegment.copy(block, Layouts.U8, offset, bitmap, index, length);
                index += length;
            }
        } catch (VexelException e) {
            findings.error("the inode bitmap of group " + group + " cannot be used: " + e.getMessage());
            return;
        }
        int free = 0;
        for (byte bits : bitmap) {
            free += Byte.SIZE - Integer.bitCount(bits & 0xFF);
        }
        if (free != state.freeInodes(group)) {
            findings.error(
                    "group " + group + " counts " + state.freeInodes(group) + " free inodes, its bitmap " + free);
        }
        if (group == 0 && (bitmap[0] & 1) == 0) {
            findings.error("inode 0 is marked free");
        }
        checkTable(group, bitmap);
    }

    /** True when no check table block of the group's inodes was ever written: nothing can be in them. */
    private boolean neverWritten(int group) {
        long first = (long) group * geometry.inodesPerGroup;
        long last = geometry.checkBlock(geometry.inodeBlock(first + geometry.inodesPerGroup - 1));
        for (long block = geometry.checkBlock(geometry.inodeBlock(first)); block <= last; block++) {
            if (volume.checkGeneration(block).orElse(-1) != 0) {
                return false;
            }
        }
        return true;
    }

    private void checkTable(int group, byte[] bitmap) {
        int perBlock = geometry.blockSize / Superblock.INODE_BYTES;
        long base = (long) group * geometry.inodesPerGroup;
        for (int first = 0; first < geometry.inodesPerGroup; first += perBlock) {
            long block = geometry.inodeBlock(base + first);
            boolean anyUsed = false;
            for (int i = first; i < first + perBlock; i++) {
                anyUsed |= used(bitmap, i) && base + i != 0;
            }
            if (!anyUsed && volume.checkEntry(block).orElse(0L) == 0) {
                continue;
            }
            checkTableBlock(block, base + first, bitmap, first);
        }
    }

    private static boolean used(byte[] bitmap, int index) {
        return (bitmap[index / 8] & 1 << (index % 8)) != 0;
    }

    private void checkTableBlock(long block, long firstInode, byte[] bitmap, int firstIndex) {
        MemorySegment bytes;
        try {
            bytes = volume.covered(block);
        } catch (VexelException e) {
            findings.atBlock(block, "a block of inodes from " + firstInode + " on cannot be used: " + e.getMessage());
            return;
        }
        int count = geometry.blockSize / Superblock.INODE_BYTES;
        for (int i = 0; i < count; i++) {
            long number = firstInode + i;
            MemorySegment inode = bytes.asSlice((long) i * Superblock.INODE_BYTES, Superblock.INODE_BYTES);
            boolean zero = inode.mismatch(FREE) < 0;
            if (number != 0 && used(bitmap, firstIndex + i)) {
                if (zero) {
                    findings.atInode(number, "the inode is marked used and holds nothing");
                } else {
                    checkInode(new FsckInode(number, inode));
                }
            } else if (!zero) {
                findings.atInode(number, "the inode is marked free and holds something");
            }
        }
    }

    private void checkInode(FsckInode inode) {
        if (inode.kind() < InodeLayout.KIND_DIRECTORY || inode.kind() > InodeLayout.KIND_VECTOR) {
            findings.atInode(inode.number(), "the inode has the unknown kind " + inode.kind());
            return;
        }
        names.found(inode);
        files += inode.directory() ? 0 : 1;
        directories += inode.directory() ? 1 : 0;
        checkFields(inode);
        long held = inode.directory()
                ? new FsckDirectory(volume, usage, inode, names).check()
                : new FsckExtents(volume, usage, inode).check();
        if (held >= 0 && held != inode.u64(InodeLayout.BLOCKS_AT)) {
            findings.atInode(
                    inode.number(),
                    "the inode counts " + inode.u64(InodeLayout.BLOCKS_AT) + " blocks and holds " + held);
        }
    }

    private void checkFields(FsckInode inode) {
        require(inode, inode.u16(InodeLayout.PERMISSIONS_AT) <= 07777, "unknown permission bits");
        int known = InodeLayout.FLAG_ORPHAN | (inode.directory() ? 0 : InodeLayout.FLAG_EXTENT_TREE);
        require(inode, (inode.u32(InodeLayout.FLAGS_AT) & ~known) == 0, "unknown flags");
        require(inode, inode.u64(InodeLayout.ATTRIBUTES_AT) == 0, "extended attributes, which version 1 does not have");
        require(inode, inode.u64(InodeLayout.DEVICE_AT) == 0, "a device number, which version 1 does not have");
        require(inode, InodeLayout.isSize(inode.size()), "the size " + inode.size());
        long root = inode.u64(InodeLayout.TREE_ROOT_AT);
        int height = inode.u32(InodeLayout.TREE_HEIGHT_AT);
        require(inode, inode.hasTree() || (root == 0 && height == 0), "a tree that its flags deny");
        require(inode, (root == 0) == (height == 0), "a tree with a root or a height only");
        int extents = inode.u32(InodeLayout.EXTENT_COUNT_AT);
        int limit = inode.hasTree() ? 0 : InodeLayout.INLINE_EXTENTS;
        require(inode, extents >= 0 && extents <= limit, Integer.toUnsignedString(extents) + " inline extents");
        boolean orphan = orphans.contains(inode.number());
        require(inode, inode.orphan() == orphan, orphan ? "no flag that it is an orphan" : "the flag of an orphan");
        require(inode, inode.links() > 0 || orphan, "no links and is not on the orphan list");
        require(inode, orphan || inode.u64(InodeLayout.NEXT_ORPHAN_AT) == 0, "a place on the orphan list it is not on");
        require(
                inode,
                inode.directory() || inode.u64(InodeLayout.PARENT_AT) == 0,
                "a parent though it is no directory");
    }

    private void require(FsckInode inode, boolean right, String what) {
        if (!right) {
            findings.atInode(inode.number(), "the inode has " + what);
        }
    }
}
