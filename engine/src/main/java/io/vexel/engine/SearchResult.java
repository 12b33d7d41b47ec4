package io.vexel.engine;

import java.util.List;

/**
 * The answer to one query.
 *
 * @param hits nearest first; equal distances in the order of the ids
 * @param cost what it took
 * @param plan how it was carried out
 */
public record SearchResult(List<Hit> hits, SearchCost cost, SearchPlan plan) {

    public SearchResult {
        hits = List.copyOf(hits);
    }
}
