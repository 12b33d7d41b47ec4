package io.vexel.memory;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Off-heap memory that grows in place: addresses are reserved once, and memory is taken from the budget as it is needed. What was
 * taken stays zeroed until written, never moves, and is offered to the system for huge pages.
 *
 * <p>It grows by 64 KiB. Whole units of 2 MiB have huge pages; the last unit, while it is a part of one, has small ones, so that the region
 * takes from the system what it took from the budget. When the unit is whole, huge pages take the place of the small ones.
 *
 * <p>Growing is for one thread at a time; memory that was there before may be used by any thread meanwhile. Closing a region while
 * another thread uses it is the owner's mistake.
 */
public final class GrowableRegion implements AutoCloseable {

    private static final long STEP = 64 * Bytes.KIB;
    private static final long UNIT = Region.HUGE_PAGE_BYTES;

    private final MemoryBudget budget;
    private final String owner;
    private final Arena arena;
    private final MemorySegment reserved;
    private volatile long byteSize;
    private boolean closed;

    private GrowableRegion(MemoryBudget budget, String owner, Arena arena, MemorySegment reserved) {
        this.budget = budget;
        this.owner = owner;
        this.arena = arena;
        this.reserved = reserved;
    }

    /**
     * Reserves addresses; takes no memory yet.
     *
     * @param owner name for the accounting
     * @param mostBytes what the region can grow to, at least 1; more than the budget's limit is never reserved
     * @throws io.vexel.base.CapacityException when the system has no addresses to give
     */
    public static GrowableRegion reserve(MemoryBudget budget, String owner, long mostBytes) {
        return reserve(budget, owner, mostBytes, _ -> {});
    }

    /**
     * As {@link #reserve(MemoryBudget, String, long)}.
     *
     * @param place gets the memory before anybody has touched it, and says where it is to be:
     *     {@link io.vexel.memory.numa.NumaMemory#placing}
     */
    public static GrowableRegion reserve(
            MemoryBudget budget, String owner, long mostBytes, Consumer<MemorySegment> place) {
        Checks.inRange("mostBytes", mostBytes, 1, Long.MAX_VALUE / 2);
        long most = Bytes.roundUp(Math.min(mostBytes, budget.limitBytes()), UNIT);
        Arena arena = Arena.ofShared();
        try {
            MemorySegment reserved = HugePages.reserve(arena, most);
            place.accept(reserved);
            HugePages.small(reserved.asSlice(0, UNIT));
            return new GrowableRegion(budget, owner, arena, reserved);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Makes the first bytes usable.
     *
     * @throws io.vexel.base.CapacityException when the budget does not allow it, or when it is more than was reserved; nothing changes
     */
    public synchronized void ensure(long bytes) {
        if (bytes <= byteSize) {
            return;
        }
        long wanted = roundUp(bytes);
        if (wanted > reserved.byteSize()) {
            throw new io.vexel.base.CapacityException("bytes of a region for " + owner, bytes, reserved.byteSize());
        }
        budget.reserve(owner, wanted - byteSize);
        fitPages(byteSize, wanted);
        byteSize = wanted;
    }

    /** Moves the unit with small pages from the end as it was to the end as it will be. */
    private void fitPages(long before, long after) {
        long whole = before - before % UNIT;
        long nowWhole = after - after % UNIT;
        if (whole == nowWhole) {
            return;
        }
        if (before > whole) {
            HugePages.collapse(reserved.asSlice(whole, UNIT));
            whole += UNIT;
        }
        HugePages.huge(reserved.asSlice(whole, nowWhole - whole));
        if (nowWhole < reserved.byteSize()) {
            HugePages.small(reserved.asSlice(nowWhole, UNIT));
        }
    }

    /** Bytes that a region takes from the budget to make so many usable. */
    public static long roundUp(long bytes) {
        return Bytes.roundUp(bytes, STEP);
    }

    /** Start address. */
    public long address() {
        return reserved.address();
    }

    /** Usable bytes. */
    public long byteSize() {
        return byteSize;
    }

    /** The usable memory now. */
    public MemorySegment segment() {
        return reserved.asSlice(0, byteSize);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            arena.close();
            if (byteSize > 0) {
                budget.release(owner, byteSize);
            }
        }
    }
}
