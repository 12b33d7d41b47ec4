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

    private final Metric metric;
    private final ElementType elementType;
    private final int dimension;
    private final RowSource rows;
    private final TimeSource time;

    /**
     * @param elementType of the rows; one that the metric allows
     * @param dimension elements of a row, 1..{@value ElementType#MAX_DIMENSION}
     * @param rows float elements are finite
     */
    public FlatIndex(Metric metric, ElementType elementType, int dimension, RowSource rows, TimeSource time) {
        Checks.argument(
                metric.allows(elementType),
                "elementType=" + elementType + ", allowed: another one for metric " + metric.label());
        this.metric = metric;
        this.elementType = elementType;
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
        QueryTeam.check(request, metric, dimension);
        Scorer scorer = new Scorer(metric, elementType, request.queries());
        long rowCount = rows.rowCount();
        ChunkScanner.Plan plan = ChunkScanner.Plan.of(request, scorer, rowCount);
        RowParts parts = RowParts.of(
                rowCount,
                rows.rowsPerChunk(),
                scorer.rowBytes(),
                request.parallelism().threads());
        var team = new ScanTeam<>(
                parts.count(),
                () -> new ChunkScanner(plan),
                (scanner, part) -> scanPart(scanner, parts.first(part), parts.rowCount(part)));
        List<ChunkScanner> scanners = team.run(request.parallelism());
        long compared = scanners.stream().mapToLong(ChunkScanner::compared).sum();
        List<Neighbors> neighbors = merge(scanners, scorer.queryCount());
        return new SearchResult(neighbors, new SearchCost(compared, time.nanoTime() - start));
    }

    private void scanPart(ChunkScanner scanner, long first, int count) {
        long chunk = first / rows.rowsPerChunk();
        int offset = (int) (first % rows.rowsPerChunk());
        try (ChunkLease lease = rows.lease(chunk)) {
            if (lease.rowCount() < offset + count) {
                throw new IllegalStateException("lease.rowCount=" + lease.rowCount() + ", allowed: at least "
                        + (offset + count) + " in chunk " + chunk);
            }
            long rowBytes = elementType.rowBytes(dimension);
            scanner.scan(first, lease.address() + offset * rowBytes, count);
        }
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
}
