package io.vexel.collection.indexing;

/** Rows from which an index learns how the rows of a collection are distributed. */
final class Samples {

    /** Most rows of a sample. */
    static final int MOST_ROWS = 10_000;

    /** Bytes of floats that a sample may have: an index learns from them on the heap. */
    private static final int MOST_BYTES = 32 << 20;

    private Samples() {}

    /**
     * Live rows at even distances, ascending; as many as the state has, up to {@value #MOST_ROWS}, or fewer where vectors are long.
     *
     * @param dimension of the rows, at least 1
     */
    static long[] of(IndexedRows.State state, int dimension) {
        int most = Math.min(MOST_ROWS, MOST_BYTES / (dimension * Float.BYTES));
        int size = (int) Math.min(most, state.liveCount());
        long[] sample = new long[size];
        int taken = 0;
        long seen = 0;
        for (long ordinal = 0; taken < size && ordinal < state.rowCount(); ordinal++) {
            if (state.live().accepts(ordinal)) {
                if (seen * size >= taken * state.liveCount()) {
                    sample[taken++] = ordinal;
                }
                seen++;
            }
        }
        return java.util.Arrays.copyOf(sample, taken);
    }
}
