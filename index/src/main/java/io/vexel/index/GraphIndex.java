package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A flat proximity graph over codes of seven bits, or of four: up to 32 links a vertex, beside them one-bit codes of the neighbors, which say at one
 * scan of the row who is worth a comparison. What a walk finds is ranked on the full vectors.
 *
 * <p>Searches take no lock. {@link VertexStore} says why they may read rows that change, {@link GraphBuilder} how rows come in and
 * {@link GraphSweeper} how they leave, {@link GraphImage} how all of it is saved.
 *
 * <p>Sources: Y. Gou et al., "SymphonyQG", SIGMOD 2025, for rows with quantized neighbors; Y. Malkov, D. Yashunin, "HNSW", 2018, for
 * the rule of choosing neighbors.
 */
public final class GraphIndex implements DerivedIndex {

    /** Above, estimates are good and codes long, so the walk goes by estimates. */
    private static final int LONGEST_EXACT_WALK = 256;

    private static final int LEAST_EXTRA_RANKED = 10;

    /** A thorough walk is followed by a thorough ranking: codes may mistake one element that outweighs all others. */
    private static final int EF_PER_RANKED = 4;

    /** Rows that are compared by their codes in the time in which a walk closes a vertex. */
    private static final double CODES_PER_HOP = 48;

    /** More vertices than that are not added beside one insertion: there are no more contexts. */
    private static final int MOST_INSERTING = 64;

    /** A filtered walk gives up where the share of those that fulfil the filter is so many times less than everywhere. */
    private static final double MOST_ADVERSE = 3;

    private static final int EF_TO_FIND_A_ROW = 32;

    /** Bytes of a full vector that are loaded early. */
    private static final int MOST_EARLY_BYTES = 512;

    private final GraphSpec spec;
    private final IndexContext context;
    private final GraphParts parts;
    private final ContextPool contexts;
    private final ReentrantReadWriteLock inserting = new ReentrantReadWriteLock();
    private final LongAdder inserted = new LongAdder();
    private final int earlyBytes;

    private GraphIndex(GraphSpec spec, IndexContext context, GraphParts parts) {
        this.spec = spec;
        this.context = context;
        this.parts = parts;
        this.earlyBytes = Math.min(context.rowBytes(), MOST_EARLY_BYTES);
        this.contexts = new ContextPool(() -> parts.newContext(context));
    }

    static GraphIndex create(GraphSpec spec, IndexContext context, long[] sample) {
        checkMetric(spec, context);
        Checks.argument(sample.length > 0, "sample=[], allowed: at least one row");
        float[][] vectors = new float[sample.length][context.dimension()];
        MemorySegment row = MemorySegment.ofArray(new byte[context.rowBytes()]);
        for (int i = 0; i < sample.length; i++) {
            context.vectors().read(sample[i], row);
            context.elementType().read(row, 0, vectors[i]);
        }
        GraphQuantizer quantizer = GraphQuantizer.learn(context.metric(), context.dimension(), spec, vectors);
        return new GraphIndex(spec, context, GraphParts.create(spec, quantizer, context.budget()));
    }

    static GraphIndex load(GraphSpec spec, IndexContext context, CheckpointSource source) {
        checkMetric(spec, context);
        GraphParts parts = GraphImage.load(spec, context, source);
        GraphIndex index = new GraphIndex(spec, context, parts);
        index.inserted.add(parts.store().count() - parts.store().freeCount());
        return index;
    }

    private static void checkMetric(GraphSpec spec, IndexContext context) {
        Checks.argument(
                spec.supports(context.metric()),
                "metric=" + context.metric().label() + ", allowed for graph: l2, cosine, dot, l1");
        Checks.argument(
                context.elementType().isFloat(),
                "elementType=" + context.elementType().label() + ", allowed for graph: f32, f16, bf16");
        Checks.inRange("dimension", context.dimension(), 1, ElementType.MAX_DIMENSION);
    }

    @Override
    public IndexKind kind() {
        return IndexKind.GRAPH;
    }

    @Override
    public Metric metric() {
        return context.metric();
    }

    @Override
    public int dimension() {
        return context.dimension();
    }

    @Override
    public void insert(long ordinal, long row) {
        insertAll(new long[] {ordinal}, new long[] {row}, 1);
    }

    @Override
    public int insertAll(long[] ordinals, long[] rows, int count) {
        for (int i = 0; i < count; i++) {
            Checks.inRange("ordinal", ordinals[i], 0, Integer.MAX_VALUE - 1);
        }
        int done = 0;
        inserting.readLock().lock();
        try {
            while (done < count) {
                done += insertSome(ordinals, rows, done, count - done);
            }
        } catch (CapacityException e) {
            if (done == 0) {
                throw e;
            }
        } finally {
            inserting.readLock().unlock();
        }
        return done;
    }

    /** Inserts one row, or two where there is memory for that; returns how many. Throws a {@link CapacityException} when it was none. */
    private int insertSome(long[] ordinals, long[] rows, int from, int count) {
        GraphContext first = contexts.take();
        GraphContext second = null;
        try {
            prepare(first, ordinals[from], rows[from]);
            second = count > 1 ? contexts.takeAnother() : null;
            int done = 1;
            if (second != null && tryPrepare(second, ordinals[from + 1], rows[from + 1])) {
                done = parts.builder().insertPair(first, (int) ordinals[from], second, (int) ordinals[from + 1]);
            } else {
                parts.builder().insert(first, (int) ordinals[from]);
            }
            inserted.add(done);
            return done;
        } finally {
            contexts.giveBack(first);
            if (second != null) {
                contexts.giveBack(second);
            }
        }
    }

    /** False where there is no memory for one more row; it may do for the one before. */
    private boolean tryPrepare(GraphContext work, long ordinal, long row) {
        try {
            prepare(work, ordinal, row);
            return true;
        } catch (CapacityException _) {
            return false;
        }
    }

    private void prepare(GraphContext work, long ordinal, long row) {
        context.elementType().read(ALL, row, work.vector);
        work.prepare(parts.quantizer(), true);
        // All memory that an insertion needs, or a failure would leave a vertex without links.
        parts.store().byOrdinal().ensure((int) ordinal);
        work.ensureVisited(parts.store().count() + MOST_INSERTING);
    }

    @Override
    public SearchResult search(SearchRequest request, Effort effort) {
        return search(request, effort, null);
    }

    @Override
    public SearchResult searchAmong(SearchRequest request, Effort effort, OrdinalSet some) {
        return search(request, effort, some);
    }

    @Override
    public boolean comparesCodes(long rows, int k, int ef) {
        return hasFaithfulCodes() && rows <= CODES_PER_HOP * expectedHops(rows, k, ef);
    }

    /** Vertices that a walk closes, when so many rows are admitted and lie anywhere. */
    private double expectedHops(long rows, int k, int ef) {
        return Math.max(ef, (double) parts.store().count() * k / Math.max(1, rows));
    }

    private SearchResult search(SearchRequest request, Effort effort, @Nullable OrdinalSet some) {
        long start = context.time().nanoTime();
        QueryTeam.check(request, metric(), dimension());
        Scorer scorer = new Scorer(context.metric(), context.elementType(), request.queries());
        List<Neighbors> neighbors = new ArrayList<>(request.queries().size());
        long compared = 0;
        GraphContext work = contexts.take();
        try {
            for (int query = 0; query < scorer.queryCount(); query++) {
                work.compared = 0;
                neighbors.add(search(work, scorer, query, new Wanted(request, effort, some)));
                compared += work.compared;
            }
        } finally {
            contexts.giveBack(work);
        }
        return new SearchResult(
                neighbors, new SearchCost(compared, context.time().nanoTime() - start));
    }

    /** @param some among which are all rows that the filter accepts, if that is known */
    private record Wanted(
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

    @Override
    public SearchResult searchWithout(SearchRequest request, Effort effort, long ordinal) {
        long start = context.time().nanoTime();
        QueryTeam.check(request, metric(), dimension());
        SearchRequest others = request.withLive(request.live().without(ordinal));
        Scorer scorer = new Scorer(context.metric(), context.elementType(), request.queries());
        GraphContext work = contexts.take();
        try {
            work.absent = vertex(work, scorer.floats()[0], (int) ordinal);
            work.compared = 0;
            Neighbors neighbors = search(work, scorer, 0, new Wanted(others, effort, null));
            return new SearchResult(
                    List.of(neighbors),
                    new SearchCost(work.compared, context.time().nanoTime() - start));
        } finally {
            work.absent = -1;
            contexts.giveBack(work);
        }
    }

    /** The vertex of a row that has this vector; -1 when a walk does not find it. */
    private int vertex(GraphContext work, float[] vector, int ordinal) {
        System.arraycopy(vector, 0, work.vector, 0, vector.length);
        work.prepare(parts.quantizer(), false);
        parts.walk().exact(work, EF_TO_FIND_A_ROW, Cancellation.NONE);
        for (int rank = 0; rank < work.pool.size(); rank++) {
            if (parts.store().ordinal(work.pool.vertex(rank)) == ordinal) {
                return work.pool.vertex(rank);
            }
        }
        return -1;
    }

    private Neighbors search(GraphContext work, Scorer scorer, int query, Wanted wanted) {
        float[] vector = scorer.floats()[query];
        System.arraycopy(vector, 0, work.vector, 0, vector.length);
        work.prepare(parts.quantizer(), false);
        SearchRequest request = wanted.request();
        int ranked = ranked(request.k(), wanted.ef());
        if (wanted.isFiltered()) {
            filtered(work, wanted, ranked);
        } else {
            unfiltered(work, wanted, ranked);
        }
        Collector best = work.best;
        best.reset(request.k(), context.metric().largestKeyWithin(request.radius()), RowFilter.ALL, request.tieBreak());
        work.compared += work.ranking.rank(scorer, query, best, context.vectors(), work.fullVector);
        return best.neighbors(context.metric());
    }

    private void unfiltered(GraphContext work, Wanted wanted, int ranked) {
        SearchRequest request = wanted.request();
        CandidatePool found;
        if (walksByEstimate()) {
            parts.walk().estimated(work, wanted.ef(), 2 * ranked, Math.min(request.k(), ranked));
            found = work.results;
        } else {
            parts.walk().exact(work, wanted.ef(), request.cancellation());
            found = work.pool;
        }
        gather(work, found, request, wanted.effort().rowEnd(), ranked);
    }

    private void filtered(GraphContext work, Wanted wanted, int ranked) {
        int k = wanted.request().k();
        OrdinalSet some = wanted.some();
        FilteredWalk walk = new FilteredWalk(parts.store(), parts.walk());
        if (some == null || !hasFaithfulCodes()) {
            walk.walk(work, FilteredWalk.Extent.unlimited(wanted.ef(), k, ranked), wanted.admission());
            gatherOrdinals(work);
            return;
        }
        long rows = some.size();
        double forOne = Math.max(1, (double) parts.store().count() / Math.max(1, rows));
        FilteredWalk.Extent extent = new FilteredWalk.Extent(
                wanted.ef(),
                k,
                ranked,
                FilteredWalk.SPARING,
                forOne,
                MOST_ADVERSE * forOne,
                (double) rows / CODES_PER_HOP);
        if (comparesCodes(rows, k, wanted.ef()) || !walk.walk(work, extent, wanted.admission())) {
            new CodeScan(parts.store()).scan(work, some, wanted.admission(), ranked);
        }
        gatherOrdinals(work);
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

    /** Collects the rows to rank, nearest by code first, and loads their vectors early. */
    private void gather(GraphContext work, CandidatePool found, SearchRequest request, long rowEnd, int most) {
        work.ranking.reset(most);
        int early = 0;
        for (int rank = 0; rank < found.size() && work.ranking.size() < most; rank++) {
            int ordinal = parts.store().ordinal(found.vertex(rank));
            if (ordinal < 0 || ordinal >= rowEnd || !request.live().accepts(ordinal)) {
                continue;
            }
            long address = context.vectors().address(ordinal);
            if (address != 0) {
                early += GraphContext.prefetch(address, earlyBytes);
            }
            work.ranking.add(ordinal, address, found.distance(rank));
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

    private boolean walksByEstimate() {
        return parts.store().layout().fullRows() && parts.store().layout().dimension() > LONGEST_EXACT_WALK;
    }

    @Override
    public SweepResult sweep(RowFilter live, Cancellation cancellation) {
        GraphContext work = contexts.take();
        try {
            SweepResult result = new GraphSweeper(parts, inserting.writeLock()).sweep(work, live, cancellation);
            inserted.add(-result.removed());
            return result;
        } finally {
            contexts.giveBack(work);
        }
    }

    @Override
    public void checkpoint(CheckpointSink sink) {
        GraphImage.save(context, parts, sink);
    }

    @Override
    public void forgetCheckpoint() {
        VertexStore store = parts.store();
        for (int vertex = 0; vertex < store.count(); vertex++) {
            store.markChanged(vertex, VertexStore.Change.ROW | VertexStore.Change.CODES);
        }
    }

    @Override
    public Verification verify(RowFilter live) {
        GraphContext work = contexts.take();
        try {
            return new GraphVerifier(context, parts, work, live).verify();
        } finally {
            contexts.giveBack(work);
        }
    }

    @Override
    public IndexStatistics statistics() {
        VertexStore store = parts.store();
        long bytes = store.memoryBytes() + parts.roots().memoryBytes() + contexts.memoryBytes();
        return new IndexStatistics(inserted.sum(), store.freeCount(), bytes, store.changedCount(), store.linkCount());
    }

    /** The options it was made with. */
    public GraphSpec spec() {
        return spec;
    }

    @Override
    public void close() {
        contexts.close();
        parts.close();
    }
}
