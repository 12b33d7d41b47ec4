package io.vexel.filesystem;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** Reading, writing and cutting the bytes of files. One instance per operation. */
final class FileContents {

    /** Runs of whole blocks from this size on go to and from the device directly, past cache and journal. */
    static final long DIRECT_BYTES = 32 << 10;

    /** Most space taken ahead of a file's end, and the share of the file it may be. */
    private static final long MAX_AHEAD_BYTES = 2 << 20;

    private static final long AHEAD_SHARE = 32;

    private final Access access;
    private final BlockStore store;
    private final Geometry geometry;
    private final Allocator allocator;
    private final int blockSize;

    FileContents(Access access, BlockStore store, Allocator allocator) {
        this.access = access;
        this.store = store;
        this.geometry = store.geometry;
        this.allocator = allocator;
        this.blockSize = geometry.blockSize;
    }

    private ExtentMap map(Inode inode) {
        return new ExtentMap(access, geometry, allocator, inode);
    }

    // ---- reading

    /** Reads {@code target.byteSize()} bytes, all within the file's size. */
    void read(Inode inode, long offset, MemorySegment target) {
        ExtentMap map = map(inode);
        long length = target.byteSize();
        long done = 0;
        while (done < length) {
            long at = offset + done;
            Extent extent = map.at(at / blockSize);
            int within = (int) (at % blockSize);
            long available = extent.blocks() > length ? length : extent.blocks() * blockSize - within;
            MemorySegment part = target.asSlice(done, Math.min(length - done, available));
            if (extent.isHole()) {
                part.fill((byte) 0);
            } else {
                readExtent(extent.physical(), within, part);
            }
            done += part.byteSize();
        }
    }

    /** Whether a range of that length is read piece by piece through memory; a longer one goes to and from the device directly. */
    static boolean isShort(long bytes) {
        return bytes < DIRECT_BYTES;
    }

    /** Has the blocks of short ranges in memory, before they are read. */
    void bringIn(Inode inode, long[] offsets, MemorySegment[] targets) {
        ExtentMap map = map(inode);
        long[] found = new long[targets.length];
        int count = 0;
        for (int i = 0; i < targets.length; i++) {
            long bytes = Math.clamp(inode.size() - offsets[i], 0, targets[i].byteSize());
            long end = isShort(bytes) ? Bytes.ceilDiv(offsets[i] + bytes, blockSize) : 0;
            for (long block = offsets[i] / blockSize; block < end; block++) {
                Extent extent = map.at(block);
                if (!extent.isHole()) {
                    found = count == found.length ? Arrays.copyOf(found, 2 * count) : found;
                    found[count++] = extent.physical();
                }
            }
        }
        // Checksums first: without them each block would wait for those of its own.
        long[] checks = Arrays.stream(found, 0, count)
                .map(geometry::checkBlock)
                .distinct()
                .toArray();
        access.bringIn(checks, checks.length);
        access.bringIn(found, count);
    }

    private void readExtent(long physical, int within, MemorySegment target) {
        long length = target.byteSize();
        long done = 0;
        while (done < length) {
            long block = physical + (within + done) / blockSize;
            int start = (int) ((within + done) % blockSize);
            long whole = start == 0 ? (length - done) / blockSize : 0;
            if (whole * blockSize >= DIRECT_BYTES && transferable(target)) {
                readRun(block, target.asSlice(done, whole * blockSize));
                done += whole * blockSize;
            } else {
                long bytes = Math.min(length - done, blockSize - start);
                MemorySegment.copy(access.read(block), start, target, done, bytes);
                done += bytes;
            }
        }
    }

    /** Whole blocks: from memory what is newer there, the rest from the device in runs as long as possible. */
    private void readRun(long first, MemorySegment target) {
        int blocks = (int) (target.byteSize() / blockSize);
        int start = 0;
        while (start < blocks) {
            if (store.cache.isDirty(first + start)) {
                slice(target, start, 1).copyFrom(access.read(first + start));
                start++;
                continue;
            }
            int end = start;
            while (end < blocks && entry(first + end) != 0 && !store.cache.isDirty(first + end)) {
                end++;
            }
            if (end == start) {
                slice(target, start, 1).fill((byte) 0);
                start++;
                continue;
            }
            store.device.read(geometry.offset(first + start), slice(target, start, end - start));
            for (; start < end; start++) {
                store.verify(first + start, entry(first + start), slice(target, start, 1));
            }
        }
    }

    private MemorySegment slice(MemorySegment bytes, int block, int blocks) {
        return bytes.asSlice((long) block * blockSize, (long) blocks * blockSize);
    }

    private long entry(long block) {
        return access.read(geometry.checkBlock(block)).get(Layouts.U64, geometry.checkOffset(block));
    }

    /** Devices take native memory and byte arrays. */
    private static boolean transferable(MemorySegment bytes) {
        return bytes.isNative()
                || bytes.heapBase().filter(byte[].class::isInstance).isPresent();
    }

    /**
     * A part of a file that lies in blocks as a whole or not at all.
     *
     * @param end the first byte behind it
     */
    record Part(long end, boolean held) {}

    /** The part from the byte on, up to {@code end} at most. */
    Part part(Inode inode, long offset, long end) {
        Extent extent = map(inode).at(offset / blockSize);
        long last = extent.end() > Bytes.ceilDiv(end, blockSize) ? end : extent.end() * blockSize;
        return new Part(Math.min(end, last), !extent.isHole());
    }

    // ---- writing

    /**
     * Takes the blocks that a write will need and notes what of it can go to the device before the write is made. To readers the blocks
     * are space taken ahead: they read as zeros until the write.
     */
    void prepare(Inode inode, long offset, MemorySegment source, DataAhead ahead) {
        long end = offset + source.byteSize();
        long firstWhole = Bytes.ceilDiv(offset, blockSize);
        long endWhole = end / blockSize;
        if ((endWhole - firstWhole) * blockSize < DIRECT_BYTES || !transferable(source)) {
            return;
        }
        long block = offset / blockSize;
        while (block < endWhole) {
            Extent extent = mapped(inode, block, Bytes.ceilDiv(end, blockSize) - block, end);
            long from = Math.max(block, firstWhole);
            long to = Math.min(extent.end(), endWhole);
            while (from < to) {
                long physical = extent.physical() + from - block;
                long fresh = freshBlocks(physical, to - from, ahead);
                if (fresh > 0) {
                    ahead.add(new Span(physical, fresh), source, from * blockSize - offset);
                }
                from += Math.max(1, fresh);
            }
            block = extent.end();
        }
    }

    private long freshBlocks(long physical, long limit, DataAhead ahead) {
        long fresh = 0;
        while (fresh < limit && store.writableInPlace(access, physical + fresh) && !ahead.contains(physical + fresh)) {
            fresh++;
        }
        return fresh;
    }

    void write(Inode inode, long offset, MemorySegment source) {
        long length = source.byteSize();
        long end = offset + length;
        long done = 0;
        while (done < length) {
            long block = (offset + done) / blockSize;
            int within = (int) ((offset + done) % blockSize);
            long whole = within == 0 ? (length - done) / blockSize : 0;
            if (whole * blockSize >= DIRECT_BYTES) {
                long blocks = writeWhole(inode, block, source.asSlice(done, whole * blockSize), end);
                done += blocks * blockSize;
            } else {
                long bytes = Math.min(length - done, blockSize - within);
                writePart(inode, block, within, source.asSlice(done, bytes), end);
                done += bytes;
            }
        }
        if (length > 0 && end > inode.size()) {
            inode.size(end);
        }
    }

    /** Changes bytes of one block through the journal. */
    private void writePart(Inode inode, long block, int within, MemorySegment source, long end) {
        long wanted = Bytes.ceilDiv(end, blockSize) - block;
        Extent extent = mapped(inode, block, wanted, end);
        MemorySegment target = access.modify(extent.physical());
        access.frame(extent.physical()).node = false;
        MemorySegment.copy(source, 0, target, within, source.byteSize());
    }

    /** Writes as many of the whole blocks as lie in one extent; returns how many. */
    private long writeWhole(Inode inode, long block, MemorySegment source, long end) {
        long wanted = source.byteSize() / blockSize;
        Extent extent = mapped(inode, block, wanted, end);
        long limit = Math.min(wanted, extent.blocks());
        long fresh = 0;
        while (fresh < limit && store.writableInPlace(access, extent.physical() + fresh)) {
            fresh++;
        }
        if (fresh > 0) {
            writeInPlace(extent.physical(), source.asSlice(0, fresh * blockSize));
            return fresh;
        }
        long held = 1;
        while (held < limit && !store.writableInPlace(access, extent.physical() + held)) {
            held++;
        }
        if (held * blockSize >= DIRECT_BYTES) {
            Optional<Span> moved = moveAway(inode, block, held);
            if (moved.isPresent()) {
                writeInPlace(moved.get().start(), source.asSlice(0, moved.get().blocks() * blockSize));
                return moved.get().blocks();
            }
        }
        for (long i = 0; i < held; i++) {
            writePart(inode, block + i, 0, source.asSlice(i * blockSize, blockSize), end);
        }
        return held;
    }

    private void writeInPlace(long physical, MemorySegment source) {
        if (transferable(source)) {
            store.writeInPlace(access, physical, source);
            return;
        }
        long step = Math.max(blockSize, Bytes.roundDown(MAX_AHEAD_BYTES, blockSize));
        for (long at = 0; at < source.byteSize(); at += step) {
            byte[] copy =
                    source.asSlice(at, Math.min(step, source.byteSize() - at)).toArray(Layouts.U8);
            store.writeInPlace(access, physical + at / blockSize, MemorySegment.ofArray(copy));
        }
    }

    /** Gives part of a file that is about to be overwritten new blocks; nothing when there is no space for that. */
    private Optional<Span> moveAway(Inode inode, long block, long blocks) {
        Span span;
        try {
            span = allocator.allocate(access, new Allocator.Request(purpose(inode), 0, blocks, 1));
        } catch (CapacityException e) {
            return Optional.empty(); // the journal takes it instead
        }
        ExtentMap map = map(inode);
        for (Span old : map.cut(block, block + span.blocks(), Integer.MAX_VALUE)) {
            allocator.free(access, old);
        }
        map.add(new Extent(block, span.start(), span.blocks()));
        return Optional.of(span);
    }

    private static Allocator.Purpose purpose(Inode inode) {
        return inode.kind() == FileKind.VECTOR ? Allocator.Purpose.VECTOR : Allocator.Purpose.DATA;
    }

    /** The extent from the block on, after blocks were taken for it when there were none. */
    private Extent mapped(Inode inode, long block, long wanted, long end) {
        ExtentMap map = map(inode);
        Extent extent = map.at(block);
        if (!extent.isHole()) {
            return extent;
        }
        boolean atEnd = extent.end() == Long.MAX_VALUE;
        long ahead = atEnd ? aheadBlocks(Math.max(end, inode.size())) : 1;
        long blocks = Math.min(extent.blocks(), Bytes.roundUp(wanted, ahead));
        long goal = 0;
        if (block > 0) {
            Extent left = map.at(block - 1);
            goal = left.isHole() ? 0 : left.physical() + 1;
        }
        long alignment = inode.kind() == FileKind.VECTOR ? ahead : 1;
        Span span = allocator.allocate(
                access, new Allocator.Request(purpose(inode), goal, Math.min(blocks, Extent.MAX_BLOCKS), alignment));
        map.add(new Extent(block, span.start(), span.blocks()));
        return new Extent(block, span.start(), span.blocks());
    }

    /** Blocks taken at a time for a file of this size: a power of two. */
    private long aheadBlocks(long bytes) {
        return Math.max(1, Long.highestOneBit(Math.min(bytes / AHEAD_SHARE, MAX_AHEAD_BYTES) / blockSize));
    }

    /**
     * Gives a file without holes blocks behind those that it has, in runs as long as there are, and makes it as long as they are. Nothing is written to
     * them: they read as zeros.
     *
     * @param blocks how many it has in the end
     * @param limit of what one call does
     * @return how many it has now
     */
    long extend(Inode inode, long blocks, Limit limit) {
        ExtentMap map = map(inode);
        long at = inode.size() / blockSize;
        long most = Math.min(blocks, at + limit.blocks());
        for (int runs = 0; at < most && runs < limit.extents(); runs++) {
            long goal = at == 0 ? 0 : map.at(at - 1).physical() + 1;
            Span span = allocator.allocate(
                    access,
                    new Allocator.Request(
                            Allocator.Purpose.DATA, goal, Math.min(most - at, Superblock.GROUP_BLOCKS), 1));
            map.add(new Extent(at, span.start(), span.blocks()));
            at += span.blocks();
        }
        inode.size(at * blockSize);
        return at;
    }

    // ---- cutting

    /** Zeroes what the last block holds behind the new end, so that a file that grows again reads zeros there. */
    void clearBehind(Inode inode, long size) {
        int within = (int) (size % blockSize);
        if (within == 0) {
            return;
        }
        Extent extent = map(inode).at(size / blockSize);
        if (!extent.isHole() && (entry(extent.physical()) != 0 || store.cache.isDirty(extent.physical()))) {
            access.modify(extent.physical()).asSlice(within).fill((byte) 0);
        }
    }

    /** Frees the blocks that lie wholly within the range. */
    void discard(Inode inode, long offset, long length) {
        long from = Bytes.ceilDiv(offset, blockSize);
        long to = (offset + length) / blockSize;
        if (from < to) {
            for (Span span : map(inode).cut(from, to, Integer.MAX_VALUE)) {
                allocator.free(access, span);
            }
        }
    }

    /** What one step of giving back blocks may do at most, so that it fits the journal. */
    record Limit(long blocks, int extents) {

        static Limit of(Geometry geometry) {
            long room = Journal.recordLimit(geometry) / geometry.blockSize;
            long perCheckBlock = Geometry.perBlock(geometry.blockSize, Geometry.CHECK_ENTRY_BYTES);
            return new Limit(Math.min(1 << 16, Math.max(1, room / 8) * perCheckBlock), Math.clamp(room / 16, 1, 256));
        }
    }

    /** Frees blocks of the file from {@code from} on, within the limit; true when none are left. */
    boolean freeFrom(Inode inode, long from, Limit limit) {
        ExtentMap map = map(inode);
        Extent first = map.at(from);
        if (first.isHole()) {
            Optional<Extent> next = map.next(from);
            if (next.isEmpty()) {
                return true;
            }
            first = next.get();
        }
        for (Span span : map.cut(first.logical(), first.logical() + limit.blocks(), limit.extents())) {
            allocator.free(access, span);
        }
        return map.at(from).isHole() && map.next(from).isEmpty();
    }
}
