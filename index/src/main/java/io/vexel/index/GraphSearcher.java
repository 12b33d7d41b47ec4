package io.vexel.index;

import io.vexel.distance.Metric;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries from the parts of a graph: chooses the way through it, and ranks what it found by full vectors. Safe for use by any number of
 * threads, each with a context of its own.
 */
final class GraphSearcher {

    private static final int LEAST_EXTRA_RANKED = 10;

    /** A thorough walk is followed by a thorough ranking: codes may mistake one element that outweighs all others. */
    private static final int EF_PER_RANKED = 4;

    /** Rows that are compared by their codes in the time in which a walk closes a vertex. */
    private static final double CODES_PER_HOP = 48;

    /** The same where the walk goes by estimates, and a code takes several lines of the cache. */
    private static final double LONG_CODES_PER_HOP = 24;

    /** A filtered walk gives up where the share of those that fulfil the filter is so many times less than everywhere. */
    private static final double MOST_ADVERSE = 6;

    private static final int EF_TO_FIND_A_ROW = 32;

    /** Bytes of a full vector that are loaded early. */
    private static final int MOST_EARLY_BYTES = 512;

    /** Ordinals that are read between two questions whether to go on; each may wait for a device. */
    private static final int ORDINALS_PER_CHECK = 32;

    private final IndexContext context;
    private final GraphQuantizer quantizer;
    private final Vertices store;
    private final GraphWalk walk;
    private final @Nullable CodeScan codeScan;
    private final int earlyBytes;

    /** @param codeScan compares the codes of given rows; null where it is not known which vertices they are */
    GraphSearcher(
            IndexContext context,
            GraphQuantizer quantizer,
            Vertices store,
            GraphWalk walk,
            @Nullable CodeScan codeScan) {
        this.context = context;
        this.quantizer = quantizer;
        this.store = store;
        this.walk = walk;
        this.codeScan = codeScan;
        earlyBytes = Math.min(context.rowBytes(), MOST_EARLY_BYTES);
    }

    /** As {@link DerivedIndex#comparesCodes}. */
    boolean comparesCodes(long rows, int k, int ef) {
        return codeScan != null && hasFaithfulCodes() && rows <= codesPerHop() * expectedHops(rows, k, ef);
    }

    /** As {@link DerivedIndex#pool}. */
    Pool pool(Pool wanted) {
        return walk.goesByEstimate(wanted) ? Pool.ESTIMATE : Pool.EXACT;
    }

    /** Vertices that a walk closes, when so many rows are admitted and lie anywhere. */
    private double expectedHops(long rows, int k, int ef) {
        return Math.max(ef, (double) store.count() * k / Math.max(1, rows));
    }

    /**
     * What is looked for.
     *
     * @param some among which are all rows that the filter accepts, if that is known
     */
    record Wanted(
            SearchRequest request, Effort effort, @Nullable OrdinalSet some) {

        int ef() {
            return Math.max(effort.ef(), Math.min(request.k(), Effort.MAX_EF));
        }

        boolean isFiltered() {
            return !request.filter().acceptsAll(0, Integer.MAX_VALUE);
        }

        Admission admission() {
            return Admission.of(request, effort);
        }
    }

    /** The vertex of a row that has this vector; -1 when a walk does not find it. */
    private int vertex(GraphContext work, float[] vector, int ordinal, Cancellation cancellation) {
        System.arraycopy(vector, 0, work.vector, 0, vector.length);
        work.prepare(quantizer, false);
        walk.exact(work, EF_TO_FIND_A_ROW, cancellation);
        for (int rank = 0; rank < work.pool.size(); rank++) {
            if (store.ordinal(work, work.pool.vertex(rank)) == ordinal) {
                return work.pool.vertex(rank);
            }
        }
        return -1;
    }

    /** Answers one of the queries. */
    Neighbors search(GraphContext work, Scorer scorer, int query, Wanted wanted) {
        float[] vector = scorer.floats()[query];
        System.arraycopy(vector, 0, work.vector, 0, vector.length);
        work.prepare(quantizer, false);
        SearchRequest request = wanted.request();
        int ranked = ranked(request.k(), wanted.ef());
        if (wanted.isFiltered()) {
            filtered(work, wanted, ranked);
        } else {
            unfiltered(work, wanted, ranked);
        }
        Collector best = work.best;
        best.reset(request.k(), context.metric().largestKeyWithin(request.radius()), RowFilter.ALL, request.tieBreak());
        var rows = new Ranking.Rows(context.vectors(), work.fullVectors, request.cancellation());
        work.compared += work.ranking.rank(scorer, query, best, rows);
        return best.neighbors(context.metric());
    }

    /**
     * Answers the one query by all rows but one, which the walk passes by, too.
     *
     * @param ordinal of the row; the query is its vector
     */
    Neighbors searchWithout(GraphContext work, SearchRequest request, Effort effort, long ordinal) {
        SearchRequest others = request.withLive(request.live().without(ordinal));
        Scorer scorer = new Scorer(context.metric(), context.elementType(), request.queries());
        try {
            work.absent = vertex(work, scorer.floats()[0], (int) ordinal, request.cancellation());
            work.compared = 0;
            return search(work, scorer, 0, new Wanted(others, effort, null));
        } finally {
            work.absent = -1;
        }
    }

    private void unfiltered(GraphContext work, Wanted wanted, int ranked) {
        SearchRequest request = wanted.request();
        CandidatePool found;
        if (walk.goesByEstimate(wanted.effort().pool())) {
            walk.estimated(work, wanted.ef(), 2 * ranked, Math.min(request.k(), ranked), request.cancellation());
            found = work.results;
        } else {
            walk.exact(work, wanted.ef(), request.cancellation());
            found = work.pool;
        }
        gather(work, found, request, wanted.effort().rowEnd(), ranked);
    }

    private void filtered(GraphContext work, Wanted wanted, int ranked) {
        int k = wanted.request().k();
        OrdinalSet some = wanted.some();
        boolean byEstimate = walk.goesByEstimate(wanted.effort().pool());
        FilteredWalk filteredWalk = new FilteredWalk(store, walk, byEstimate);
        if (some == null || codeScan == null || !hasFaithfulCodes()) {
            filteredWalk.walk(work, FilteredWalk.Extent.unlimited(wanted.ef(), k, ranked), wanted.admission());
            gatherOrdinals(work);
            return;
        }
        long rows = some.size();
        double forOne = Math.max(1, (double) store.count() / Math.max(1, rows));
        FilteredWalk.Extent extent = new FilteredWalk.Extent(
                wanted.ef(), k, ranked, sparing(byEstimate), forOne, MOST_ADVERSE * forOne, rows / codesPerHop());
        if (comparesCodes(rows, k, wanted.ef()) || !filteredWalk.walk(work, extent, wanted.admission())) {
            codeScan.scan(work, some, wanted.admission(), ranked);
        }
        gatherOrdinals(work);
    }

    private static FilteredWalk.Thoroughness sparing(boolean byEstimate) {
        return byEstimate ? FilteredWalk.Thoroughness.SPARING_BY_ESTIMATE : FilteredWalk.Thoroughness.SPARING;
    }

    /** Codes tell Euclidean distances. */
    private boolean hasFaithfulCodes() {
        return context.metric() != Metric.L1;
    }

    /** Collects the rows of the results, and loads their vectors early. */
    private void gatherOrdinals(GraphContext work) {
        CandidatePool found = work.results;
        work.ranking.reset(found.size());
        int early = 0;
        for (int rank = 0; rank < found.size(); rank++) {
            int ordinal = found.vertex(rank);
            long address = context.vectors().address(ordinal);
            if (address != 0) {
                early += GraphContext.prefetch(address, earlyBytes);
            }
            work.ranking.add(ordinal, address, found.distance(rank));
        }
        work.sink += early;
    }

    /** Collects the rows to rank, nearest by code first, and loads their vectors early. What is as near as the last of them is ranked, too. */
    private void gather(GraphContext work, CandidatePool found, SearchRequest request, long rowEnd, int most) {
        work.ranking.reset(found.size());
        int early = 0;
        float last = Float.NaN;
        for (int rank = 0; rank < found.size(); rank++) {
            if (work.ranking.size() >= most && found.distance(rank) != last) {
                break;
            }
            if ((rank + 1) % ORDINALS_PER_CHECK == 0) {
                request.cancellation().check();
            }
            int ordinal = store.ordinal(work, found.vertex(rank));
            if (ordinal < 0 || ordinal >= rowEnd || !request.live().accepts(ordinal)) {
                continue;
            }
            long address = context.vectors().address(ordinal);
            if (address != 0) {
                early += GraphContext.prefetch(address, earlyBytes);
            }
            last = found.distance(rank);
            work.ranking.add(ordinal, address, last);
        }
        work.sink += early;
    }

    /** How many candidates are compared by their full vectors at most. */
    private int ranked(int k, int ef) {
        if (context.metric() == Metric.L1) {
            return ef;
        }
        long extra = Math.max(LEAST_EXTRA_RANKED, ef / EF_PER_RANKED);
        return (int) Math.min(ef, Math.max(2L * k, k + extra));
    }

    private double codesPerHop() {
        return walk.goesByEstimate() ? LONG_CODES_PER_HOP : CODES_PER_HOP;
    }
}
