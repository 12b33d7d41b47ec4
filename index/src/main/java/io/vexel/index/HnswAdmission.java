package io.vexel.index;

/** Which vertices a query's search collects: rows that it wants, but for remains of insertions that failed. They are offered to the context's best at once. */
record HnswAdmission(HnswGraph graph) implements HnswSearch.Admission {

    @Override
    public boolean admits(HnswContext context, int place, int ordinal, float key) {
        if (graph.marked(place, HnswGraph.ABANDONED) || !context.wanted.accepts(ordinal)) {
            return false;
        }
        context.best.offer(key, ordinal);
        return true;
    }

    /** Within a radius, the search goes on as long as there are rows in it. */
    @Override
    public float reach(HnswContext context) {
        return context.wanted.isWithinRadius() ? context.best.threshold() : Float.NEGATIVE_INFINITY;
    }
}
