package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.distance.PackedCodes;
import io.vexel.distance.ScalarCodes;
import java.lang.foreign.ValueLayout;

/**
 * The vertices of a saved graph, which stay where they are: rows and codes are copied into the context of the search, one at a time. They do not
 * change, so a context may keep the row that it read last.
 *
 * <p>What a walk expects to read is noted in the context, and told to the pages all at once before the next read: the codes of a vertex's neighbors, and
 * the row that is probably next. So what has to come from a device for one step of a walk comes together.
 */
final class PagedVertices extends Vertices {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private final SavedPages pages;
    private final GraphLayout layout;
    private final int count;
    private final int codeBytes;
    private final int rowBytes;

    /**
     * @param layout which rows the pages hold
     * @param count vertices in them
     */
    PagedVertices(SavedPages pages, GraphLayout layout, int count) {
        this.pages = pages;
        this.layout = layout;
        this.count = count;
        codeBytes = layout.codeBytes();
        rowBytes = layout.rowBytes();
    }

    @Override
    GraphLayout layout() {
        return layout;
    }

    /** Each of them may wait for a device. */
    @Override
    int stepsPerCheck() {
        return 4;
    }

    @Override
    int count() {
        return count;
    }

    @Override
    long row(GraphContext work, int vertex) {
        if (work.copiedRow != vertex) {
            work.copiedRow = GraphLayout.NO_VERTEX;
            tellExpected(work);
            pages.read(GraphImage.ROWS, (long) vertex * rowBytes, work.rowCopy, rowBytes);
            work.copiedRow = vertex;
        }
        return work.rowCopy;
    }

    @Override
    int ordinal(GraphContext work, int vertex) {
        int at = layout.headerOffset() + GraphLayout.ORDINAL;
        if (work.copiedRow == vertex) {
            return ALL.get(INT, work.rowCopy + at);
        }
        pages.read(GraphImage.ROWS, (long) vertex * rowBytes + at, work.codesCopy, Integer.BYTES);
        return ALL.get(INT, work.codesCopy);
    }

    /** Address of the codes of a vertex, readable until something else is asked for with the same context. */
    long codes(GraphContext work, int vertex) {
        tellExpected(work);
        pages.read(GraphImage.CODES, (long) vertex * codeBytes, work.codesCopy, codeBytes);
        return work.codesCopy;
    }

    private void tellExpected(GraphContext work) {
        if (work.expected.count() > 0) {
            pages.expect(work.expected);
            work.expected.clear();
        }
    }

    @Override
    float distance(GraphContext work, int vertex) {
        long codes = codes(work, vertex);
        return layout.packed()
                ? PackedCodes.squaredDistance(work.codes, codes, layout.dimension())
                : ScalarCodes.squaredDistance(work.codes, codes, codeBytes);
    }

    @Override
    void distances(GraphContext work, int[] vertices, int count, float[] distances) {
        for (int i = 0; i < count; i++) {
            distances[i] = distance(work, vertices[i]);
        }
    }

    @Override
    int expectCodes(GraphContext work, int vertex) {
        work.expected.add(GraphImage.CODES, (long) vertex * codeBytes, codeBytes);
        return 0;
    }

    @Override
    int expectRow(GraphContext work, int vertex) {
        work.expected.add(GraphImage.ROWS, (long) vertex * rowBytes, rowBytes);
        return 0;
    }
}
