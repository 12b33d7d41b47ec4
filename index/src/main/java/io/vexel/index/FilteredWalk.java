package io.vexel.index;

/**
 * The way through a graph when a filter admits a part of the rows only. Vertices that do not fulfil the filter are walked through as any other; how
 * far the walk goes is decided on the way, by the share of those that do among the vertices that were closed:
 *
 * <ul>
 *   <li>The bound, beyond which neighbors are not compared, is the distance at which as many vertices lie as are needed to contain
 *       enough that fulfil the filter, at that share.
 *   <li>The walk ends when the nearest {@code ef} vertices of the pool are closed, and enough that fulfil the filter; what the pool holds beyond them
 *       completes the results, since a vertex is usually found long before it is its turn to be closed.
 *   <li>When the bound turns out to have been far too near, all vertices of the pool are opened again: what they had ruled out is looked at.
 *   <li>It gives up when more vertices would have to be closed, at that share, than it is worth.
 * </ul>
 *
 * <p>As without a filter, vertices are compared by their codes when they are found, or, where codes are long, when they are closed: the pool holds
 * estimates then, and of those that are left in it only those that fulfil the filter are compared at all.
 */
final class FilteredWalk {

    /** Most vertices that are remembered beside {@code ef}. */
    private static final int MOST_KEPT = 4096;

    private static final int EXTRA_WITHIN = 2;

    /** The share is taken from the vertices closed when there are so many. */
    private static final int FEWEST_CLOSED = 16;

    private final Vertices store;
    private final GraphWalk walk;
    private final boolean byEstimate;
    private final int stepsPerCheck;

    /** @param byEstimate whether the pool holds estimates; rows are full then */
    FilteredWalk(Vertices store, GraphWalk walk, boolean byEstimate) {
        this.store = store;
        this.walk = walk;
        this.byEstimate = byEstimate;
        stepsPerCheck = store.stepsPerCheck();
    }

    /** How much of what is looked for has to be seen before a walk ends; all three are measured. */
    enum Thoroughness {
        /** Where comparing all that fulfil the filter is the other way, and about as fast. */
        SPARING(0.6, 0.5, 1.05f),
        /** The same for a pool of estimates: more of what it holds is compared at the end, so less has to be closed. */
        SPARING_BY_ESTIMATE(0.5, 0.3, 1.05f),
        /** Where nothing else helps, and asking the filter costs more than walking. */
        THOROUGH(1.3, 0.5, 1.1f);

        /** Part of the wanted that are to be closed; the others are in the pool by then, mostly. */
        private final double closed;

        /** For each wanted one, as many that fulfil the filter are to lie within the bound beside those that are closed, and some more. */
        private final double within;

        /** How far beyond the bound an estimate may lie that does not rule out its neighbor; as in {@link GraphWalk}. */
        private final float slack;

        Thoroughness(double closed, double within, float slack) {
            this.closed = closed;
            this.within = within;
            this.slack = slack;
        }
    }

    /** How far to go. Set anew for each walk; used by one thread. */
    static final class Extent {

        private int ef;
        private int k;
        private int ranked;
        private Thoroughness thoroughness = Thoroughness.THOROUGH;
        private double expectedForOne;
        private double mostForOne;
        private double mostHops;

        /**
         * As far as it takes, with nothing known about the filter.
         *
         * @param newEf vertices to close at least
         * @param newK results that are wanted
         * @param newRanked results to leave, at least {@code newK}
         */
        void unlimited(int newEf, int newK, int newRanked) {
            ef = newEf;
            k = newK;
            ranked = newRanked;
            limit(Thoroughness.THOROUGH, 1, Double.MAX_VALUE, Double.MAX_VALUE);
        }

        /**
         * No farther than it is worth.
         *
         * @param newExpectedForOne vertices there are for each that fulfils the filter, at least 1; 1 when that is not known
         * @param newMostForOne gives up when more are closed for each
         * @param newMostHops gives up rather than closing more vertices
         */
        void limit(Thoroughness newThoroughness, double newExpectedForOne, double newMostForOne, double newMostHops) {
            thoroughness = newThoroughness;
            expectedForOne = newExpectedForOne;
            mostForOne = newMostForOne;
            mostHops = newMostHops;
        }

        /** As many that fulfil the filter are to be closed. */
        int needed() {
            return Math.max(1, (int) (k * thoroughness.closed));
        }

        /** So many vertices are to lie within the bound, when there are so many for each that fulfils the filter. */
        int within(double forOne, int most) {
            return (int) Math.min(
                    most, Math.max(ef, (k * (thoroughness.closed + thoroughness.within) + EXTRA_WITHIN) * forOne));
        }

        boolean isWorth(double forOne) {
            return forOne <= mostForOne && needed() * forOne <= mostHops;
        }
    }

    /**
     * Leaves rows that the query wants in the context's results, by ordinal, nearest by code.
     *
     * @param context prepared for the query
     * @return false when it gave up
     */
    boolean walk(GraphContext context, Extent extent) {
        CandidatePool pool = context.pool;
        CandidatePool results = context.results;
        results.reset(extent.ranked);
        walk.begin(context, Math.max(extent.ef, MOST_KEPT));
        walk.gatherSeeds(context);
        walk.compare(context, pool);
        int within = extent.within(extent.expectedForOne, store.count());
        int reach;
        do {
            reach = 2 * within;
            pool.reopen();
            results.reset(extent.ranked);
            within = goOn(context, extent, within);
        } while (within > reach);
        complete(context);
        return within > 0;
    }

    /**
     * Closes vertices until enough are.
     *
     * @param reach so many vertices are expected to lie within the bound
     * @return how many it turned out to be; 0 when it is not worth it to go on
     */
    private int goOn(GraphContext context, Extent extent, int reach) {
        CandidatePool pool = context.pool;
        CandidatePool results = context.results;
        int within = reach;
        int hops = 0;
        while (pool.hasOpen() && within > 0 && within <= 2 * reach) {
            int rank = pool.openRank();
            int nearer = results.countBelow(pool.openDistance());
            if (rank >= extent.ef && nearer >= extent.needed()) {
                break;
            }
            if (rank >= FEWEST_CLOSED) {
                double forOne = (rank + 1.0) / (nearer + 1.0);
                boolean worth = rank < extent.ef || extent.isWorth(forOne);
                within = worth ? extent.within(forOne, store.count()) : 0;
            }
            close(context, pool.bound(Math.max(1, within)) * extent.thoroughness.slack);
            if (++hops % stepsPerCheck == 0) {
                context.wanted.cancellation().check();
            }
        }
        context.hops += hops;
        return within;
    }

    private void close(GraphContext context, float limit) {
        CandidatePool pool = context.pool;
        int vertex = pool.peekOpen();
        float distance;
        if (byEstimate) {
            distance = walk.expandEstimated(context, pool, limit);
        } else {
            distance = pool.openDistance();
            int _ = walk.expand(context, pool, limit);
            compare(context, limit);
        }
        int ordinal = store.ordinal(context, vertex);
        if (distance < context.results.bound() && context.wanted.accepts(ordinal)) {
            context.results.add(ordinal, distance);
        }
    }

    private void compare(GraphContext context, float limit) {
        CandidatePool pool = context.pool;
        int count = context.batchCount;
        context.compared += count;
        float[] distances = context.estimates;
        store.distances(context, context.batch, count, distances);
        for (int i = 0; i < count; i++) {
            if (distances[i] < limit && distances[i] < pool.bound()) {
                pool.add(context.batch[i], distances[i]);
            }
        }
    }

    private void addOpen(GraphContext context, int vertex, int ordinal, float inPool) {
        float distance = inPool;
        if (byEstimate) {
            distance = store.distance(context, vertex);
            context.compared++;
        }
        if (distance < context.results.bound()) {
            context.results.add(ordinal, distance);
        }
    }

    /** Adds what the pool has open, nearest first. */
    private void complete(GraphContext context) {
        Wanted wanted = context.wanted;
        CandidatePool pool = context.pool;
        CandidatePool results = context.results;
        int[] ordinals = context.batch;
        float slack = byEstimate ? walk.estimateSlack() : 1;
        int rank = pool.openRank();
        for (; rank < pool.size() && pool.distance(rank) < results.bound() * slack; rank += ordinals.length) {
            wanted.cancellation().check();
            int count = Math.min(ordinals.length, pool.size() - rank);
            // All are read first, so that the waits for memory overlap.
            for (int i = 0; i < count; i++) {
                ordinals[i] = store.ordinal(context, pool.vertex(rank + i));
            }
            for (int i = 0; i < count; i++) {
                float distance = pool.distance(rank + i);
                if (pool.isOpen(rank + i) && distance < results.bound() * slack && wanted.accepts(ordinals[i])) {
                    addOpen(context, pool.vertex(rank + i), ordinals[i], distance);
                }
            }
        }
    }
}
