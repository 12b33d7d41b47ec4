package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import io.vexel.base.NotFoundException;
import java.lang.foreign.MemorySegment;

/** One inode, seen through the block that holds it. Valid within the operation that made it. */
final class Inode {

    private static final long NANOS_PER_MILLI = 1_000_000;

    final long number;
    private final Access access;
    private final long block;
    private final int at;

    private Inode(Access access, Geometry geometry, long number) {
        this.access = access;
        this.number = number;
        this.block = geometry.inodeBlock(number);
        this.at = geometry.inodeOffset(number);
    }

    /**
     * An inode in use.
     *
     * @throws NotFoundException when the number is free or out of range
     * @throws CorruptionException when it is of no kind or of no size that there is
     */
    static Inode of(Access access, Geometry geometry, long number) {
        if (number < 1 || number >= geometry.totalInodes()) {
            throw new NotFoundException("no inode " + number);
        }
        Inode inode = new Inode(access, geometry, number);
        int kind = inode.u16(InodeLayout.KIND_AT);
        if (kind == InodeLayout.KIND_FREE) {
            throw new NotFoundException("no inode " + number);
        }
        if (kind > InodeLayout.KIND_VECTOR) {
            throw new CorruptionException(inode.block, "inode " + number + " has kind=" + kind);
        }
        if (!InodeLayout.isSize(inode.size())) {
            throw new CorruptionException(
                    inode.block,
                    "inode " + number + " has size=" + inode.size() + ", allowed: 0.." + InodeLayout.MAX_SIZE);
        }
        return inode;
    }

    /**
     * What a new inode begins with.
     *
     * @param generation differs each time the number is used again
     */
    record Birth(FileKind kind, int generation, long nowMillis) {}

    /** Writes a new inode with one link. */
    static Inode create(Access access, Geometry geometry, long number, Birth birth) {
        Inode inode = new Inode(access, geometry, number);
        inode.clear();
        MemorySegment bytes = access.modify(inode.block);
        bytes.set(Layouts.U16, inode.at + InodeLayout.KIND_AT, (short) InodeLayout.code(birth.kind()));
        bytes.set(Layouts.U16, inode.at + InodeLayout.PERMISSIONS_AT, (short)
                (birth.kind() == FileKind.DIRECTORY ? 0755 : 0644));
        inode.set32(InodeLayout.LINKS_AT, 1);
        inode.set32(InodeLayout.GENERATION_AT, birth.generation());
        for (int field : new int[] {
            InodeLayout.ACCESSED_AT, InodeLayout.MODIFIED_AT, InodeLayout.CHANGED_AT, InodeLayout.CREATED_AT
        }) {
            inode.set64(field, birth.nowMillis() * NANOS_PER_MILLI);
        }
        return inode;
    }

    /** Makes the inode free. */
    void clear() {
        access.modify(block).asSlice(at, Superblock.INODE_BYTES).fill((byte) 0);
    }

    FileKind kind() {
        return switch (u16(InodeLayout.KIND_AT)) {
            case InodeLayout.KIND_DIRECTORY -> FileKind.DIRECTORY;
            case InodeLayout.KIND_REGULAR -> FileKind.REGULAR;
            default -> FileKind.VECTOR;
        };
    }

    long size() {
        return u64(InodeLayout.SIZE_AT);
    }

    void size(long size) {
        set64(InodeLayout.SIZE_AT, size);
    }

    int links() {
        return u32(InodeLayout.LINKS_AT);
    }

    void links(int links) {
        set32(InodeLayout.LINKS_AT, links);
    }

    long blocks() {
        return u64(InodeLayout.BLOCKS_AT);
    }

    void addBlocks(long change) {
        set64(InodeLayout.BLOCKS_AT, blocks() + change);
    }

    /** Sets the times of a change of contents. */
    void touch(long nowMillis) {
        set64(InodeLayout.MODIFIED_AT, nowMillis * NANOS_PER_MILLI);
        set64(InodeLayout.CHANGED_AT, nowMillis * NANOS_PER_MILLI);
    }

    FileStat stat() {
        return new FileStat(
                number,
                Integer.toUnsignedLong(u32(InodeLayout.GENERATION_AT)),
                kind(),
                size(),
                blocks(),
                links(),
                u64(InodeLayout.MODIFIED_AT) / NANOS_PER_MILLI);
    }

    private int u16(int field) {
        return Short.toUnsignedInt(access.read(block).get(Layouts.U16, at + field));
    }

    int u32(int field) {
        return access.read(block).get(Layouts.U32, at + field);
    }

    long u64(int field) {
        return access.read(block).get(Layouts.U64, at + field);
    }

    void set32(int field, int value) {
        access.modify(block).set(Layouts.U32, at + field, value);
    }

    void set64(int field, long value) {
        access.modify(block).set(Layouts.U64, at + field, value);
    }
}
