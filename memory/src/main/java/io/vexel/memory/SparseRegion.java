package io.vexel.memory;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Off-heap memory whose addresses are reserved once and whose parts are taken from the budget and given back piece by piece. Which parts
 * are in use is the owner's affair: the region counts bytes. It is aligned to 2 MiB and offered to the system for huge pages, unless its parts are
 * {@linkplain #reserveSmallPages small}; what was given back reads as zeros when it is taken again.
 *
 * <p>Safe for use by any thread, save that nobody may use memory that is being given back, or the region once it is closed.
 */
public final class SparseRegion implements AutoCloseable {

    private static final long PAGE_BYTES = 4096;

    private final MemoryBudget budget;
    private final String owner;
    private final Arena arena;
    private final MemorySegment reserved;
    private final AtomicLong takenBytes = new AtomicLong();
    private boolean closed;

    private SparseRegion(MemoryBudget budget, String owner, Arena arena, MemorySegment reserved) {
        this.budget = budget;
        this.owner = owner;
        this.arena = arena;
        this.reserved = reserved;
    }

    /**
     * Reserves addresses; takes no memory yet.
     *
     * @param owner name for the accounting
     * @param bytes length of the region, at least 1; rounded up to 2 MiB
     * @throws io.vexel.base.CapacityException when the system has no such range of addresses to give
     */
    public static SparseRegion reserve(MemoryBudget budget, String owner, long bytes) {
        Checks.inRange("bytes", bytes, 1, Long.MAX_VALUE / 2);
        long rounded = Bytes.roundUp(bytes, Region.HUGE_PAGE_BYTES);
        requireAddresses(owner, rounded + Region.HUGE_PAGE_BYTES);
        Arena arena = budget.arena();
        return of(budget, owner, arena, () -> HugePages.map(arena, rounded));
    }

    /**
     * As {@link #reserve}, for parts of single pages: the system is asked not to use huge ones, so that no more memory is there than was taken.
     *
     * @param bytes length of the region, at least 1; rounded up to 4 KiB
     */
    public static SparseRegion reserveSmallPages(MemoryBudget budget, String owner, long bytes) {
        Checks.inRange("bytes", bytes, 1, Long.MAX_VALUE / 2);
        long rounded = Bytes.roundUp(bytes, PAGE_BYTES);
        requireAddresses(owner, rounded);
        Arena arena = budget.arena();
        return of(budget, owner, arena, () -> {
            MemorySegment pages = HugePages.mapPages(arena, rounded);
            HugePages.small(pages);
            return pages;
        });
    }

    /**
     * As {@link #reserveSmallPages}, with all of it taken, for what is given back in parts.
     *
     * @throws io.vexel.base.CapacityException when the budget refuses, too
     */
    public static SparseRegion takeSmallPages(MemoryBudget budget, String owner, long bytes) {
        SparseRegion region = reserveSmallPages(budget, owner, bytes);
        try {
            region.take(region.byteSize());
            return region;
        } catch (RuntimeException | Error e) {
            region.close();
            throw e;
        }
    }

    private static void requireAddresses(String owner, long bytes) {
        if (AnonymousMapping.supported() && !AnonymousMapping.wouldMap(bytes)) {
            throw new io.vexel.base.CapacityException("addresses in bytes for " + owner, bytes, 0);
        }
    }

    private static SparseRegion of(MemoryBudget budget, String owner, Arena arena, Supplier<MemorySegment> map) {
        try {
            return new SparseRegion(budget, owner, arena, map.get());
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Takes bytes from the budget for a part that is about to be used; others are asked to give memory back when there is too little.
     *
     * @throws io.vexel.base.CapacityException when the budget refuses
     */
    public void take(long bytes) {
        budget.reserve(owner, bytes);
        takenBytes.addAndGet(bytes);
    }

    /** Takes bytes from the budget for a part that is about to be used; false when the budget refuses. Reclaims nothing. */
    public boolean tryTake(long bytes) {
        if (!budget.tryReserve(owner, bytes)) {
            return false;
        }
        takenBytes.addAndGet(bytes);
        return true;
    }

    /**
     * Gives a part back to the system and its bytes to the budget.
     *
     * @param offset from the start of the region, a multiple of 4 KiB
     * @param bytes a multiple of 4 KiB
     */
    public void giveBack(long offset, long bytes) {
        HugePages.discard(reserved.asSlice(offset, bytes));
        takenBytes.addAndGet(-bytes);
        budget.release(owner, bytes);
    }

    /**
     * Says what can be done to a part; a new region can be read and written.
     *
     * @param offset from the start of the region, a multiple of 4 KiB
     * @param bytes a multiple of 4 KiB
     * @throws UnsupportedOperationException where the system cannot protect memory
     */
    public void protect(long offset, long bytes, PageAccess access) {
        AnonymousMapping.protect(reserved.asSlice(offset, bytes), access);
    }

    /** The budget that the region takes from. */
    public MemoryBudget budget() {
        return budget;
    }

    /** Start address. */
    public long address() {
        return reserved.address();
    }

    /** Bytes of addresses. */
    public long byteSize() {
        return reserved.byteSize();
    }

    /** Bytes taken from the budget now. */
    public long takenBytes() {
        return takenBytes.get();
    }

    /** A part of the memory, which the caller has taken. */
    public MemorySegment segment(long offset, long bytes) {
        return reserved.asSlice(offset, bytes);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            arena.close();
            long left = takenBytes.getAndSet(0);
            if (left > 0) {
                budget.release(owner, left);
            }
        }
    }
}
