package io.vexel.engine;

import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.VectorData;
import io.vexel.collection.store.BatchChecks;
import io.vexel.collection.store.PayloadFilter;
import io.vexel.collection.store.ReadView;
import io.vexel.index.Cancellation;
import io.vexel.index.FlatIndex;
import io.vexel.index.Neighbors;
import io.vexel.index.QueryVector;
import io.vexel.index.RowFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers one request on one state of a collection. */
final class Searcher {

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
        Optional<PayloadFilter> filter = request.filter().map(view::payloadFilter);
        var index = new FlatIndex(spec.metric(), spec.elementType(), spec.dimension(), view.source(), time);
        var found = index.search(new io.vexel.index.SearchRequest(
                queries,
                request.k(),
                request.radius().orElse(Double.POSITIVE_INFINITY),
                view.live(),
                filter.map(RowFilter.class::cast).orElse(RowFilter.ALL),
                view.tieBreak(),
                threads.forThreads(request.threads()),
                cancellation(request, startNanos)));
        List<List<Hit>> hits = new ArrayList<>(queries.size());
        for (Neighbors neighbors : found.neighbors()) {
            hits.add(neighbors.hits().map(hit -> hit(view, request, hit)).toList());
        }
        SearchCost cost = new SearchCost(
                found.cost().vectorsCompared(),
                filter.map(PayloadFilter::checked).orElse(0L),
                time.nanoTime() - startNanos);
        return new BatchSearchResult(hits, cost);
    }

    private List<QueryVector> queries(SearchRequest request) {
        List<QueryVector> result = new ArrayList<>(request.queries().size());
        for (int i = 0; i < request.queries().size(); i++) {
            VectorData query = request.queries().get(i);
            BatchChecks.checkQuery(spec, "queries[" + i + "]", query);
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
                .map(timeout -> Cancellation.at(time, startNanos + timeout.toNanos()))
                .orElse(Cancellation.NONE);
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
