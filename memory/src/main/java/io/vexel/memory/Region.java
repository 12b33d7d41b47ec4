package io.vexel.memory;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A zeroed piece of off-heap memory that was reserved from a {@link MemoryBudget}. Regions of 2 MiB and more are aligned to
 * 2 MiB and offered to the system for huge pages.
 *
 * <p>Closing a region while another thread reads it is the owner's mistake: the owner keeps readers away first.
 */
public final class Region implements AutoCloseable {

    /** Bytes of a huge page. */
    public static final long HUGE_PAGE_BYTES = 2 * Bytes.MIB;

    private static final long ALIGNMENT = 4096;

    private final MemoryBudget budget;
    private final String owner;
    private final Arena arena;
    private final MemorySegment segment;
    private boolean closed;

    private Region(MemoryBudget budget, String owner, Arena arena, MemorySegment segment) {
        this.budget = budget;
        this.owner = owner;
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Allocates a zeroed region.
     *
     * @param owner name for the accounting
     * @param bytes at least 1; rounded up to 4 KiB, or to 2 MiB from there on
     * @throws io.vexel.base.CapacityException when the budget does not allow it
     */
    public static Region allocate(MemoryBudget budget, String owner, long bytes) {
        return allocate(budget, owner, bytes, Optional.empty());
    }

    /**
     * As {@link #allocate(MemoryBudget, String, long)}, in pages that no other memory is in.
     *
     * @param place gets the memory before anybody has touched it, and says where it is to be:
     *     {@link io.vexel.memory.numa.NumaMemory#placing}
     */
    public static Region allocate(MemoryBudget budget, String owner, long bytes, Consumer<MemorySegment> place) {
        return allocate(budget, owner, bytes, Optional.of(place));
    }

    private static Region allocate(
            MemoryBudget budget, String owner, long bytes, Optional<Consumer<MemorySegment>> place) {
        long rounded = rounded(bytes);
        budget.reserve(owner, rounded);
        return ofReserved(budget, owner, rounded, place);
    }

    /**
     * As {@link #allocate(MemoryBudget, String, long)}, but asks no shrinker, and answers empty where that would throw: for caches, which do not grow at
     * the cost of others.
     */
    public static Optional<Region> tryAllocate(MemoryBudget budget, String owner, long bytes) {
        long rounded = rounded(bytes);
        return budget.tryReserve(owner, rounded)
                ? Optional.of(ofReserved(budget, owner, rounded, Optional.empty()))
                : Optional.empty();
    }

    private static long rounded(long bytes) {
        Checks.inRange("bytes", bytes, 1, Long.MAX_VALUE / 2);
        return Bytes.roundUp(bytes, bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : ALIGNMENT);
    }

    private static Region ofReserved(
            MemoryBudget budget, String owner, long bytes, Optional<Consumer<MemorySegment>> place) {
        Arena arena = budget.arena();
        try {
            MemorySegment segment = bytes >= HUGE_PAGE_BYTES
                    ? HugePages.map(arena, bytes)
                    : place.isPresent() ? HugePages.mapPages(arena, bytes) : arena.allocate(bytes, ALIGNMENT);
            place.ifPresent(where -> where.accept(segment));
            return new Region(budget, owner, arena, segment);
        } catch (RuntimeException | Error e) {
            budget.release(owner, bytes);
            arena.close();
            throw e;
        }
    }

    /** The memory, at least as long as asked for. */
    public MemorySegment segment() {
        return segment;
    }

    /** Start address. */
    public long address() {
        return segment.address();
    }

    public long byteSize() {
        return segment.byteSize();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            long bytes = segment.byteSize();
            arena.close();
            budget.release(owner, bytes);
        }
    }
}
