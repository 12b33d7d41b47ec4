package io.vexel.memory.zone;

import java.util.Arrays;

/** The free blocks of a zone at one moment, by mobility and order, and what they say about its fragmentation. */
public final class FreeBlocks {

    private final int leastOrder;
    private final int[][] blocks;
    private final long freshPages;

    /**
     * @param blocks by mobility, then by order from the least on; taken over
     * @param freshPages in spans that can still be taken from the budget
     */
    FreeBlocks(int leastOrder, int[][] blocks, long freshPages) {
        this.leastOrder = leastOrder;
        this.blocks = blocks;
        this.freshPages = freshPages;
    }

    /** The least order of a block in the zone: 0, or 9 where objects are large. */
    public int leastOrder() {
        return leastOrder;
    }

    /** The greatest. */
    public int greatestOrder() {
        return leastOrder + blocks[0].length - 1;
    }

    /** How many there are of an order, of all mobilities; 0 for orders that the zone does not have. */
    public long count(int order) {
        return Arrays.stream(Mobility.values())
                .mapToLong(mobility -> count(order, mobility))
                .sum();
    }

    /** How many there are of an order and mobility. */
    public int count(int order, Mobility mobility) {
        return order < leastOrder || order > greatestOrder() ? 0 : blocks[mobility.index()][order - leastOrder];
    }

    private long pages(int fromOrder) {
        long pages = fromOrder <= greatestOrder() ? freshPages : 0;
        for (int order = Math.max(fromOrder, leastOrder); order <= greatestOrder(); order++) {
            pages += count(order) << order;
        }
        return pages;
    }

    /**
     * Share of the free pages that lie in blocks too small for an order: external fragmentation, 0 .. 1; 0 when nothing is free. Pages that
     * can still be taken from the budget are free, and whole.
     */
    public double unusableShare(int order) {
        long all = pages(0);
        return all == 0 ? 0 : 1 - pages(order) / (double) all;
    }

    /**
     * Whether a block is missing for lack of memory or because free memory is scattered (Gorman and Whitcroft, "The what, the why and the
     * where to of anti-fragmentation", Ottawa Linux Symposium 2006).
     *
     * @return -1 when there is a block of the order or a greater one; else towards 0 for lack of memory, towards 1 for fragmentation
     */
    public double fragmentationIndex(int order) {
        if (pages(order) > 0) {
            return -1;
        }
        long count = 0;
        for (int each = leastOrder; each <= greatestOrder(); each++) {
            count += count(each);
        }
        return count == 0 ? 0 : 1 - (1 + pages(0) / (double) (1L << order)) / count;
    }
}
