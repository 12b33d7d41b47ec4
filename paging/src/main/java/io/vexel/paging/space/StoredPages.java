package io.vexel.paging.space;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.paging.swap.SwapArea;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Where anonymous pages are when they are not in memory. A place is what fits into an entry:
 *
 * <pre>
 *    35   34        31 30                 0
 *   +---+------------+---------------------+
 *   | 0 | swap space | slot in the space   |
 *   +---+------------+---------------------+
 * </pre>
 *
 * <p>Called without the pager's lock, save {@link #free}. A place is read, or freed, by one thread at a time.
 */
final class StoredPages {

    /** No place. */
    static final long NOWHERE = -1;

    private static final int MAX_SPACES = 16;
    private static final int SLOT_BITS = 31;
    private static final int SWAP_SPACE_SHIFT = 40;

    private final Optional<SwapArea> swap;

    StoredPages(Optional<SwapArea> swap, int pageBytes) {
        this.swap = swap;
        swap.ifPresent(area -> {
            Checks.argument(
                    area.pageBytes() == pageBytes,
                    "pageBytes=" + area.pageBytes() + " of swap, allowed: that of the pager, " + pageBytes);
            Checks.inRange("spaces", area.spaces(), 1, MAX_SPACES);
        });
    }

    /**
     * Puts a page somewhere.
     *
     * @return its place
     * @throws CapacityException when there is no room
     * @throws io.vexel.base.DeviceException when devices fail
     */
    long store(int id, MemorySegment page) {
        SwapArea area = swap.orElseThrow(() -> new CapacityException("swap slots", 1, 0));
        long slot = area.write(id, page);
        return slot >>> SWAP_SPACE_SHIFT << SLOT_BITS | (int) slot;
    }

    /** Reads the page at a place, which stays taken. */
    void load(long place, int id, MemorySegment target) {
        swap.orElseThrow().read(slot(place), id, target);
    }

    void free(long place) {
        swap.orElseThrow().free(slot(place));
    }

    private static long slot(long place) {
        return place >>> SLOT_BITS << SWAP_SPACE_SHIFT | (place & ((1L << SLOT_BITS) - 1));
    }
}
