package io.vexel.paging.space;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.paging.compression.CompressedStore;
import io.vexel.paging.compression.PageClass;
import io.vexel.paging.swap.SwapArea;
import io.vexel.paging.swap.SwapSink;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Where anonymous pages are when they are not in memory. A place is what fits into an entry:
 *
 * <pre>
 *    35   34        31 30                 0
 *   +---+------------+---------------------+
 *   | 0 | swap space | slot in the space   |
 *   | 1 |     0      | index of compressed |
 *   +---+------------+---------------------+
 * </pre>
 *
 * <p>Called without the pager's lock, save {@link #free}. A place is read, or freed, by one thread at a time.
 */
final class StoredPages {

    /** No place. */
    static final long NOWHERE = -1;

    /** No place: the compressed store is full. */
    static final long FULL = -2;

    private static final int MAX_SPACES = 16;
    private static final int SLOT_BITS = 31;
    private static final int SWAP_SPACE_SHIFT = 40;
    private static final long COMPRESSED = 1L << 35;

    private final Optional<CompressedStore> compressed;
    private final Optional<SwapArea> swap;

    StoredPages(PageTiers tiers, int pageBytes) {
        this.compressed = tiers.compressed();
        this.swap = tiers.swap();
        compressed.ifPresent(store -> checkPages(store.pageBytes(), "the compressed store", pageBytes));
        swap.ifPresent(area -> {
            checkPages(area.pageBytes(), "swap", pageBytes);
            Checks.inRange("spaces", area.spaces(), 1, MAX_SPACES);
        });
    }

    private static void checkPages(int bytes, String where, int pageBytes) {
        Checks.argument(
                bytes == pageBytes,
                "pageBytes=" + bytes + " of " + where + ", allowed: that of the pager, " + pageBytes);
    }

    boolean hasSwap() {
        return swap.isPresent();
    }

    static boolean isCompressed(long place) {
        return (place & COMPRESSED) != 0;
    }

    /** Compresses a page and gives its place; {@link #NOWHERE} when it does not become small enough, {@link #FULL} when there is no room. */
    long tryCompress(int id, PageClass kind, MemorySegment page) {
        if (compressed.isEmpty()) {
            return NOWHERE;
        }
        int index = compressed.get().store(kind, id, page);
        return index >= 0 ? COMPRESSED | index : index == CompressedStore.FULL ? FULL : NOWHERE;
    }

    /**
     * Writes a page to swap and gives its place.
     *
     * @throws CapacityException when there is no room
     * @throws io.vexel.base.DeviceException when devices fail
     */
    long swapOut(int id, MemorySegment page) {
        SwapArea area = swap.orElseThrow(() -> new CapacityException("swap slots", 1, 0));
        return placeOf(area.write(id, page));
    }

    /** Reads the page at a place, which stays taken. */
    void load(long place, int id, MemorySegment target) {
        if (isCompressed(place)) {
            compressed.orElseThrow().load((int) place, target);
        } else {
            swap.orElseThrow().read(slot(place), id, target);
        }
    }

    /** Reads a page from swap, and hands on those behind it; see {@link SwapArea#readAhead}. */
    void loadAhead(long place, int id, MemorySegment target, int pages, SwapSink sink) {
        swap.orElseThrow().readAhead(slot(place), id, target, Math.min(1 + pages, SwapArea.MAX_CLUSTER_PAGES), sink);
    }

    void free(long place) {
        if (isCompressed(place)) {
            compressed.orElseThrow().free((int) place);
        } else {
            swap.orElseThrow().free(slot(place));
        }
    }

    /** The place of the page that has been compressed longest, or {@link #NOWHERE}. */
    long oldestCompressed() {
        int index = compressed.map(CompressedStore::oldest).orElse(CompressedStore.NONE);
        return index == CompressedStore.NONE ? NOWHERE : COMPRESSED | index;
    }

    /** The id of a compressed page. */
    int owner(long place) {
        return compressed.orElseThrow().owner((int) place);
    }

    /** From now on a compressed page counts as the last one. */
    void renew(long place) {
        compressed.orElseThrow().renew((int) place);
    }

    /** The place of a slot of swap. */
    static long placeOf(long slot) {
        return slot >>> SWAP_SPACE_SHIFT << SLOT_BITS | (int) slot;
    }

    private static long slot(long place) {
        return place >>> SLOT_BITS << SWAP_SPACE_SHIFT | (place & ((1L << SLOT_BITS) - 1));
    }
}
