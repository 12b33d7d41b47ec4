package io.vexel.engine;

import io.vexel.base.NotFoundException;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.VectorData;
import io.vexel.collection.store.BatchChecks;
import io.vexel.collection.store.ReadView;
import io.vexel.index.Cancellation;
import io.vexel.index.Combination;
import io.vexel.index.Neighbors;
import io.vexel.index.QueryVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/** Answers one request on one state of a collection. */
final class Searcher {

    private static final Fusion DEFAULT_FUSION = Fusion.reciprocalRank(60);

    /** Hits that are made ready between two questions whether to go on. */
    private static final int HITS_PER_CHECK = 16;

    private final CollectionSpec spec;
    private final SearchThreads threads;
    private final TimeSource time;

    Searcher(CollectionSpec spec, SearchThreads threads, TimeSource time) {
        this.spec = spec;
        this.threads = threads;
        this.time = time;
    }

    /** One list of hits for each vector of the request. */
    BatchSearchResult searchBatch(ReadView view, SearchRequest request, long startNanos) {
        ViewSearch search = viewSearch(view, request, OptionalLong.empty(), startNanos);
        List<List<Hit>> hits = new ArrayList<>();
        for (Neighbors neighbors : search.nearest(queries(request), request.k())) {
            hits.add(nearestHits(search, request, neighbors));
        }
        return new BatchSearchResult(hits, search.cost(startNanos), search.plan());
    }

    /** One list of hits; empty when a newer state must be taken. */
    Optional<SearchResult> search(ReadView view, SearchRequest request, long startNanos) {
        OptionalLong like = request.likeId().isPresent() ? OptionalLong.of(row(view, request)) : OptionalLong.empty();
        ViewSearch search = viewSearch(view, request, like, startNanos);
        List<QueryVector> queries = queries(request);
        like.ifPresent(row -> queries.add(queryVector(view.vector(row))));
        Fusion fusion = request.fusion().orElse(DEFAULT_FUSION);
        boolean fused = request.fusion().isPresent() || (request.text().isPresent() && !queries.isEmpty());
        int depth = fused ? Math.max(request.k(), fusion.depth()) : request.k();
        List<Neighbors> lists = new ArrayList<>(vectorLists(search, request, queries, depth));
        if (request.text().isPresent()) {
            Optional<Neighbors> found = search.keywords(request.text().get(), depth);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            lists.add(found.get());
        }
        if (fused) {
            search.fuse(new FusionPlan(lists.size(), fusion, depth));
        }
        List<Hit> hits = fused
                ? fusedHits(search, request, queries, RankFusion.fuse(fusion, lists, request.k(), view.tieBreak()))
                : request.text().isPresent()
                        ? scoredHits(search, request, lists.getFirst(), Map.of())
                        : nearestHits(search, request, lists.getFirst());
        return Optional.of(new SearchResult(hits, search.cost(startNanos), search.plan()));
    }

    private static long row(ReadView view, SearchRequest request) {
        return view.find(request.likeId().orElseThrow())
                .orElseThrow(() -> new NotFoundException(
                        "there is no point " + request.likeId().orElseThrow() + " to find others like"));
    }

    private ViewSearch viewSearch(ReadView view, SearchRequest request, OptionalLong without, long startNanos) {
        return new ViewSearch(
                new ViewSearch.Scope(spec, view, time, without),
                request,
                threads.forThreads(request.threads()),
                cancellation(request, startNanos));
    }

    private static List<Neighbors> vectorLists(
            ViewSearch search, SearchRequest request, List<QueryVector> queries, int depth) {
        if (queries.isEmpty()) {
            return List.of();
        }
        return request.combination().isPresent()
                ? List.of(search.combined(queries, request.combination().get(), depth))
                : search.nearest(queries, depth);
    }

    private List<QueryVector> queries(SearchRequest request) {
        List<QueryVector> result = new ArrayList<>(request.queries().size());
        for (int i = 0; i < request.queries().size(); i++) {
            VectorData query = request.queries().get(i);
            BatchChecks.checkQuery(spec, "queries[" + i + "]", query);
            result.add(queryVector(query));
        }
        return result;
    }

    private static QueryVector queryVector(VectorData vector) {
        return switch (vector) {
            case VectorData.Floats floats -> QueryVector.of(floats.toArray());
            case VectorData.Bits bits -> QueryVector.ofBits(bits.toArray(), bits.dimension());
        };
    }

    /** @param startNanos when the calling thread was asked to search */
    Cancellation cancellation(SearchRequest request, long startNanos) {
        return new SearchLimits(request, time, startNanos);
    }

    private static List<Hit> nearestHits(ViewSearch search, SearchRequest request, Neighbors found) {
        return hits(search, found, hit -> hit(search, request, hit.ordinal(), hit.distance(), OptionalDouble.empty()));
    }

    /** Payloads and vectors may have to be read from the device. */
    private static List<Hit> hits(ViewSearch search, Neighbors found, Function<Neighbors.Hit, Hit> hit) {
        Hit[] hits = new Hit[found.size()];
        for (int rank = 0; rank < hits.length; rank++) {
            if (rank % HITS_PER_CHECK == 0) {
                search.checkLimits();
            }
            hits[rank] = hit.apply(found.hit(rank));
        }
        return List.of(hits);
    }

    private static List<Hit> fusedHits(
            ViewSearch search, SearchRequest request, List<QueryVector> queries, Neighbors fused) {
        Map<Long, Double> distances = queries.isEmpty()
                ? Map.of()
                : search.distances(queries, request.combination().orElse(Combination.MIN), fused);
        return scoredHits(search, request, fused, distances);
    }

    /** @param found with negated scores as distances */
    private static List<Hit> scoredHits(
            ViewSearch search, SearchRequest request, Neighbors found, Map<Long, Double> distances) {
        return hits(
                search,
                found,
                hit -> hit(
                        search,
                        request,
                        hit.ordinal(),
                        distances.getOrDefault(hit.ordinal(), Double.NaN),
                        OptionalDouble.of(-hit.distance())));
    }

    private static Hit hit(ViewSearch search, SearchRequest request, long row, double distance, OptionalDouble score) {
        ReadView view = search.view();
        return new Hit(
                view.id(row),
                distance,
                score,
                request.includesVectors() ? Optional.of(view.vector(row)) : Optional.empty(),
                request.includesPayloads() ? view.payload(row) : Optional.empty());
    }
}
