package io.vexel.index;

import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;

/**
 * Measures what a derived index finds at which effort. Some of its rows are searched for as if they were not in it, which is what a
 * query of the same kind meets, at ever greater effort, and what is found is compared with the true nearest rows, from one scan of all.
 *
 * <p>A row that is only left out of the results would flatter: its links lead straight to its nearest rows. A row that is not passed through either finds
 * a graph that lost some links for its sake, and so errs to the safe side.
 */
public final class Calibrator {

    /** Rows that are searched for. */
    static final int QUERIES = 256;

    /** With fewer, nothing can be said. */
    private static final int LEAST_QUERIES = 64;

    private static final int[] KS = {1, 10, 100};

    /** A curve is measured when there are so many rows for each of its results. */
    private static final int ROWS_PER_RESULT = 8;

    private static final int LEAST_EF = 4;
    private static final int MOST_EF = 4096;

    /** A bound so near to what so many queries can vouch for ends a curve. */
    private static final double ENOUGH = 0.994;

    /** So many rungs without a gain end a curve too. */
    private static final int IDLE_RUNGS = 2;

    /** Draws for each row of the sample, where most rows are dead. */
    private static final int MOST_DRAWS = 64;

    /** Rows that are scanned between two looks at whether to go on. */
    private static final int RUN_ROWS = 1024;

    private static final String OWNER = "index calibration";

    private final DerivedIndex index;
    private final IndexContext context;
    private final RowFilter live;
    private final long rowEnd;
    private final Cancellation cancellation;
    private final List<Long> sample = new ArrayList<>();
    private final List<QueryVector> queries = new ArrayList<>();

    private Calibrator(
            DerivedIndex index, IndexContext context, RowFilter live, long rowEnd, Cancellation cancellation) {
        this.index = index;
        this.context = context;
        this.live = live;
        this.rowEnd = rowEnd;
        this.cancellation = cancellation;
    }

    /**
     * Measures an index. Takes the time of a scan for {@value #QUERIES} queries and of some thousand searches. Not beside a sweep.
     *
     * @param context that of the index
     * @param live which rows are alive; those below {@code rowEnd} are in the index
     * @param cancellation asked regularly
     * @return empty when there are too few rows to say anything
     * @throws CancellationException also when the index was narrowed meanwhile, so that no one layout was measured
     */
    public static Optional<Calibration> measure(
            DerivedIndex index, IndexContext context, RowFilter live, long rowEnd, Cancellation cancellation) {
        Calibrator calibrator = new Calibrator(index, context, live, rowEnd, cancellation);
        calibrator.draw();
        return calibrator.queries.size() < LEAST_QUERIES ? Optional.empty() : Optional.of(calibrator.measure());
    }

    private void draw() {
        Random random = new Random(rowEnd);
        TreeSet<Long> drawn = new TreeSet<>();
        for (int draw = 0; draw < MOST_DRAWS * QUERIES && drawn.size() < Math.min(QUERIES, rowEnd); draw++) {
            long ordinal = random.nextLong(rowEnd);
            if (live.accepts(ordinal)) {
                drawn.add(ordinal);
            }
        }
        MemorySegment row = MemorySegment.ofArray(new byte[context.rowBytes()]);
        for (long ordinal : drawn) {
            read(ordinal, row);
            QueryVector query = query(row);
            // Half floats may have lost the direction that a row had.
            if (context.metric() != Metric.COSINE || !query.isZero()) {
                sample.add(ordinal);
                queries.add(query);
            }
        }
    }

    private void read(long ordinal, MemorySegment row) {
        int entered = context.vectors().enter();
        try {
            context.vectors().read(ordinal, row);
        } finally {
            context.vectors().leave(entered);
        }
    }

    private QueryVector query(MemorySegment row) {
        if (context.elementType() == ElementType.BIT) {
            return QueryVector.ofBits(row.toArray(ValueLayout.JAVA_BYTE), context.dimension());
        }
        float[] elements = new float[context.dimension()];
        context.elementType().read(row, 0, elements);
        return QueryVector.of(elements);
    }

    private Calibration measure() {
        Calibration.Layout layout = Calibration.Layout.of(index);
        List<double[]> truth = scan();
        long rows = 0;
        for (long ordinal = 0; ordinal < rowEnd; ordinal++) {
            rows += live.accepts(ordinal) ? 1 : 0;
        }
        List<Calibration.Curve> curves = new ArrayList<>();
        for (int k : KS) {
            if (k == 1 || (long) k * ROWS_PER_RESULT <= rows) {
                curves.add(curve(k, truth, rows));
            }
        }
        if (Calibration.Layout.of(index) != layout) {
            throw new CancellationException("the index was narrowed");
        }
        return new Calibration(rows, queries.size(), context.time().epochMillis(), layout, curves);
    }

    /** For each query the distances of its nearest rows but itself, ascending. */
    private List<double[]> scan() {
        int most = KS[KS.length - 1] + 1;
        SearchRequest request =
                SearchRequest.nearest(queries, most).withLive(live).withCancellation(cancellation);
        Scorer scorer = new Scorer(context.metric(), context.elementType(), queries);
        ChunkScanner scanner = new ChunkScanner(ChunkScanner.Plan.of(request, scorer, rowEnd));
        try (RowReader reader = new RowReader(context, OWNER)) {
            for (long at = 0; at < rowEnd; ) {
                cancellation.check();
                int entered = context.vectors().enter();
                try {
                    at += scanRun(scanner, reader, at);
                } finally {
                    context.vectors().leave(entered);
                }
            }
        }
        List<double[]> truth = new ArrayList<>();
        for (int q = 0; q < queries.size(); q++) {
            long self = sample.get(q);
            truth.add(scanner.collectors()
                    .get(q)
                    .neighbors(context.metric())
                    .hits()
                    .filter(hit -> hit.ordinal() != self)
                    .limit(most - 1)
                    .mapToDouble(Neighbors.Hit::distance)
                    .toArray());
        }
        return truth;
    }

    /** Scans rows that lie side by side, at least the one at {@code at}; returns how many. */
    private int scanRun(ChunkScanner scanner, RowReader reader, long at) {
        long address = reader.address((int) at);
        int run = 1;
        while (run < RUN_ROWS
                && at + run < rowEnd
                && context.vectors().address(at + run) == address + (long) run * context.rowBytes()) {
            run++;
        }
        scanner.scan(at, address, run);
        return run;
    }

    private SearchResult search(int query, int k, int ef) {
        int entered = context.vectors().enter();
        try {
            return index.searchWithout(
                    SearchRequest.nearest(queries.get(query), k).withLive(live).withCancellation(cancellation),
                    new Effort(ef, rowEnd),
                    sample.get(query));
        } finally {
            context.vectors().leave(entered);
        }
    }

    /** Climbs until the recall is as good as can be told, or greater effort gains nothing, or the search is as dear as a scan. */
    private Calibration.Curve curve(int k, List<double[]> truth, long rows) {
        List<Calibration.Rung> rungs = new ArrayList<>();
        for (int ef = Math.max(LEAST_EF, k); ef <= MOST_EF; ef *= 2) {
            long compared = 0;
            double[] recall = new double[queries.size()];
            for (int q = 0; q < queries.size(); q++) {
                cancellation.check();
                SearchResult result = search(q, k, ef);
                compared += result.cost().vectorsCompared();
                recall[q] = recall(result.neighbors().getFirst(), truth.get(q), k);
            }
            Calibration.Rung rung = rung(ef, recall);
            rungs.add(rung);
            int before = rungs.size() - 1 - IDLE_RUNGS;
            boolean idle = before >= 0 && rung.recall() <= rungs.get(before).recall();
            if (rung.bound() >= ENOUGH || idle || compared >= queries.size() * rows) {
                break;
            }
        }
        return new Calibration.Curve(k, rungs);
    }

    /** Whatever is as near as the last of the true ones counts, so that it does not matter which of equals were found. */
    private static double recall(Neighbors found, double[] truth, int k) {
        int wanted = Math.min(k, truth.length);
        if (wanted == 0) {
            return 1;
        }
        double farthest = truth[wanted - 1];
        long hits = found.hits()
                .limit(wanted)
                .filter(hit -> hit.distance() <= farthest)
                .count();
        return (double) hits / wanted;
    }

    /**
     * The mean, and the mean less one standard error after one query more, half of it found: so even a sample without a miss leaves a
     * doubt (Agresti and Coull 1998, with z = 1).
     */
    static Calibration.Rung rung(int ef, double[] recall) {
        double sum = 0;
        double squares = 0;
        for (double each : recall) {
            sum += each;
            squares += each * each;
        }
        double mean = (sum + 0.5) / (recall.length + 1);
        double variance = (squares + 0.5) / (recall.length + 1) - mean * mean;
        double bound = mean - Math.sqrt(Math.max(0, variance) / (recall.length + 1));
        return new Calibration.Rung(ef, (float) (sum / recall.length), (float) Math.max(0, bound));
    }
}
