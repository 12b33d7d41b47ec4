package io.vexel.bench.budget;

import io.vexel.base.Bytes;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.engine.RowVolume;
import io.vexel.bench.engine.TemporaryDirectory;
import io.vexel.bench.measure.SearchClock;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.engine.Collection;
import io.vexel.engine.Hit;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import io.vexel.index.GraphRows;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Measures searches of a collection with a graph index in a volume of a temporary file: without a limit on memory, and under shares of what was in
 * use then. In each round each budget opens the volume anew, searches for all queries once to warm up, and then once by the clock.
 */
public final class BudgetRun {

    private static final int K = 10;
    private static final List<Integer> EFS = List.of(10, 12, 15, 19, 24, 30, 38, 48, 60, 95, 150, 240, 480);
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Dataset data;
    private final Plan plan;
    private final float[][] queries;
    private final List<Set<Integer>> truth = new ArrayList<>();

    /**
     * What to measure.
     *
     * @param percents shares of the memory in use without a limit, in percent, above 0
     * @param recall that is to be reached, 0..1
     * @param queries most queries of the data set to search for, at least 1
     * @param rounds that count, at least 1
     * @param clock what searches are timed by
     * @param direct whether the volume is read past the page cache of the system
     */
    public record Plan(
            List<Double> percents, double recall, int queries, int rounds, SearchClock clock, boolean direct) {

        public Plan {
            percents = List.copyOf(percents);
        }
    }

    /** @param data with the ten true neighbors of each query at least */
    public BudgetRun(Dataset data, Plan plan) {
        this.data = data;
        this.plan = plan;
        queries = Arrays.copyOf(data.queries(), Math.min(plan.queries, data.queries().length));
        for (int q = 0; q < queries.length; q++) {
            truth.add(Arrays.stream(data.truth()[q], 0, K).boxed().collect(Collectors.toSet()));
        }
    }

    /** What is measured, in a line for people. */
    public String heading() {
        return data.text()
                + ", " + queries.length + " queries, k = " + K + ", recall " + plan.recall + ", one thread, "
                + plan.clock.label() + ", " + Figures.count(plan.rounds, "round") + ", the volume's file "
                + (plan.direct ? "read past the system's cache" : "in the system's cache");
    }

    /** A table of what was measured. */
    public static String table(List<BudgetResult> results) {
        Table table = new Table(BudgetResult.headings());
        results.forEach(result -> table.row(result.cells()));
        return table.toString();
    }

    /** What is measured, as facts. */
    public Map<String, Object> json() {
        Map<String, Object> facts = data.facts();
        facts.put("queries", queries.length);
        facts.put("k", K);
        facts.put("recall", plan.recall);
        facts.put("rounds", plan.rounds);
        facts.put("clock", plan.clock.label());
        facts.put("direct", plan.direct);
        return facts;
    }

    /** Makes the volume, measures, and removes it. The first result is that without a limit. */
    public List<BudgetResult> measure(Consumer<String> progress) {
        try (TemporaryDirectory directory = new TemporaryDirectory()) {
            Path image = directory.path().resolve("bench.vexel");
            progress.accept("import and index");
            fill(image);
            List<BudgetResult> results = new ArrayList<>();
            results.add(explore(image, 0, unlimited()));
            long need = needed(image);
            for (double percent : plan.percents) {
                progress.accept("recall under " + percent + " % of " + Bytes.text(need));
                results.add(explore(image, percent, Math.max(1, Math.round(need * percent / 100))));
            }
            for (int round = 1; round <= plan.rounds; round++) {
                progress.accept("round " + round + " of " + plan.rounds);
                round(image, results);
            }
            return results;
        }
    }

    private long unlimited() {
        return 16L * data.base().length * data.rawBytesPerVector() + 4 * Bytes.GIB;
    }

    private void fill(Path image) {
        RowVolume.format(image, data.base().length, data.dimension());
        VolumeOptions options = VolumeOptions.builder().budgetBytes(unlimited()).build();
        try (Volume volume = Volume.open(image, options)) {
            Collection collection = RowVolume.create(volume, data.dimension(), data.metric());
            RowVolume.upsertAll(collection, data.base());
            collection.awaitIndexed();
        }
    }

    private Volume open(Path image, long limitBytes) {
        VolumeOptions.Builder options = VolumeOptions.builder().readOnly().budgetBytes(limitBytes);
        return Volume.open(image, (plan.direct ? options : options.buffered()).build());
    }

    /** Bytes in use without a limit, when everything was searched for. */
    private long needed(Path image) {
        try (Volume volume = open(image, unlimited())) {
            Collection collection = volume.collection(RowVolume.COLLECTION);
            collection.loadIndex();
            search(collection, EFS.getFirst());
            return volume.memory().usedBytes();
        }
    }

    /** Finds the effort that the recall takes under a budget: a narrowed graph takes another than a full one. */
    private BudgetResult explore(Path image, double percent, long limitBytes) {
        try (Volume volume = open(image, limitBytes)) {
            Collection collection = volume.collection(RowVolume.COLLECTION);
            String rows = collection
                    .loadIndex()
                    .layout()
                    .map(GraphRows::present)
                    .map(present -> present.label())
                    .orElse("none");
            int ef = 0;
            double recall = 0;
            for (int next = 0; next < EFS.size() && recall < plan.recall; next++) {
                ef = EFS.get(next);
                recall = search(collection, ef);
            }
            return new BudgetResult(percent, limitBytes, new BudgetResult.Effort(rows, ef, recall));
        }
    }

    private void round(Path image, List<BudgetResult> results) {
        double unbounded = 0;
        for (BudgetResult result : results) {
            try (Volume volume = open(image, result.limitBytes())) {
                Collection collection = volume.collection(RowVolume.COLLECTION);
                collection.loadIndex();
                search(collection, result.ef());
                long start = now();
                search(collection, result.ef());
                double perSecond = queries.length * 1e9 / (now() - start);
                unbounded = result.percent() == 0 ? perSecond : unbounded;
                result.add(perSecond, unbounded, volume.memory());
            }
        }
    }

    private long now() {
        return plan.clock == SearchClock.CPU ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }

    /** Searches for all queries; returns the recall. */
    private double search(Collection collection, int ef) {
        long found = 0;
        for (int q = 0; q < queries.length; q++) {
            SearchRequest request =
                    SearchRequest.builder(queries[q]).k(K).ef(ef).build();
            for (Hit hit : collection.search(request).hits()) {
                found += truth.get(q).contains(RowVolume.row(hit)) ? 1 : 0;
            }
        }
        return found / (double) (K * queries.length);
    }
}
