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
    private final FilteredWalk walkByCodes;
    private final FilteredWalk walkByEstimate;
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
        walkByCodes = new FilteredWalk(store, walk, false);
        walkByEstimate = new FilteredWalk(store, walk, true);
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

    /** Answers the query that a context has begun with. A row that is left out is passed by, too. */
    Neighbors search(GraphContext work) {
        Wanted wanted = work.wanted;
        work.prepare(quantizer, false);
        try {
            if (wanted.without() != Wanted.NO_ROW) {
                work.absent = vertex(work, (int) wanted.without());
                work.compared = 0;
            }
            int ranked = ranked(wanted.k(), ef(wanted));
            if (wanted.isFiltered()) {
                filtered(work, ranked);
            } else {
                unfiltered(work, ranked);
            }
        } finally {
            work.absent = GraphLayout.NO_VERTEX;
        }
        Collector best = work.best;
        best.reset(wanted.k(), context.metric().largestKeyWithin(wanted.radius()), RowFilter.ALL, wanted.tieBreak());
        work.compared += work.ranking.rank(work.target, best, wanted.cancellation());
        return best.neighbors(context.metric());
    }

    private static int ef(Wanted wanted) {
        return Math.max(wanted.ef(), Math.min(wanted.k(), Effort.MAX_EF));
    }

    /** The vertex of a row whose own vector is the query; {@link GraphLayout#NO_VERTEX} when a walk does not find it. */
    private int vertex(GraphContext work, int ordinal) {
        walk.exact(work, EF_TO_FIND_A_ROW, work.wanted.cancellation());
        for (int rank = 0; rank < work.pool.size(); rank++) {
            if (store.ordinal(work, work.pool.vertex(rank)) == ordinal) {
                return work.pool.vertex(rank);
            }
        }
        return GraphLayout.NO_VERTEX;
    }

    private void unfiltered(GraphContext work, int ranked) {
        Wanted wanted = work.wanted;
        CandidatePool found;
        if (walk.goesByEstimate(wanted.pool())) {
            int k = Math.min(wanted.k(), ranked);
            walk.estimated(work, ef(wanted), 2 * ranked, k, wanted.cancellation());
            found = work.results;
        } else {
            walk.exact(work, ef(wanted), wanted.cancellation());
            found = work.pool;
        }
        gather(work, found, ranked);
    }

    private void filtered(GraphContext work, int ranked) {
        Wanted wanted = work.wanted;
        OrdinalSet some = wanted.some();
        boolean byEstimate = walk.goesByEstimate(wanted.pool());
        FilteredWalk filteredWalk = byEstimate ? walkByEstimate : walkByCodes;
        FilteredWalk.Extent extent = work.extent;
        extent.unlimited(ef(wanted), wanted.k(), ranked);
        if (some == null || codeScan == null || !hasFaithfulCodes()) {
            boolean _ = filteredWalk.walk(work, extent);
            gatherOrdinals(work);
            return;
        }
        long rows = some.size();
        double forOne = Math.max(1, (double) store.count() / Math.max(1, rows));
        extent.limit(sparing(byEstimate), forOne, MOST_ADVERSE * forOne, rows / codesPerHop());
        if (comparesCodes(rows, wanted.k(), ef(wanted)) || !filteredWalk.walk(work, extent)) {
            codeScan.scan(work, some, ranked);
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
    private void gather(GraphContext work, CandidatePool found, int most) {
        Wanted wanted = work.wanted;
        work.ranking.reset(found.size());
        int early = 0;
        float last = Float.NaN;
        for (int rank = 0; rank < found.size(); rank++) {
            if (work.ranking.size() >= most && found.distance(rank) != last) {
                break;
            }
            if ((rank + 1) % ORDINALS_PER_CHECK == 0) {
                wanted.cancellation().check();
            }
            int ordinal = store.ordinal(work, found.vertex(rank));
            if (!wanted.isLive(ordinal)) {
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
