package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Exact search by looking at every row: what {@link ChunkScanner} does to chunks, done to all of them by a {@link ScanTeam}.
 * Rows that are appended during a search are not seen by it.
 */
public final class FlatIndex implements VectorIndex {

    /** Between rows that are wanted so much is read rather than passed over. */
    private static final long MOST_GAP_BYTES = 32 * 1024;

    private static final int MOST_ROWS_OF_RUN = 256;

    private final Metric metric;
    private final ElementType elementType;
    private final int dimension;
    private final RowSource rows;
    private final TimeSource time;
    private final long firstOrdinal;

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
        this.firstOrdinal = 0;
        Checks.powerOfTwo("rowsPerChunk", rows.rowsPerChunk(), 1, 1 << 30);
    }

    private FlatIndex(FlatIndex whole, long firstOrdinal) {
        metric = whole.metric;
        elementType = whole.elementType;
        dimension = whole.dimension;
        rows = whole.rows;
        time = whole.time;
        this.firstOrdinal = Checks.inRange("firstOrdinal", firstOrdinal, 0, Long.MAX_VALUE);
    }

    /** The same over the rows from this one on; there may be none. */
    public FlatIndex startingAt(long ordinal) {
        return new FlatIndex(this, ordinal);
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
        return search(request, Optional.empty());
    }

    /**
     * As {@link #search(SearchRequest)}, but looks only at some rows: the answer is that of a request whose {@code live} accepts these only, and so
     * is the cost.
     *
     * @param some ordinals of rows; those behind the last row are passed over
     */
    public SearchResult search(SearchRequest request, OrdinalSet some) {
        return search(request, Optional.of(some));
    }

    private SearchResult search(SearchRequest request, Optional<OrdinalSet> some) {
        long start = time.nanoTime();
        Scorer scorer = scorer(request);
        ChunkScanner.Plan plan = ChunkScanner.Plan.of(request, scorer, Math.max(0, rows.rowCount() - firstOrdinal));
        List<ChunkScanner> scanners = scan(request, () -> new ChunkScanner(plan), some);
        return result(merge(scanners, scorer.queryCount()), scanners, start);
    }

    /**
     * Finds the rows with the least combination of their distances to all queries; radius and order are those of the combination.
     *
     * @return one list; a pair of a query and a row counts as compared
     */
    public SearchResult search(SearchRequest request, Combination combination) {
        return search(request, combination, Optional.empty());
    }

    /** As {@link #search(SearchRequest, Combination)}, of some rows as {@link #search(SearchRequest, OrdinalSet)}. */
    public SearchResult search(SearchRequest request, Combination combination, OrdinalSet some) {
        return search(request, combination, Optional.of(some));
    }

    private SearchResult search(SearchRequest request, Combination combination, Optional<OrdinalSet> some) {
        long start = time.nanoTime();
        Scorer scorer = scorer(request);
        List<CombinedScanner> scanners = scan(request, () -> new CombinedScanner(request, combination, scorer), some);
        BestRows best = scanners.getFirst().best();
        scanners.subList(1, scanners.size()).forEach(scanner -> best.absorb(scanner.best()));
        return result(List.of(best.neighbors()), scanners, start);
    }

    private Scorer scorer(SearchRequest request) {
        QueryTeam.check(request, metric, dimension);
        return new Scorer(metric, elementType, request.queries());
    }

    private SearchResult result(List<Neighbors> neighbors, List<? extends RowScanner> scanners, long start) {
        long compared = scanners.stream().mapToLong(RowScanner::compared).sum();
        return new SearchResult(neighbors, new SearchCost(compared, time.nanoTime() - start));
    }

    /** Lets a team of scanners look at all rows, or at some. */
    private <S extends RowScanner> List<S> scan(SearchRequest request, Supplier<S> recruit, Optional<OrdinalSet> some) {
        RowParts parts = RowParts.of(
                firstOrdinal, rows, (int) rowBytes(), request.parallelism().threads());
        if (some.isPresent()) {
            OrdinalSet set = some.get();
            return new ScanTeam<>(
                            parts.count(),
                            () -> new Some<>(recruit.get(), new OrdinalReader(set)),
                            (Some<S> member, long part) -> {
                                if (!request.live().acceptsNone(parts.first(part), parts.rowCount(part))) {
                                    scanSome(member, parts.first(part), parts.rowCount(part));
                                }
                            })
                    .run(request.parallelism()).stream().map(Some::scanner).toList();
        }
        return new ScanTeam<>(parts.count(), recruit, (S scanner, long part) -> {
                    if (!request.live().acceptsNone(parts.first(part), parts.rowCount(part))) {
                        scanAll(scanner, parts.first(part), parts.rowCount(part));
                    }
                })
                .run(request.parallelism());
    }

    /** A scanner that looks at some rows. */
    private record Some<S extends RowScanner>(S scanner, OrdinalReader reader) {}

    /** In one piece where all the rows are in memory, or else in as many as leases can be had for. */
    private void scanAll(RowScanner scanner, long first, int count) {
        long at = first;
        while (at < first + count) {
            try (ChunkLease lease = lease(at, first + count)) {
                int scanned = (int) (leaseEnd(lease, at, first + count) - at);
                scanner.scan(at, lease.address() + rowOfChunk(at) * rowBytes(), scanned);
                at += scanned;
            }
        }
    }

    /** Leases rows only where there is something to scan. */
    private void scanSome(Some<?> some, long first, int count) {
        OrdinalReader reader = some.reader;
        long end = first + count;
        long at = first;
        int found = reader.available(at, end);
        while (found > 0) {
            at = reader.ordinals[reader.at()];
            try (ChunkLease lease = lease(at, runEnd(reader, found))) {
                long leaseEnd = leaseEnd(lease, at, end);
                long firstRow = lease.address() + rowOfChunk(first) * rowBytes();
                for (found = reader.available(at, leaseEnd); found > 0; found = reader.available(at, leaseEnd)) {
                    int to = reader.at() + found;
                    some.scanner.scanSome(first, firstRow, reader.ordinals, reader.at(), to);
                    at = reader.ordinals[to - 1] + 1L;
                }
                at = leaseEnd;
            }
            found = at < end ? reader.available(at, end) : 0;
        }
    }

    /** Where rows are wanted up to from the next one on, without a gap that is not worth reading. */
    private long runEnd(OrdinalReader reader, int found) {
        int[] ordinals = reader.ordinals;
        int last = reader.at();
        int stop = last + Math.min(found, MOST_ROWS_OF_RUN);
        while (last + 1 < stop && (ordinals[last + 1] - ordinals[last]) * rowBytes() <= MOST_GAP_BYTES) {
            last++;
        }
        return ordinals[last] + 1L;
    }

    private long rowOfChunk(long ordinal) {
        return ordinal & (rows.rowsPerChunk() - 1);
    }

    /** @param end of the rows that are wanted, in the same chunk as the first */
    private ChunkLease lease(long first, long end) {
        int from = (int) rowOfChunk(first);
        return rows.lease(first / rows.rowsPerChunk(), from, from + (int) (end - first));
    }

    /** Up to where the rows of a lease are to be scanned. */
    private long leaseEnd(ChunkLease lease, long first, long end) {
        long leaseEnd = first - rowOfChunk(first) + lease.rowEnd();
        if (leaseEnd <= first) {
            throw new IllegalStateException(
                    "lease.rowEnd=" + lease.rowEnd() + ", allowed: above " + rowOfChunk(first) + ", the first row");
        }
        return Math.min(leaseEnd, end);
    }

    private long rowBytes() {
        return elementType.rowBytes(dimension);
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
