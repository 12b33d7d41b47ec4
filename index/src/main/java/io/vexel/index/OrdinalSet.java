package io.vexel.index;

/** Rows, by ordinal. Does not change during a search. Safe for use by any thread. */
public interface OrdinalSet {

    /** How many rows. */
    long size();

    /**
     * Writes ordinals in ascending order.
     *
     * @param from the smallest to write
     * @param end the smallest not to write
     * @param target is filled from its start, as far as there are ordinals
     * @return how many were written; fewer than {@code target} is long only when there are no more
     */
    int read(long from, long end, long[] target);
}
