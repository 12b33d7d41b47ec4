package io.vexel.cli;

import io.vexel.cli.terminal.Figures;
import io.vexel.collection.VectorData;
import io.vexel.engine.BatchSearchResult;
import io.vexel.engine.Collection;
import io.vexel.engine.Hit;
import io.vexel.engine.SearchPlan;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.SearchResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Runs queries one after the other, alone or in batches, and takes the time of each call. */
final class QueryRun {

    /** Hits a query where nothing else is said. */
    static final int DEFAULT_K = 10;

    private static final int WARMUP_QUERIES = 100;

    private final Collection collection;
    private final List<VectorData> queries;
    private final int batch;
    private final UnaryOperator<SearchRequest.Builder> configure;
    private long vectorsCompared;
    private Optional<SearchPlan> plan = Optional.empty();

    /**
     * What was measured.
     *
     * @param hits of each query, in the order of the queries
     * @param callNanos ascending
     * @param totalNanos of all calls
     * @param firstNanos of the first call of the warm-up
     * @param plan how the last call was carried out
     */
    record Report(
            List<List<Hit>> hits,
            List<Long> callNanos,
            long totalNanos,
            long vectorsCompared,
            int warmupQueries,
            long firstNanos,
            SearchPlan plan) {

        double queriesPerSecond() {
            return Figures.perSecond(hits.size(), totalNanos);
        }

        double micros(double share) {
            return Figures.percentile(callNanos, share) / 1e3;
        }
    }

    /** @param configure sets k, filter, threads of each request */
    QueryRun(
            Collection collection,
            List<VectorData> queries,
            int batch,
            UnaryOperator<SearchRequest.Builder> configure) {
        this.collection = collection;
        this.queries = queries;
        this.batch = batch;
        this.configure = configure;
    }

    Report measure() {
        List<List<VectorData>> calls = new ArrayList<>();
        for (int from = 0; from < queries.size(); from += batch) {
            calls.add(queries.subList(from, Math.min(queries.size(), from + batch)));
        }
        int warmupCalls = Math.min(calls.size(), Math.ceilDiv(WARMUP_QUERIES, batch));
        long firstNanos = 0;
        int warmupQueries = 0;
        for (int i = 0; i < warmupCalls; i++) {
            long start = System.nanoTime();
            search(calls.get(i));
            firstNanos = i == 0 ? System.nanoTime() - start : firstNanos;
            warmupQueries += calls.get(i).size();
        }
        vectorsCompared = 0;
        List<List<Hit>> hits = new ArrayList<>(queries.size());
        long[] nanos = new long[calls.size()];
        long total = 0;
        for (int i = 0; i < nanos.length; i++) {
            long start = System.nanoTime();
            List<List<Hit>> found = search(calls.get(i));
            nanos[i] = System.nanoTime() - start;
            total += nanos[i];
            hits.addAll(found);
        }
        List<Long> sorted = Arrays.stream(nanos).sorted().boxed().toList();
        return new Report(hits, sorted, total, vectorsCompared, warmupQueries, firstNanos, plan.orElseThrow());
    }

    private List<List<Hit>> search(List<VectorData> vectors) {
        SearchRequest request = configure.apply(SearchRequest.builder(vectors)).build();
        if (vectors.size() == 1) {
            SearchResult result = collection.search(request);
            vectorsCompared += result.cost().vectorsCompared();
            plan = Optional.of(result.plan());
            return List.of(result.hits());
        }
        BatchSearchResult result = collection.searchBatch(request);
        vectorsCompared += result.cost().vectorsCompared();
        plan = Optional.of(result.plan());
        return result.hits();
    }
}
