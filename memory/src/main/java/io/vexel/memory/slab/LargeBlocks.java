package io.vexel.memory.slab;

import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageBlock;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of whole pages, as many as are needed. Their handles look like those of objects, of cache number 255, with a word of the same form
 * that lies on the heap. Changes by compare-and-set; adding a block has a monitor.
 */
final class LargeBlocks implements AutoCloseable {

    /** The largest block: 1 GiB. */
    static final long MOST_BYTES = (long) PageAllocator.PAGE_BYTES << PageAllocator.MAX_ORDER;

    private static final int NUMBER = 255;
    private static final int STEP = 1 << 9;
    private static final int USED = 1 << 8;
    private static final String NAME = "large";

    private final SlabAllocator allocator;
    private final Deque<Integer> freeSlots = new ArrayDeque<>();
    private int[] words = new int[0];
    private volatile AtomicReferenceArray<@Nullable Large> blocks = new AtomicReferenceArray<>(0);

    /** A block in use. */
    private record Large(long handle, PageBlock pages, String allocatedAt) {}

    LargeBlocks(SlabAllocator allocator) {
        this.allocator = allocator;
    }

    static boolean isLarge(long handle) {
        return SlotTable.cacheOf(handle) == NUMBER;
    }

    long allocate(long bytes) {
        PageBlock pages = allocator.largePages(bytes);
        boolean stored = false;
        try {
            long handle = store(pages);
            stored = true;
            return handle;
        } finally {
            if (!stored) {
                allocator.pages().free(pages);
            }
        }
    }

    private synchronized long store(PageBlock pages) {
        if (freeSlots.isEmpty()) {
            grow();
        }
        int slot = freeSlots.pop();
        words[slot] += STEP;
        long handle = ((long) words[slot] << Integer.SIZE) | slot;
        String place = allocator.options().debugging().contains(SlabFlag.STORE_USER) ? CallSite.of() : "";
        blocks.set(slot, new Large(handle, pages, place));
        return handle;
    }

    private void grow() {
        int old = words.length;
        int length = Math.max(16, 2 * old);
        AtomicReferenceArray<@Nullable Large> grown = new AtomicReferenceArray<>(length);
        // A block freed meanwhile would come back with the copy, so who frees has the monitor, too.
        for (int slot = 0; slot < old; slot++) {
            grown.set(slot, blocks.get(slot));
        }
        words = Arrays.copyOf(words, length);
        Arrays.fill(words, old, length, NUMBER | USED);
        for (int slot = length - 1; slot >= old; slot--) {
            freeSlots.push(slot);
        }
        blocks = grown;
    }

    void free(long handle) {
        allocator.pages().free(remove(handle).pages);
    }

    private synchronized Large remove(long handle) {
        Large large = find(handle, Misuse.Kind.DOUBLE_FREE);
        int slot = SlotTable.slotOf(handle);
        blocks.set(slot, null);
        freeSlots.push(slot);
        return large;
    }

    MemorySegment segment(long handle) {
        return find(handle, Misuse.Kind.USE_AFTER_FREE).pages.segment();
    }

    private Large find(long handle, Misuse.Kind stale) {
        int slot = SlotTable.slotOf(handle);
        AtomicReferenceArray<@Nullable Large> all = blocks;
        Large large = slot >= 0 && slot < all.length() ? all.get(slot) : null;
        if (large == null || large.handle != handle) {
            throw new MisuseException(
                    new Misuse(wasGood(handle) ? stale : Misuse.Kind.FOREIGN_HANDLE, NAME, handle, "", ""));
        }
        return large;
    }

    private synchronized boolean wasGood(long handle) {
        int slot = SlotTable.slotOf(handle);
        int word = (int) (handle >>> Integer.SIZE);
        // The first handle of a slot is one step after what it begins with.
        return isLarge(handle)
                && (word & USED) != 0
                && slot >= 0
                && slot < words.length
                && words[slot] - word >= 0
                && word - (NUMBER | USED) > 0;
    }

    /** Blocks in use. */
    LeakReport used() {
        List<LeakReport.Leak> leaks = new ArrayList<>();
        AtomicReferenceArray<@Nullable Large> all = blocks;
        for (int slot = 0; slot < all.length(); slot++) {
            Large large = all.get(slot);
            if (large != null) {
                leaks.add(new LeakReport.Leak(
                        NAME, large.allocatedAt, 1, large.pages.segment().byteSize()));
            }
        }
        return new LeakReport(leaks);
    }

    @Override
    public void close() {
        allocator.forget(this);
        LeakReport leaks = used();
        AtomicReferenceArray<@Nullable Large> all = blocks;
        for (int slot = 0; slot < all.length(); slot++) {
            Large large = all.get(slot);
            if (large != null) {
                free(large.handle);
            }
        }
        if (!leaks.isEmpty()) {
            allocator.options().leaks().accept(leaks);
        }
    }
}
