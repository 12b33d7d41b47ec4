package io.vexel.engine;

import io.vexel.distance.Metric;
import io.vexel.index.Combination;
import io.vexel.index.Neighbors;
import io.vexel.index.QueryVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * Where the rows with the least combined distances may be found: among the nearest to each vector and, where distances add up or the
 * greatest counts, to a vector between them. A row in none of the lists is farther from each of these vectors than the last of its list; the candidates
 * {@link #settle} the search when such a row cannot be among the k best:
 *
 * <ul>
 *   <li>least: always, when lists have k rows. A row outside has k rows before it in the list of the vector that it is nearest to.
 *   <li>greatest: when the last row of some list is as far as the k-th best.
 *   <li>sum: when the last distances of the vectors' lists add up to the k-th best, which is the threshold of Fagin, Lotem and Naor, "Optimal aggregation
 *       algorithms for middleware", 2003; when the last row near the vector between is as far as a vector's share of the k-th best; and always under cosine
 *       and dot, where the vector between has the order of the sums.
 * </ul>
 *
 * <p>The vector between is never farther from a row than the vectors are on the average: distances are convex. Under cosine that holds up to a distance of 1.
 *
 * @param how of the distances
 * @param k how many rows are wanted
 */
record CombinedCandidates(Combination how, int k, Metric metric) {

    /**
     * Lists are so many times longer than what is wanted: they must reach as far as the k-th best, and an index overlooks more of what lies between
     * vectors than of what lies near one.
     */
    private static final int ROWS_PER_RESULT = 8;

    /** Rows of the list of the vector between, at least, where it has the order of the sums: some may lie with none of the vectors. */
    private static final int LEAST_BETWEEN = 320;

    /**
     * Whose nearest rows the candidates are: the vectors, or others that stand for them, and behind them one between, if there is one.
     *
     * <p>Where the vector between has the order of the sums, a list of it alone would do, if it were exact. But between vectors far apart the rows with the
     * least sums lie at the edges of several dense regions, and a walk through a graph mostly stays in the one that it comes to first. So there
     * is a walk on the side of each vector as well, for the one that {@linkplain QueryVector#leaning leans} to it, and that for the one between goes
     * farther.
     */
    List<QueryVector> vectors(List<QueryVector> queries) {
        Optional<QueryVector> between =
                how == Combination.MIN ? Optional.empty() : QueryVector.between(queries, metric);
        boolean leaning = between.isPresent() && ordersSums();
        List<QueryVector> all = new ArrayList<>(leaning ? QueryVector.leaning(queries, metric) : queries);
        between.ifPresent(all::add);
        return all;
    }

    /** Says in plain words whose nearest rows the candidates are. */
    String explain(int queries, int lists) {
        boolean between = lists > queries;
        return "for " + (between && ordersSums() ? "vectors that lean to each of " : "each of ") + queries + " vectors"
                + (between ? " and one between" : "");
    }

    private boolean ordersSums() {
        return how == Combination.SUM && (metric == Metric.COSINE || metric == Metric.DOT);
    }

    /** Rows of each list but perhaps the last; combined are always several vectors. */
    int depth() {
        int rowsPerResult = how == Combination.MIN ? 1 : ROWS_PER_RESULT;
        return (int) Math.min(SearchRequest.ALL, (long) rowsPerResult * k);
    }

    /** Rows of the list of the last of {@link #vectors}. */
    int lastDepth() {
        return ordersSums() ? Math.max(LEAST_BETWEEN, depth()) : depth();
    }

    /** The rows of the lists, each once. */
    static long[] rows(List<Neighbors> lists) {
        return lists.stream()
                .flatMap(Neighbors::hits)
                .mapToLong(Neighbors.Hit::ordinal)
                .distinct()
                .toArray();
    }

    /**
     * Whether no other row can be among the first k.
     *
     * @param lists of {@link #vectors}, none of them empty
     * @param queries how many of these were asked for; the one behind, if there is one, is that between
     * @param ranked all candidates, by their combined distances
     */
    boolean settle(List<Neighbors> lists, int queries, Neighbors ranked) {
        if (ranked.size() < k) {
            return false;
        }
        boolean ordered = ordersSums() && lists.size() > queries;
        if (how == Combination.MIN || ordered) {
            return true;
        }
        double worst = ranked.distance(k - 1);
        DoubleStream lasts = lists.subList(0, queries).stream().mapToDouble(CombinedCandidates::last);
        return how == Combination.MAX
                ? lasts.anyMatch(last -> last >= worst) || betweenReaches(lists, queries, worst)
                : lasts.sum() >= worst || betweenReaches(lists, queries, worst / queries);
    }

    private boolean betweenReaches(List<Neighbors> lists, int queries, double distance) {
        boolean convex = metric != Metric.COSINE || distance <= 1;
        return lists.size() > queries && convex && last(lists.getLast()) >= distance;
    }

    private static double last(Neighbors list) {
        return list.distance(list.size() - 1);
    }
}
