package io.vexel.filesystem;

import io.vexel.base.CapacityException;
import io.vexel.base.ConflictException;
import io.vexel.base.CorruptionException;
import io.vexel.base.NotFoundException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The names in one directory, FORMAT.md section 11. */
final class Directory {

    /** Longest name in bytes. */
    static final int MAX_NAME = 255;

    private static final int INODE_AT = 0;
    private static final int KIND_AT = 8;
    private static final int LENGTH_AT = 9;
    private static final int NAME_AT = 10;
    private static final long COLLISIONS = 256;

    private final Inode inode;
    private final Superblock superblock;
    private final NodeBlocks blocks;
    private final BTree tree;

    /** @throws NotFoundException when the inode is no directory */
    Directory(Access access, Geometry geometry, Allocator allocator, Inode inode) {
        if (inode.kind() != FileKind.DIRECTORY) {
            throw new NotFoundException("inode " + inode.number + " is no directory");
        }
        this.inode = inode;
        this.superblock = geometry.superblock;
        this.blocks = new NodeBlocks(access, geometry, allocator, inode, BlockHeader.Type.DIRECTORY_NODE);
        this.tree = blocks.open();
    }

    /** The name's bytes, after the checks that every name has to pass. */
    static byte[] encode(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < 1 || bytes.length > MAX_NAME || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "name=" + name + ", allowed: 1..255 UTF-8 bytes without '/' and NUL, has bytes=" + bytes.length);
        }
        return bytes;
    }

    private record Slot(long key, DirectoryEntry entry) {}

    Optional<DirectoryEntry> lookup(String name) {
        return Optional.ofNullable(find(encode(name))).map(Slot::entry);
    }

    private @Nullable Slot find(byte[] name) {
        Slot[] found = new Slot[1];
        long first = firstKey(name);
        tree.scan(first, (key, value) -> {
            if (key >>> 8 == first >>> 8 && !matches(value, name)) {
                return true;
            }
            if (key >>> 8 == first >>> 8) {
                found[0] = new Slot(key, entry(value));
            }
            return false;
        });
        return found[0];
    }

    private long firstKey(byte[] name) {
        return NameHash.of(superblock.seedHigh(), superblock.seedLow(), name) & -COLLISIONS;
    }

    void add(String name, long target, FileKind kind) {
        byte[] bytes = encode(name);
        long first = firstKey(bytes);
        long[] unused = {first};
        tree.scan(first, (key, value) -> {
            if (key >>> 8 != first >>> 8) {
                return false;
            }
            if (matches(value, bytes)) {
                throw new ConflictException("name exists: " + name);
            }
            if (key == unused[0]) {
                unused[0]++;
            }
            return true;
        });
        if (unused[0] - first >= COLLISIONS) {
            throw new CapacityException("names with one hash", COLLISIONS + 1, COLLISIONS);
        }
        tree.put(unused[0], value(bytes, target, kind));
        blocks.keep(tree);
        inode.size(inode.size() + 1);
    }

    void remove(String name) {
        Slot slot = find(encode(name));
        if (slot == null) {
            throw new NotFoundException("no name " + name);
        }
        tree.remove(slot.key());
        blocks.keep(tree);
        inode.size(inode.size() - 1);
    }

    /** Entries in key order behind {@code after}; when that name is gone, from where it was. */
    List<DirectoryEntry> list(Optional<String> after, int limit) {
        List<DirectoryEntry> result = new ArrayList<>();
        if (limit == 0) {
            return result;
        }
        tree.scan(after.map(this::keyBehind).orElse(0L), (_, value) -> {
            result.add(entry(value));
            return result.size() < limit;
        });
        return result;
    }

    private long keyBehind(String name) {
        byte[] bytes = encode(name);
        Slot slot = find(bytes);
        return slot == null ? firstKey(bytes) : slot.key() + 1;
    }

    private static MemorySegment value(byte[] name, long target, FileKind kind) {
        MemorySegment value = MemorySegment.ofArray(new byte[NAME_AT + name.length]);
        value.set(Layouts.U64, INODE_AT, target);
        value.set(Layouts.U8, KIND_AT, (byte) InodeLayout.code(kind));
        value.set(Layouts.U8, LENGTH_AT, (byte) name.length);
        MemorySegment.copy(name, 0, value, Layouts.U8, NAME_AT, name.length);
        return value;
    }

    private static boolean matches(MemorySegment value, byte[] name) {
        return value.byteSize() == NAME_AT + name.length
                && value.asSlice(NAME_AT).mismatch(MemorySegment.ofArray(name)) < 0;
    }

    private DirectoryEntry entry(MemorySegment value) {
        if (value.byteSize() <= NAME_AT) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK, "directory " + inode.number + " has a damaged entry");
        }
        FileKind kind = switch (value.get(Layouts.U8, KIND_AT)) {
            case InodeLayout.KIND_DIRECTORY -> FileKind.DIRECTORY;
            case InodeLayout.KIND_REGULAR -> FileKind.REGULAR;
            default -> FileKind.VECTOR;
        };
        String name = new String(value.asSlice(NAME_AT).toArray(Layouts.U8), StandardCharsets.UTF_8);
        return new DirectoryEntry(name, value.get(Layouts.U64, INODE_AT), kind);
    }
}
