package io.vexel.index;

/** Which vertices a query's search collects: rows that live, are below the end, and pass the filter. They go to the collector at once. */
final class HnswAdmission implements HnswSearch.Admission {

    private final HnswGraph graph;
    private final SearchRequest request;
    private final long rowEnd;
    private final Collector collector;
    private final boolean inRadius;

    HnswAdmission(HnswGraph graph, SearchRequest request, long rowEnd, Collector collector) {
        this.graph = graph;
        this.request = request;
        this.rowEnd = rowEnd;
        this.collector = collector;
        inRadius = request.radius() < Double.POSITIVE_INFINITY;
    }

    @Override
    public boolean admits(int place, int ordinal, float key) {
        if (ordinal >= rowEnd
                || graph.marked(place, HnswGraph.ABANDONED)
                || !request.live().accepts(ordinal)
                || !request.filter().accepts(ordinal)) {
            return false;
        }
        collector.offer(key, ordinal);
        return true;
    }

    /** Within a radius, the search goes on as long as there are rows in it. */
    @Override
    public float reach() {
        return inRadius ? collector.threshold() : Float.NEGATIVE_INFINITY;
    }
}
