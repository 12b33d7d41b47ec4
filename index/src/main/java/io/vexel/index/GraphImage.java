package io.vexel.index;

import io.vexel.base.CorruptionException;
import io.vexel.distance.Metric;
import io.vexel.index.DerivedIndex.CheckpointSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * How a graph is saved: codes in space 0 and rows in space 1, those of a vertex at the same position of both, page by page, and a head with everything
 * else. What leads to a vertex, links and roots, gives its position. {@link GraphSaver} chooses the order.
 * <pre>
 * head     int  magic "VXGR", int version, int metric (l2 1, cosine 2, dot 3, l1 4), int dimension, int form (0 small rows, 1 full rows, 2 small rows and
 *          codes of four bits), int vertices,
 *          quantizer (see {@link GraphQuantizer#write}), long offered roots, int roots, roots x int
 * </pre>
 * The form says what the pages hold. In version 1 it is what the options of the index want. Version 2 has small rows where full ones are wanted,
 * because these did not fit in memory when it was saved. A checkpoint of another form than the last one has all pages of rows.
 *
 * <p>All little-endian. The entries of roots are coded again when they are read. Marks of change and locks in the pages mean nothing.
 *
 * <p>Whatever form was saved, a graph is loaded with the rows that are wanted where these fit, and with small ones where they do not, see {@link
 * GraphLoader}.
 */
final class GraphImage {

    static final int CODES = 0;
    static final int ROWS = 1;

    private static final int MAGIC = 0x52475856;
    private static final int VERSION = 1;
    private static final int VERSION_NARROWED = 2;
    private static final int FORM_SMALL = 0;
    private static final int FORM_FULL = 1;
    private static final int FORM_PACKED = 2;
    private static final int FIXED_BYTES = 6 * 4 + 8 + 4;

    private GraphImage() {}

    /**
     * The head of an image.
     *
     * @param order in which its vertices lie
     */
    static byte[] head(GraphSpec spec, IndexContext context, GraphParts parts, ImageOrder order) {
        int[] entries = parts.roots().entries();
        VertexStore store = parts.store();
        ByteBuffer head = ByteBuffer.allocate(FIXED_BYTES
                        + GraphQuantizer.storedBytes(context.metric(), context.dimension())
                        + 4 * entries.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        int form = form(store.layout());
        head.putInt(MAGIC).putInt(form == wantedForm(spec) ? VERSION : VERSION_NARROWED);
        head.putInt(metricCode(context.metric())).putInt(context.dimension());
        head.putInt(form).putInt(store.count());
        parts.quantizer().write(head);
        head.putLong(parts.roots().offered()).putInt(entries.length);
        for (int entry : entries) {
            head.putInt(order.position(entry));
        }
        return head.array();
    }

    /**
     * What the head says.
     *
     * @param layout which rows the pages hold
     * @param vertices places of the image, free ones among them
     * @param entries vertices that are roots
     * @param offered vertices that were offered as roots
     */
    record Head(GraphParts.Basis basis, GraphLayout layout, int vertices, List<Integer> entries, long offered) {}

    /**
     * Reads the head.
     *
     * @throws CorruptionException when it is not one of such a graph
     */
    static Head read(GraphSpec spec, IndexContext context, CheckpointSource source) {
        ByteBuffer head = ByteBuffer.wrap(source.head()).order(ByteOrder.LITTLE_ENDIAN);
        int least = FIXED_BYTES + GraphQuantizer.storedBytes(context.metric(), context.dimension());
        check(head.remaining() >= least, "bytes of the head", head.remaining());
        return read(spec, context, head);
    }

    private static Head read(GraphSpec spec, IndexContext context, ByteBuffer head) {
        expect("magic", head.getInt(), MAGIC);
        int version = head.getInt();
        check(version == VERSION || version == VERSION_NARROWED, "version", version);
        expect("metric", head.getInt(), metricCode(context.metric()));
        expect("dimension", head.getInt(), context.dimension());
        int form = head.getInt();
        int wanted = wantedForm(spec);
        boolean narrowed = form == FORM_SMALL && wanted == FORM_FULL;
        check(version == VERSION ? form == wanted : narrowed, "form", form);
        int vertices = head.getInt();
        check(vertices >= 0 && vertices <= VertexStore.MOST, "vertices", vertices);
        GraphQuantizer quantizer = GraphQuantizer.read(context.metric(), context.dimension(), head);
        long offered = head.getLong();
        List<Integer> entries = new ArrayList<>();
        for (int left = checked("roots", head.getInt(), head.remaining() / 4); left > 0; left--) {
            entries.add(head.getInt());
        }
        GraphParts.Basis basis = new GraphParts.Basis(spec, context, quantizer);
        GraphSpec.Rows rows = form == FORM_FULL ? GraphSpec.Rows.FULL : GraphSpec.Rows.SMALL;
        return new Head(basis, basis.layout(rows), vertices, entries, offered);
    }

    /** Part of the format. */
    private static int form(GraphLayout layout) {
        return layout.packed() ? FORM_PACKED : layout.fullRows() ? FORM_FULL : FORM_SMALL;
    }

    private static int wantedForm(GraphSpec spec) {
        if (spec.codes() == GraphSpec.Codes.FOUR_BITS) {
            return FORM_PACKED;
        }
        return spec.rows() == GraphSpec.Rows.FULL ? FORM_FULL : FORM_SMALL;
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

    static void check(boolean right, String name, long value) {
        if (!right) {
            throw new CorruptionException(CorruptionException.NO_BLOCK, "graph: " + name + "=" + value);
        }
    }
}
