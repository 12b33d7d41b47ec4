package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A growing off-heap array of fixed-size elements in chunks that never move, so that readers need no lock while it grows.
 *
 * <p>Invariant: an element below the capacity reads as zero until it is set. Elements are published by whoever publishes the
 * row count; {@link #setInt} and {@link #getInt} are single aligned accesses, so a racing reader sees an old or a new value.
 */
final class Column implements AutoCloseable {

    static final int CHUNK_SHIFT = 14;
    private static final long CHUNK_ELEMENTS = 1L << CHUNK_SHIFT;
    private static final long CHUNK_MASK = CHUNK_ELEMENTS - 1;

    private final MemoryBudget budget;
    private final String owner;
    private final int elementBytes;
    private Region[] regions = {};
    private volatile MemorySegment[] chunks = {};

    /** @param elementBytes 4 or 8 */
    Column(MemoryBudget budget, String owner, int elementBytes) {
        this.budget = budget;
        this.owner = owner;
        this.elementBytes = elementBytes;
    }

    /**
     * Makes room for elements below {@code count}. One thread at a time.
     *
     * @throws CapacityException when the budget refuses; what was allocated before is kept for the next attempt
     */
    void ensure(long count) {
        int needed = Math.toIntExact((count + CHUNK_MASK) >>> CHUNK_SHIFT);
        for (int i = chunks.length; i < needed; i++) {
            Region region = Region.allocate(budget, owner, CHUNK_ELEMENTS * elementBytes);
            regions = Arrays.copyOf(regions, i + 1);
            regions[i] = region;
            MemorySegment[] grown = Arrays.copyOf(chunks, i + 1);
            grown[i] = region.segment();
            chunks = grown;
        }
    }

    /** Bytes that {@link #ensure} would take. */
    long missingBytes(long count) {
        return Math.max(0, Bytes.ceilDiv(count, CHUNK_ELEMENTS) - chunks.length) * chunkBytes();
    }

    /** Bytes that it takes at a time. */
    long chunkBytes() {
        return CHUNK_ELEMENTS * elementBytes;
    }

    int getInt(long index) {
        return chunks[(int) (index >>> CHUNK_SHIFT)].get(ValueLayout.JAVA_INT, (index & CHUNK_MASK) << 2);
    }

    void setInt(long index, int value) {
        chunks[(int) (index >>> CHUNK_SHIFT)].set(ValueLayout.JAVA_INT, (index & CHUNK_MASK) << 2, value);
    }

    long getLong(long index) {
        return chunks[(int) (index >>> CHUNK_SHIFT)].get(ValueLayout.JAVA_LONG, (index & CHUNK_MASK) << 3);
    }

    void setLong(long index, long value) {
        chunks[(int) (index >>> CHUNK_SHIFT)].set(ValueLayout.JAVA_LONG, (index & CHUNK_MASK) << 3, value);
    }

    @Override
    public void close() {
        Arrays.stream(regions).forEach(Region::close);
    }
}
