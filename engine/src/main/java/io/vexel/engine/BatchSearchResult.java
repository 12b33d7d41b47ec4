package io.vexel.engine;

import java.util.List;

/**
 * The answers to several queries.
 *
 * @param hits one list for each query, in the order of the queries; each nearest first, equal distances in the order of the ids
 * @param cost what all of them took together
 * @param plan how they were carried out
 */
public record BatchSearchResult(List<List<Hit>> hits, SearchCost cost, SearchPlan plan) {

    public BatchSearchResult {
        hits = hits.stream().map(List::copyOf).toList();
    }
}
