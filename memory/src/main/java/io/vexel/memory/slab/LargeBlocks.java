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

    /** Of the cache in their handles. */
    static final int NUMBER = 255;

    private static final int STEP = 1 << 9;
    private static final int USED = 1 << 8;
    static final String NAME = "large";

    private final SlabAllocator allocator;
    private final LargeChecks checks;
    private final long seed;
    private final Deque<Integer> freeSlots = new ArrayDeque<>();
    private int[] words = new int[0];
    private volatile AtomicReferenceArray<@Nullable Large> blocks = new AtomicReferenceArray<>(0);

    /**
     * A block in use, or the last that was to be had under a handle.
     *
     * @param memory what its user sees of the pages
     * @param bytes as it was asked for
     */
    record Large(long handle, PageBlock pages, MemorySegment memory, long bytes, String allocatedAt) {}

    /** @param seed of the generations that slots begin with, and of red zones */
    LargeBlocks(SlabAllocator allocator, long seed) {
        this.allocator = allocator;
        this.seed = seed;
        this.checks = new LargeChecks(allocator.pages(), allocator.options().debugging(), seed);
    }

    static boolean isLarge(long handle) {
        return SlotTable.cacheOf(handle) == NUMBER;
    }

    long allocate(long bytes) {
        PageBlock pages = allocator.largePages(checks.bytesWithZones(bytes));
        boolean stored = false;
        try {
            long handle = store(pages, checks.begin(pages, bytes), bytes);
            stored = true;
            return handle;
        } finally {
            if (!stored) {
                allocator.pages().free(pages);
            }
        }
    }

    private synchronized long store(PageBlock pages, MemorySegment memory, long bytes) {
        if (freeSlots.isEmpty()) {
            grow();
        }
        int slot = freeSlots.pop();
        words[slot] += STEP;
        long handle = ((long) words[slot] << Integer.SIZE) | slot;
        blocks.set(slot, new Large(handle, pages, memory, bytes, checks.place()));
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
        for (int slot = length - 1; slot >= old; slot--) {
            words[slot] = firstWord(slot);
            freeSlots.push(slot);
        }
        blocks = grown;
    }

    /** What the word of a slot is before its first use: of a generation that other allocators do not begin with. */
    private int firstWord(int slot) {
        return ((int) (RedZone.key(seed, slot) >>> Integer.SIZE) & -STEP) | NUMBER | USED;
    }

    void free(long handle) {
        List<Misuse> found = new ArrayList<>(0);
        checks.end(remove(handle), found);
        report(found);
    }

    private void report(List<Misuse> found) {
        found.forEach(allocator.options().misuses());
    }

    /** Looks at all blocks while nobody else uses them: red zones of those in use, poison of those that are held. */
    void verify() {
        List<Misuse> found = new ArrayList<>(0);
        verify(found);
        report(found);
    }

    private synchronized void verify(List<Misuse> found) {
        AtomicReferenceArray<@Nullable Large> all = blocks;
        for (int slot = 0; slot < all.length(); slot++) {
            Large large = all.get(slot);
            if (large != null) {
                checks.verifyUsed(large, "", found);
            }
        }
        checks.verifyHeld(found);
    }

    /** Bytes that {@link #shrink} could give back. */
    long reclaimableBytes() {
        return checks.heldBytes();
    }

    /** Gives pages of freed blocks back that are held, and says how many bytes. */
    long shrink(long bytes) {
        List<Misuse> found = new ArrayList<>(0);
        long given = checks.shrink(bytes, found);
        report(found);
        return given;
    }

    /** Whether a block that was freed is held, so that writes to it are found. */
    boolean isHeld(long handle) {
        return checks.isHeld(handle);
    }

    private synchronized Large remove(long handle) {
        Large large = find(handle, Misuse.Kind.DOUBLE_FREE);
        int slot = SlotTable.slotOf(handle);
        blocks.set(slot, null);
        freeSlots.push(slot);
        return large;
    }

    MemorySegment segment(long handle) {
        return find(handle, Misuse.Kind.USE_AFTER_FREE).memory;
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
                && Integer.compareUnsigned(words[slot] - word, words[slot] - firstWord(slot)) < 0;
    }

    /** Blocks in use. */
    LeakReport used() {
        List<LeakReport.Leak> leaks = new ArrayList<>();
        AtomicReferenceArray<@Nullable Large> all = blocks;
        for (int slot = 0; slot < all.length(); slot++) {
            Large large = all.get(slot);
            if (large != null) {
                leaks.add(new LeakReport.Leak(NAME, large.allocatedAt, 1, large.bytes));
            }
        }
        return new LeakReport(leaks);
    }

    @Override
    public void close() {
        allocator.forget(this);
        List<Misuse> found = new ArrayList<>(0);
        LeakReport leaks = used();
        AtomicReferenceArray<@Nullable Large> all = blocks;
        for (int slot = 0; slot < all.length(); slot++) {
            Large large = all.get(slot);
            if (large != null) {
                checks.verifyUsed(large, "", found);
                remove(large.handle);
                allocator.pages().free(large.pages);
            }
        }
        checks.shrink(Long.MAX_VALUE, found);
        if (!leaks.isEmpty()) {
            allocator.options().leaks().accept(leaks);
        }
        report(found);
    }
}
