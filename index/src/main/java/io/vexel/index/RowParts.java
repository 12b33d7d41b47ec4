package io.vexel.index;

/**
 * How the rows are cut for the threads of a search: into chunks, or into equal parts of chunks where chunks are too few to keep
 * all threads busy to the end.
 *
 * @param first the first row that is looked at
 * @param total rows there are
 * @param partRows most rows of a part; a power of two that divides a chunk
 */
record RowParts(long first, long total, int partRows) {

    /** So many parts a thread keep the wait for the last one short. */
    private static final int PARTS_PER_THREAD = 8;

    /** Parts of a chunk that has to be loaded wait for each other. */
    private static final int MOST_PARTS_OF_CHUNK_PER_THREAD = 4;

    /** Smaller parts cost more to hand out than they are worth. */
    private static final long SMALLEST_PART_BYTES = 64 * 1024;

    static RowParts of(long first, RowSource rows, int rowBytes, int threads) {
        long total = rows.rowCount();
        int rowsPerChunk = rows.rowsPerChunk();
        long wanted = threads == 1 ? 1 : (long) PARTS_PER_THREAD * threads;
        int partRows = rowsPerChunk;
        while (Math.ceilDiv(Math.max(0, total - first), partRows) < wanted
                && rowsPerChunk / partRows < MOST_PARTS_OF_CHUNK_PER_THREAD * threads
                && (long) partRows * rowBytes >= 2 * SMALLEST_PART_BYTES) {
            partRows /= 2;
        }
        return new RowParts(Math.min(first, total), total, partRows);
    }

    /** Parts there are. */
    long count() {
        return first == total ? 0 : Math.ceilDiv(total, partRows) - first / partRows;
    }

    /** The first row of a part. */
    long first(long part) {
        return Math.max(first, start(part));
    }

    /** Rows of a part, all in one chunk. */
    int rowCount(long part) {
        return (int) (Math.min(start(part + 1), total) - first(part));
    }

    private long start(long part) {
        return (first / partRows + part) * partRows;
    }
}
