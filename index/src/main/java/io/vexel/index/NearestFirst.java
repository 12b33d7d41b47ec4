package io.vexel.index;

import io.vexel.base.Checks;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Holds a filter against rows that were found without it, nearest first, and against no more of them than it takes. For filters that cost so much that they
 * are not to be asked about every row that a search comes by.
 */
public final class NearestFirst {

    private final List<Neighbors> found;
    private final SearchRequest wanted;
    private final @Nullable Neighbors[] fulfilling;

    private NearestFirst(List<Neighbors> found, SearchRequest wanted) {
        this.found = found;
        this.wanted = wanted;
        fulfilling = new Neighbors[found.size()];
    }

    /**
     * For each query the {@code k} nearest rows within the radius that fulfil the request's filter; empty where the rows that were found do not tell: they
     * all lie within the radius, and fewer than {@code k} of them fulfil it.
     *
     * @param found for each query of the request all rows up to some distance that it would accept if it had no filter
     * @param wanted its parallelism is over queries; its cancellation is asked before each row
     */
    public static List<Optional<Neighbors>> filter(List<Neighbors> found, SearchRequest wanted) {
        Checks.argument(
                found.size() == wanted.queries().size(),
                "found=" + found.size() + " lists, allowed: " + wanted.queries().size() + ", one for each query");
        NearestFirst first = new NearestFirst(found, wanted);
        ScanTeam.Work<NearestFirst> work = (shared, query) -> shared.filter((int) query);
        new ScanTeam<>(found.size(), () -> first, work).run(wanted.parallelism());
        return Arrays.stream(first.fulfilling).map(Optional::ofNullable).toList();
    }

    /** Leaves nothing in the query's place where the rows do not tell, and ends as soon as that is certain. */
    private void filter(int query) {
        Neighbors rows = found.get(query);
        int k = wanted.k();
        int end = rows.within(wanted.radius()).size();
        boolean endsWithRadius = end < rows.size();
        long[] ordinals = new long[Math.min(k, end)];
        double[] distances = new double[ordinals.length];
        int count = 0;
        for (int rank = 0; rank < end && count < k && (endsWithRadius || count + end - rank >= k); rank++) {
            if (accepts(rows.ordinal(rank))) {
                ordinals[count] = rows.ordinal(rank);
                distances[count++] = rows.distance(rank);
            }
        }
        if (count == k || endsWithRadius) {
            fulfilling[query] = new Neighbors(Arrays.copyOf(ordinals, count), Arrays.copyOf(distances, count));
        }
    }

    private boolean accepts(long ordinal) {
        wanted.cancellation().check();
        return wanted.filter().accepts(ordinal);
    }
}
