package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.memory.GrowableRegion;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.ValueLayout;

/**
 * Which vertex of a graph a row is, four bytes for each ordinal up to the largest. Derived from the ordinals of the vertices, and not saved. For {@link RowPlaces} a vertex is
 * a place of another index.
 *
 * <p>Any number of threads may read beside one that writes an entry: entries are aligned ints. An entry is right from the insertion of its row, or
 * from when the row took a vertex over, to the sweep that takes the row out, or to when another row takes its vertex over; a reader that comes across another vertex for an instant compares codes of another row.
 *
 * <p>Invariant: what a reader finds is what the ordinal had at a moment of the read. An ordinal is written by one thread at a time.
 */
final class VertexMap implements AutoCloseable {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final GrowableRegion region;
    private final long address;

    VertexMap(MemoryBudget budget, String owner) {
        region = GrowableRegion.reserve(budget, owner, (long) Integer.MAX_VALUE * Integer.BYTES);
        address = region.address();
    }

    /**
     * Makes room for an ordinal.
     *
     * @throws io.vexel.base.CapacityException when there is no memory for it; nothing changes
     */
    void ensure(int ordinal) {
        long needed = (ordinal + 1L) * Integer.BYTES;
        if (needed > region.byteSize()) {
            region.ensure(needed);
        }
    }

    /** Enters a row for whose ordinal there is room. */
    void put(int ordinal, int vertex) {
        // Fresh memory is zero, which has to mean that there is none.
        ALL.set(INT, address + 4L * ordinal, vertex + 1);
    }

    /** Takes a row out, unless it is another vertex by now; passes over an ordinal below zero. */
    void remove(int ordinal, int vertex) {
        if (ordinal >= 0 && vertex(ordinal) == vertex) {
            ALL.set(INT, address + 4L * ordinal, 0);
        }
    }

    /** The vertex of a row, or {@link GraphLayout#NO_VERTEX}. */
    int vertex(int ordinal) {
        return ordinal < end() ? at(address, ordinal) : GraphLayout.NO_VERTEX;
    }

    /** Ordinals for which there is room are below. */
    long end() {
        return region.byteSize() / Integer.BYTES;
    }

    long address() {
        return address;
    }

    /** As {@link #vertex}, for an ordinal for which there is room. */
    static int at(long address, int ordinal) {
        return ALL.get(INT, address + 4L * ordinal) - 1;
    }

    long byteSize() {
        return region.byteSize();
    }

    @Override
    public void close() {
        region.close();
    }
}
