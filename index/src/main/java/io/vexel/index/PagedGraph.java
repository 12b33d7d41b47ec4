package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CorruptionException;
import io.vexel.distance.Metric;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A graph that stays where it was saved, because not even its small rows fit the memory budget, or as long as it is being loaded. In memory are its roots and what searches work with: a
 * byte a vertex for each search at a time. Everything else is read through a cache when a walk comes to it, and with the rows that were saved, full or
 * small, so it finds what a graph in memory with these rows finds.
 *
 * <p>It does not change. Rows that die stay in it, and searches ask about each row whether it is alive, as always; rows that come are none of its affair.
 *
 * <p>Loading reads all rows once and checks what readers follow, as {@link GraphLoader} does; or nothing but the roots, where a loader does that
 * meanwhile. What a search reads later is checked in any case where it could lead astray: neighbors against the number of vertices, ordinals by whoever
 * knows the rows.
 */
public final class PagedGraph implements DerivedIndex {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Bytes of rows that are read at once to be checked; a row may be longer. */
    private static final int CHECKED_BYTES = 8 * CheckpointSink.PAGE_BYTES;

    private final IndexContext context;
    private final SavedPages pages;
    private final PagedVertices vertices;
    private final GraphQuantizer quantizer;
    private final GraphRoots roots;
    private final GraphRows rows;
    private final Counts counts;
    private final ContextPool contexts;
    private final GraphSearcher searcher;
    private final QueryTeam<GraphContext> team;

    /** What was counted while it was checked. */
    private record Counts(int rows, int free, Optional<Locality> locality) {

        /** When nothing was looked at. */
        static Counts unknown(GraphImage.Head head, long rowEnd) {
            return new Counts((int) Math.min(head.vertices(), rowEnd), 0, Optional.empty());
        }

        boolean isChecked() {
            return locality.isPresent();
        }

        long links() {
            return locality.map(Locality::links).orElse(0L);
        }
    }

    private PagedGraph(
            GraphImage.Head head, SavedPages pages, PagedVertices vertices, GraphRoots roots, Counts counts) {
        GraphParts.Basis basis = head.basis();
        this.context = basis.context();
        this.pages = pages;
        this.vertices = vertices;
        this.quantizer = basis.quantizer();
        this.roots = roots;
        this.counts = counts;
        rows = FullRowsFit.paged(context.budget(), head.layout(), basis.spec().rows(), head.vertices());
        contexts = new ContextPool(() -> newContext(basis, head.layout()));
        searcher = new GraphSearcher(context, quantizer, vertices, new GraphWalk(vertices, roots), null);
        team = new Team();
    }

    private static GraphContext newContext(GraphParts.Basis basis, GraphLayout layout) {
        return new GraphContext(layout, basis.context(), GraphParts.OWNER, true);
    }

    /** As {@link IndexSpec#loadPaged}. */
    static PagedGraph load(IndexSpec.Saved saved, GraphSpec spec, IndexContext context) {
        SavedPages pages = saved.pages();
        try {
            GraphIndex.checkMetric(spec, context);
            GraphImage.Head head = GraphImage.read(spec, context, saved.source());
            Counts counts =
                    saved.care() == IndexSpec.Care.CHECKED ? check(head, saved) : Counts.unknown(head, saved.rowEnd());
            PagedVertices vertices = new PagedVertices(pages, head.layout(), head.vertices());
            // For loading only: roots do not change afterwards, so they read no vertex.
            try (GraphContext work = newContext(head.basis(), head.layout())) {
                GraphRoots roots = loadRoots(head, saved, new View(vertices, work, counts.links()));
                try {
                    return new PagedGraph(head, pages, vertices, roots, counts);
                } catch (RuntimeException | Error e) {
                    roots.close();
                    throw e;
                }
            }
        } catch (RuntimeException | Error e) {
            pages.close();
            throw e;
        }
    }

    private static GraphRoots loadRoots(GraphImage.Head head, IndexSpec.Saved saved, VertexView vertices) {
        SavedPieces codes = new SavedPieces();
        int codeBytes = head.layout().codeBytes();
        for (int entry : head.entries()) {
            boolean inside = entry >= 0 && entry < head.vertices();
            // Walks that begin at a free place come to nothing, and do no harm.
            boolean taken = inside && (saved.care() == IndexSpec.Care.AT_SIGHT || vertices.ordinal(entry) >= 0);
            GraphImage.check(taken, "root", entry);
            codes.add(GraphImage.CODES, (long) entry * codeBytes, codeBytes);
            if (codes.isFull()) {
                saved.pages().expect(codes);
                codes.clear();
            }
        }
        saved.pages().expect(codes);
        GraphParts.Basis basis = head.basis();
        GraphRoots roots = new GraphRoots(
                vertices,
                basis.context().budget(),
                GraphParts.OWNER,
                basis.spec().seed());
        try {
            roots.load(head.entries(), head.offered());
            return roots;
        } catch (RuntimeException | Error e) {
            roots.close();
            throw e;
        }
    }

    /** Reads all rows in order, and checks what readers follow. */
    private static Counts check(GraphImage.Head head, IndexSpec.Saved saved) {
        int rowBytes = head.layout().rowBytes();
        int rowsAtOnce = Math.max(1, CHECKED_BYTES / rowBytes);
        int page = CheckpointSink.PAGE_BYTES;
        MemorySegment buffer = MemorySegment.ofArray(new byte[(Math.ceilDiv(rowsAtOnce * rowBytes, page) + 1) * page]);
        BitSet ordinals = new BitSet();
        Locality.Count locality = new Locality.Count();
        for (int first = 0; first < head.vertices(); first += rowsAtOnce) {
            int end = (int) Math.min(head.vertices(), (long) first + rowsAtOnce);
            long firstPage = (long) first * rowBytes / page;
            long pages = Math.ceilDiv((long) end * rowBytes, page) - firstPage;
            saved.source().pages(GraphImage.ROWS, firstPage, buffer.asSlice(0, pages * page));
            for (int vertex = first; vertex < end; vertex++) {
                long row = (long) vertex * rowBytes - firstPage * page;
                check(head, vertex, buffer.asSlice(row, rowBytes), ordinals, locality);
            }
        }
        int taken = ordinals.cardinality();
        GraphImage.check(ordinals.length() <= saved.rowEnd(), "ordinal above the watermark", ordinals.length() - 1L);
        return new Counts(taken, head.vertices() - taken, Optional.of(locality.locality()));
    }

    /** Checks a row, and counts its links. */
    private static void check(
            GraphImage.Head head, int vertex, MemorySegment row, BitSet ordinals, Locality.Count locality) {
        GraphLayout layout = head.layout();
        int degree = row.get(INT, layout.headerOffset() + GraphLayout.DEGREE);
        int ordinal = row.get(INT, layout.headerOffset() + GraphLayout.ORDINAL);
        GraphImage.check(ordinal >= GraphLayout.NO_VERTEX && ordinal < Integer.MAX_VALUE, "ordinal", ordinal);
        GraphImage.check(degree >= 0 && degree <= (ordinal < 0 ? 0 : GraphLayout.LINKS), "degree", degree);
        if (ordinal >= 0) {
            GraphImage.check(!ordinals.get(ordinal), "ordinal that two vertices have", ordinal);
            ordinals.set(ordinal);
        }
        for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
            int neighbor = row.get(INT, layout.linksOffset() + 4L * slot);
            boolean right = slot < degree
                    ? neighbor >= 0 && neighbor < head.vertices() && neighbor != vertex
                    : neighbor == GraphLayout.NO_VERTEX;
            GraphImage.check(right, "neighbor", neighbor);
        }
        if (ordinal >= 0) {
            locality.add(vertex, degree, slot -> row.get(INT, layout.linksOffset() + 4L * slot));
        }
    }

    /** The vertices for one thread. */
    private record View(PagedVertices vertices, GraphContext work, long linkCount) implements VertexView {

        @Override
        public GraphLayout layout() {
            return vertices.layout();
        }

        @Override
        public int count() {
            return vertices.count();
        }

        @Override
        public int ordinal(int vertex) {
            return vertices.ordinal(work, vertex);
        }

        @Override
        public int degree(int vertex) {
            return header(vertex, GraphLayout.DEGREE);
        }

        @Override
        public int inDegree(int vertex) {
            return header(vertex, GraphLayout.IN_DEGREE);
        }

        private int header(int vertex, int field) {
            return ALL.get(INT, row(vertex) + layout().headerOffset() + field);
        }

        @Override
        public int link(int vertex, int slot) {
            return ALL.get(INT, row(vertex) + layout().linksOffset() + 4L * slot);
        }

        @Override
        public long codes(int vertex) {
            return vertices.codes(work, vertex);
        }

        @Override
        public long row(int vertex) {
            return vertices.row(work, vertex);
        }

        /** Neighbor codes only spoil estimates; comparing them would read the codes of every vertex for each link to it. */
        @Override
        public boolean isInMemory() {
            return false;
        }
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
    public boolean isPaged() {
        return true;
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
    public Optional<Pool> pool(Pool wanted) {
        return Optional.of(searcher.pool(wanted));
    }

    @Override
    public SearchResult searchWithout(SearchRequest request, Effort effort, long ordinal) {
        return team.answerWithout(request, effort, ordinal);
    }

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
            Neighbors found = searcher.search(work);
            if (!counts.isChecked()) {
                // Two vertices that are the same row are what a look at each vertex alone does not find.
                long twice = work.best.foundTwice();
                GraphImage.check(twice < 0, "ordinal that two vertices have", twice);
            }
            return found;
        }

        @Override
        void giveBack(GraphContext work) {
            contexts.giveBack(work);
        }
    }

    @Override
    public void insert(long ordinal, long row) {
        throw unchanging();
    }

    @Override
    public SweepResult sweep(RowFilter live, Cancellation cancellation) {
        throw unchanging();
    }

    @Override
    public void checkpoint(CheckpointSink sink) {
        throw unchanging();
    }

    @Override
    public void forgetCheckpoint() {
        throw unchanging();
    }

    private static IllegalStateException unchanging() {
        return new IllegalStateException("index=paged graph, allowed: one in memory; a paged one does not change");
    }

    /** @throws IllegalStateException when it was loaded {@linkplain IndexSpec.Care#AT_SIGHT at sight}: its numbers are not known to be safe to follow */
    @Override
    public Verification verify(RowFilter live) {
        if (!counts.isChecked()) {
            throw new IllegalStateException(
                    "care=" + IndexSpec.Care.AT_SIGHT + ", allowed to verify: " + IndexSpec.Care.CHECKED);
        }
        GraphContext work = contexts.take();
        try {
            var graph = new GraphVerifier.Graph(new View(vertices, work, counts.links()), roots, quantizer);
            return new GraphVerifier(context, graph, work, live).verify();
        } catch (CorruptionException e) {
            return new Verification(0, List.of(String.valueOf(e.getMessage())), 1);
        } finally {
            contexts.giveBack(work);
        }
    }

    @Override
    public IndexStatistics statistics() {
        return new IndexStatistics(counts.rows, counts.free, memoryBytes(), 0, counts.links());
    }

    @Override
    public long memoryBytes() {
        return roots.memoryBytes() + contexts.memoryBytes();
    }

    /** Empty while another one is loaded for it: how that will lie in memory is not known yet. */
    @Override
    public Optional<GraphRows> layout() {
        return counts.locality.map(_ -> rows);
    }

    @Override
    public boolean isNarrowed() {
        return rows.isNarrowed();
    }

    @Override
    public OptionalDouble savedLocality() {
        return counts.locality.stream().mapToDouble(Locality::share).findAny();
    }

    @Override
    public void close() {
        contexts.close();
        roots.close();
        pages.close();
    }
}
