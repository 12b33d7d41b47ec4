package io.vexel.index;

import io.vexel.base.CorruptionException;
import io.vexel.distance.Metric;
import io.vexel.index.DerivedIndex.CheckpointSink;
import io.vexel.index.DerivedIndex.CheckpointSource;
import io.vexel.memory.GrowableRegion;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * How a graph is saved: the memory of its vertices page by page, codes in space 0 and rows in space 1, and a head with everything else.
 * <pre>
 * head     int  magic "VXGR", int version 1, int metric (l2 1, cosine 2, dot 3, l1 4), int dimension, int form (0 small rows, 1 full rows, 2 small rows and
 *          codes of four bits), int vertices,
 *          quantizer (see {@link GraphQuantizer#write}), long offered roots, int roots, roots x int
 * </pre>
 * All little-endian. The entries of roots are coded again when they are read. Marks of change and locks in the pages mean nothing.
 *
 * <p>Loading trusts nothing: numbers that readers follow are checked, so a damaged image ends in a {@link CorruptionException} or in a
 * graph that is merely worse.
 */
final class GraphImage {

    static final int CODES = 0;
    static final int ROWS = 1;

    private static final int MAGIC = 0x52475856;
    private static final int VERSION = 1;
    private static final int FIXED_BYTES = 6 * 4 + 8 + 4;
    private static final int RUN_PAGES = 64;
    private static final int CHECKED_AT_ONCE = 1 << 14;

    private GraphImage() {}

    static void save(IndexContext context, GraphParts parts, CheckpointSink sink) {
        VertexStore store = parts.store();
        savePages(store, CODES, sink);
        savePages(store, ROWS, sink);
        sink.finish(head(context, parts));
        store.clearChanges();
    }

    private static void savePages(VertexStore store, int space, CheckpointSink sink) {
        int bytes = space == CODES ? store.layout().codeBytes() : store.layout().rowBytes();
        int mark = space == CODES ? VertexStore.Change.CODES : VertexStore.Change.ROW;
        GrowableRegion region = space == CODES ? store.codes() : store.rows();
        BitSet pages = new BitSet();
        for (int vertex = 0; vertex < store.count(); vertex++) {
            if ((store.changed(vertex) & mark) != 0) {
                long first = (long) vertex * bytes;
                pages.set(
                        (int) (first / CheckpointSink.PAGE_BYTES),
                        (int) ((first + bytes - 1) / CheckpointSink.PAGE_BYTES) + 1);
            }
        }
        for (int page = pages.nextSetBit(0); page >= 0; page = pages.nextSetBit(page + 1)) {
            long offset = (long) page * CheckpointSink.PAGE_BYTES;
            sink.page(space, page, region.segment().asSlice(offset, CheckpointSink.PAGE_BYTES));
        }
    }

    private static byte[] head(IndexContext context, GraphParts parts) {
        int[] entries = parts.roots().entries();
        VertexStore store = parts.store();
        ByteBuffer head = ByteBuffer.allocate(FIXED_BYTES
                        + GraphQuantizer.storedBytes(context.metric(), context.dimension())
                        + 4 * entries.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(MAGIC).putInt(VERSION);
        head.putInt(metricCode(context.metric())).putInt(context.dimension());
        head.putInt(form(store.layout())).putInt(store.count());
        parts.quantizer().write(head);
        head.putLong(parts.roots().offered()).putInt(entries.length);
        for (int entry : entries) {
            head.putInt(entry);
        }
        return head.array();
    }

    static GraphParts load(GraphSpec spec, IndexContext context, CheckpointSource source) {
        ByteBuffer head = ByteBuffer.wrap(source.head()).order(ByteOrder.LITTLE_ENDIAN);
        int least = FIXED_BYTES + GraphQuantizer.storedBytes(context.metric(), context.dimension());
        check(head.remaining() >= least, "bytes of the head", head.remaining());
        return load(spec, context, source, head);
    }

    private static GraphParts load(GraphSpec spec, IndexContext context, CheckpointSource source, ByteBuffer head) {
        expect("magic", head.getInt(), MAGIC);
        expect("version", head.getInt(), VERSION);
        expect("metric", head.getInt(), metricCode(context.metric()));
        expect("dimension", head.getInt(), context.dimension());
        int form = head.getInt();
        int vertices = head.getInt();
        check(vertices >= 0 && vertices <= VertexStore.MOST, "vertices", vertices);
        GraphQuantizer quantizer = GraphQuantizer.read(context.metric(), context.dimension(), head);
        long offered = head.getLong();
        int[] entries = new int[checked("roots", head.getInt(), head.remaining() / 4)];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = head.getInt();
        }
        GraphParts parts = GraphParts.create(spec, quantizer, context.budget());
        try {
            expect("form", form, form(parts.store().layout()));
            loadVertices(parts.store(), vertices, source);
            for (int entry : entries) {
                check(entry >= 0 && entry < vertices && parts.store().ordinal(entry) >= 0, "root", entry);
            }
            parts.roots().load(entries, offered);
            return parts;
        } catch (RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /** Part of the format. */
    private static int form(GraphLayout layout) {
        return layout.packed() ? 2 : layout.fullRows() ? 1 : 0;
    }

    /** Part of the format. */
    private static int metricCode(Metric metric) {
        return switch (metric) {
            case L2 -> 1;
            case COSINE -> 2;
            case DOT -> 3;
            case L1 -> 4;
            case HAMMING, JACCARD ->
                throw new IllegalArgumentException("metric=" + metric.label() + ", allowed: l2, cosine, dot, l1");
        };
    }

    private static int checked(String name, int value, int most) {
        check(value >= 0 && value <= most, name, value);
        return value;
    }

    private static void expect(String name, int value, int expected) {
        check(value == expected, name, value);
    }

    private static void check(boolean right, String name, long value) {
        if (!right) {
            throw new CorruptionException(CorruptionException.NO_BLOCK, "graph: " + name + "=" + value);
        }
    }

    private static void loadVertices(VertexStore store, int vertices, CheckpointSource source) {
        store.ensure(vertices);
        loadPages(store.codes(), CODES, (long) vertices * store.layout().codeBytes(), source);
        loadPages(store.rows(), ROWS, (long) vertices * store.layout().rowBytes(), source);
        store.loaded(vertices);
        BitSet taken = new BitSet(vertices);
        BitSet ordinals = new BitSet();
        for (int vertex = 0; vertex < vertices; vertex++) {
            store.resetTransient(vertex);
            checkVertex(store, vertex, ordinals);
            taken.set(vertex, store.ordinal(vertex) >= 0);
        }
        IntStream.range(0, Math.ceilDiv(vertices, CHECKED_AT_ONCE)).parallel().forEach(part -> {
            int end = Math.min(vertices, (part + 1) * CHECKED_AT_ONCE);
            for (int vertex = part * CHECKED_AT_ONCE; vertex < end; vertex++) {
                checkLinks(store, vertex, taken);
            }
        });
    }

    private static void loadPages(GrowableRegion region, int space, long bytes, CheckpointSource source) {
        long pages = Math.ceilDiv(bytes, CheckpointSink.PAGE_BYTES);
        MemorySegment memory = region.segment();
        PageRuns.load(
                source,
                space,
                pages,
                RUN_PAGES,
                (first, count) -> memory.asSlice(first * CheckpointSink.PAGE_BYTES, count * CheckpointSink.PAGE_BYTES));
    }

    private static void checkVertex(VertexStore store, int vertex, BitSet ordinals) {
        int ordinal = store.ordinal(vertex);
        int degree = store.degree(vertex);
        check(ordinal >= GraphLayout.NO_VERTEX && ordinal < Integer.MAX_VALUE, "ordinal", ordinal);
        check(degree >= 0 && degree <= GraphLayout.LINKS, "degree", degree);
        if (ordinal < 0) {
            check(degree == 0, "degree of a free place", degree);
            store.addFree(vertex);
        } else {
            store.countLoadedLinks(degree);
            check(!ordinals.get(ordinal), "ordinal that two vertices have", ordinal);
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
            check(right, "neighbor", neighbor);
        }
    }
}
