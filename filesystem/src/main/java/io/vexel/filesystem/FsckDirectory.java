package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** One directory: its tree, and each entry's shape, hash and name. */
final class FsckDirectory {

    private static final int KIND_AT = 8;
    private static final int LENGTH_AT = 9;
    private static final int NAME_AT = 10;
    private static final int COLLISION_BITS = 8;

    private final FsckVolume volume;
    private final FsckInode inode;
    private final FsckNames names;
    private final FsckTree tree;
    private final Set<ByteBuffer> sameHash = new HashSet<>();
    private long hash;
    private long entries;

    FsckDirectory(FsckVolume volume, FsckUsage usage, FsckInode inode, FsckNames names) {
        this.volume = volume;
        this.inode = inode;
        this.names = names;
        this.tree = new FsckTree(volume, usage, inode, this::entry);
    }

    /** The blocks that the directory holds, or -1 when not all could be seen. */
    long check() {
        boolean sound = tree.verify();
        if (!sound) {
            return -1;
        }
        if (entries != inode.size()) {
            volume.findings.atInode(
                    inode.number(), "the directory counts " + inode.size() + " entries and has " + entries);
        }
        return tree.nodes();
    }

    private void entry(BTree.Entry entry) {
        entries++;
        MemorySegment value = entry.value();
        if (value.byteSize() <= NAME_AT || value.byteSize() != NAME_AT + (value.get(Layouts.U8, LENGTH_AT) & 0xFF)) {
            volume.findings.atInode(inode.number(), "the directory has an entry of a wrong length");
            return;
        }
        byte[] name = value.asSlice(NAME_AT).toArray(Layouts.U8);
        if (!validName(name)) {
            volume.findings.atInode(inode.number(), "the directory has the impossible name " + Arrays.toString(name));
        }
        Superblock superblock = volume.geometry.superblock;
        long expected = NameHash.of(superblock.seedHigh(), superblock.seedLow(), name) >>> COLLISION_BITS;
        if (entry.key() >>> COLLISION_BITS != expected) {
            volume.findings.atInode(inode.number(), "the directory has an entry under the wrong hash");
        }
        if (entry.key() >>> COLLISION_BITS != hash) {
            hash = entry.key() >>> COLLISION_BITS;
            sameHash.clear();
        }
        if (!sameHash.add(ByteBuffer.wrap(name))) {
            volume.findings.atInode(inode.number(), "the directory has a name twice");
        }
        names.named(inode.number(), value.get(Layouts.U64, 0), value.get(Layouts.U8, KIND_AT));
    }

    private static boolean validName(byte[] name) {
        for (byte unit : name) {
            if (unit == 0 || unit == '/') {
                return false;
            }
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
