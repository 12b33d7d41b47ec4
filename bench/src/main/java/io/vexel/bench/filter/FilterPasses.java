package io.vexel.bench.filter;

import java.util.ArrayList;
import java.util.List;

/** The three kinds of searches for one share, and what their counted rounds took. */
final class FilterPasses {

    private final FilterResult.Share share;
    private final SearchPass unfiltered;
    private final SearchPass filtered;
    private final SearchPass exact;
    private final List<FilterResult.Round> rounds = new ArrayList<>();

    FilterPasses(FilterResult.Share share, SearchPass unfiltered, SearchPass filtered, SearchPass exact) {
        this.share = share;
        this.unfiltered = unfiltered;
        this.filtered = filtered;
        this.exact = exact;
    }

    /** Searches in every way once. */
    void run(boolean counts) {
        FilterResult.Round round = new FilterResult.Round(unfiltered.run(), filtered.run(), exact.run());
        if (counts) {
            rounds.add(round);
        }
    }

    FilterResult result() {
        return new FilterResult(share, rounds);
    }
}
