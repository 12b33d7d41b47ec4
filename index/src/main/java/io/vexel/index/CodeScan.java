package io.vexel.index;

/**
 * Goes over some rows of a graph by their codes, row by row in the order of ordinals, and keeps the nearest. Costs a quarter or less of what their
 * full vectors would, most of it the wait for memory; so the codes of the next rows are always under way.
 */
final class CodeScan {

    /** Rows whose codes are loaded before the first of them is compared. */
    private static final int AHEAD = 32;

    private final VertexStore store;
    private final int codeBytes;

    CodeScan(VertexStore store) {
        this.store = store;
        codeBytes = store.layout().codeBytes();
    }

    /**
     * Leaves the rows that are nearest by code in the context's results, by ordinal.
     *
     * @param context prepared for the query
     * @param some among which are all rows that may be found; filters are asked about near ones only
     * @param most rows to keep
     */
    void scan(GraphContext context, OrdinalSet some, int most) {
        Wanted wanted = context.wanted;
        context.results.reset(most);
        int[] ordinals = context.ordinals();
        // Rows that come in meanwhile are not looked at.
        long end = Math.min(wanted.rowEnd(), store.byOrdinal().end());
        int vertices = store.count();
        int count = some.read(0, end, ordinals);
        while (count > 0) {
            wanted.cancellation().check();
            for (int first = 0; first < count; first += AHEAD) {
                int rows = find(context, first, Math.min(count, first + AHEAD), vertices);
                compare(context, rows);
            }
            context.compared += count;
            count = some.read(ordinals[count - 1] + 1L, end, ordinals);
        }
    }

    /** Moves rows that are in the index to the start of the context's batch, with their vertices, and loads their codes early. */
    private int find(GraphContext context, int first, int end, int vertices) {
        int[] ordinals = context.ordinals();
        long map = store.byOrdinal().address();
        int count = 0;
        int early = 0;
        for (int i = first; i < end; i++) {
            int vertex = VertexMap.at(map, ordinals[i]);
            if (vertex >= 0 && vertex < vertices) {
                context.batch[count] = vertex;
                context.batchOrdinals[count++] = ordinals[i];
                early += GraphContext.prefetch(store.codes(vertex), codeBytes);
            }
        }
        context.sink += early;
        return count;
    }

    private void compare(GraphContext context, int count) {
        Wanted wanted = context.wanted;
        CandidatePool results = context.results;
        float bound = results.bound();
        float[] distances = context.estimates;
        store.distances(context, context.batch, count, distances);
        for (int i = 0; i < count; i++) {
            float distance = distances[i];
            if (distance < bound && wanted.accepts(context.batchOrdinals[i])) {
                results.add(context.batchOrdinals[i], distance);
                bound = results.bound();
            }
        }
    }
}
