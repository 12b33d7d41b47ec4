package io.vexel.filesystem;

import static io.vexel.filesystem.Superblock.GROUP_BLOCKS;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;

/**
 * Hands out blocks and inodes from the groups' bitmaps. Everything that counts lives in blocks; the cursors kept here are hints
 * that may be wrong. Guarded by the mutation lock.
 */
final class Allocator {

    /** What the blocks are for. */
    enum Purpose {
        /** Contents of vector files: from the vector area first. */
        VECTOR,
        /** Everything else: from the vector area last. */
        DATA
    }

    /**
     * What is asked for.
     *
     * @param goal block to go on at if it is free, 0 for none
     * @param blocks how many are wanted in one run, at least 1; fewer may be given
     * @param alignment the run starts at a multiple of this, unless it goes on at the goal or nothing aligned is free
     */
    record Request(Purpose purpose, long goal, long blocks, long alignment) {}

    /** Groups with free blocks that are searched for a run of full length before a shorter one is taken. */
    private static final int PATIENCE = 64;

    private static final int WORDS = GROUP_BLOCKS / Long.SIZE;

    private final BlockStore store;
    private final Geometry geometry;
    private final EnumMap<Purpose, Long> cursors = new EnumMap<>(Purpose.class);
    private final long[] words = new long[WORDS];
    private long inodeCursor;

    Allocator(BlockStore store) {
        this.store = store;
        this.geometry = store.geometry;
    }

    /**
     * Takes a run of 1 to {@code request.blocks} blocks.
     *
     * @throws CapacityException when no block is free
     */
    Span allocate(Access access, Request request) {
        Span found = find(access, request)
                .orElseThrow(() -> new CapacityException(
                        "volume bytes",
                        request.blocks() * geometry.blockSize,
                        Math.max(0, freeBlocks(access) - store.pendingFrees()) * geometry.blockSize));
        mark(access, found, true);
        cursors.put(request.purpose(), found.end());
        return found;
    }

    /** Gives blocks back; they are taken again only after the running transaction is durable. */
    void free(Access access, Span span) {
        if (span.start() < geometry.metadataEnd || span.end() > geometry.totalBlocks) {
            throw new CorruptionException(span.start(), "blocks outside the data area were to be freed");
        }
        mark(access, span, false);
        store.noteFreed(access, span);
    }

    long freeBlocks(Access access) {
        return store.state(access).get(Layouts.U64, StateLayout.FREE_BLOCKS_AT);
    }

    // ---- search

    private Optional<Span> find(Access access, Request request) {
        if (request.goal() > 0) {
            Span at = runAt(access, request.goal(), request.blocks());
            if (at.blocks() > 0) {
                return Optional.of(at);
            }
        }
        for (Span area : areas(request.purpose())) {
            Optional<Span> found = findIn(access, area, request);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private List<Span> areas(Purpose purpose) {
        Span vector = geometry.regions.vectorArea();
        Span before = new Span(geometry.metadataEnd, vector.start() - geometry.metadataEnd);
        Span after = new Span(vector.end(), geometry.totalBlocks - vector.end());
        return purpose == Purpose.VECTOR ? List.of(vector, after, before) : List.of(after, before, vector);
    }

    /** The free blocks from {@code start} on, up to {@code limit} of them, within its group. */
    private Span runAt(Access access, long start, long limit) {
        if (start >= geometry.totalBlocks) {
            return new Span(start, 0);
        }
        long group = start / GROUP_BLOCKS;
        loadBitmap(access, group);
        int from = (int) (start % GROUP_BLOCKS);
        int end = (int) Math.min(nextUsed(from, GROUP_BLOCKS), from + limit);
        return new Span(start, end - from);
    }

    private Optional<Span> findIn(Access access, Span area, Request request) {
        if (area.blocks() <= 0) {
            return Optional.empty();
        }
        long cursor = cursors.getOrDefault(request.purpose(), 0L);
        long start = area.contains(cursor) ? cursor : area.start();
        long firstGroup = start / GROUP_BLOCKS;
        long lowGroup = area.start() / GROUP_BLOCKS;
        long groupsInArea = (area.end() - 1) / GROUP_BLOCKS - lowGroup + 1;
        Span best = new Span(0, 0);
        int searched = 0;
        // One more than there are groups: the part of the first group before the cursor comes last.
        for (long i = 0; i <= groupsInArea; i++) {
            long group = lowGroup + (firstGroup - lowGroup + i) % groupsInArea;
            if (freeBlocksOfGroup(access, group) == 0) {
                continue;
            }
            long low = i == 0 ? start : Math.max(area.start(), group * GROUP_BLOCKS);
            Span run = findInGroup(access, group, new Span(low, area.end() - low), request);
            if (run.blocks() > best.blocks()) {
                best = run;
            }
            if (best.blocks() == request.blocks() || (++searched >= PATIENCE && best.blocks() > 0)) {
                break;
            }
        }
        return best.blocks() == 0 ? Optional.empty() : Optional.of(best);
    }

    /** The first run of full length in the group within the bounds, or else the longest. */
    private Span findInGroup(Access access, long group, Span bounds, Request request) {
        loadBitmap(access, group);
        long base = group * GROUP_BLOCKS;
        int low = (int) Math.max(0, bounds.start() - base);
        int high = (int) Math.min(GROUP_BLOCKS, bounds.end() - base);
        Span best = new Span(0, 0);
        int at = nextFree(low, high);
        while (at < high) {
            int end = nextUsed(at, high);
            int aligned = (int) (Math.ceilDiv(base + at, request.alignment()) * request.alignment() - base);
            int from =
                    aligned < end && (end - aligned >= request.blocks() || aligned - at < end - aligned) ? aligned : at;
            int length = (int) Math.min(end - from, request.blocks());
            if (length > best.blocks()) {
                best = new Span(base + from, length);
                if (length == request.blocks()) {
                    return best;
                }
            }
            at = nextFree(end, high);
        }
        return best;
    }

    private int nextFree(int from, int end) {
        return next(from, end, -1L);
    }

    private int nextUsed(int from, int end) {
        return next(from, end, 0L);
    }

    /** First position at or after {@code from} whose bit, flipped by the mask, is set; {@code end} when there is none. */
    private int next(int from, int end, long flip) {
        int at = from;
        while (at < end) {
            long word = (words[at / Long.SIZE] ^ flip) >>> at;
            if (word != 0) {
                return Math.min(end, at + Long.numberOfTrailingZeros(word));
            }
            at = (at / Long.SIZE + 1) * Long.SIZE;
        }
        return end;
    }

    /** Fills {@link #words} with the group's bitmap and what is pending. */
    private void loadBitmap(Access access, long group) {
        if (ready(access, group, Geometry.GROUP_BLOCK_BITMAP_READY)) {
            int chunk = Math.min(geometry.blockSize, Geometry.BITMAP_BYTES);
            for (int index = 0; index < Geometry.BITMAP_BYTES; index += chunk) {
                MemorySegment bitmap = access.read(geometry.blockBitmapBlock(group, index));
                int at = geometry.blockBitmapOffset(group, index);
                MemorySegment.copy(bitmap, Layouts.U64, at, words, index / Long.BYTES, chunk / Long.BYTES);
            }
        } else {
            defaultBitmap(group);
        }
        store.markPending(group, words);
    }

    private void defaultBitmap(long group) {
        long base = group * GROUP_BLOCKS;
        for (int i = 0; i < WORDS; i++) {
            long first = base + (long) i * Long.SIZE;
            if (first + Long.SIZE <= geometry.metadataEnd) {
                words[i] = -1;
                continue;
            }
            long word = 0;
            for (int bit = 0; bit < Long.SIZE; bit++) {
                if (geometry.usedByDefault(first + bit)) {
                    word |= 1L << bit;
                }
            }
            words[i] = word;
        }
    }

    // ---- groups

    private MemorySegment groupTable(Access access, long group) {
        return access.read(geometry.groupBlock(group));
    }

    private boolean ready(Access access, long group, int flag) {
        int flags = groupTable(access, group).get(Layouts.U32, geometry.groupOffset(group) + Geometry.GROUP_FLAGS_AT);
        return (flags & flag) != 0;
    }

    int freeBlocksOfGroup(Access access, long group) {
        return ready(access, group, Geometry.GROUP_BLOCK_BITMAP_READY)
                ? groupTable(access, group)
                        .get(Layouts.U32, geometry.groupOffset(group) + Geometry.GROUP_FREE_BLOCKS_AT)
                : geometry.defaultFreeBlocks(group);
    }

    int freeInodesOfGroup(Access access, long group) {
        return ready(access, group, Geometry.GROUP_INODE_BITMAP_READY)
                ? groupTable(access, group)
                        .get(Layouts.U32, geometry.groupOffset(group) + Geometry.GROUP_FREE_INODES_AT)
                : geometry.defaultFreeInodes(group);
    }

    private void addToGroup(Access access, long group, int field, int change) {
        MemorySegment table = access.modify(geometry.groupBlock(group));
        int at = geometry.groupOffset(group) + field;
        table.set(Layouts.U32, at, table.get(Layouts.U32, at) + change);
    }

    private void addToState(Access access, int field, long change) {
        MemorySegment state = store.modifyState(access);
        state.set(Layouts.U64, field, state.get(Layouts.U64, field) + change);
    }

    private void setReady(Access access, long group, int flag, int field, int value) {
        MemorySegment table = access.modify(geometry.groupBlock(group));
        int at = geometry.groupOffset(group);
        table.set(Layouts.U32, at + field, value);
        table.set(
                Layouts.U32, at + Geometry.GROUP_FLAGS_AT, table.get(Layouts.U32, at + Geometry.GROUP_FLAGS_AT) | flag);
    }

    private void requireBlockBitmap(Access access, long group) {
        if (ready(access, group, Geometry.GROUP_BLOCK_BITMAP_READY)) {
            return;
        }
        defaultBitmap(group);
        for (int i = 0; i < WORDS; i++) {
            int index = i * Long.BYTES;
            access.modify(geometry.blockBitmapBlock(group, index))
                    .set(Layouts.U64, geometry.blockBitmapOffset(group, index), words[i]);
        }
        setReady(
                access,
                group,
                Geometry.GROUP_BLOCK_BITMAP_READY,
                Geometry.GROUP_FREE_BLOCKS_AT,
                geometry.defaultFreeBlocks(group));
    }

    /** Sets or clears the bits of a span, which may reach over groups, and counts. */
    private void mark(Access access, Span span, boolean used) {
        long block = span.start();
        while (block < span.end()) {
            long group = block / GROUP_BLOCKS;
            long end = Math.min(span.end(), (group + 1) * GROUP_BLOCKS);
            requireBlockBitmap(access, group);
            for (long at = block; at < end; ) {
                int bit = (int) (at % GROUP_BLOCKS);
                int count = (int) Math.min(end - at, Long.SIZE - bit % Long.SIZE);
                flip(access, group, bit, count, used);
                at += count;
            }
            int change = (int) (end - block);
            addToGroup(access, group, Geometry.GROUP_FREE_BLOCKS_AT, used ? -change : change);
            block = end;
        }
        addToState(access, StateLayout.FREE_BLOCKS_AT, used ? -span.blocks() : span.blocks());
    }

    /** Changes bits within one word of the bitmap, which must all have the other value. */
    private void flip(Access access, long group, int bit, int count, boolean used) {
        int index = bit / Long.SIZE * Long.BYTES;
        MemorySegment bitmap = access.modify(geometry.blockBitmapBlock(group, index));
        int at = geometry.blockBitmapOffset(group, index);
        long mask = (count == Long.SIZE ? -1L : (1L << count) - 1) << bit;
        long word = bitmap.get(Layouts.U64, at);
        if ((used ? word & mask : ~word & mask) != 0) {
            throw new CorruptionException(
                    group * GROUP_BLOCKS + bit, used ? "a block was given out twice" : "a free block was freed");
        }
        bitmap.set(Layouts.U64, at, word ^ mask);
    }

    // ---- inodes

    /** Takes a free inode number, near the last one taken. */
    long allocateInode(Access access) {
        long first = inodeCursor / geometry.inodesPerGroup;
        for (long i = 0; i <= geometry.groups; i++) {
            long group = (first + i) % geometry.groups;
            if (freeInodesOfGroup(access, group) > 0) {
                int from = i == 0 ? (int) (inodeCursor % geometry.inodesPerGroup) : 0;
                int index = freeInode(access, group, from);
                if (index >= 0) {
                    return takeInode(access, group, index);
                }
            }
        }
        throw new CapacityException("inodes", 1, 0);
    }

    private int freeInode(Access access, long group, int from) {
        if (!ready(access, group, Geometry.GROUP_INODE_BITMAP_READY)) {
            return Math.max(from, group == 0 ? 1 : 0);
        }
        for (int at = from & -Long.SIZE; at < geometry.inodesPerGroup; at += Long.SIZE) {
            int index = at / Long.SIZE * Long.BYTES;
            long word = ~access.read(geometry.inodeBitmapBlock(group, index))
                    .get(Layouts.U64, geometry.inodeBitmapOffset(group, index));
            if (word != 0) {
                return at + Long.numberOfTrailingZeros(word);
            }
        }
        return -1;
    }

    private long takeInode(Access access, long group, int index) {
        if (!ready(access, group, Geometry.GROUP_INODE_BITMAP_READY)) {
            initialiseInodeBitmap(access, group);
        }
        flipInode(access, group, index, true);
        inodeCursor = group * geometry.inodesPerGroup + index;
        return inodeCursor;
    }

    private void initialiseInodeBitmap(Access access, long group) {
        // The bytes were never written, hence zero: all free.
        if (group == 0) {
            access.modify(geometry.inodeBitmapBlock(0, 0)).set(Layouts.U64, geometry.inodeBitmapOffset(0, 0), 1L);
        }
        setReady(
                access,
                group,
                Geometry.GROUP_INODE_BITMAP_READY,
                Geometry.GROUP_FREE_INODES_AT,
                geometry.defaultFreeInodes(group));
    }

    void freeInode(Access access, long inode) {
        flipInode(access, inode / geometry.inodesPerGroup, (int) (inode % geometry.inodesPerGroup), false);
        inodeCursor = Math.min(inodeCursor, inode);
    }

    private void flipInode(Access access, long group, int index, boolean used) {
        int byteIndex = index / Long.SIZE * Long.BYTES;
        MemorySegment bitmap = access.modify(geometry.inodeBitmapBlock(group, byteIndex));
        int at = geometry.inodeBitmapOffset(group, byteIndex);
        long word = bitmap.get(Layouts.U64, at);
        if ((word & 1L << index) != 0 == used) {
            throw new CorruptionException(
                    geometry.inodeBitmapBlock(group, byteIndex), "inode bitmap contradicts an inode in use");
        }
        bitmap.set(Layouts.U64, at, word ^ 1L << index);
        addToGroup(access, group, Geometry.GROUP_FREE_INODES_AT, used ? -1 : 1);
        addToState(access, StateLayout.FREE_INODES_AT, used ? -1 : 1);
    }
}
