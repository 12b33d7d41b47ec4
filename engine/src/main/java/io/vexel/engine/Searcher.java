package io.vexel.engine;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.VectorData;
import io.vexel.collection.store.BatchChecks;
import io.vexel.collection.store.PayloadFilter;
import io.vexel.collection.store.ReadView;
import io.vexel.index.Cancellation;
import io.vexel.index.Effort;
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
        Optional<PayloadFilter> filter = request.filter().map(view::payloadFilter);
        var wanted = new io.vexel.index.SearchRequest(
                queries(request),
                request.k(),
                request.radius().orElse(Double.POSITIVE_INFINITY),
                view.live(),
                filter.map(RowFilter.class::cast).orElse(RowFilter.ALL),
                view.tieBreak(),
                threads.forThreads(request.threads()),
                cancellation(request, startNanos));
        Found found = carryOut(Planner.plan(view, request), view, wanted);
        List<List<Hit>> hits = new ArrayList<>(wanted.queries().size());
        for (Neighbors neighbors : found.neighbors()) {
            hits.add(neighbors.hits().map(hit -> hit(view, request, hit)).toList());
        }
        SearchCost cost = new SearchCost(
                found.compared(), filter.map(PayloadFilter::checked).orElse(0L), time.nanoTime() - startNanos);
        return new BatchSearchResult(hits, cost, found.plan());
    }

    /**
     * What was found.
     *
     * @param plan what was done, which may be more than was planned
     */
    private record Found(SearchPlan plan, List<Neighbors> neighbors, long compared) {}

    private Found carryOut(SearchPlan plan, ReadView view, io.vexel.index.SearchRequest wanted) {
        var flat = new FlatIndex(spec.metric(), spec.elementType(), spec.dimension(), view.source(), time);
        if (plan.kind() == SearchPlan.Kind.EXACT_SCAN) {
            return scan(flat, plan, wanted, 0);
        }
        // Without the radius, so that fewer than k means that there are no more, and not that they are far away.
        var nearest = wanted.withRadius(Double.POSITIVE_INFINITY);
        io.vexel.index.SearchResult indexed;
        try {
            indexed = view.index().orElseThrow().search(nearest, new Effort(plan.ef(), view.tailStart()));
        } catch (CapacityException e) {
            return scan(flat, Planner.instead(view, plan, "there is no memory to search the index"), wanted, 0);
        } catch (CorruptionException e) {
            // When a row is damaged the scan says so; when it says nothing, the index is.
            Found found = scan(flat, Planner.instead(view, plan, "the index is damaged"), wanted, 0);
            view.distrustIndex(e);
            return found;
        }
        long compared = indexed.cost().vectorsCompared();
        List<Neighbors> best = indexed.neighbors();
        if (plan.comparedRows() > 0) {
            var tail = flat.startingAt(view.tailStart()).search(nearest);
            compared += tail.cost().vectorsCompared();
            best = merge(best, tail.neighbors(), wanted);
        }
        long least = Math.min(wanted.k(), view.snapshot().liveCount());
        if (best.stream().anyMatch(neighbors -> neighbors.size() < least)) {
            return scan(flat, Planner.instead(view, plan, "the index found fewer than k"), wanted, compared);
        }
        double radius = wanted.radius();
        return new Found(plan, best.stream().map(each -> each.within(radius)).toList(), compared);
    }

    private static List<Neighbors> merge(
            List<Neighbors> indexed, List<Neighbors> tail, io.vexel.index.SearchRequest wanted) {
        List<Neighbors> merged = new ArrayList<>(indexed.size());
        for (int q = 0; q < indexed.size(); q++) {
            merged.add(Neighbors.merge(indexed.get(q), tail.get(q), wanted.k(), wanted.tieBreak()));
        }
        return merged;
    }

    private static Found scan(
            FlatIndex flat, SearchPlan plan, io.vexel.index.SearchRequest wanted, long comparedBefore) {
        var all = flat.search(wanted);
        return new Found(plan, all.neighbors(), comparedBefore + all.cost().vectorsCompared());
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

    Cancellation cancellation(SearchRequest request, long startNanos) {
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
