package io.vexel.filesystem;

import io.vexel.base.Bytes;
import io.vexel.base.Crc32c;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds one journal record in a buffer that grows on request. The frames' bytes are copied, so that the record can be written while
 * the next transaction changes them.
 */
final class RecordBuilder implements AutoCloseable {

    private static final String OWNER = "filesystem journal";
    /** Size of the buffer before any record needed more. */
    static final long FIRST_BYTES = 256 << 10;

    private static final int WORD = Long.BYTES;

    private final MemoryBudget budget;
    private final Geometry geometry;
    private final List<Frame> changed = new ArrayList<>();
    private final List<Long> revoked = new ArrayList<>();
    private Region buffer;
    private long length;

    RecordBuilder(MemoryBudget budget, Geometry geometry) {
        this.budget = budget;
        this.geometry = geometry;
        this.buffer = Region.allocate(budget, OWNER, FIRST_BYTES);
    }

    /** Makes room for a record of so many bytes, or throws {@link io.vexel.base.CapacityException}. */
    void ensure(long bytes) {
        if (buffer.byteSize() < bytes) {
            Region larger = Region.allocate(budget, OWNER, Math.max(bytes, 2 * buffer.byteSize()));
            buffer.close();
            buffer = larger;
        }
    }

    /** A bound on the bytes of a record with so many changed blocks and revokes. */
    static long bound(long blocks, long revokes, Geometry geometry) {
        return JournalLayout.RECORD_HEADER_BYTES
                + blocks * (geometry.blockSize + JournalLayout.TAG_BYTES)
                + revokes * JournalLayout.TAG_BYTES
                + geometry.superblock.journalUnit();
    }

    void begin() {
        changed.clear();
        revoked.clear();
    }

    void add(Frame frame) {
        changed.add(frame);
    }

    List<Frame> changed() {
        return changed;
    }

    void revoke(long block) {
        revoked.add(block);
    }

    /** Lays the record out; afterwards {@link #record} is it. */
    void finish(long sequence, long timeMillis) {
        int skipped = DurabilityBug.SKIP_LAST_BLOCK_OF_RECORD.isPlanted() && changed.size() > 1 ? 1 : 0;
        MemorySegment target = buffer.segment();
        int entries = changed.size() - skipped + revoked.size();
        long tag = JournalLayout.RECORD_HEADER_BYTES;
        long at = tag + (long) entries * JournalLayout.TAG_BYTES;
        target.asSlice(0, at).fill((byte) 0);
        for (Frame frame : changed.subList(skipped, changed.size())) {
            at = appendBlock(target, tag, at, frame);
            tag += JournalLayout.TAG_BYTES;
        }
        for (long block : revoked) {
            putTag(target, tag, block, 0, JournalLayout.KIND_REVOKE);
            tag += JournalLayout.TAG_BYTES;
        }
        length = Bytes.roundUp(at, geometry.superblock.journalUnit());
        target.asSlice(at, length - at).fill((byte) 0);
        target.set(Layouts.U32, JournalLayout.RECORD_MAGIC_AT, JournalLayout.RECORD_MAGIC);
        target.set(Layouts.U64, JournalLayout.RECORD_SEQUENCE_AT, sequence);
        target.set(Layouts.U32, JournalLayout.RECORD_BYTES_AT, (int) length);
        target.set(Layouts.U32, JournalLayout.RECORD_ENTRIES_AT, entries);
        target.set(Layouts.U64, JournalLayout.RECORD_TIME_AT, timeMillis);
        int crc = Crc32c.of(geometry.volumeKey, sequence, target.asSlice(0, length));
        target.set(Layouts.U32, JournalLayout.RECORD_CRC_AT, crc);
    }

    MemorySegment record() {
        return buffer.segment().asSlice(0, length);
    }

    @Override
    public void close() {
        buffer.close();
    }

    private long appendBlock(MemorySegment target, long tag, long at, Frame frame) {
        Frame before = frame.before;
        boolean based = frame.journaled || DurabilityBug.DELTA_WITHOUT_IMAGE.isPlanted();
        if (before != null && based) {
            long end = appendDelta(target, at, frame.data, before.data);
            if (end >= 0) {
                putTag(target, tag, frame.block, end - at, JournalLayout.KIND_DELTA);
                return end;
            }
        }
        long used = usedBytes(frame.data);
        MemorySegment.copy(frame.data, 0, target, at, used);
        putTag(target, tag, frame.block, used, JournalLayout.KIND_IMAGE);
        return at + used;
    }

    private static void putTag(MemorySegment target, long at, long block, long length, short kind) {
        target.set(Layouts.U64, at + JournalLayout.TAG_BLOCK_AT, block);
        target.set(Layouts.U32, at + JournalLayout.TAG_LENGTH_AT, (int) length);
        target.set(Layouts.U16, at + JournalLayout.TAG_KIND_AT, kind);
    }

    /** Bytes up to the last word that is not zero. */
    private static long usedBytes(MemorySegment block) {
        long used = block.byteSize();
        while (used > 0 && block.get(Layouts.U64, used - WORD) == 0) {
            used -= WORD;
        }
        return used;
    }

    /** Appends the changed ranges; returns their end, or -1 when they take more than half a block. */
    private long appendDelta(MemorySegment target, long start, MemorySegment after, MemorySegment before) {
        long size = after.byteSize();
        long limit = start + size / 2;
        long at = start;
        long from = 0;
        while (from < size) {
            long relative = MemorySegment.mismatch(after, from, size, before, from, size);
            if (relative < 0) {
                return at;
            }
            long first = (from + relative) & -WORD;
            long end = endOfChange(after, before, first);
            if (at + JournalLayout.RANGE_HEADER_BYTES + (end - first) > limit) {
                return -1;
            }
            target.set(Layouts.U32, at, (int) first);
            target.set(Layouts.U32, at + 4, (int) (end - first));
            MemorySegment.copy(after, first, target, at + JournalLayout.RANGE_HEADER_BYTES, end - first);
            at += JournalLayout.RANGE_HEADER_BYTES + (end - first);
            from = end;
        }
        return at;
    }

    /** Equal words that cost less to repeat than a new range do not end a change. */
    private static long endOfChange(MemorySegment after, MemorySegment before, long first) {
        long size = after.byteSize();
        long end = first + WORD;
        for (long at = end; at < size && at <= end + WORD; at += WORD) {
            if (after.get(Layouts.U64, at) != before.get(Layouts.U64, at)) {
                end = at + WORD;
            }
        }
        return end;
    }
}
