package io.vexel.index;

/** Rows, by ordinal, which is below 2^31. Does not change during a search. Safe for use by any thread. */
public interface OrdinalSet {

    /** How many rows. */
    long size();

    /**
     * Writes ordinals in ascending order.
     *
     * @param from the smallest to write
     * @param end the smallest not to write
     * @param target is filled from its start, as far as there are ordinals
     * @return how many were written; 0 when there are none in the range
     */
    int read(long from, long end, int[] target);
}
