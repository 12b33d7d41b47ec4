package io.vexel.index;

/**
 * Where an index reads its rows: chunks of a constant number of rows, contiguous and without padding within a chunk. Row
 * {@code i} of chunk {@code c} has ordinal {@code c * rowsPerChunk + i}; only the last chunk may be short. Safe for use by any
 * thread.
 */
public interface RowSource {

    /** Rows there are now. May grow at any time and never shrinks; a row's bytes never change. */
    long rowCount();

    /** Rows of a full chunk; a power of two, constant. */
    int rowsPerChunk();

    /**
     * Makes consecutive rows of a chunk readable; may load them from storage.
     *
     * @param chunk 0 up to the number of chunks - 1
     * @param first row of the chunk from which on they are wanted; this one is readable in any case
     * @param end row of the chunk behind the last that is wanted, above {@code first}; how far they are readable is in the lease
     */
    ChunkLease lease(long chunk, int first, int end);
}
