package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.SparseRegion;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which vertex of a graph a row is, four bytes for each ordinal. Derived from the ordinals of the vertices, and not saved. For {@link RowPlaces} a vertex is
 * a place of another index.
 *
 * <p>Addresses are there for all ordinals, memory for pieces of {@value #PIECE_ORDINALS} of them in which a row was entered. Pieces among old rows from which all have left, as compactions bring
 * about, {@linkplain #trim give theirs back}.
 *
 * <p>Any number of threads may read beside one that writes an entry: entries are aligned ints. An entry is right from the insertion of its row, or
 * from when the row took a vertex over, to the sweep that takes the row out, or to when another row takes its vertex over; a reader that comes across another vertex for an instant compares codes of another row.
 *
 * <p>Invariant: what a reader finds is what the ordinal had at a moment of the read. An ordinal is written by one thread at a time.
 */
final class VertexMap implements AutoCloseable {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int PIECE_SHIFT = 14;
    static final int PIECE_ORDINALS = 1 << PIECE_SHIFT;
    private static final long PIECE_BYTES = (long) PIECE_ORDINALS * Integer.BYTES;
    private static final long MOST_BYTES = (Integer.MAX_VALUE + 1L) * Integer.BYTES;
    /** Fewer addresses are not worth a try. */
    private static final long FEWEST_BYTES = 1L << 26;

    private final SparseRegion region;
    private final long address;
    /** A bit for each piece that has memory. Set and cleared under the monitor. */
    private final AtomicLongArray taken;
    /** Pieces with memory are below. Only grows, under the monitor. */
    private volatile int pieces;

    VertexMap(MemoryBudget budget, String owner) {
        region = reserve(budget, owner);
        address = region.address();
        taken = new AtomicLongArray((int) (region.byteSize() / PIECE_BYTES / Long.SIZE));
    }

    /** A system that counts addresses may refuse a large range and grant a smaller one. */
    private static SparseRegion reserve(MemoryBudget budget, String owner) {
        long bytes = MOST_BYTES;
        while (true) {
            try {
                return SparseRegion.reserveSmallPages(budget, owner, bytes);
            } catch (CapacityException e) {
                if (bytes == FEWEST_BYTES) {
                    throw e;
                }
                bytes /= 2;
            }
        }
    }

    /**
     * Makes room for an ordinal.
     *
     * @throws CapacityException when there is no memory for it; nothing changes
     */
    void ensure(int ordinal) {
        int piece = ordinal >>> PIECE_SHIFT;
        if (piece >= pieces || !isTaken(piece)) {
            take(piece);
        }
    }

    private boolean isTaken(int piece) {
        return (taken.get(piece >>> 6) >>> piece & 1) != 0;
    }

    private synchronized void take(int piece) {
        long end = (piece + 1) * PIECE_BYTES;
        if (end > region.byteSize()) {
            throw new CapacityException(
                    "ordinals of rows in an index", end / Integer.BYTES, region.byteSize() / Integer.BYTES);
        }
        if (!isTaken(piece)) {
            region.take(PIECE_BYTES);
            taken.set(piece >>> 6, taken.get(piece >>> 6) | 1L << piece);
        }
        pieces = Math.max(pieces, piece + 1);
    }

    /**
     * Gives back the memory of pieces in which no row is entered.
     *
     * @param end no row with an ordinal below it is entered any more, now or later
     */
    synchronized void trim(long end) {
        int last = (int) Math.min(pieces, end >>> PIECE_SHIFT);
        for (int piece = 0; piece < last; piece++) {
            if (isTaken(piece) && isEmpty(piece)) {
                taken.set(piece >>> 6, taken.get(piece >>> 6) & ~(1L << piece));
                // Who reads it meanwhile finds zeros before and after.
                region.giveBack(piece * PIECE_BYTES, PIECE_BYTES);
            }
        }
    }

    private boolean isEmpty(int piece) {
        long from = address + piece * PIECE_BYTES;
        for (long at = from; at < from + PIECE_BYTES; at += Long.BYTES) {
            if (ALL.get(ValueLayout.JAVA_LONG, at) != 0) {
                return false;
            }
        }
        return true;
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

    /** Ordinals for which there is room are below; those below that have none are not entered. */
    long end() {
        return (long) pieces << PIECE_SHIFT;
    }

    long address() {
        return address;
    }

    /** As {@link #vertex}, for an ordinal below {@link #end}. */
    static int at(long address, int ordinal) {
        return ALL.get(INT, address + 4L * ordinal) - 1;
    }

    /** Bytes of memory. */
    long byteSize() {
        return region.takenBytes();
    }

    @Override
    public void close() {
        region.close();
    }
}
