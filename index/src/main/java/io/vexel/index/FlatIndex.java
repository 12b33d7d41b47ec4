package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.distance.ScalarKernels;
import java.util.ArrayList;
import java.util.List;

/** Exact search by looking at every row. */
public final class FlatIndex implements VectorIndex {

    private final Metric metric;
    private final int dimension;
    private final RowSource rows;
    private final TimeSource time;

    /**
     * @param dimension elements of a row, 1..{@value ElementType#MAX_DIMENSION}
     * @param rows rows of the metric's element type; their float elements are finite
     */
    public FlatIndex(Metric metric, int dimension, RowSource rows, TimeSource time) {
        this.metric = metric;
        this.dimension = Checks.inRange("dimension", dimension, 1, ElementType.MAX_DIMENSION);
        this.rows = rows;
        this.time = time;
        Checks.powerOfTwo("rowsPerChunk", rows.rowsPerChunk(), 1, 1 << 30);
    }

    @Override
    public Metric metric() {
        return metric;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public SearchResult search(SearchRequest request) {
        long start = time.nanoTime();
        request.queries().forEach(this::check);
        long rowCount = rows.rowCount();
        float bound = metric.largestKeyWithin(request.radius());
        List<Neighbors> results = new ArrayList<>();
        long compared = 0;
        for (QueryVector query : request.queries()) {
            Collector collector = new Collector(request.k(), bound, request.filter(), request.tieBreak());
            for (long first = 0; first < rowCount; first += rows.rowsPerChunk()) {
                request.cancellation().check();
                compared += scanChunk(
                        query, request.live(), first, (int) Math.min(rowCount - first, rows.rowsPerChunk()), collector);
            }
            results.add(collector.neighbors(metric));
        }
        return new SearchResult(results, new SearchCost(compared, time.nanoTime() - start));
    }

    private void check(QueryVector query) {
        Checks.argument(
                query.elementType() == metric.elementType(),
                "query.elementType=" + query.elementType() + ", allowed: " + metric.elementType());
        Checks.argument(
                query.dimension() == dimension, "query.dimension=" + query.dimension() + ", allowed: " + dimension);
        Checks.argument(metric != Metric.COSINE || !query.isZero(), "query=zero vector, allowed: a direction");
    }

    private long scanChunk(QueryVector query, RowFilter live, long first, int count, Collector collector) {
        int rowBytes = metric.elementType().rowBytes(dimension);
        long compared = 0;
        try (ChunkLease lease = rows.lease(first / rows.rowsPerChunk())) {
            for (int i = 0; i < count; i++) {
                if (live.accepts(first + i)) {
                    compared++;
                    collector.offer(key(query, lease.address() + (long) i * rowBytes), first + i);
                }
            }
        }
        return compared;
    }

    private float key(QueryVector query, long address) {
        float[] q = query.floats();
        return switch (metric) {
            case L2 -> ScalarKernels.l2Squared(q, address, dimension);
            case DOT -> ScalarKernels.negatedDot(q, address, dimension);
            case L1 -> ScalarKernels.l1(q, address, dimension);
            case COSINE -> ScalarKernels.cosine(q, ScalarKernels.squaredNorm(q), address, dimension);
            case HAMMING -> ScalarKernels.hamming(query.words(), address, dimension);
        };
    }
}
