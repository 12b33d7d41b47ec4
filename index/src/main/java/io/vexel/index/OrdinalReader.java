package io.vexel.index;

import java.util.Arrays;

/** Goes through a set of rows range by range, ahead by a buffer, so that many small ranges cost few reads. Used by one thread. */
final class OrdinalReader {

    private static final int MOST_AHEAD = 1 << 10;

    private final OrdinalSet set;

    /** Ordinals that were read; those of the range begin at {@link #at}. */
    final int[] ordinals;

    private int at;
    private int count;
    private long start;
    private long end;

    OrdinalReader(OrdinalSet set) {
        this.set = set;
        ordinals = new int[Math.clamp(set.size(), 1, MOST_AHEAD)];
    }

    /** Index of the first ordinal that {@link #available} counts. */
    int at() {
        return at;
    }

    /**
     * Finds the first ordinals of a range.
     *
     * @return how many of the range there are from {@link #at} on, as far as they were read; 0 when there are none in it
     */
    int available(long first, long rangeEnd) {
        if (first < start || first >= end) {
            fill(first);
        }
        while (at < count && ordinals[at] < first) {
            at++;
        }
        int found = Arrays.binarySearch(ordinals, at, count, (int) Math.min(rangeEnd, Integer.MAX_VALUE));
        return (found < 0 ? -found - 1 : found) - at;
    }

    private void fill(long first) {
        at = 0;
        count = set.read(first, Long.MAX_VALUE, ordinals);
        start = first;
        end = count == 0 ? Long.MAX_VALUE : ordinals[count - 1] + 1L;
    }
}
