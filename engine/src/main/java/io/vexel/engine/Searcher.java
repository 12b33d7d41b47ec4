package io.vexel.engine;

import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.VectorData;
import io.vexel.collection.store.BatchChecks;
import io.vexel.collection.store.FilterPlan;
import io.vexel.collection.store.ReadView;
import io.vexel.index.Cancellation;
import io.vexel.index.FlatIndex;
import io.vexel.index.Neighbors;
import io.vexel.index.OrdinalSet;
import io.vexel.index.QueryVector;
import io.vexel.index.RowFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** Answers one request on one state of a collection. */
final class Searcher {

    /** Comparing rows one by one pays where no more than one in so many is compared. */
    private static final int ROWS_PER_CANDIDATE = 4;

    private final CollectionSpec spec;
    private final SearchThreads threads;
    private final TimeSource time;

    Searcher(CollectionSpec spec, SearchThreads threads, TimeSource time) {
        this.spec = spec;
        this.threads = threads;
        this.time = time;
    }

    BatchSearchResult search(ReadView view, SearchRequest request, long startNanos) {
        List<QueryVector> queries = queries(request);
        Cancellation cancellation = cancellation(request, startNanos);
        Optional<FilterPlan> plan = request.filter().map(filter -> view.plan(filter, cancellation));
        var asked = new io.vexel.index.SearchRequest(
                queries,
                request.k(),
                request.radius().orElse(Double.POSITIVE_INFINITY),
                view.live(),
                plan.map(FilterPlan::rows).orElse(RowFilter.ALL),
                view.tieBreak(),
                threads.forThreads(request.threads()),
                cancellation);
        var found = search(view, asked, plan.flatMap(FilterPlan::candidates));
        List<List<Hit>> hits = new ArrayList<>(queries.size());
        for (Neighbors neighbors : found.neighbors()) {
            hits.add(neighbors.hits().map(hit -> hit(view, request, hit)).toList());
        }
        SearchCost cost = new SearchCost(
                found.cost().vectorsCompared(),
                plan.map(FilterPlan::payloadsChecked).orElse(0L),
                time.nanoTime() - startNanos);
        return new BatchSearchResult(hits, cost);
    }

    /** Compares the candidates only, when they are few enough; the hits are the same either way. */
    private io.vexel.index.SearchResult search(
            ReadView view, io.vexel.index.SearchRequest request, Optional<OrdinalSet> candidates) {
        var index = new FlatIndex(spec.metric(), spec.dimension(), view.source(), time);
        return candidates
                .filter(some -> some.size() <= view.snapshot().rowCount() / ROWS_PER_CANDIDATE)
                .map(some -> index.search(request, some))
                .orElseGet(() -> index.search(request));
    }

    private List<QueryVector> queries(SearchRequest request) {
        List<QueryVector> result = new ArrayList<>(request.queries().size());
        for (int i = 0; i < request.queries().size(); i++) {
            VectorData query = request.queries().get(i);
            BatchChecks.check(spec, "queries[" + i + "]", query);
            result.add(
                    switch (query) {
                        case VectorData.Floats floats -> QueryVector.of(floats.toArray());
                        case VectorData.Bits bits -> QueryVector.ofBits(bits.toArray(), bits.dimension());
                    });
        }
        return result;
    }

    private Cancellation cancellation(SearchRequest request, long startNanos) {
        return request.timeout()
                .map(timeout -> deadline(timeout, startNanos + timeout.toNanos()))
                .orElse(Cancellation.NONE);
    }

    private Cancellation deadline(Duration timeout, long deadlineNanos) {
        return () -> {
            if (time.nanoTime() - deadlineNanos >= 0) {
                throw new CancellationException("the search took longer than its timeout of " + timeout);
            }
        };
    }

    private static Hit hit(ReadView view, SearchRequest request, Neighbors.Hit found) {
        long row = found.ordinal();
        return new Hit(
                view.id(row),
                found.distance(),
                request.includesVectors() ? Optional.of(view.vector(row)) : Optional.empty(),
                request.includesPayloads() ? view.payload(row) : Optional.empty());
    }
}
