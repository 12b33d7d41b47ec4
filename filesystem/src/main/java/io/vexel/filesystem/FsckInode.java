package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;

/** One inode in use, as it was read: the 256 bytes and nothing else. */
record FsckInode(long number, MemorySegment bytes) {

    int kind() {
        return u16(InodeLayout.KIND_AT);
    }

    boolean directory() {
        return kind() == InodeLayout.KIND_DIRECTORY;
    }

    boolean hasTree() {
        return directory() || (u32(InodeLayout.FLAGS_AT) & InodeLayout.FLAG_EXTENT_TREE) != 0;
    }

    /** True when it says that its space behind the size has still to be given back. */
    boolean orphan() {
        return (u32(InodeLayout.FLAGS_AT) & InodeLayout.FLAG_ORPHAN) != 0;
    }

    long size() {
        return u64(InodeLayout.SIZE_AT);
    }

    int links() {
        return u32(InodeLayout.LINKS_AT);
    }

    int u16(int at) {
        return Short.toUnsignedInt(bytes.get(Layouts.U16, at));
    }

    int u32(int at) {
        return bytes.get(Layouts.U32, at);
    }

    long u64(int at) {
        return bytes.get(Layouts.U64, at);
    }
}
