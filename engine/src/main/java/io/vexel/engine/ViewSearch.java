package io.vexel.engine;

import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.payload.TextQuery;
import io.vexel.collection.store.FilterPlan;
import io.vexel.collection.store.ReadView;
import io.vexel.index.Cancellation;
import io.vexel.index.Combination;
import io.vexel.index.FlatIndex;
import io.vexel.index.Neighbors;
import io.vexel.index.OrdinalSet;
import io.vexel.index.Parallelism;
import io.vexel.index.QueryVector;
import io.vexel.index.RowFilter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The single searches that a request consists of, on one state, and what they cost together. Used by one thread. */
final class ViewSearch {

    /** Comparing rows one by one pays where no more than one in so many is compared. */
    private static final int ROWS_PER_CANDIDATE = 8;

    private final Scope scope;
    private final SearchRequest request;
    private final Parallelism parallelism;
    private final Cancellation cancellation;
    private final FlatIndex index;
    private final RowFilter live;
    private final Optional<FilterPlan> plan;
    private long compared;

    /**
     * What is searched.
     *
     * @param without a row that is left out
     */
    record Scope(CollectionSpec spec, ReadView view, TimeSource time, OptionalLong without) {

        RowFilter live() {
            RowFilter all = view.live();
            return without.isPresent() ? allBut(all, without.getAsLong()) : all;
        }

        private static RowFilter allBut(RowFilter rows, long without) {
            return new RowFilter() {
                @Override
                public boolean accepts(long ordinal) {
                    return ordinal != without && rows.accepts(ordinal);
                }

                @Override
                public boolean acceptsAll(long firstOrdinal, int count) {
                    boolean outside = without < firstOrdinal || without >= firstOrdinal + count;
                    return outside && rows.acceptsAll(firstOrdinal, count);
                }
            };
        }
    }

    ViewSearch(Scope scope, SearchRequest request, Parallelism parallelism, Cancellation cancellation) {
        this.scope = scope;
        this.request = request;
        this.parallelism = parallelism;
        this.cancellation = cancellation;
        CollectionSpec spec = scope.spec;
        index = new FlatIndex(spec.metric(), spec.dimension(), scope.view.source(), scope.time);
        live = scope.live();
        plan = request.filter().map(filter -> scope.view.plan(filter, cancellation));
    }

    ReadView view() {
        return scope.view;
    }

    /** The rows nearest to each query. */
    List<Neighbors> nearest(List<QueryVector> queries, int k) {
        var asked = asked(queries, k);
        return counted(fewCandidates().map(some -> index.search(asked, some)).orElseGet(() -> index.search(asked)));
    }

    /** The rows nearest to all queries. */
    Neighbors combined(List<QueryVector> queries, Combination how, int k) {
        var asked = asked(queries, k);
        return counted(fewCandidates()
                        .map(some -> index.search(asked, how, some))
                        .orElseGet(() -> index.search(asked, how)))
                .getFirst();
    }

    /** Combined distances of the rows, by ordinal. */
    Map<Long, Double> distances(List<QueryVector> queries, Combination how, Neighbors rows) {
        Map<Long, Double> distances = new HashMap<>();
        if (rows.size() > 0) {
            long[] ordinals = rows.hits().mapToLong(Neighbors.Hit::ordinal).toArray();
            var asked = io.vexel.index.SearchRequest.nearest(queries, ordinals.length)
                    .withCancellation(cancellation);
            counted(index.search(asked, how, new SortedOrdinals(ordinals)))
                    .getFirst()
                    .hits()
                    .forEach(hit -> distances.put(hit.ordinal(), hit.distance()));
        }
        return distances;
    }

    /** The rows that go best with the words; empty when a newer state must be taken. */
    Optional<Neighbors> keywords(Keywords text, int k) {
        RowFilter filter = scope.without.isPresent()
                ? ordinal -> ordinal != scope.without.getAsLong() && filter().accepts(ordinal)
                : filter();
        return scope.view.search(new TextQuery(
                text.field(), text.words(), k, scope.view.live(), filter, scope.view.tieBreak(), cancellation));
    }

    private io.vexel.index.SearchRequest asked(List<QueryVector> queries, int k) {
        return new io.vexel.index.SearchRequest(
                queries,
                k,
                request.radius().orElse(Double.POSITIVE_INFINITY),
                live,
                filter(),
                scope.view.tieBreak(),
                parallelism,
                cancellation);
    }

    private RowFilter filter() {
        return plan.map(FilterPlan::rows).orElse(RowFilter.ALL);
    }

    /** The candidates of the filter, when comparing them alone is cheaper; the hits are the same either way. */
    private Optional<OrdinalSet> fewCandidates() {
        return plan.flatMap(FilterPlan::candidates)
                .filter(some -> some.size() <= scope.view.snapshot().rowCount() / ROWS_PER_CANDIDATE);
    }

    private List<Neighbors> counted(io.vexel.index.SearchResult result) {
        compared += result.cost().vectorsCompared();
        return result.neighbors();
    }

    /** What all of it took so far. */
    SearchCost cost(long startNanos) {
        return new SearchCost(
                compared, plan.map(FilterPlan::payloadsChecked).orElse(0L), scope.time.nanoTime() - startNanos);
    }
}
