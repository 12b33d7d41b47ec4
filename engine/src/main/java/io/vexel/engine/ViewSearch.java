package io.vexel.engine;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.base.VexelException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.payload.TextMatches;
import io.vexel.collection.payload.TextQuery;
import io.vexel.collection.store.FilterPlan;
import io.vexel.collection.store.ReadView;
import io.vexel.index.Cancellation;
import io.vexel.index.Combination;
import io.vexel.index.DerivedIndex;
import io.vexel.index.Effort;
import io.vexel.index.FlatIndex;
import io.vexel.index.NearestFirst;
import io.vexel.index.Neighbors;
import io.vexel.index.OrdinalSet;
import io.vexel.index.Parallelism;
import io.vexel.index.QueryVector;
import io.vexel.index.RowFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** The single searches that a request consists of, on one state, and what they cost together. Used by one thread. */
final class ViewSearch {

    private final Scope scope;
    private final SearchRequest request;
    private final Parallelism parallelism;
    private final Cancellation cancellation;
    private final FlatIndex flat;
    private final RowFilter live;
    private final Optional<FilterPlan> plan;
    private SearchPlan planned;
    private long compared;
    private long readForWords;

    /**
     * What is searched.
     *
     * @param without a row that is left out
     */
    record Scope(CollectionSpec spec, ReadView view, TimeSource time, OptionalLong without) {

        RowFilter live() {
            RowFilter all = view.live();
            return without.isPresent() ? all.without(without.getAsLong()) : all;
        }
    }

    ViewSearch(Scope scope, SearchRequest request, Parallelism parallelism, Cancellation cancellation) {
        this.scope = scope;
        this.request = request;
        this.parallelism = parallelism;
        this.cancellation = cancellation;
        CollectionSpec spec = scope.spec;
        flat = new FlatIndex(spec.metric(), spec.elementType(), spec.dimension(), scope.view.source(), scope.time);
        planned = Planner.words();
        live = scope.live();
        plan = request.filter().map(filter -> scope.view.plan(filter, cancellation));
    }

    ReadView view() {
        return scope.view;
    }

    /** Throws when the search is to end early. */
    void checkLimits() {
        cancellation.check();
    }

    /** The rows nearest to each query. */
    List<Neighbors> nearest(List<QueryVector> queries, int k) {
        planned = Planner.plan(scope.view, request, plan, k);
        return switch (planned.kind()) {
            case EXACT_SCAN, WORDS_ALONE -> counted(flat.search(asked(queries, k)));
            case MATCHES_ALONE ->
                counted(flat.search(asked(queries, k), candidates().orElseThrow()));
            case MATCHES_BY_CODE, INDEX_AND_TAIL, INDEX_THEN_FILTER, INDEX_THEN_SCAN -> indexed(asked(queries, k));
        };
    }

    private List<Neighbors> indexed(io.vexel.index.SearchRequest wanted) {
        boolean thenFilter = planned.kind() == SearchPlan.Kind.INDEX_THEN_FILTER;
        // Without the radius, so that fewer than k means that there are no more, and not that they are far away.
        var nearest = (thenFilter ? overFetching(wanted) : wanted).withRadius(Double.POSITIVE_INFINITY);
        ReadView view = scope.view;
        List<Neighbors> best;
        try {
            best = counted(search(view.index().orElseThrow(), thenFilter ? nearest : scattered(nearest)));
        } catch (CapacityException e) {
            return instead(wanted, "there is no memory to search the index");
        } catch (CorruptionException | DeviceException e) {
            return afterFailure(wanted, e);
        }
        if (view.snapshot().rowCount() > view.tailStart()) {
            List<Neighbors> tail = counted(flat.startingAt(view.tailStart()).search(nearest));
            best = asFarAsIndexed(merge(best, tail, nearest), best, nearest.k());
        }
        if (thenFilter) {
            return filtered(best, wanted);
        }
        long least = Math.min(wanted.k(), leastMatches());
        if (best.stream().anyMatch(neighbors -> neighbors.size() < least)) {
            return instead(wanted, "the index found fewer than k");
        }
        double radius = wanted.radius();
        return best.stream().map(each -> each.within(radius)).toList();
    }

    private io.vexel.index.SearchResult search(DerivedIndex index, io.vexel.index.SearchRequest nearest) {
        Effort effort = new Effort(planned.ef(), scope.view.tailStart(), request.pool());
        boolean everyRow = nearest.filter().acceptsAll(0, Integer.MAX_VALUE);
        Optional<OrdinalSet> some = everyRow ? Optional.empty() : candidates();
        return some.isPresent() ? index.searchAmong(nearest, effort, some.get()) : index.search(nearest, effort);
    }

    /** An index asks the filter about rows that lie anywhere. */
    private io.vexel.index.SearchRequest scattered(io.vexel.index.SearchRequest wanted) {
        return plan.map(filter -> wanted.withFilter(filter.scatteredRows())).orElse(wanted);
    }

    /** The nearest among those that fulfil the filter as far as payload indexes know, and so many that enough fulfil all of it. */
    private io.vexel.index.SearchRequest overFetching(io.vexel.index.SearchRequest wanted) {
        return wanted.withK(planned.fetched()).withFilter(plan.orElseThrow().possible());
    }

    /** Compares rows after all. When a row is damaged, or cannot be read, that says so; when it says nothing, the index is. */
    private List<Neighbors> afterFailure(io.vexel.index.SearchRequest wanted, VexelException failure) {
        boolean ofPayload = plan.isPresent() && plan.get().hasFailed();
        boolean damage = failure instanceof CorruptionException;
        String part = ofPayload ? "a payload" : damage ? "the index" : "a part of the index";
        List<Neighbors> found = instead(wanted, part + (damage ? " is damaged" : " cannot be read"));
        if (ofPayload) {
            // The walk came by a row that none of the nearest is: the index cannot help that.
            return found;
        }
        switch (failure) {
            case CorruptionException corrupt -> scope.view.distrustIndex(corrupt);
            case DeviceException unreadable -> scope.view.reportUnreadableIndex(unreadable);
            default -> throw failure;
        }
        return found;
    }

    /**
     * Without rows of the tail that are farther than the index looked: where dead rows that were not swept out take others' places in what it finds, it may have nearer
     * ones.
     *
     * @param most that the index was asked for
     */
    private List<Neighbors> asFarAsIndexed(List<Neighbors> merged, List<Neighbors> indexed, int most) {
        long tailStart = scope.view.tailStart();
        long enough =
                Math.min(most, plan.map(filter -> filter.mostBelow(tailStart)).orElse(tailStart));
        List<Neighbors> known = new ArrayList<>(merged.size());
        for (int q = 0; q < merged.size(); q++) {
            Neighbors found = indexed.get(q);
            boolean cut = found.size() < enough;
            double last = found.size() == 0 ? Double.NEGATIVE_INFINITY : found.distance(found.size() - 1);
            known.add(cut ? merged.get(q).within(last) : merged.get(q));
        }
        return known;
    }

    /** Reads payloads, nearest first; asks the index once more, with the filter, where it turns out that too few rows fulfil that. */
    private List<Neighbors> filtered(List<Neighbors> nearest, io.vexel.index.SearchRequest wanted) {
        List<Optional<Neighbors>> found = NearestFirst.filter(nearest, scattered(wanted));
        List<QueryVector> queries = wanted.queries();
        List<QueryVector> open = IntStream.range(0, queries.size())
                .filter(query -> found.get(query).isEmpty())
                .mapToObj(queries::get)
                .toList();
        if (open.isEmpty()) {
            return found.stream().map(Optional::orElseThrow).toList();
        }
        SearchPlan again = Planner.onTheWay(planned, open.size(), queries.size());
        planned = again;
        Iterator<Neighbors> others = indexed(wanted.withQueries(open)).iterator();
        if (planned.kind() == SearchPlan.Kind.INDEX_THEN_SCAN && open.size() < queries.size()) {
            // The hits for the others are not sure to be the nearest.
            planned = again.onTheWay("rows were compared for these: " + planned.reason());
        }
        return found.stream().map(each -> each.orElseGet(others::next)).toList();
    }

    /** So many rows a search must find, if they are wanted; where the filter's matches are only estimated, as many as there are rows. */
    private long leastMatches() {
        long live = scope.view.snapshot().liveCount() - (scope.without.isPresent() ? 1L : 0L);
        if (plan.isEmpty()) {
            return live;
        }
        FilterPlan.Estimate estimate = plan.get().estimate();
        return estimate.exact() && scope.without.isEmpty() ? Math.min(live, estimate.matches()) : live;
    }

    /** Compares rows after all: those of the filter where they are known, or all. */
    private List<Neighbors> instead(io.vexel.index.SearchRequest wanted, String reason) {
        Optional<OrdinalSet> some = candidates();
        long rows = scope.view.snapshot().rowCount();
        planned = Planner.instead(planned, some.map(OrdinalSet::size).orElse(rows), reason);
        return counted(some.map(set -> flat.search(wanted, set)).orElseGet(() -> flat.search(wanted)));
    }

    private static List<Neighbors> merge(
            List<Neighbors> indexed, List<Neighbors> tail, io.vexel.index.SearchRequest wanted) {
        List<Neighbors> merged = new ArrayList<>(indexed.size());
        for (int q = 0; q < indexed.size(); q++) {
            merged.add(Neighbors.merge(indexed.get(q), tail.get(q), wanted.k(), wanted.tieBreak()));
        }
        return merged;
    }

    /** The rows nearest to all queries: of candidates from the index where they can be trusted, or of all rows. */
    Neighbors combined(List<QueryVector> queries, Combination how, int k) {
        boolean everyRow = request.isExact()
                || request.recallTarget().isPresent()
                || request.radius().isPresent()
                || k == SearchRequest.ALL;
        Optional<Neighbors> found = everyRow
                ? Optional.empty()
                : combinedByIndex(queries, new CombinedCandidates(how, k, scope.spec.metric()));
        return found.orElseGet(() -> {
            planned = Planner.combined(scope.view, plan);
            return combinedExactly(queries, how, k);
        });
    }

    private Neighbors combinedExactly(List<QueryVector> queries, Combination how, int k) {
        var asked = asked(queries, k);
        return counted(
                        candidates().isPresent() && planned.kind() != SearchPlan.Kind.EXACT_SCAN
                                ? flat.search(asked, how, candidates().orElseThrow())
                                : flat.search(asked, how))
                .getFirst();
    }

    private Optional<Neighbors> combinedByIndex(List<QueryVector> queries, CombinedCandidates candidates) {
        int depth = candidates.depth();
        // Who says how thorough the walks are to be gets no more.
        int lastDepth = request.ef().isPresent() ? depth : candidates.lastDepth();
        List<QueryVector> vectors = candidates.vectors(queries);
        boolean pays = Planner.paysForEach(scope.view, request, plan, depth, vectors.size())
                && Planner.paysForEach(scope.view, request, plan, lastDepth, 1);
        if (!pays) {
            return Optional.empty();
        }
        List<Neighbors> lists = nearest(vectors, depth, lastDepth);
        if (planned.kind() != SearchPlan.Kind.INDEX_THEN_SCAN) {
            long[] rows = CombinedCandidates.rows(lists);
            Neighbors ranked = counted(flat.search(
                            asked(queries, Math.max(1, rows.length)), candidates.how(), new SortedOrdinals(rows)))
                    .getFirst();
            if (candidates.settle(lists, queries.size(), ranked)) {
                planned = Planner.combinedByIndex(planned, candidates.explain(queries.size(), vectors.size()));
                return Optional.of(ranked.first(candidates.k()));
            }
            planned = Planner.instead(
                    planned,
                    candidates().map(OrdinalSet::size).orElse((long)
                            scope.view.snapshot().rowCount()),
                    "others may have a lesser combined distance");
        }
        return Optional.of(combinedExactly(queries, candidates.how(), candidates.k()));
    }

    /** The rows nearest to each vector, of which the last may have a longer list. */
    private List<Neighbors> nearest(List<QueryVector> vectors, int depth, int lastDepth) {
        if (lastDepth == depth) {
            return nearest(vectors, depth);
        }
        List<Neighbors> lists = new ArrayList<>(nearest(vectors.subList(0, vectors.size() - 1), depth));
        if (planned.kind() != SearchPlan.Kind.INDEX_THEN_SCAN) {
            lists.addAll(nearest(List.of(vectors.getLast()), lastDepth));
        }
        return lists;
    }

    /** Combined distances of the rows, by ordinal. */
    Map<Long, Double> distances(List<QueryVector> queries, Combination how, Neighbors rows) {
        Map<Long, Double> distances = new HashMap<>();
        if (rows.size() > 0) {
            long[] ordinals = rows.hits().mapToLong(Neighbors.Hit::ordinal).toArray();
            var asked = io.vexel.index.SearchRequest.nearest(queries, ordinals.length)
                    .withCancellation(cancellation);
            counted(flat.search(asked, how, new SortedOrdinals(ordinals)))
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
        Optional<TextMatches> found = scope.view.search(new TextQuery(
                text.field(), text.words(), k, scope.view.live(), filter, scope.view.tieBreak(), cancellation));
        found.ifPresent(matches -> {
            readForWords += matches.payloadsRead();
            planned = planned.with(
                    new KeywordPlan(text.field(), matches.words(), matches.matches(), matches.payloadsRead()));
        });
        return found.map(TextMatches::best);
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

    private Optional<OrdinalSet> candidates() {
        return plan.flatMap(FilterPlan::candidates);
    }

    private List<Neighbors> counted(io.vexel.index.SearchResult result) {
        compared += result.cost().vectorsCompared();
        return result.neighbors();
    }

    /** Says that the lists so far become one. */
    void fuse(FusionPlan lists) {
        planned = planned.with(lists);
    }

    /** How the last of the searches was carried out. */
    SearchPlan plan() {
        return planned;
    }

    /** What all of it took so far. */
    SearchCost cost(long startNanos) {
        return new SearchCost(
                compared,
                plan.map(FilterPlan::payloadsChecked).orElse(0L) + readForWords,
                scope.time.nanoTime() - startNanos);
    }
}
