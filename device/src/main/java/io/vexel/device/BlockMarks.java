package io.vexel.device;

import io.vexel.base.Checks;
import io.vexel.memory.MemoryBudget;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * A mark for each block of a device, in pages that exist where something was marked: 4 KiB of the budget for {@value #PAGE_BLOCKS} blocks.
 *
 * <p>One thread adds marks before others see the object. After that marks are only removed, by one thread at a time, and anybody may look: who sees
 * that a mark is gone sees what was done before it was removed.
 */
public final class BlockMarks implements AutoCloseable {

    /** Blocks of a page. */
    public static final int PAGE_BLOCKS = 1 << 15;

    private static final int PAGE_WORDS = PAGE_BLOCKS / Long.SIZE;
    private static final long PAGE_BYTES = PAGE_BLOCKS / Byte.SIZE;

    private final MemoryBudget budget;
    private final String owner;
    private final @Nullable AtomicLongArray[] pages;
    private long reservedBytes;

    /**
     * No marks.
     *
     * @param budget where the pages, which are on the heap, are reserved
     * @param owner name for the accounting
     * @param blocks of the device
     * @throws io.vexel.base.CapacityException when the budget does not allow the table of pages
     */
    public BlockMarks(MemoryBudget budget, String owner, long blocks) {
        Checks.inRange("blocks", blocks, 1, (long) Integer.MAX_VALUE * PAGE_BLOCKS);
        this.budget = budget;
        this.owner = owner;
        int count = Math.toIntExact(Math.ceilDiv(blocks, PAGE_BLOCKS));
        reserve((long) count * Long.BYTES);
        this.pages = new AtomicLongArray[count];
    }

    private void reserve(long bytes) {
        budget.reserve(owner, bytes);
        reservedBytes += bytes;
    }

    /**
     * Marks the blocks {@code from..end-1}.
     *
     * @throws io.vexel.base.CapacityException when the budget does not allow a page; some are marked then
     */
    public void add(long from, long end) {
        for (long block = from; block < end; block = wordEnd(block)) {
            addWord(block, mask(block, end));
        }
    }

    /**
     * Marks those of 64 blocks that a word has a bit for, the first in the lowest.
     *
     * @param first a multiple of 64
     * @throws io.vexel.base.CapacityException when the budget does not allow a page
     */
    public void addWord(long first, long bits) {
        if (bits == 0) {
            return;
        }
        AtomicLongArray page = page(first);
        if (page == null) {
            reserve(PAGE_BYTES);
            page = new AtomicLongArray(PAGE_WORDS);
            pages[(int) (first / PAGE_BLOCKS)] = page;
        }
        page.setPlain(word(first), page.getPlain(word(first)) | bits);
    }

    /** Takes the marks of the blocks {@code from..end-1} away. */
    public void remove(long from, long end) {
        for (long block = from; block < end; block = wordEnd(block)) {
            AtomicLongArray page = page(block);
            if (page != null) {
                page.setRelease(word(block), page.getPlain(word(block)) & ~mask(block, end));
            }
        }
    }

    /** The first marked block of {@code from..end-1}, or {@code end}. */
    public long nextMarked(long from, long end) {
        return next(from, end, 0);
    }

    /** The first block without a mark of {@code from..end-1}, or {@code end}. */
    public long nextUnmarked(long from, long end) {
        return next(from, end, -1);
    }

    private long next(long from, long end, long flip) {
        long block = from;
        while (block < end) {
            AtomicLongArray page = page(block);
            long bits = ((page == null ? 0 : page.getAcquire(word(block))) ^ flip) >>> block;
            if (bits != 0) {
                return Math.min(end, block + Long.numberOfTrailingZeros(bits));
            }
            block = wordEnd(block);
        }
        return end;
    }

    private @Nullable AtomicLongArray page(long block) {
        return pages[(int) (block / PAGE_BLOCKS)];
    }

    private static int word(long block) {
        return (int) (block % PAGE_BLOCKS) / Long.SIZE;
    }

    private static long wordEnd(long block) {
        return (block | Long.SIZE - 1) + 1;
    }

    /** The bits of a word that stand for the blocks from {@code block} on, up to the word's end or {@code end}. */
    private static long mask(long block, long end) {
        return -1L >>> (Long.SIZE - (Math.min(end, wordEnd(block)) - block)) << block;
    }

    /** Gives the reservation back. Who still looks finds what was there. */
    @Override
    public void close() {
        budget.release(owner, reservedBytes);
        reservedBytes = 0;
    }
}
