package io.vexel.index;

/**
 * The ways through a graph: from the roots along the links to the nearest open vertex each time, until the pool holds no open one.
 *
 * <p>{@link #exact} keeps a pool of distances between codes: the neighbor codes of a row only rule out neighbors whose estimate,
 * slackened, is beyond the pool, and the others are compared. {@link #estimated} keeps a pool of estimates, and compares a vertex when it
 * comes to it: fewer reads where codes are long and estimates good. {@link #surroundings} goes the one way or the other. All are cut into
 * small methods, because the JIT inlines by budget, and load early what the next step will read.
 */
final class GraphWalk {

    /**
     * An estimate this much above the bound may still belong to a nearer vertex; estimates err by 9 % (rms) at 128 elements. More finds a
     * little more for a given ef, and less of it in a given time.
     */
    private static final float EXACT_SLACK = 1.05f;

    /** While building, what is missed lies at the end of the pool, where hardly a neighbor comes from. */
    private static final float BUILD_SLACK = 1f;

    /** Above, estimates are good and codes long, so walks go by estimates. */
    private static final int LONGEST_EXACT_WALK = 256;

    /** As many standard errors of an estimate may lie between it and the bound. */
    private static final double ESTIMATE_ERRORS = 3.5;

    /** Standard error of an estimate, times the root of the dimension. */
    private static final double ERROR_BY_ROOT = 0.09 * Math.sqrt(128);

    /** So many of the nearest roots begin a walk. */
    private static final int SEEDS = 8;

    private static final long ALL_SLOTS = 0xFFFF_FFFFL;

    private final Vertices store;
    private final GraphRoots roots;
    private final boolean fullRows;
    private final boolean byEstimate;
    private final int linksOffset;
    private final float estimateSlack;
    private final int stepsPerCheck;

    GraphWalk(Vertices store, GraphRoots roots) {
        this.store = store;
        this.roots = roots;
        fullRows = store.layout().fullRows();
        byEstimate = fullRows && store.layout().dimension() > LONGEST_EXACT_WALK;
        linksOffset = store.layout().linksOffset();
        stepsPerCheck = store.stepsPerCheck();
        estimateSlack = (float)
                (1 + ESTIMATE_ERRORS * ERROR_BY_ROOT / Math.sqrt(store.layout().dimension()));
    }

    /**
     * Leaves the {@code ef} nearest vertices by code in the context's pool.
     *
     * @param context prepared for a vector
     */
    void exact(GraphContext context, int ef, Cancellation cancellation) {
        begin(context, ef);
        gatherSeeds(context);
        compare(context, context.pool);
        goOn(context, EXACT_SLACK, cancellation);
    }

    /** Whether estimates are good enough to walk by them, and codes long enough that it pays. */
    boolean goesByEstimate() {
        return byEstimate;
    }

    /** Whether a search that wants this pool walks by estimates. */
    boolean goesByEstimate(Pool wanted) {
        return switch (wanted) {
            case AUTO -> byEstimate;
            case EXACT -> false;
            case ESTIMATE -> fullRows;
        };
    }

    /**
     * Looks for about the {@code ef} nearest vertices by code, for a vertex that looks for neighbors, and leaves them where {@link #found} says.
     *
     * @param context prepared for a vector
     */
    void surroundings(GraphContext context, int ef) {
        beginInserted(context, ef);
        if (byEstimate) {
            addSeeds(context);
            context.results.reset(ef);
            goOnByEstimate(context);
        } else {
            gatherSeeds(context);
            compare(context, context.pool);
            goOn(context, BUILD_SLACK, Cancellation.NONE);
        }
    }

    /** As {@link #surroundings(GraphContext, int)}, twice: while what the one will read is on its way, the other takes a step. */
    void surroundings(GraphContext context, GraphContext second, int ef) {
        beginInserted(context, ef);
        beginInserted(second, ef);
        if (byEstimate) {
            surroundingsByEstimate(context, second, ef);
        } else {
            surroundingsByCode(context, second);
        }
    }

    /** The vertices that {@link #surroundings} found, with their distances by code. */
    CandidatePool found(GraphContext context) {
        return byEstimate ? context.results : context.pool;
    }

    private void surroundingsByCode(GraphContext context, GraphContext second) {
        CandidatePool pool = context.pool;
        CandidatePool secondPool = second.pool;
        gatherSeeds(context);
        gatherSeeds(second);
        compare(context, pool);
        compare(second, secondPool);
        int hops = 0;
        while (pool.hasOpen() && secondPool.hasOpen()) {
            expand(context, pool, pool.bound() * BUILD_SLACK);
            expand(second, secondPool, secondPool.bound() * BUILD_SLACK);
            compare(context, pool);
            compare(second, secondPool);
            hops++;
        }
        context.hops += hops;
        second.hops += hops;
        goOn(context, BUILD_SLACK, Cancellation.NONE);
        goOn(second, BUILD_SLACK, Cancellation.NONE);
    }

    private void surroundingsByEstimate(GraphContext context, GraphContext second, int ef) {
        addSeeds(context);
        addSeeds(second);
        context.results.reset(ef);
        second.results.reset(ef);
        while (context.pool.hasOpen() && second.pool.hasOpen()) {
            closeByEstimate(context);
            closeByEstimate(second);
        }
        goOnByEstimate(context);
        goOnByEstimate(second);
    }

    private void goOnByEstimate(GraphContext context) {
        while (context.pool.hasOpen()) {
            closeByEstimate(context);
        }
    }

    /** Closes the nearest open vertex, which is compared and becomes a result. */
    private void closeByEstimate(GraphContext context) {
        CandidatePool pool = context.pool;
        int vertex = pool.peekOpen();
        float distance = expandEstimated(context, pool, pool.bound() * BUILD_SLACK);
        if (distance < context.results.bound()) {
            context.results.add(vertex, distance);
        }
        context.hops++;
    }

    private void goOn(GraphContext context, float slack, Cancellation cancellation) {
        CandidatePool pool = context.pool;
        int hops = 0;
        while (pool.hasOpen()) {
            expand(context, pool, pool.bound() * slack);
            compare(context, pool);
            if (++hops % stepsPerCheck == 0) {
                cancellation.check();
            }
        }
        context.hops += hops;
    }

    /** Begins a walk of a search. */
    void begin(GraphContext context, int ef) {
        context.begin(store.count());
        start(context, ef);
    }

    /** Begins a walk of an insertion. */
    private void beginInserted(GraphContext context, int ef) {
        context.beginInserted(store.count());
        start(context, ef);
    }

    private void start(GraphContext context, int ef) {
        context.pool.reset(ef);
        roots.seed(context, SEEDS);
    }

    void gatherSeeds(GraphContext context) {
        int count = 0;
        int early = 0;
        for (int i = 0; i < context.seeds.size(); i++) {
            int vertex = context.seeds.vertex(i);
            if (context.visit(vertex)) {
                context.batch[count++] = vertex;
                early += store.expectCodes(context, vertex);
            }
        }
        context.sink += early;
        context.batchCount = count;
    }

    /** Adds the seeds to a pool that holds estimates. */
    private void addSeeds(GraphContext context) {
        for (int i = 0; i < context.seeds.size(); i++) {
            if (context.visit(context.seeds.vertex(i))) {
                context.pool.add(context.seeds.vertex(i), context.seeds.distance(i));
            }
        }
    }

    /** Closes the nearest open vertex, returns it, and collects those of its neighbors whose estimate is below the threshold. */
    int expand(GraphContext context, CandidatePool pool, float threshold) {
        float distance = pool.openDistance();
        int vertex = pool.close();
        long row = store.row(context, vertex);
        if (fullRows) {
            long below = context.tables.scan(row, distance, threshold, context.estimates);
            gather(context, row + linksOffset, below);
        } else {
            gather(context, row, ALL_SLOTS);
        }
        prefetchRow(context, pool.peekOpen());
        return vertex;
    }

    private void prefetchRow(GraphContext context, int vertex) {
        if (vertex >= 0) {
            context.sink += store.expectRow(context, vertex);
        }
    }

    /** Collects the neighbors of some slots that were not visited, and loads their codes early. */
    private void gather(GraphContext context, long links, long slots) {
        int count = 0;
        int early = 0;
        for (long left = slots; left != 0; left &= left - 1) {
            int vertex = VertexStore.linkAt(links, Long.numberOfTrailingZeros(left));
            if (context.visit(vertex)) {
                context.batch[count++] = vertex;
                early += store.expectCodes(context, vertex);
            }
        }
        context.sink += early;
        context.batchCount = count;
    }

    void compare(GraphContext context, CandidatePool pool) {
        int count = context.batchCount;
        context.compared += count;
        float[] distances = context.estimates;
        store.distances(context, context.batch, count, distances);
        for (int i = 0; i < count; i++) {
            int vertex = context.batch[i];
            float distance = distances[i];
            if (distance < pool.bound()) {
                pool.add(vertex, distance);
                if (pool.peekOpen() == vertex) {
                    context.sink += store.expectRow(context, vertex);
                }
            }
        }
    }

    /**
     * Leaves the {@code wanted} nearest vertices by code in the context's results.
     *
     * @param context prepared for a vector
     * @param k results whose estimates must not fool the walk
     */
    void estimated(GraphContext context, int ef, int wanted, int k, Cancellation cancellation) {
        CandidatePool pool = context.pool;
        begin(context, Math.max(ef, SEEDS));
        addSeeds(context);
        CandidatePool results = context.results;
        results.reset(wanted);
        context.overflowCount = 0;
        float near = Float.MAX_VALUE;
        int hops = 0;
        while (pool.hasOpen()) {
            int vertex = pool.close();
            prefetchNext(context, pool.peekOpen());
            float distance = store.distance(context, vertex);
            if (distance < results.bound()) {
                results.add(vertex, distance);
                near = results.size() >= k ? results.distance(k - 1) * estimateSlack : near;
            }
            float bound = Math.max(pool.bound(), near);
            long row = store.row(context, vertex);
            long below = context.tables.scan(row, distance, bound, context.estimates);
            gatherEstimates(context, row + linksOffset, below);
            if (++hops % stepsPerCheck == 0) {
                cancellation.check();
            }
        }
        context.hops += hops;
        context.compared += hops;
        compareOverflow(context, near, cancellation);
    }

    /**
     * Closes the nearest open vertex of a pool of estimates, and adds those of its neighbors whose estimate is below the threshold.
     *
     * @return the distance of the vertex by its codes
     */
    float expandEstimated(GraphContext context, CandidatePool pool, float threshold) {
        int vertex = pool.close();
        prefetchNext(context, pool.peekOpen());
        float distance = store.distance(context, vertex);
        context.compared++;
        long row = store.row(context, vertex);
        long below = context.tables.scan(row, distance, threshold, context.estimates);
        long links = row + linksOffset;
        for (long left = below; left != 0; left &= left - 1) {
            int slot = Long.numberOfTrailingZeros(left);
            int neighbor = VertexStore.linkAt(links, slot);
            if (context.visit(neighbor) && context.estimates[slot] < pool.bound()) {
                pool.add(neighbor, context.estimates[slot]);
            }
        }
        return distance;
    }

    /** How far beyond a bound the estimate of a vertex may lie that is to be compared with it, as a factor. */
    float estimateSlack() {
        return estimateSlack;
    }

    private void prefetchNext(GraphContext context, int vertex) {
        if (vertex >= 0) {
            context.sink += store.expectRow(context, vertex) + store.expectCodes(context, vertex);
        }
    }

    private void gatherEstimates(GraphContext context, long links, long slots) {
        CandidatePool pool = context.pool;
        for (long left = slots; left != 0; left &= left - 1) {
            int slot = Long.numberOfTrailingZeros(left);
            int vertex = VertexStore.linkAt(links, slot);
            if (context.visit(vertex)) {
                addEstimate(context, pool, vertex, context.estimates[slot]);
            }
        }
    }

    private void addEstimate(GraphContext context, CandidatePool pool, int vertex, float estimate) {
        if (estimate < pool.bound()) {
            if (pool.isFull() && pool.lastIsOpen()) {
                context.overflow(pool.lastVertex(), pool.bound());
            }
            pool.add(vertex, estimate);
        } else {
            context.overflow(vertex, estimate);
        }
    }

    /** Compares what fell out of the pool although its estimate, slackened, is among the results. */
    private void compareOverflow(GraphContext context, float near, Cancellation cancellation) {
        int count = 0;
        int early = 0;
        for (int i = 0; i < context.overflowCount; i++) {
            if (context.overflowEstimates[i] <= near) {
                int vertex = context.overflowVertices[i];
                context.overflowVertices[count++] = vertex;
                early += store.expectCodes(context, vertex);
            }
        }
        context.sink += early;
        context.compared += count;
        for (int i = 0; i < count; i++) {
            if (i % stepsPerCheck == 0) {
                cancellation.check();
            }
            int vertex = context.overflowVertices[i];
            float distance = store.distance(context, vertex);
            if (distance < context.results.bound()) {
                context.results.add(vertex, distance);
            }
        }
    }
}
