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
     * Makes a chunk readable; may load it from storage.
     *
     * @param chunk 0 up to the number of chunks - 1
     */
    ChunkLease lease(long chunk);
}
