package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.Checks;
import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.distance.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * Hierarchical navigable small world graph over full vectors, after Malkov and Yashunin. {@link HnswGraph} is the structure,
 * {@link HnswSearch}, {@link HnswInserter} and {@link HnswSweep} are the algorithms.
 */
public final class HnswIndex extends EpochIndex<HnswContext> {

    private final HnswParts parts;
    private final HnswInserter inserter;
    private final HnswAdmission admission;

    HnswIndex(HnswSpec spec, IndexContext context) {
        super(context, new EpochPool<>(() -> new HnswContext(context, 2 * spec.m())));
        Checks.inRange("dimension", context.dimension(), 1, ElementType.MAX_DIMENSION);
        HnswGraph graph = new HnswGraph(spec.m(), context.budget(), searches);
        HnswEntry entry = new HnswEntry();
        HnswSearch search = new HnswSearch(graph);
        HnswLinker linker = new HnswLinker(graph, new HnswLocks(), spec.m());
        parts = new HnswParts(spec, graph, entry, search, linker, searches);
        admission = new HnswAdmission(graph);
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
    RowPlaces rowPlaces() {
        return parts.graph().rowPlaces;
    }

    @Override
    int insert(HnswContext mine, int ordinal, long row) {
        return inserter.insert(mine, ordinal, row);
    }

    /** If the vectors are the same: distances between vertices are those of their rows. A row that cannot be read is like no other. */
    @Override
    boolean knowsTheSame(HnswContext mine, long row, int other, int place) {
        try {
            long bytes = context.rowBytes();
            long others = mine.rows.address(other);
            return MemorySegment.mismatch(ALL, row, row + bytes, ALL, others, others + bytes) < 0;
        } catch (DeviceException | CorruptionException _) {
            return false;
        }
    }

    /** The index's {@code ef_search}, or twice {@code k} if that is more. */
    @Override
    public Effort defaultEffort(int k) {
        return Effort.of((int) Math.min(Effort.MAX_EF, Math.max(parts.spec().efSearch(), 2L * k)));
    }

    @Override
    Neighbors find(HnswContext mine) {
        Wanted wanted = mine.wanted;
        mine.best.reset(wanted.k(), metric().largestKeyWithin(wanted.radius()), RowFilter.ALL, wanted.tieBreak());
        HnswEntry.At top = parts.entry().get();
        if (top.exists()) {
            try {
                if (wanted.without() != Wanted.NO_ROW) {
                    mine.absent = parts.search().place(mine, top, (int) wanted.without());
                    mine.compared = 0;
                }
                walk(mine, top);
            } finally {
                mine.absent = HnswGraph.NONE;
            }
        }
        return mine.best.neighbors(metric());
    }

    private void walk(HnswContext mine, HnswEntry.At top) {
        Wanted wanted = mine.wanted;
        int ef = wanted.isWithinRadius()
                ? wanted.ef()
                : Math.max(wanted.ef(), Math.min(wanted.k(), parts.graph().end()));
        parts.search().descend(mine, top.place(), top.level(), 0);
        parts.search().layer(mine, 0, ef, admission, wanted.cancellation());
    }

    @Override
    public synchronized SweepResult sweep(RowFilter live, Cancellation cancellation) {
        HnswContext mine = searches.enter();
        try {
            return new HnswSweep(parts, mine, cancellation).run(live, inserts);
        } finally {
            searches.exit(mine);
        }
    }

    @Override
    public void forgetBelow(long ordinal) {
        rowPlaces().trim(ordinal);
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
        try (HeapCharge heap = new HeapCharge(context.budget(), HnswGraph.OWNER, HeapCharge.SMALL)) {
            heap.add(HnswCheck.heapBytes(parts.graph().end()));
            return new HnswCheck(parts).verification();
        }
    }

    @Override
    public IndexStatistics statistics() {
        HnswGraph graph = parts.graph();
        long rows = 0;
        long links = 0;
        for (int place = 0; place < graph.end(); place++) {
            boolean counts = !graph.marked(place, HnswGraph.UNLINKED | HnswGraph.ABANDONED);
            if (graph.ordinal(place) != HnswGraph.NONE && counts) {
                rows++;
                for (int level = 0; level <= graph.level(place); level++) {
                    links += HnswGraph.linkCount(graph.links(place, level));
                }
            }
        }
        return new IndexStatistics(
                rows, graph.places.freeCount(), memoryBytes(), graph.baseRecords.changedCount(), links);
    }

    @Override
    public long memoryBytes() {
        HnswGraph graph = parts.graph();
        return graph.baseRecords.memoryBytes() + graph.upperRecords.memoryBytes() + graph.rowPlaces.memoryBytes();
    }

    @Override
    public void close() {
        ClosingWatch.closing(this);
        discard();
    }

    /** Frees the memory, also of an index that was not loaded whole. */
    void discard() {
        searches.close();
        parts.graph().close();
    }
}
