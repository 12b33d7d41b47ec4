package io.vexel.index;

/** Looks at rows of a chunk for a search. Used by one thread. */
sealed interface RowScanner permits ChunkScanner, CombinedScanner {

    /** Scans contiguous rows. */
    void scan(long firstOrdinal, long address, int rowCount);

    /**
     * Scans some of contiguous rows, one by one.
     *
     * @param firstRow address of the row {@code firstOrdinal}
     * @param ordinals the rows, in its elements {@code from..to - 1}
     */
    void scanSome(long firstOrdinal, long firstRow, int[] ordinals, int from, int to);

    /** Pairs of a query and a live row seen so far. */
    long compared();
}
