package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.SparseRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A growing off-heap array of fixed-size elements in chunks that never move, so that readers need no lock while it grows. Blocks of elements can be
 * forgotten: their memory is given back, and their addresses stay, so that readers need no lock for this either.
 *
 * <p>Invariant: an element below the capacity reads as zero until it is set, and again once it was forgotten; it is not set after that. Elements are published by
 * whoever publishes the row count; {@link #setInt} and {@link #getInt} are single aligned accesses, so a racing reader sees an old or a new value.
 */
final class Column implements AutoCloseable {

    static final int CHUNK_SHIFT = 14;
    private static final long CHUNK_ELEMENTS = 1L << CHUNK_SHIFT;
    private static final long CHUNK_MASK = CHUNK_ELEMENTS - 1;

    /** Stands for every chunk of which no element was ever set. */
    private static final class Zeros {

        static final MemorySegment CHUNK =
                Arena.global().allocate(CHUNK_ELEMENTS * Long.BYTES).asReadOnly();
    }

    private final MemoryBudget budget;
    private final String owner;
    private final int elementBytes;
    private int made;
    private @Nullable SparseRegion[] regions = {};
    /** At least {@link #made} of them; written anew when one is added, which publishes it. */
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
        ensure(count, count);
    }

    /**
     * As {@link #ensure(long)}, where elements from {@code gap} on are not going to be set: chunks that lie wholly in these take no memory.
     *
     * @param gap at most {@code count}
     */
    void ensure(long count, long gap) {
        while (capacity() < count) {
            boolean unset = capacity() >= gap && capacity() + CHUNK_ELEMENTS <= count;
            if (unset) {
                add(null, Zeros.CHUNK);
            } else {
                SparseRegion region = SparseRegion.takeSmallPages(budget, owner, chunkBytes());
                add(region, region.segment(0, chunkBytes()));
            }
        }
    }

    private void add(@Nullable SparseRegion region, MemorySegment chunk) {
        MemorySegment[] grown = chunks;
        if (made == grown.length) {
            int length = made + Math.max(4, made / 2);
            regions = Arrays.copyOf(regions, length);
            grown = Arrays.copyOf(grown, length);
        }
        regions[made] = region;
        grown[made] = chunk;
        made++;
        chunks = grown;
    }

    private long capacity() {
        return (long) made << CHUNK_SHIFT;
    }

    /** Bytes that {@link #ensure(long)} would take. */
    long missingBytes(long count) {
        return Math.max(0, Bytes.ceilDiv(count, CHUNK_ELEMENTS) - made) * chunkBytes();
    }

    /** Bytes that it takes at a time. */
    long chunkBytes() {
        return CHUNK_ELEMENTS * elementBytes;
    }

    /**
     * Gives the memory of a block of elements back, for good; they read as zero from now on.
     *
     * @param first a multiple of the count; none of them was forgotten before
     * @param count a power of two, at least so many that they fill pages, and at most a chunk
     */
    void forget(long first, int count) {
        SparseRegion region = regions[(int) (first >>> CHUNK_SHIFT)];
        if (region != null) {
            region.giveBack((first & CHUNK_MASK) * elementBytes, (long) count * elementBytes);
        }
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
        Arrays.stream(regions).filter(Objects::nonNull).forEach(SparseRegion::close);
    }
}
