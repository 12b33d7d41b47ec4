package io.vexel.index;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/**
 * What a search found.
 *
 * @param neighbors one for each query, in the order of the request
 * @param cost what it took, for all queries together
 */
public record SearchResult(List<Neighbors> neighbors, SearchCost cost) {

    public SearchResult {
        neighbors = neighbors instanceof Lists ? neighbors : List.copyOf(neighbors);
    }

    /** Takes over the array. */
    static SearchResult of(Neighbors[] neighbors, SearchCost cost) {
        return new SearchResult(new Lists(neighbors), cost);
    }

    /** Cannot be changed, since the array is nobody else's. */
    private static final class Lists extends AbstractList<Neighbors> implements RandomAccess {

        private final Neighbors[] all;

        Lists(Neighbors[] all) {
            this.all = all;
        }

        @Override
        public Neighbors get(int query) {
            return all[query];
        }

        @Override
        public int size() {
            return all.length;
        }
    }
}
