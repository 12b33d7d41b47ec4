package io.vexel.engine;

import io.vexel.collection.store.ReadView;
import io.vexel.index.Effort;
import io.vexel.index.IndexKind;

/** Decides how a search is carried out. */
final class Planner {

    /** When more than one row of so many is wanted, comparing all of them is as fast as looking for them. */
    private static final int ROWS_PER_RESULT = 8;

    private Planner() {}

    static SearchPlan plan(ReadView view, SearchRequest request) {
        long rows = view.snapshot().rowCount();
        if (request.isExact()) {
            return scan(rows, "as asked for");
        }
        if (view.index().isEmpty()) {
            return scan(rows, "there is no index");
        }
        if (request.k() == SearchRequest.ALL) {
            return scan(rows, "every point within the radius is wanted");
        }
        if ((long) request.k() * ROWS_PER_RESULT > view.snapshot().liveCount()) {
            return scan(rows, "k is a large part of all points");
        }
        return new SearchPlan(
                SearchPlan.Kind.INDEX_AND_TAIL,
                view.index().get().kind(),
                request.ef().orElseGet(() -> Effort.forK(request.k()).ef()),
                view.tailStart(),
                rows - view.tailStart(),
                request.filter().isPresent() ? "the filter is asked along the way" : "no filter");
    }

    private static SearchPlan scan(long rows, String reason) {
        return new SearchPlan(SearchPlan.Kind.EXACT_SCAN, IndexKind.FLAT, 0, 0, rows, reason);
    }

    /** A scan, after the index was asked in vain. */
    static SearchPlan instead(ReadView view, SearchPlan tried, String reason) {
        return new SearchPlan(
                SearchPlan.Kind.INDEX_THEN_SCAN,
                tried.index(),
                tried.ef(),
                tried.indexedRows(),
                view.snapshot().rowCount(),
                reason);
    }
}
