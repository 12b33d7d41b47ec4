package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where the blocks of one file are: up to five extents in the inode, more of them in a tree. FORMAT.md section 9. */
final class ExtentMap {

    private final Geometry geometry;
    private final Inode inode;
    private final NodeBlocks blocks;

    ExtentMap(Access access, Geometry geometry, Allocator allocator, Inode inode) {
        this.geometry = geometry;
        this.inode = inode;
        this.blocks = new NodeBlocks(access, geometry, allocator, inode, BlockHeader.Type.EXTENT_NODE);
    }

    /** The part of an extent from the block on, or the hole from there to the next extent. */
    Extent at(long logical) {
        Optional<Extent> floor = floor(logical);
        if (floor.isPresent() && floor.get().end() > logical) {
            Extent extent = floor.get();
            long skip = logical - extent.logical();
            return new Extent(logical, extent.physical() + skip, extent.blocks() - skip);
        }
        long end = next(logical).map(Extent::logical).orElse(Long.MAX_VALUE);
        return new Extent(logical, Extent.HOLE, end - logical);
    }

    /** The first extent that begins behind the block. */
    Optional<Extent> next(long logical) {
        List<Extent> found = new ArrayList<>(1);
        if (inTree()) {
            blocks.open().scan(logical + 1, (key, value) -> {
                found.add(decode(key, value));
                return false;
            });
        } else {
            inline().stream().filter(e -> e.logical() > logical).findFirst().ifPresent(found::add);
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(found.getFirst());
    }

    /** All extents in order. */
    List<Extent> all() {
        if (!inTree()) {
            return inline();
        }
        List<Extent> result = new ArrayList<>();
        blocks.open().scan(0, (key, value) -> {
            result.add(decode(key, value));
            return true;
        });
        return result;
    }

    /** Maps blocks that were a hole; the inode's block count grows. */
    void add(Extent extent) {
        inode.addBlocks(extent.blocks());
        Optional<Extent> left = floor(extent.logical());
        if (left.isPresent()
                && left.get().end() == extent.logical()
                && left.get().physical() + left.get().blocks() == extent.physical()
                && left.get().blocks() + extent.blocks() <= Extent.MAX_BLOCKS) {
            Extent before = left.get();
            put(new Extent(before.logical(), before.physical(), before.blocks() + extent.blocks()));
        } else {
            put(extent);
        }
    }

    /**
     * Unmaps blocks from {@code from} up to {@code to}, ascending.
     *
     * @param maxExtents when so many extents were cut, the rest stays
     * @return what they occupied; the caller frees it
     */
    List<Span> cut(long from, long to, int maxExtents) {
        List<Span> result = new ArrayList<>();
        for (Extent extent : overlapping(from, to, maxExtents)) {
            long low = Math.max(from, extent.logical());
            long high = Math.min(to, extent.end());
            remove(extent.logical());
            if (extent.logical() < low) {
                put(new Extent(extent.logical(), extent.physical(), low - extent.logical()));
            }
            if (high < extent.end()) {
                put(new Extent(high, extent.physical() + (high - extent.logical()), extent.end() - high));
            }
            result.add(new Span(extent.physical() + (low - extent.logical()), high - low));
            inode.addBlocks(low - high);
        }
        return result;
    }

    private List<Extent> overlapping(long from, long to, int limit) {
        List<Extent> result = new ArrayList<>();
        floor(from).filter(e -> e.end() > from).ifPresent(result::add);
        if (inTree()) {
            blocks.open().scan(from + 1, (key, value) -> {
                if (key >= to || result.size() >= limit) {
                    return false;
                }
                result.add(decode(key, value));
                return true;
            });
        } else {
            inline().stream()
                    .filter(e -> e.logical() > from && e.logical() < to)
                    .forEach(result::add);
        }
        return result.size() > limit ? result.subList(0, limit) : result;
    }

    private Optional<Extent> floor(long logical) {
        if (inTree()) {
            return blocks.open().floor(logical).map(e -> decode(e.key(), e.value()));
        }
        Extent found = null;
        for (Extent extent : inline()) {
            if (extent.logical() <= logical) {
                found = extent;
            }
        }
        return Optional.ofNullable(found);
    }

    private boolean inTree() {
        return (inode.u32(InodeLayout.FLAGS_AT) & InodeLayout.FLAG_EXTENT_TREE) != 0;
    }

    private void put(Extent extent) {
        if (!inTree()) {
            List<Extent> extents = new ArrayList<>(inline());
            extents.removeIf(e -> e.logical() == extent.logical());
            int at = 0;
            while (at < extents.size() && extents.get(at).logical() < extent.logical()) {
                at++;
            }
            extents.add(at, extent);
            if (extents.size() <= InodeLayout.INLINE_EXTENTS) {
                writeInline(extents);
                return;
            }
            moveToTree(extents);
            return;
        }
        BTree tree = blocks.open();
        tree.put(extent.logical(), encode(extent));
        blocks.keep(tree);
    }

    private void moveToTree(List<Extent> extents) {
        writeInline(List.of());
        inode.set32(InodeLayout.FLAGS_AT, inode.u32(InodeLayout.FLAGS_AT) | InodeLayout.FLAG_EXTENT_TREE);
        BTree tree = blocks.open();
        for (Extent extent : extents) {
            tree.put(extent.logical(), encode(extent));
        }
        blocks.keep(tree);
    }

    private void remove(long logical) {
        if (!inTree()) {
            List<Extent> extents = new ArrayList<>(inline());
            extents.removeIf(e -> e.logical() == logical);
            writeInline(extents);
            return;
        }
        BTree tree = blocks.open();
        tree.remove(logical);
        blocks.keep(tree);
        if (tree.height() == 0) {
            inode.set32(InodeLayout.FLAGS_AT, inode.u32(InodeLayout.FLAGS_AT) & ~InodeLayout.FLAG_EXTENT_TREE);
        }
    }

    private List<Extent> inline() {
        int count = inode.u32(InodeLayout.EXTENT_COUNT_AT);
        if (count < 0 || count > InodeLayout.INLINE_EXTENTS) {
            throw new CorruptionException(
                    geometry.inodeBlock(inode.number), "inode " + inode.number + " has extents=" + count);
        }
        List<Extent> result = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = InodeLayout.EXTENTS_AT + i * InodeLayout.EXTENT_BYTES;
            result.add(checked(new Extent(
                    inode.u64(at + InodeLayout.EXTENT_LOGICAL_AT),
                    inode.u64(at + InodeLayout.EXTENT_PHYSICAL_AT),
                    Integer.toUnsignedLong(inode.u32(at + InodeLayout.EXTENT_LENGTH_AT)))));
        }
        return result;
    }

    private void writeInline(List<Extent> extents) {
        inode.set32(InodeLayout.EXTENT_COUNT_AT, extents.size());
        for (int i = 0; i < InodeLayout.INLINE_EXTENTS; i++) {
            Extent extent = i < extents.size() ? extents.get(i) : new Extent(0, 0, 0);
            int at = InodeLayout.EXTENTS_AT + i * InodeLayout.EXTENT_BYTES;
            inode.set64(at + InodeLayout.EXTENT_LOGICAL_AT, extent.logical());
            inode.set64(at + InodeLayout.EXTENT_PHYSICAL_AT, extent.physical());
            inode.set32(at + InodeLayout.EXTENT_LENGTH_AT, (int) extent.blocks());
        }
    }

    private static MemorySegment encode(Extent extent) {
        MemorySegment value = MemorySegment.ofArray(new byte[InodeLayout.TREE_EXTENT_BYTES]);
        value.set(Layouts.U64, InodeLayout.TREE_EXTENT_PHYSICAL_AT, extent.physical());
        value.set(Layouts.U32, InodeLayout.TREE_EXTENT_LENGTH_AT, (int) extent.blocks());
        return value;
    }

    private Extent decode(long logical, MemorySegment value) {
        if (value.byteSize() != InodeLayout.TREE_EXTENT_BYTES) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK, "inode " + inode.number + " has a damaged extent");
        }
        return checked(new Extent(
                logical,
                value.get(Layouts.U64, InodeLayout.TREE_EXTENT_PHYSICAL_AT),
                Integer.toUnsignedLong(value.get(Layouts.U32, InodeLayout.TREE_EXTENT_LENGTH_AT))));
    }

    private Extent checked(Extent extent) {
        if (extent.logical() < 0
                || extent.logical() > Extent.MAX_LOGICAL
                || extent.physical() < geometry.metadataEnd
                || extent.physical() > geometry.totalBlocks - extent.blocks()
                || extent.blocks() == 0) {
            throw new CorruptionException(
                    extent.physical(), "inode " + inode.number + " has an extent outside the file or the data area");
        }
        return extent;
    }
}
