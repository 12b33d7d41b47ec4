package io.vexel.paging.replacement;

import java.util.Arrays;

/**
 * Finds a small number by a page number: a hash table of fixed size with linear probing, in which an entry that is removed is closed up
 * behind, so that no marks of deleted entries pile up. Not safe for concurrent use.
 */
final class PageMap {

    private static final long EMPTY = -1;
    private static final long MIXER = 0x9E3779B97F4A7C15L;

    private final long[] pages;
    private final int[] values;
    private final int mask;
    private final int shift;

    /** @param most entries there may be at once */
    PageMap(int most) {
        int capacity = Integer.highestOneBit(Math.max(1, most)) * 4;
        pages = new long[capacity];
        values = new int[capacity];
        mask = capacity - 1;
        shift = 64 - Integer.numberOfTrailingZeros(capacity);
        Arrays.fill(pages, EMPTY);
    }

    /** The value of a page, or -1. */
    int get(long page) {
        int at = find(page);
        return pages[at] == page ? values[at] : ReplacementPolicy.NONE;
    }

    void put(long page, int value) {
        int at = find(page);
        pages[at] = page;
        values[at] = value;
    }

    void remove(long page) {
        int hole = find(page);
        if (pages[hole] != page) {
            return;
        }
        pages[hole] = EMPTY;
        for (int at = hole + 1 & mask; pages[at] != EMPTY; at = at + 1 & mask) {
            int distance = at - home(pages[at]) & mask;
            if (distance >= (at - hole & mask)) {
                pages[hole] = pages[at];
                values[hole] = values[at];
                pages[at] = EMPTY;
                hole = at;
            }
        }
    }

    /** Where the page is, or the empty place where it would go. */
    private int find(long page) {
        int at = home(page);
        while (pages[at] != page && pages[at] != EMPTY) {
            at = at + 1 & mask;
        }
        return at;
    }

    private int home(long page) {
        return (int) ((page * MIXER) >>> shift);
    }
}
