package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.index.DerivedIndex.CheckpointSink;
import io.vexel.index.DerivedIndex.CheckpointSource;
import io.vexel.memory.GrowableRegion;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Loads a graph with the rows that are wanted, or with small ones where those do not fit the memory budget, whichever were saved. Links and
 * headers are at the end of both kinds, so full rows become small by leaving their neighbor codes out, page by page, and small ones
 * full by computing these from the codes. All processors take part.
 *
 * <p>Trusts nothing: numbers that readers follow are checked, before anything is computed from them, so a damaged image ends in a {@link
 * CorruptionException} or in a graph that is merely worse.
 */
final class GraphLoader {

    private static final int PAGE_BYTES = CheckpointSink.PAGE_BYTES;
    private static final int RUN_PAGES = 64;

    /** Bytes of rows that are read at once to be taken over in another form; a row may be longer. */
    private static final int CONVERTED_BYTES = 8 * PAGE_BYTES;

    private static final int CHECKED_AT_ONCE = 1 << 14;

    private final GraphImage.Head head;
    private final GraphParts.Basis basis;
    private final CheckpointSource source;
    private final GraphLayout saved;
    private final int vertices;

    GraphLoader(GraphImage.Head head, CheckpointSource source) {
        this.head = head;
        this.basis = head.basis();
        this.source = source;
        this.saved = head.layout();
        this.vertices = head.vertices();
    }

    /**
     * Loads the graph.
     *
     * @throws CapacityException when there is not even memory for small rows
     * @throws CorruptionException when the image is damaged
     */
    GraphParts load() {
        GraphRows wanted = basis.wanted();
        if (wanted.present() == GraphSpec.Rows.SMALL) {
            return load(wanted);
        }
        FullRowsFit fit = FullRowsFit.of(basis.context().budget(), basis.layout(GraphSpec.Rows.FULL), vertices, 0);
        if (fit.fits()) {
            try {
                return load(wanted);
            } catch (CapacityException _) {
                // Others were faster; small rows may still fit.
            }
        }
        return load(fit.narrowed());
    }

    private GraphParts load(GraphRows rows) {
        GraphParts parts = GraphParts.create(basis, rows);
        try {
            load(parts.store());
            for (int entry : head.entries()) {
                boolean right = entry >= 0 && entry < vertices && parts.store().ordinal(entry) >= 0;
                GraphImage.check(right, "root", entry);
            }
            parts.roots().load(head.entries(), head.offered());
            new GraphTreeRepair(parts, new BitSet()).complete();
            return parts;
        } catch (RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    private void load(VertexStore store) {
        boolean converts = saved.fullRows() != store.layout().fullRows();
        store.ensure(vertices);
        loadPages(store.codes(), GraphImage.CODES, (long) vertices * saved.codeBytes());
        if (converts) {
            convertRows(store);
        } else {
            loadPages(store.rows(), GraphImage.ROWS, (long) vertices * saved.rowBytes());
        }
        store.loaded(vertices);
        BitSet taken = new BitSet(vertices);
        BitSet ordinals = new BitSet();
        for (int vertex = 0; vertex < vertices; vertex++) {
            store.resetTransient(vertex);
            checkVertex(store, vertex, ordinals);
            taken.set(vertex, store.ordinal(vertex) >= 0);
        }
        boolean computes = converts && store.layout().fullRows();
        IntStream.range(0, Math.ceilDiv(vertices, CHECKED_AT_ONCE)).parallel().forEach(part -> {
            int end = Math.min(vertices, (part + 1) * CHECKED_AT_ONCE);
            for (int vertex = part * CHECKED_AT_ONCE; vertex < end; vertex++) {
                checkLinks(store, vertex, taken);
                if (computes) {
                    store.computeNeighborCodes(vertex);
                }
            }
        });
        if (converts) {
            store.markRowsChanged();
        }
    }

    private void loadPages(GrowableRegion region, int space, long bytes) {
        long pages = Math.ceilDiv(bytes, PAGE_BYTES);
        MemorySegment memory = region.segment();
        PageRuns.load(
                source,
                space,
                pages,
                RUN_PAGES,
                (first, count) -> memory.asSlice(first * PAGE_BYTES, count * PAGE_BYTES));
    }

    /** Takes links and headers from pages of the other form. A page that rows of two parts share is read for both. */
    private void convertRows(VertexStore store) {
        int rowBytes = saved.rowBytes();
        int rowsOfPart = Math.max(1, CONVERTED_BYTES / rowBytes);
        int parts = Math.ceilDiv(vertices, rowsOfPart);
        int threads = Math.min(parts, Runtime.getRuntime().availableProcessors());
        IntStream.range(0, threads).parallel().forEach(thread -> {
            MemorySegment buffer =
                    MemorySegment.ofArray(new byte[(Math.ceilDiv(rowsOfPart * rowBytes, PAGE_BYTES) + 1) * PAGE_BYTES]);
            for (int part = thread; part < parts; part += threads) {
                int first = part * rowsOfPart;
                convertRows(store, first, Math.min(vertices, first + rowsOfPart), buffer);
            }
        });
    }

    private void convertRows(VertexStore store, int first, int end, MemorySegment buffer) {
        long firstPage = (long) first * saved.rowBytes() / PAGE_BYTES;
        long pages = Math.ceilDiv((long) end * saved.rowBytes(), PAGE_BYTES) - firstPage;
        source.pages(GraphImage.ROWS, firstPage, buffer.asSlice(0, pages * PAGE_BYTES));
        for (int vertex = first; vertex < end; vertex++) {
            long at = (long) vertex * saved.rowBytes() - firstPage * PAGE_BYTES + saved.linksOffset();
            MemorySegment.copy(buffer, at, ALL, store.links(vertex), GraphLayout.SMALL_ROW_BYTES);
        }
    }

    private static void checkVertex(VertexStore store, int vertex, BitSet ordinals) {
        int ordinal = store.ordinal(vertex);
        int degree = store.degree(vertex);
        GraphImage.check(ordinal >= GraphLayout.NO_VERTEX && ordinal < Integer.MAX_VALUE, "ordinal", ordinal);
        GraphImage.check(degree >= 0 && degree <= GraphLayout.LINKS, "degree", degree);
        store.setKept(vertex, GraphTree.believed(store.kept(vertex), degree));
        if (ordinal < 0) {
            GraphImage.check(degree == 0, "degree of a free place", degree);
            store.addFree(vertex);
        } else {
            store.countLoadedLinks(degree);
            GraphImage.check(!ordinals.get(ordinal), "ordinal that two vertices have", ordinal);
            ordinals.set(ordinal);
            store.byOrdinal().ensure(ordinal);
            store.byOrdinal().put(ordinal, vertex);
        }
    }

    /** @param taken the places that are not free */
    private static void checkLinks(VertexStore store, int vertex, BitSet taken) {
        int degree = store.degree(vertex);
        for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
            int neighbor = store.link(vertex, slot);
            boolean right = slot < degree
                    ? neighbor >= 0 && neighbor != vertex && taken.get(neighbor)
                    : neighbor == GraphLayout.NO_VERTEX;
            GraphImage.check(right, "neighbor", neighbor);
        }
    }
}
