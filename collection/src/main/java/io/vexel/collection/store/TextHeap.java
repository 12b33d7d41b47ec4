package io.vexel.collection.store;

import io.vexel.collection.PointId;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.SparseRegion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The bytes of text ids, appended to off-heap chunks that never move. An entry is a 16-bit length and the bytes, and lies in one
 * chunk; its location is {@code chunk << 16 | offset in the chunk}. A full chunk all of whose entries were forgotten gives its memory back; it reads as empty
 * texts from then on. One writer; readers see what was published to them.
 */
final class TextHeap implements AutoCloseable {

    private static final int CHUNK_SHIFT = 16;
    private static final int CHUNK_BYTES = 1 << CHUNK_SHIFT;
    private static final long LARGEST_ENTRY = Short.BYTES + PointId.MAX_TEXT_BYTES;
    private static final ValueLayout.OfShort LENGTH = ValueLayout.JAVA_SHORT_UNALIGNED;

    private final MemoryBudget budget;
    private final String owner;
    private SparseRegion[] regions = {};
    /** Entries of each chunk that were not forgotten. */
    private int[] entries = {};

    private volatile MemorySegment[] chunks = {};
    private int used = CHUNK_BYTES;
    private int current = -1;

    TextHeap(MemoryBudget budget, String owner) {
        this.budget = budget;
        this.owner = owner;
    }

    /** Makes room for texts with so many bytes together, so that the next appends up to that cannot fail. */
    void ensure(long count, long bytes) {
        int wanted = wantedChunks(count, bytes);
        for (int i = chunks.length; i < wanted; i++) {
            SparseRegion region = SparseRegion.takeSmallPages(budget, owner, CHUNK_BYTES);
            regions = Arrays.copyOf(regions, i + 1);
            regions[i] = region;
            entries = Arrays.copyOf(entries, i + 1);
            MemorySegment[] grown = Arrays.copyOf(chunks, i + 1);
            grown[i] = region.segment(0, CHUNK_BYTES);
            chunks = grown;
        }
    }

    /** Bytes that {@link #ensure} would take. */
    long missingBytes(long count, long bytes) {
        return Math.max(0, wantedChunks(count, bytes) - chunks.length) * (long) CHUNK_BYTES;
    }

    private int wantedChunks(long count, long bytes) {
        // An entry that does not fit leaves less than the largest entry unused at the end of a chunk.
        long needed = bytes + count * Short.BYTES;
        long usable = CHUNK_BYTES - LARGEST_ENTRY;
        int free = CHUNK_BYTES - used;
        return current + 1 + (needed <= free ? 0 : Math.toIntExact((needed + usable - 1) / usable));
    }

    /** Appends a text for which {@link #ensure} made room; returns its location. */
    long append(byte[] source, int offset, int length) {
        int entry = Short.BYTES + length;
        if (used + entry > CHUNK_BYTES) {
            current++;
            used = 0;
            if (current > 0) {
                freeIfUnused(current - 1);
            }
        }
        entries[current]++;
        MemorySegment chunk = chunks[current];
        chunk.set(LENGTH, used, (short) length);
        MemorySegment.copy(source, offset, chunk, ValueLayout.JAVA_BYTE, used + Short.BYTES, length);
        long location = (long) current << CHUNK_SHIFT | used;
        used += entry;
        return location;
    }

    /** Nobody asks for the text at the location any more; at most once for each. */
    void forget(long location) {
        int chunk = (int) (location >>> CHUNK_SHIFT);
        entries[chunk]--;
        if (chunk < current) {
            freeIfUnused(chunk);
        }
    }

    private void freeIfUnused(int chunk) {
        if (entries[chunk] == 0) {
            regions[chunk].giveBack(0, CHUNK_BYTES);
            // Never again: nothing is appended to it.
            entries[chunk] = -1;
        }
    }

    /** The bytes of the text at the location. */
    MemorySegment text(long location) {
        MemorySegment chunk = chunks[(int) (location >>> CHUNK_SHIFT)];
        long at = location & (CHUNK_BYTES - 1);
        return chunk.asSlice(at + Short.BYTES, Short.toUnsignedInt(chunk.get(LENGTH, at)));
    }

    boolean matches(long location, byte[] bytes, int offset, int length) {
        MemorySegment chunk = chunks[(int) (location >>> CHUNK_SHIFT)];
        long at = location & (CHUNK_BYTES - 1);
        return Short.toUnsignedInt(chunk.get(LENGTH, at)) == length
                && MemorySegment.mismatch(
                                chunk,
                                at + Short.BYTES,
                                at + Short.BYTES + length,
                                MemorySegment.ofArray(bytes),
                                offset,
                                offset + length)
                        < 0;
    }

    /** Order of the bytes, unsigned. */
    int compare(long first, long second) {
        MemorySegment a = text(first);
        MemorySegment b = text(second);
        long at = a.mismatch(b);
        if (at < 0) {
            return 0;
        }
        if (at == a.byteSize() || at == b.byteSize()) {
            return Long.compare(a.byteSize(), b.byteSize());
        }
        return Byte.compareUnsigned(a.get(ValueLayout.JAVA_BYTE, at), b.get(ValueLayout.JAVA_BYTE, at));
    }

    @Override
    public void close() {
        Arrays.stream(regions).forEach(SparseRegion::close);
    }
}
