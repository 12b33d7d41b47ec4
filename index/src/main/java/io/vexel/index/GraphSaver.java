package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.index.DerivedIndex.CheckpointSink;
import io.vexel.memory.GrowableRegion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * Saves a graph, checkpoint by checkpoint, and remembers in which order its vertices lie in the image.
 * <pre>
 *                    most pages are written anyway, and many vertices lie apart from their neighbors
 *   BY NUMBER  ------------------------------------------------------------------------------------&gt;  ORDERED  --+
 *   (made, or loaded:                                                                                    ^        | the same
 *    the order of the image)                                                                             +--------+
 * </pre>
 * In memory vertices stay where they are, so searches know nothing of it. An image in another order is written whole, by the one transaction that
 * every checkpoint ends with; a vertex is renamed in the links that lead to it and among the roots, and nothing else knows its name. Later
 * checkpoints write the pages that the changed vertices have in that order. Loading ends it: vertices are then numbered as they lie.
 *
 * <p>An order is a luxury. Where the volume has no room for a whole image, or memory for the order is not simply free, the pages that changed
 * are written in the order that there is.
 *
 * <p>Used by one thread at a time, while nobody changes the graph, but for {@link #memoryBytes} and {@link #locality}.
 */
final class GraphSaver implements AutoCloseable {

    private static final int PAGE_BYTES = CheckpointSink.PAGE_BYTES;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** A whole image is at most so many times as long as what would be written otherwise. */
    private static final int MOST_TIMES_LONGER = 2;

    private volatile ImageOrder order = ImageOrder.BY_NUMBER;
    private volatile Locality locality;

    /** @param locality of the image that was loaded, or of a graph without vertices */
    GraphSaver(Locality locality) {
        this.locality = locality;
    }

    /** How the vertices lie in the last image. */
    Locality locality() {
        return locality;
    }

    long memoryBytes() {
        return order.byteSize();
    }

    /** As {@link DerivedIndex#checkpoint}. */
    void save(GraphSpec spec, IndexContext context, GraphParts parts, CheckpointSink sink) {
        VertexStore store = parts.store();
        Pages codes = new Pages(store, GraphImage.CODES);
        Pages rows = new Pages(store, GraphImage.ROWS);
        codes.collectChanged(order);
        rows.collectChanged(order);
        Locality found = Locality.of(store, order);
        ImageOrder next = order;
        if (codes.given() + rows.given() >= Math.ceilDiv(codes.count + rows.count, MOST_TIMES_LONGER)
                && found.isPoor()
                && sink.hasRoom(codes.count + rows.count)) {
            next = LocalityOrder.of(store, context.budget()).orElse(order);
        }
        try {
            if (next != order) {
                codes.collectAll();
                rows.collectAll();
                found = Locality.of(store, next);
            }
            int[] vertices = next.vertices();
            codes.give(next, vertices, sink);
            rows.give(next, vertices, sink);
            sink.finish(GraphImage.head(spec, context, parts, next));
        } catch (RuntimeException | Error e) {
            if (next != order) {
                next.close();
            }
            throw e;
        }
        store.clearChanges();
        locality = found;
        replaceOrder(next);
    }

    private void replaceOrder(ImageOrder next) {
        ImageOrder old = order;
        order = next;
        if (next != old) {
            old.close();
        }
    }

    @Override
    public void close() {
        order.close();
    }

    /** The pages of a sequence that are to be written. */
    private static final class Pages {

        private final VertexStore store;
        private final int space;
        private final int recordBytes;
        private final long count;
        private final BitSet given = new BitSet();

        Pages(VertexStore store, int space) {
            this.store = store;
            this.space = space;
            recordBytes = space == GraphImage.CODES
                    ? store.layout().codeBytes()
                    : store.layout().rowBytes();
            count = Math.ceilDiv((long) store.count() * recordBytes, PAGE_BYTES);
        }

        void collectChanged(ImageOrder order) {
            int mark = space == GraphImage.CODES ? VertexStore.Change.CODES : VertexStore.Change.ROW;
            for (int vertex = 0; vertex < store.count(); vertex++) {
                if ((store.changed(vertex) & mark) != 0) {
                    long first = (long) order.position(vertex) * recordBytes;
                    given.set((int) (first / PAGE_BYTES), (int) ((first + recordBytes - 1) / PAGE_BYTES) + 1);
                }
            }
        }

        void collectAll() {
            given.set(0, (int) count);
        }

        long given() {
            return given.cardinality();
        }

        /** @param vertices by position, as far as there is an order */
        void give(ImageOrder order, int[] vertices, CheckpointSink sink) {
            GrowableRegion region = space == GraphImage.CODES ? store.codes() : store.rows();
            MemorySegment gathered = MemorySegment.ofArray(new byte[PAGE_BYTES + 2 * recordBytes]);
            for (int page = given.nextSetBit(0); page >= 0; page = given.nextSetBit(page + 1)) {
                MemorySegment contents = order.isByNumber()
                        ? region.segment().asSlice((long) page * PAGE_BYTES, PAGE_BYTES)
                        : gather(page, order, vertices, gathered);
                sink.page(space, page, contents);
            }
            sink.end(space, count);
        }

        /** Copies the records of a page, two of which may lie on other pages in part, to where their positions are. */
        private MemorySegment gather(int page, ImageOrder order, int[] vertices, MemorySegment buffer) {
            long start = (long) page * PAGE_BYTES;
            int first = (int) (start / recordBytes);
            int end = (int) Math.min(store.count(), Math.ceilDiv(start + PAGE_BYTES, recordBytes));
            for (int position = first; position < end; position++) {
                int vertex = position < vertices.length ? vertices[position] : position;
                copy(order, vertex, buffer, (long) (position - first) * recordBytes);
            }
            long from = start - (long) first * recordBytes;
            long filled = (long) (end - first) * recordBytes;
            if (filled < from + PAGE_BYTES) {
                buffer.asSlice(filled, from + PAGE_BYTES - filled).fill((byte) 0);
            }
            return buffer.asSlice(from, PAGE_BYTES);
        }

        private void copy(ImageOrder order, int vertex, MemorySegment buffer, long at) {
            if (space == GraphImage.CODES) {
                MemorySegment.copy(ALL, store.codes(vertex), buffer, at, recordBytes);
                return;
            }
            MemorySegment.copy(ALL, store.row(vertex), buffer, at, recordBytes);
            long links = at + store.layout().linksOffset();
            int degree = store.degree(vertex);
            for (int slot = 0; slot < degree; slot++) {
                buffer.set(INT, links + 4L * slot, order.position(store.link(vertex, slot)));
            }
        }
    }
}
