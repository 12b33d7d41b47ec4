package io.vexel.paging.space;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CapacityException;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageOwner;
import java.lang.foreign.MemorySegment;

/**
 * The memory of the frames, in extents of 2<sup>n</sup> frames that come from the allocator of pages and go back to it. Frame numbers are dense;
 * a frame of an extent that was given back is absent until the extent is taken again. Changes with the pager's lock held.
 */
final class FrameMemory implements AutoCloseable {

    private static final long NO_HANDLE = -1;
    private static final int HUGE_ORDER = 9;

    private final PageAllocator allocator;
    private final PageOwner owner;
    private final int order;
    private final int pageShift;
    private final int extentShift;
    private final long spareBytes;
    /**
     * Where frame 0 would lie if all lay as those of an extent do. Read by anybody who has a resident entry; an extent that was given back keeps its address,
     * which stays readable.
     */
    private final long[] origins;

    private final long[] handles;
    private int extentsHeld;

    /**
     * @param spareBytes of the budget that are left alone when an extent is taken
     */
    FrameMemory(PageAllocator allocator, PagerOptions options, long spareBytes) {
        this.allocator = allocator;
        this.order = options.extentOrder();
        this.spareBytes = spareBytes;
        pageShift = Integer.numberOfTrailingZeros(options.pageBytes());
        extentShift = order + Integer.numberOfTrailingZeros(PageAllocator.PAGE_BYTES) - pageShift;
        int extents = options.mostFrames() >>> extentShift;
        origins = new long[extents];
        handles = new long[extents];
        java.util.Arrays.fill(handles, NO_HANDLE);
        PageOwner.Terms terms =
                order >= HUGE_ORDER ? PageOwner.Terms.large("page frames") : PageOwner.Terms.reclaimable("page frames");
        // Whoever grows a cache asks nobody else to shrink for it.
        owner = allocator.register(terms.withReserve());
    }

    int extents() {
        return handles.length;
    }

    int framesPerExtent() {
        return 1 << extentShift;
    }

    int extentOf(int frame) {
        return frame >>> extentShift;
    }

    boolean isHeld(int extent) {
        return handles[extent] != NO_HANDLE;
    }

    long extentBytes() {
        return 1L << (extentShift + pageShift);
    }

    long heldBytes() {
        return extentsHeld * extentBytes();
    }

    long address(int frame) {
        return origins[frame >>> extentShift] + ((long) frame << pageShift);
    }

    MemorySegment segment(int frame) {
        return ALL.asSlice(address(frame), 1L << pageShift);
    }

    /**
     * Takes one more extent, when there is one and the budget has room.
     *
     * @param availableBytes what the budget has for this
     * @return its number, or -1
     */
    int take(long availableBytes) {
        if (extentsHeld == handles.length || availableBytes - spareBytes < extentBytes()) {
            return -1;
        }
        int extent = 0;
        while (handles[extent] != NO_HANDLE) {
            extent++;
        }
        try {
            handles[extent] = allocator.allocate(owner, order);
        } catch (CapacityException e) {
            return -1;
        }
        origins[extent] = allocator.address(handles[extent]) - extent * extentBytes();
        extentsHeld++;
        return extent;
    }

    /** Gives an extent back in which no frame holds a page. */
    void giveBack(int extent) {
        long handle = handles[extent];
        handles[extent] = NO_HANDLE;
        extentsHeld--;
        allocator.free(handle);
    }

    @Override
    public void close() {
        for (int extent = 0; extent < handles.length; extent++) {
            if (isHeld(extent)) {
                giveBack(extent);
            }
        }
    }
}
