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
        var flat = new FlatIndex(spec.metric(), spec.dimension(), view.source(), time);
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
        var tail = flat.startingAt(view.tailStart()).search(nearest);
        long compared = indexed.cost().vectorsCompared() + tail.cost().vectorsCompared();
        List<Neighbors> merged = new ArrayList<>(wanted.queries().size());
        for (int q = 0; q < wanted.queries().size(); q++) {
            Neighbors best =
                    Neighbors.merge(indexed.neighbors().get(q), tail.neighbors().get(q), wanted.k(), wanted.tieBreak());
            if (best.size() < Math.min(wanted.k(), view.snapshot().liveCount())) {
                return scan(flat, Planner.instead(view, plan, "the index found fewer than k"), wanted, compared);
            }
            merged.add(best.within(wanted.radius()));
        }
        return new Found(plan, merged, compared);
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
            BatchChecks.check(spec, "queries[" + i + "]", query);
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
