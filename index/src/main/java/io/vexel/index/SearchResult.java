package io.vexel.index;

import java.util.List;

/**
 * What a search found.
 *
 * @param neighbors one for each query, in the order of the request
 * @param cost what it took, for all queries together
 */
public record SearchResult(List<Neighbors> neighbors, SearchCost cost) {

    public SearchResult {
        neighbors = List.copyOf(neighbors);
    }
}
