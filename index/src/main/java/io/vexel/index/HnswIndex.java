package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Hierarchical navigable small world graph over full vectors, after Malkov and Yashunin. {@link HnswGraph} is the structure,
 * {@link HnswSearch}, {@link HnswInserter} and {@link HnswSweep} are the algorithms.
 */
public final class HnswIndex implements DerivedIndex {

    /** Inserts hold the read side; a sweep holds the write side while it marks the dead. */
    private final ReentrantReadWriteLock inserts = new ReentrantReadWriteLock();

    private final IndexContext context;
    private final HnswParts parts;
    private final HnswInserter inserter;

    HnswIndex(HnswSpec spec, IndexContext context) {
        this.context = context;
        Checks.inRange("dimension", context.dimension(), 1, ElementType.MAX_DIMENSION);
        int mostLinks = 2 * spec.m();
        EpochPool<HnswContext> searches = new EpochPool<>(() -> new HnswContext(context, mostLinks));
        HnswGraph graph = new HnswGraph(spec.m(), context.budget(), searches);
        HnswEntry entry = new HnswEntry();
        HnswSearch search = new HnswSearch(graph);
        HnswLinker linker = new HnswLinker(graph, new HnswLocks(), spec.m());
        parts = new HnswParts(spec, graph, entry, search, linker, searches);
        inserter = new HnswInserter(spec, graph, entry, search, linker);
    }

    HnswParts parts() {
        return parts;
    }

    @Override
    public IndexKind kind() {
        return IndexKind.HNSW;
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
        Checks.inRange("ordinal", ordinal, 0, Integer.MAX_VALUE - 1);
        Lock beside = inserts.readLock();
        beside.lock();
        try {
            HnswContext mine = parts.searches().enter();
            try {
                inserter.insert(mine, (int) ordinal, row);
            } finally {
                parts.searches().exit(mine);
            }
        } finally {
            beside.unlock();
        }
    }

    /** As {@link #search(SearchRequest, Effort)} with the index's {@code ef_search}, or twice {@code k} if that is more. */
    @Override
    public SearchResult search(SearchRequest request) {
        int ef = (int) Math.min(Effort.MAX_EF, Math.max(parts.spec().efSearch(), 2L * request.k()));
        return search(request, Effort.of(ef));
    }

    @Override
    public SearchResult search(SearchRequest request, Effort effort) {
        QueryTeam.check(request, metric(), dimension());
        return QueryTeam.run(
                request,
                metric(),
                RowFilter.ALL,
                context.time(),
                (query, collector) -> answer(request, effort, query, collector));
    }

    @Override
    public SearchResult searchWithout(SearchRequest request, Effort effort, long ordinal) {
        QueryTeam.check(request, metric(), dimension());
        SearchRequest others = request.withLive(request.live().without(ordinal));
        return QueryTeam.run(others, metric(), RowFilter.ALL, context.time(), (query, collector) -> {
            HnswContext mine = parts.searches().enter();
            try {
                mine.absent = parts.search().place(mine, parts.entry().get(), query, (int) ordinal);
                walk(mine, others, effort, query, collector);
                return mine.compared;
            } finally {
                mine.absent = HnswGraph.NONE;
                parts.searches().exit(mine);
            }
        });
    }

    private long answer(SearchRequest request, Effort effort, QueryVector query, Collector collector) {
        request.cancellation().check();
        HnswContext mine = parts.searches().enter();
        try {
            walk(mine, request, effort, query, collector);
            return mine.compared;
        } finally {
            parts.searches().exit(mine);
        }
    }

    private void walk(HnswContext mine, SearchRequest request, Effort effort, QueryVector query, Collector collector) {
        mine.compared = 0;
        HnswEntry.At top = parts.entry().get();
        if (top.exists()) {
            mine.target.aim(query);
            parts.search().descend(mine, top.place(), top.level(), 0);
            boolean inRadius = request.radius() < Double.POSITIVE_INFINITY;
            int ef = inRadius
                    ? effort.ef()
                    : Math.max(effort.ef(), Math.min(request.k(), parts.graph().end()));
            var admission = new HnswAdmission(parts.graph(), request, effort.rowEnd(), collector);
            parts.search().layer(mine, 0, ef, admission, request.cancellation());
        }
    }

    @Override
    public synchronized SweepResult sweep(RowFilter live, Cancellation cancellation) {
        HnswContext mine = parts.searches().enter();
        try {
            return new HnswSweep(parts, mine, cancellation).run(live, inserts);
        } finally {
            parts.searches().exit(mine);
        }
    }

    @Override
    public void checkpoint(CheckpointSink sink) {
        HnswCheckpoint.save(parts, context, sink);
    }

    @Override
    public void forgetCheckpoint() {
        parts.graph().baseRecords.forgetSaved();
        parts.graph().upperRecords.forgetSaved();
    }

    @Override
    public Verification verify(RowFilter live) {
        return new HnswCheck(parts).verification();
    }

    @Override
    public IndexStatistics statistics() {
        HnswGraph graph = parts.graph();
        long rows = 0;
        long links = 0;
        for (int place = 0; place < graph.end(); place++) {
            if (graph.ordinal(place) != HnswGraph.NONE && !graph.marked(place, HnswGraph.UNLINKED)) {
                rows++;
                for (int level = 0; level <= graph.level(place); level++) {
                    links += HnswGraph.linkCount(graph.links(place, level));
                }
            }
        }
        return new IndexStatistics(
                rows,
                graph.places.freeCount(),
                graph.baseRecords.memoryBytes() + graph.upperRecords.memoryBytes(),
                graph.baseRecords.changedCount(),
                links);
    }

    @Override
    public void close() {
        parts.searches().close();
        parts.graph().close();
    }
}
