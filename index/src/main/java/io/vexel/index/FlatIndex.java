package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.List;

/**
 * Exact search by looking at every row: what {@link ChunkScanner} does to chunks, done to all of them by a {@link ScanTeam}.
 * Rows that are appended during a search are not seen by it.
 */
public final class FlatIndex implements VectorIndex {

    private static final int SOME_AT_ONCE = 1 << 10;

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
        return search(request, this::scanPart);
    }

    /**
     * As {@link #search(SearchRequest)}, but looks only at some rows: the answer is that of a request whose {@code live} accepts these only, and so
     * is the cost.
     *
     * @param some ordinals of rows; those behind the last row are passed over
     */
    public SearchResult search(SearchRequest request, OrdinalSet some) {
        return search(request, (scanner, first, count) -> scanSome(scanner, first, count, some));
    }

    /** Scans what there is to scan among rows of one chunk. */
    @FunctionalInterface
    private interface PartScan {
        void scan(ChunkScanner scanner, long first, int count);
    }

    private SearchResult search(SearchRequest request, PartScan scan) {
        long start = time.nanoTime();
        request.queries().forEach(this::check);
        Scorer scorer = new Scorer(metric, request.queries());
        long rowCount = rows.rowCount();
        ChunkScanner.Plan plan = ChunkScanner.Plan.of(request, scorer, rowCount);
        int rowBytes = metric.elementType().rowBytes(dimension);
        RowParts parts = RowParts.of(
                rowCount, rows.rowsPerChunk(), rowBytes, request.parallelism().threads());
        var team = new ScanTeam<>(
                parts.count(),
                () -> new ChunkScanner(plan),
                (scanner, part) -> scan.scan(scanner, parts.first(part), parts.rowCount(part)));
        List<ChunkScanner> scanners = team.run(request.parallelism());
        long compared = scanners.stream().mapToLong(ChunkScanner::compared).sum();
        List<Neighbors> neighbors = merge(scanners, scorer.queryCount());
        return new SearchResult(neighbors, new SearchCost(compared, time.nanoTime() - start));
    }

    private void scanPart(ChunkScanner scanner, long first, int count) {
        int offset = (int) (first % rows.rowsPerChunk());
        try (ChunkLease lease = lease(first, count)) {
            scanner.scan(first, lease.address() + offset * rowBytes(), count);
        }
    }

    /** Leases the chunk only when there is something to scan in it. */
    private void scanSome(ChunkScanner scanner, long first, int count, OrdinalSet some) {
        long[] ordinals = new long[Math.min(SOME_AT_ONCE, count)];
        int found = some.read(first, first + count, ordinals);
        if (found == 0) {
            return;
        }
        int offset = (int) (first % rows.rowsPerChunk());
        try (ChunkLease lease = lease(first, count)) {
            long firstRow = lease.address() + offset * rowBytes();
            while (found > 0) {
                scanner.scanSome(first, firstRow, ordinals, found);
                found = some.read(ordinals[found - 1] + 1, first + count, ordinals);
            }
        }
    }

    private ChunkLease lease(long first, int count) {
        long chunk = first / rows.rowsPerChunk();
        int needed = (int) (first % rows.rowsPerChunk()) + count;
        ChunkLease lease = rows.lease(chunk);
        if (lease.rowCount() < needed) {
            lease.close();
            throw new IllegalStateException(
                    "lease.rowCount=" + lease.rowCount() + ", allowed: at least " + needed + " in chunk " + chunk);
        }
        return lease;
    }

    private long rowBytes() {
        return metric.elementType().rowBytes(dimension);
    }

    /** Rows are totally ordered, so the order of the scanners does not matter. */
    private List<Neighbors> merge(List<ChunkScanner> scanners, int queryCount) {
        List<Neighbors> neighbors = new ArrayList<>(queryCount);
        for (int q = 0; q < queryCount; q++) {
            Collector best = scanners.getFirst().collectors().get(q);
            for (ChunkScanner scanner : scanners.subList(1, scanners.size())) {
                best.absorb(scanner.collectors().get(q));
            }
            neighbors.add(best.neighbors(metric));
        }
        return neighbors;
    }

    private void check(QueryVector query) {
        Checks.argument(
                query.elementType() == metric.elementType(),
                "query.elementType=" + query.elementType() + ", allowed: " + metric.elementType());
        Checks.argument(
                query.dimension() == dimension, "query.dimension=" + query.dimension() + ", allowed: " + dimension);
        Checks.argument(metric != Metric.COSINE || !query.isZero(), "query=zero vector, allowed: a direction");
    }
}
