package io.vexel.index;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.LongAdder;

/**
 * A flat proximity graph over codes of seven bits, or of four: up to 32 links a vertex, beside them one-bit codes of the neighbors, which say at one
 * scan of the row who is worth a comparison. What a walk finds is ranked on the full vectors.
 *
 * <p>Searches take no lock. {@link VertexStore} says why they may read rows that change, {@link GraphBuilder} how rows come in and
 * {@link GraphSweeper} how they leave, {@link GraphImage} and {@link GraphSaver} how all of it is saved, {@link GraphNarrowing} what happens when full
 * rows do not fit the memory budget.
 *
 * <p>Sources: Y. Gou et al., "SymphonyQG", SIGMOD 2025, for rows with quantized neighbors; Y. Malkov, D. Yashunin, "HNSW", 2018, for
 * the rule of choosing neighbors.
 */
public final class GraphIndex implements DerivedIndex {

    /** Vertices that others may add beside an insertion before its walk begins; if it is more, see {@link GraphContext#beginInserted}. */
    private static final int MOST_INSERTING = 64;

    private final GraphSpec spec;
    private final IndexContext context;
    private final ContextPool contexts;
    private final GraphNarrowing graph;
    private final GraphSaver saver;
    private final QueryTeam<GraphContext> team;
    private final LongAdder inserted = new LongAdder();

    private GraphIndex(GraphSpec spec, IndexContext context, GraphParts parts) {
        this.spec = spec;
        this.context = context;
        this.contexts = new ContextPool(parts::newContext);
        this.graph = new GraphNarrowing(parts, contexts);
        this.saver = new GraphSaver(Locality.of(parts.store(), ImageOrder.BY_NUMBER));
        this.team = new Team();
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
        GraphParts.Basis basis = new GraphParts.Basis(spec, context, quantizer);
        return of(spec, context, GraphParts.create(basis, basis.wanted()));
    }

    static GraphIndex load(GraphSpec spec, IndexContext context, CheckpointSource source) {
        checkMetric(spec, context);
        GraphParts parts = new GraphLoader(GraphImage.read(spec, context, source), source).load();
        GraphIndex index = of(spec, context, parts);
        index.inserted.add(parts.store().count() - parts.store().freeCount());
        return index;
    }

    /** The parts are closed when there is no memory for the first context. */
    private static GraphIndex of(GraphSpec spec, IndexContext context, GraphParts parts) {
        try {
            return new GraphIndex(spec, context, parts);
        } catch (RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    static void checkMetric(GraphSpec spec, IndexContext context) {
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

    /** Rows are compared by their codes, and no stored row is read: nothing but memory is refused. */
    @Override
    public int insertAll(long[] ordinals, long[] rows, int count) {
        for (int i = 0; i < count; i++) {
            Checks.inRange("ordinal", ordinals[i], 0, Integer.MAX_VALUE - 1);
        }
        int done = 0;
        while (done < count) {
            GraphParts seen = graph.parts();
            try {
                done += insertSome(ordinals, rows, done, count - done);
            } catch (CapacityException e) {
                if (!graph.narrow(seen, e)) {
                    if (done == 0) {
                        throw e;
                    }
                    return done;
                }
            }
        }
        return done;
    }

    /** Inserts one row, or two where there is memory for that; returns how many. Throws a {@link CapacityException} when it was none. */
    private int insertSome(long[] ordinals, long[] rows, int from, int count) {
        // The context comes first: a sweep holds one while it waits for insertions to end.
        GraphContext first = contexts.take();
        GraphContext second = null;
        graph.beginInsertion();
        try {
            GraphParts parts = graph.parts();
            prepare(parts, first, ordinals[from], rows[from]);
            second = count > 1 ? contexts.takeAnother() : null;
            int done = 1;
            if (second != null && tryPrepare(parts, second, ordinals[from + 1], rows[from + 1])) {
                done = parts.builder().insertPair(first, (int) ordinals[from], second, (int) ordinals[from + 1]);
            } else {
                parts.builder().insert(first, (int) ordinals[from]);
            }
            inserted.add(done);
            return done;
        } finally {
            graph.endInsertion();
            contexts.giveBack(first);
            if (second != null) {
                contexts.giveBack(second);
            }
        }
    }

    @Override
    public boolean knowsTwins() {
        return true;
    }

    @Override
    public boolean contains(long ordinal) {
        Checks.inRange("ordinal", ordinal, 0, Integer.MAX_VALUE - 1);
        return graph.parts().store().byOrdinal().vertex((int) ordinal) != GraphLayout.NO_VERTEX;
    }

    @Override
    public boolean isTwin(long row, long other) {
        return contains(other)
                && withCodes(row, (parts, work) -> parts.builder().twin(work, (int) other)) != GraphLayout.NO_VERTEX;
    }

    @Override
    public boolean takeOver(long ordinal, long row, long other) {
        Checks.inRange("ordinal", ordinal, 0, Integer.MAX_VALUE - 1);
        if (!contains(other)) {
            return false;
        }
        graph.parts().store().byOrdinal().ensure((int) ordinal);
        int vertex = withCodes(row, (parts, work) -> {
            int twin = parts.builder().twin(work, (int) other);
            boolean taken = twin != GraphLayout.NO_VERTEX && parts.store().rename(twin, (int) other, (int) ordinal);
            return taken ? twin : GraphLayout.NO_VERTEX;
        });
        return vertex != GraphLayout.NO_VERTEX;
    }

    /** Something that is done as an insertion is: the parts stay the same meanwhile, and no vertex becomes free. */
    private interface WithCodes {
        int apply(GraphParts parts, GraphContext work);
    }

    private int withCodes(long row, WithCodes action) {
        GraphContext work = contexts.take();
        graph.beginInsertion();
        try {
            work.target.aim(row);
            GraphParts parts = graph.parts();
            work.encode(parts.quantizer(), true);
            return action.apply(parts, work);
        } finally {
            graph.endInsertion();
            contexts.giveBack(work);
        }
    }

    /** False where there is no memory for one more row; it may do for the one before. */
    private boolean tryPrepare(GraphParts parts, GraphContext work, long ordinal, long row) {
        try {
            prepare(parts, work, ordinal, row);
            return true;
        } catch (CapacityException _) {
            return false;
        }
    }

    private void prepare(GraphParts parts, GraphContext work, long ordinal, long row) {
        work.target.aim(row);
        work.prepare(parts.quantizer(), true);
        // All memory that an insertion needs, or a failure would leave a vertex without links.
        parts.store().byOrdinal().ensure((int) ordinal);
        work.ensureVisited(parts.store().count() + MOST_INSERTING);
    }

    @Override
    public SearchResult search(SearchRequest request, Effort effort) {
        return team.answer(request, effort, null);
    }

    @Override
    public SearchResult searchAmong(SearchRequest request, Effort effort, OrdinalSet some) {
        return team.answer(request, effort, some);
    }

    @Override
    public boolean comparesCodes(long rows, int k, int ef) {
        return graph.parts().searcher().comparesCodes(rows, k, ef);
    }

    @Override
    public Optional<Pool> pool(Pool wanted) {
        return Optional.of(graph.parts().searcher().pool(wanted));
    }

    @Override
    public SearchResult searchWithout(SearchRequest request, Effort effort, long ordinal) {
        return team.answerWithout(request, effort, ordinal);
    }

    /** Searches read the parts that are current when they begin. */
    private final class Team extends QueryTeam<GraphContext> {

        Team() {
            super(context);
        }

        @Override
        GraphContext take(Cancellation cancellation) {
            return contexts.take(cancellation);
        }

        @Override
        Neighbors find(GraphContext work) {
            return graph.enter(work).searcher().search(work);
        }

        @Override
        void giveBack(GraphContext work) {
            graph.leave(work);
            contexts.giveBack(work);
        }
    }

    @Override
    public SweepResult sweep(RowFilter live, Cancellation cancellation) {
        graph.beginSweep();
        try {
            GraphContext work = contexts.take();
            try {
                GraphSweeper sweeper = new GraphSweeper(graph.parts(), graph::betweenInsertions);
                SweepResult result = sweeper.sweep(work, live, cancellation);
                inserted.add(-result.removed());
                return result;
            } finally {
                contexts.giveBack(work);
            }
        } finally {
            graph.endSweep();
        }
    }

    @Override
    public void forgetBelow(long ordinal) {
        graph.parts().store().byOrdinal().trim(ordinal);
    }

    @Override
    public void checkpoint(CheckpointSink sink) {
        saver.save(spec, context, graph.parts(), sink);
    }

    @Override
    public void forgetCheckpoint() {
        VertexStore store = graph.parts().store();
        for (int vertex = 0; vertex < store.count(); vertex++) {
            store.markChanged(vertex, VertexStore.Change.ROW | VertexStore.Change.CODES);
        }
    }

    @Override
    public Verification verify(RowFilter live) {
        GraphContext work = contexts.take();
        try {
            GraphParts parts = graph.parts();
            var checked = new GraphVerifier.Graph(parts.store(), parts.roots(), parts.quantizer());
            return new GraphVerifier(context, checked, work, live).verify();
        } finally {
            contexts.giveBack(work);
        }
    }

    @Override
    public IndexStatistics statistics() {
        GraphParts parts = graph.parts();
        VertexStore store = parts.store();
        return new IndexStatistics(
                inserted.sum(), store.freeCount(), memoryBytes(), store.changedCount(), store.linkCount());
    }

    @Override
    public long memoryBytes() {
        GraphParts parts = graph.parts();
        return parts.store().memoryBytes() + parts.roots().memoryBytes() + contexts.memoryBytes() + saver.memoryBytes();
    }

    @Override
    public long sparableBytes() {
        return graph.sparableBytes();
    }

    @Override
    public boolean narrow() {
        return graph.narrow();
    }

    @Override
    public Optional<GraphRows> layout() {
        return Optional.of(graph.parts().rows());
    }

    @Override
    public OptionalDouble savedLocality() {
        return OptionalDouble.of(saver.locality().share());
    }

    /** What it consists of now. */
    GraphParts parts() {
        return graph.parts();
    }

    /** The options it was made with. */
    public GraphSpec spec() {
        return spec;
    }

    @Override
    public void trim() {
        contexts.trim(1);
    }

    @Override
    public void close() {
        ClosingWatch.closing(this);
        contexts.close();
        graph.parts().close();
        saver.close();
    }
}
