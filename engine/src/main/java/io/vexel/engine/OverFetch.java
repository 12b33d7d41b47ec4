package io.vexel.engine;

import io.vexel.collection.store.FilterPlan;
import io.vexel.collection.store.ReadView;
import io.vexel.collection.store.Snapshot;
import io.vexel.index.IndexKind;
import java.util.Optional;

/**
 * The rows that a search takes from an index without what payload indexes leave open of its filter, to read the payloads of the nearest of them.
 *
 * @param rows so many, at least k
 * @param possible points that may fulfil the filter as far as payload indexes know, estimated, at least 1
 */
record OverFetch(int rows, double possible) {

    /**
     * Standard deviations by which those that fulfil the filter may be fewer than expected. Measured: a row that is fetched in vain costs a little more of a walk, and no
     * payload; where too few fulfil the filter there is another walk, which reads payloads on the way.
     */
    private static final double DEVIATIONS = 3;

    /**
     * Empty where payload indexes decide the filter, so that it costs nothing to ask, and where it would take a large part of the rows.
     *
     * @param estimate the filter's
     */
    static Optional<OverFetch> of(ReadView view, FilterPlan filter, FilterPlan.Estimate estimate, int k) {
        if (filter.isExact() || estimate.matches() == 0) {
            return Optional.empty();
        }
        Snapshot state = view.snapshot();
        double part = filter.candidates()
                .map(some -> some.size() / (double) state.rowCount())
                .orElse(1.0);
        double possible = Math.max(1, part * state.liveCount());
        double share = Math.min(1, estimate.matches() / possible);
        double rows = rows(k, share, estimate.exact() ? Double.POSITIVE_INFINITY : FilterPlan.SAMPLE_ROWS);
        return rows * Planner.ROWS_PER_EF <= possible
                ? Optional.of(new OverFetch((int) rows, possible))
                : Optional.empty();
    }

    /**
     * So many that at least {@code k} of them fulfil the filter, but for rare cases, if those that do lie anywhere. Their number is spread binomially, and the
     * share is known as well as a sample tells.
     *
     * @param share of the rows that fulfil it, more than 0, at most 1
     * @param sampled rows from which the share is known
     */
    static double rows(int k, double share, double sampled) {
        double variance = k * (1 - share) * (1 + k / (share * sampled));
        return Math.ceil((k + DEVIATIONS * Math.sqrt(variance)) / share);
    }

    /** What an index has to keep to find them. Graphs keep none but those that may fulfil the filter; lsh counts what it comes by. */
    int effort(ReadView view) {
        boolean countsAll = view.index().orElseThrow().kind() == IndexKind.LSH;
        double kept = countsAll ? rows * Math.max(1, view.snapshot().liveCount() / possible) : rows;
        return TargetedEffort.besideDeadRows(view, (int) Math.ceil(kept));
    }
}
