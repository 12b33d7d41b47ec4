package io.vexel.bench.filter;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.measure.SearchClock;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.engine.Collection;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.Volume;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Measures filtered searches of several shares in one collection: made in memory, with a number on every point, which has a range index or
 * has to be read, and with an index of its vectors.
 */
public final class FilterRun {

    private static final long SEED = 20_260_101;
    private static final int BATCH = 10_000;
    private static final String RANK = "rank";

    private final Dataset data;
    private final Plan plan;
    private final float[][] queries;

    /**
     * What to measure.
     *
     * @param percents shares of the points that fulfil the filter, in percent, above 0, at most 100
     * @param points how the collection is made
     * @param queries most queries of the data set to search for, at least 1
     * @param k points to find, at least 1
     * @param ef candidates that the index keeps; empty: what it chooses
     * @param rounds that count, at least 1
     * @param clock what searches are timed by
     */
    public record Plan(
            List<Double> percents, Points points, int queries, int k, OptionalInt ef, int rounds, SearchClock clock) {

        public Plan {
            percents = List.copyOf(percents);
        }
    }

    /**
     * How the collection is made.
     *
     * @param correlated whether the points that fulfil the filter lie in one place, or are scattered
     * @param unindexed whether the filter has to read payloads, or has a payload index
     * @param kind of the index of the vectors
     */
    public record Points(boolean correlated, boolean unindexed, IndexKind kind) {

        private String text() {
            return kind.label() + " index, matches " + (correlated ? "in one place" : "scattered") + ", payloads "
                    + (unindexed ? "read" : "indexed");
        }
    }

    /** @throws IllegalArgumentException when a share has fewer than k points */
    public FilterRun(Dataset data, Plan plan) {
        this.data = data;
        this.plan = plan;
        queries = Arrays.copyOf(data.queries(), Math.min(plan.queries, data.queries().length));
        for (double percent : plan.percents) {
            Checks.argument(
                    matches(percent) >= plan.k,
                    "share=" + percent + ", allowed: shares of at least k = " + plan.k + " of the " + data.base().length
                            + " base rows");
        }
    }

    /** What is measured, in a line for people. */
    public String heading() {
        return data.text()
                + ", "
                + data.metric().label() + ", " + queries.length + " queries, k = " + plan.k
                + (plan.ef.isPresent() ? ", ef " + plan.ef.getAsInt() : "") + ", " + plan.points.text()
                + ", one thread, " + plan.clock.label() + ", "
                + Figures.count(plan.rounds, "round");
    }

    /** A table of what was measured. */
    public static String table(List<FilterResult> results) {
        Table table = new Table(FilterResult.headings());
        results.forEach(result -> table.row(result.cells()));
        return table.toString();
    }

    /** What is measured, as facts; the ef is left out when none was asked for. */
    public Map<String, Object> json() {
        Map<String, Object> facts = data.facts();
        facts.put("metric", data.metric().label());
        facts.put("queries", queries.length);
        facts.put("k", plan.k);
        plan.ef.ifPresent(ef -> facts.put("ef", ef));
        facts.put("rounds", plan.rounds);
        facts.put("clock", plan.clock.label());
        facts.put("correlated", plan.points.correlated);
        facts.put("unindexed", plan.points.unindexed);
        facts.put("index", plan.points.kind.label());
        return facts;
    }

    /** Makes the collection, measures, and gives the memory back. */
    public List<FilterResult> measure(Consumer<String> progress) {
        long bytes = data.base().length * data.rawBytesPerVector();
        try (Volume volume = Volume.inMemory(Bytes.roundUp(8 * bytes + Bytes.GIB, Bytes.MIB))) {
            progress.accept("import and index");
            Collection collection = fill(volume);
            List<FilterPasses> shares = new ArrayList<>();
            for (double percent : plan.percents) {
                progress.accept("recall at " + percent + " %");
                shares.add(passes(collection, percent));
            }
            // The first round lets the JIT and the caches settle, and is dropped.
            for (int round = 0; round <= plan.rounds; round++) {
                progress.accept(round == 0 ? "warm-up" : "round " + round + " of " + plan.rounds);
                for (FilterPasses share : shares) {
                    share.run(round > 0);
                }
            }
            return shares.stream().map(FilterPasses::result).toList();
        }
    }

    private Collection fill(Volume volume) {
        int[] ranks = plan.points.correlated ? Ranks.around(data, SEED) : Ranks.scattered(data.base().length, SEED);
        CollectionSpec.Builder spec =
                CollectionSpec.builder("bench").dimension(data.dimension()).metric(data.metric());
        if (!plan.points.unindexed) {
            spec.rangeIndex(RANK);
        }
        Collection collection = volume.createCollection(spec.build());
        collection.createIndex(IndexSpec.parse(plan.points.kind, Map.of()));
        List<Point> batch = new ArrayList<>(BATCH);
        for (int i = 0; i < ranks.length; i++) {
            batch.add(Point.of(i, data.base()[i]).withPayload("{\"" + RANK + "\":" + ranks[i] + "}"));
            if (batch.size() == BATCH || i == ranks.length - 1) {
                collection.upsertAll(batch);
                batch.clear();
            }
        }
        collection.awaitIndexed();
        return collection;
    }

    private FilterPasses passes(Collection collection, double percent) {
        List<SearchRequest> unfiltered = new ArrayList<>();
        List<SearchRequest> filtered = new ArrayList<>();
        List<SearchRequest> exact = new ArrayList<>();
        String condition = RANK + " < " + matches(percent);
        for (float[] query : queries) {
            unfiltered.add(request(query).build());
            filtered.add(request(query).filter(condition).build());
            exact.add(request(query).filter(condition).exact().build());
        }
        FilterRecall recall = FilterRecall.measure(data, collection, filtered, exact);
        return new FilterPasses(
                new FilterResult.Share(percent, matches(percent), recall),
                new SearchPass(collection, unfiltered, plan.clock),
                new SearchPass(collection, filtered, plan.clock),
                new SearchPass(collection, exact, plan.clock));
    }

    private SearchRequest.Builder request(float[] query) {
        SearchRequest.Builder builder = SearchRequest.builder(query).k(plan.k);
        plan.ef.ifPresent(builder::ef);
        return builder;
    }

    private int matches(double percent) {
        return (int) Math.round(data.base().length * percent / 100);
    }
}
