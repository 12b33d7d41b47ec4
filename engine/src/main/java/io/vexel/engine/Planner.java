package io.vexel.engine;

import io.vexel.collection.store.FilterPlan;
import io.vexel.collection.store.ReadView;
import io.vexel.index.DerivedIndex;
import io.vexel.index.IndexKind;
import io.vexel.index.OrdinalSet;
import io.vexel.index.Pool;
import java.util.Optional;

/**
 * Decides how a search is carried out, by what the ways cost.
 *
 * <p>A walk through an index costs about as much for each candidate that it keeps as comparing {@value #ROWS_PER_EF} rows that lie
 * scattered, and more by their codes. To find k rows that fulfil a filter of which a share s of all rows are, it must come by
 * k / s vertices. So where few rows match they are compared alone, where more do by the codes of the index, and where many do the index is
 * walked a little farther than without a filter; how far, it finds out on the way.
 *
 * <p>Where payloads have to be read to hold rows against the filter, each of these ways reads some three for each that must be read. There the index is asked for more
 * rows than are wanted, without the filter, and the payloads of the nearest are read afterwards.
 */
final class Planner {

    /** Comparing rows one by one pays where no more than one in so many is compared. */
    private static final int ROWS_PER_CANDIDATE = 8;

    /** Rows that are compared in the time that an index needs for one of its candidates, of which it keeps at least one for each result. */
    static final int ROWS_PER_EF = 8;

    /** Candidates that a filtered walk keeps for each of k / share: matches are not spread evenly. */
    private static final double FILTER_MARGIN = 1.5;

    private Planner() {}

    /** @param filter the request's, made ready for the view */
    static SearchPlan plan(ReadView view, SearchRequest request, Optional<FilterPlan> filter, int k) {
        SearchPlan plan = untargeted(view, request, filter, k);
        return request.recallTarget().isPresent() && plan.goal().isEmpty()
                ? plan.with(TargetedEffort.exact(request.recallTarget().get()))
                : plan;
    }

    private static SearchPlan untargeted(ReadView view, SearchRequest request, Optional<FilterPlan> filter, int k) {
        if (request.isExact()) {
            return compare(view, filter, "as asked for");
        }
        if (view.index().isEmpty()) {
            return compare(view, filter, "there is no index");
        }
        if (k == SearchRequest.ALL) {
            return compare(view, filter, "every point within the radius is wanted");
        }
        int live = view.snapshot().liveCount();
        if ((long) k * ROWS_PER_EF > live) {
            return compare(view, filter, "k is a large part of all points");
        }
        if (request.recallTarget().isPresent()) {
            return targeted(view, request, filter, k);
        }
        int ef = request.ef()
                .orElseGet(() -> view.index().orElseThrow().defaultEffort(k).ef());
        return filter.isEmpty()
                ? walk(view, request, ef, "no filter")
                : filtered(view, request, filter.get(), k, Math.max(ef, k));
    }

    private static SearchPlan targeted(ReadView view, SearchRequest request, Optional<FilterPlan> filter, int k) {
        TargetedEffort effort = TargetedEffort.of(view, request.recallTarget().orElseThrow(), k);
        if (effort.ef() == 0) {
            return compare(view, filter, effort.reason());
        }
        SearchPlan plan = filter.isEmpty()
                ? walk(view, request, effort.ef(), effort.reason())
                : filtered(view, request, filter.get(), k, Math.max(effort.ef(), k));
        if (plan.ef() == 0) {
            return plan;
        }
        return plan.with(filter.isEmpty() ? effort.goal() : effort.goal().withFilter());
    }

    private static SearchPlan filtered(ReadView view, SearchRequest request, FilterPlan filter, int k, int leastEf) {
        int live = view.snapshot().liveCount();
        FilterPlan.Estimate estimate = filter.estimate();
        long matches = Math.min(live, estimate.matches());
        String share = "about " + matches + " of " + live + " points fulfil the filter";
        Optional<OrdinalSet> candidates = filter.candidates();
        long most = candidates.map(OrdinalSet::size).orElse(Long.MAX_VALUE);
        if (most <= (long) ROWS_PER_EF * leastEf) {
            return matches(candidates.orElseThrow(), share);
        }
        Optional<OverFetch> fetch = OverFetch.of(view, filter, estimate, k);
        if (fetch.isPresent()) {
            int ef = Math.max(leastEf, fetch.get().effort(view));
            return walk(view, request, ef, share).thenFilter(fetch.get().rows());
        }
        if (candidates.isPresent() && view.index().orElseThrow().comparesCodes(most, k, leastEf)) {
            return codes(view, most, leastEf, share);
        }
        double wanted = matches == 0 ? live : Math.ceil(FILTER_MARGIN * k * live / matches);
        long ef = (long) Math.max(leastEf, wanted);
        boolean keepsLargePart = ef > leastEf && ef * ROWS_PER_EF > live;
        if (keepsLargePart) {
            return compare(view, Optional.of(filter), share);
        }
        // A graph finds out on the way how far it has to go.
        boolean adapts = view.index().orElseThrow().kind() == IndexKind.GRAPH;
        return walk(view, request, adapts ? leastEf : (int) ef, share);
    }

    private static SearchPlan codes(ReadView view, long rows, int ef, String reason) {
        return new SearchPlan(
                SearchPlan.Kind.MATCHES_BY_CODE,
                view.index().orElseThrow().kind(),
                ef,
                view.tailStart(),
                rows,
                reason + layout(view));
    }

    private static SearchPlan walk(ReadView view, SearchRequest request, int ef, String reason) {
        DerivedIndex index = view.index().orElseThrow();
        Optional<Pool> pool = index.pool(request.pool());
        boolean refused = request.pool() == Pool.ESTIMATE && pool.equals(Optional.of(Pool.EXACT));
        SearchPlan plan = new SearchPlan(
                SearchPlan.Kind.INDEX_AND_TAIL,
                index.kind(),
                ef,
                view.tailStart(),
                view.snapshot().rowCount() - view.tailStart(),
                reason + (refused ? "; small rows give no estimates" : "") + layout(view));
        return pool.map(plan::with).orElse(plan);
    }

    /** Says so when the index lies otherwise in memory than was wanted, or not there yet. */
    private static String layout(ReadView view) {
        if (view.index()
                .filter(index -> index.isPaged() && index.layout().isEmpty())
                .isPresent()) {
            return "; the index is being loaded, and used where it was saved";
        }
        return view.index()
                .flatMap(DerivedIndex::layout)
                .filter(rows -> !rows.isAsWanted())
                .map(rows -> "; rows: " + rows.explain())
                .orElse("");
    }

    /** Whether to ask the index for the nearest to each of some vectors costs less than to compare all rows. */
    static boolean paysForEach(
            ReadView view, SearchRequest request, Optional<FilterPlan> filter, int depth, int vectors) {
        SearchPlan each = plan(view, request, filter, depth);
        return !each.isExact()
                && (long) vectors * each.ef() * ROWS_PER_EF < view.snapshot().liveCount();
    }

    /**
     * The index gave candidates for combined distances.
     *
     * @param vectors for which it gave them, in plain words
     */
    static SearchPlan combinedByIndex(SearchPlan each, String vectors) {
        return new SearchPlan(
                each.kind(),
                each.index(),
                each.ef(),
                each.indexedRows(),
                each.comparedRows(),
                each.fetched(),
                vectors + "; the candidates are ranked by their combined distances",
                each.goal(),
                each.keywords(),
                each.fusion(),
                each.pool());
    }

    /** Every row is compared with every vector. */
    static SearchPlan combined(ReadView view, Optional<FilterPlan> filter) {
        return compare(view, filter, "distances are combined");
    }

    /** No vectors are compared. */
    static SearchPlan words() {
        return compared(SearchPlan.Kind.WORDS_ALONE, 0, "words alone");
    }

    /** Compares the candidates of the filter when they are few, or else all rows; the hits are the same either way. */
    private static SearchPlan compare(ReadView view, Optional<FilterPlan> filter, String reason) {
        int rows = view.snapshot().rowCount();
        return filter.flatMap(FilterPlan::candidates)
                .filter(some -> some.size() <= rows / ROWS_PER_CANDIDATE)
                .map(some -> matches(some, reason))
                .orElseGet(() -> scan(rows, reason));
    }

    private static SearchPlan matches(OrdinalSet candidates, String reason) {
        return compared(SearchPlan.Kind.MATCHES_ALONE, candidates.size(), reason);
    }

    private static SearchPlan scan(long rows, String reason) {
        return compared(SearchPlan.Kind.EXACT_SCAN, rows, reason);
    }

    private static SearchPlan compared(SearchPlan.Kind kind, long rows, String reason) {
        return new SearchPlan(kind, IndexKind.FLAT, 0, 0, rows, reason);
    }

    /**
     * The index is asked once more, on the way with the filter, for queries of which too few rows fulfilled it.
     *
     * @param few so many queries
     * @param queries of so many
     */
    static SearchPlan onTheWay(SearchPlan tried, int few, int queries) {
        String whose = queries > 1 ? " to " + few + " of " + queries + " vectors" : "";
        return tried.onTheWay("of the nearest " + tried.fetched() + whose
                + " too few fulfilled the filter, so the index was asked with it");
    }

    /** What is compared after the index was asked in vain. */
    static SearchPlan instead(SearchPlan tried, long comparedRows, String reason) {
        return new SearchPlan(
                SearchPlan.Kind.INDEX_THEN_SCAN,
                tried.index(),
                tried.ef(),
                tried.indexedRows(),
                comparedRows,
                0,
                reason,
                tried.goal().map(goal -> TargetedEffort.exact(goal.target())),
                tried.keywords(),
                tried.fusion(),
                tried.pool());
    }
}
