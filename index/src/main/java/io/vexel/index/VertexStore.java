package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CapacityException;
import io.vexel.distance.NeighborCodes;
import io.vexel.distance.PackedCodes;
import io.vexel.distance.ScalarCodes;
import io.vexel.memory.GrowableRegion;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * The vertices of a graph in memory, as {@link GraphLayout} draws them. Vertices are numbered from 0; one that is removed leaves a free
 * place that the next one takes.
 *
 * <p>Memory is never given back nor used for anything but vertices while the store is in use. So a reader may follow any link at any
 * time: what it finds is a vertex, perhaps another than the writer meant, whose ordinal says whose vector to compare. A graph whose full rows
 * do not fit goes over to {@link #narrowed another store} with small rows; then the rows of the first one are given back, see {@link GraphNarrowing}.
 *
 * <p>Access: a row is changed with its {@link #lock} held, or before the first link to it exists. Neighbors, ordinals and degrees are
 * aligned ints that readers see whole; the other bytes of a row may be seen half changed, which spoils an estimate and nothing else.
 * In-degrees and the marks of change are atomic. {@code free} and growing are guarded by this object's monitor.
 */
final class VertexStore extends Vertices implements VertexView, AutoCloseable {

    /** Most vertices. */
    static final int MOST = 1 << 30;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final VarHandle ATOMIC = ValueLayout.JAVA_INT.varHandle();
    private static final int SPINS = 100;

    /** Bytes of a row that are loaded early: most of a full one at 128 elements. */
    private static final int EARLY_BYTES = 1024;

    private final GraphLayout layout;
    private final MemoryBudget budget;
    private final String owner;
    private final GrowableRegion codes;
    private final GrowableRegion rows;
    private final VertexMap byOrdinal;
    private final long firstCodes;
    private final long firstRow;
    private final int dimension;
    private final boolean packed;
    private final int codeBytes;
    private final int rowBytes;
    private final int earlyBytes;
    private final int linksOffset;
    private final int headerOffset;
    private final LongAdder changedVertices = new LongAdder();
    private final LongAdder links = new LongAdder();
    /** The free place that is taken next; its codes hold the number of the one after it, and so on. */
    private int firstFree = GraphLayout.NO_VERTEX;

    private int freeCount;
    private volatile int count;

    VertexStore(GraphLayout layout, MemoryBudget budget, String owner) {
        this(layout, budget, owner, Regions.reserve(layout, budget, owner));
    }

    private VertexStore(GraphLayout layout, MemoryBudget budget, String owner, Regions regions) {
        this.layout = layout;
        this.budget = budget;
        this.owner = owner;
        dimension = layout.dimension();
        packed = layout.packed();
        codeBytes = layout.codeBytes();
        rowBytes = layout.rowBytes();
        earlyBytes = Math.min(rowBytes, EARLY_BYTES);
        linksOffset = layout.linksOffset();
        headerOffset = layout.headerOffset();
        codes = regions.codes;
        rows = regions.rows;
        byOrdinal = regions.byOrdinal;
        firstCodes = codes.address();
        firstRow = rows.address();
    }

    /** The memory of a store. */
    private record Regions(GrowableRegion codes, GrowableRegion rows, VertexMap byOrdinal) {

        static Regions reserve(GraphLayout layout, MemoryBudget budget, String owner) {
            GrowableRegion codes = GrowableRegion.reserve(budget, owner, (long) MOST * layout.codeBytes());
            try {
                GrowableRegion rows = reserveRows(layout, budget, owner);
                try {
                    return new Regions(codes, rows, new VertexMap(budget, owner));
                } catch (RuntimeException | Error e) {
                    rows.close();
                    throw e;
                }
            } catch (RuntimeException | Error e) {
                codes.close();
                throw e;
            }
        }

        static GrowableRegion reserveRows(GraphLayout layout, MemoryBudget budget, String owner) {
            return GrowableRegion.reserve(budget, owner, (long) MOST * layout.rowBytes());
        }
    }

    /**
     * A store of the same vertices with small rows, all of them changed since the last checkpoint. Codes and the map of ordinals are in both, rows are
     * copied. While nobody changes anything, and from then on nothing is changed by way of this store.
     *
     * @throws CapacityException when there is no memory for the rows; nothing changes
     */
    synchronized VertexStore narrowed() {
        GraphLayout small = layout.narrowed();
        GrowableRegion smallRows = Regions.reserveRows(small, budget, owner);
        try {
            smallRows.ensure((long) count * small.rowBytes());
        } catch (RuntimeException | Error e) {
            smallRows.close();
            throw e;
        }
        VertexStore store = new VertexStore(small, budget, owner, new Regions(codes, smallRows, byOrdinal));
        store.takeOver(this);
        return store;
    }

    private synchronized void takeOver(VertexStore full) {
        for (int vertex = 0; vertex < full.count; vertex++) {
            MemorySegment.copy(ALL, full.links(vertex), ALL, links(vertex), GraphLayout.SMALL_ROW_BYTES);
        }
        firstFree = full.firstFree;
        freeCount = full.freeCount;
        links.add(full.linkCount());
        changedVertices.add(full.changedCount());
        count = full.count;
        markRowsChanged();
    }

    /** Whether as many full rows would fit as the next step of growth is for. */
    FullRowsFit fitToGrow() {
        return fit((int) Math.min(MOST, rows.byteSize() / rowBytes + 1));
    }

    /** What full rows take beyond small ones. */
    long bytesToSpare() {
        return rows.byteSize() - rows.byteSize() / rowBytes * GraphLayout.SMALL_ROW_BYTES;
    }

    private FullRowsFit fit(int vertices) {
        return FullRowsFit.of(budget, layout, vertices, memoryBytes());
    }

    @Override
    int stepsPerCheck() {
        return 64;
    }

    @Override
    public GraphLayout layout() {
        return layout;
    }

    GrowableRegion codes() {
        return codes;
    }

    GrowableRegion rows() {
        return rows;
    }

    @Override
    public int count() {
        return count;
    }

    synchronized int freeCount() {
        return freeCount;
    }

    long memoryBytes() {
        return codes.byteSize() + rows.byteSize() + byOrdinal.byteSize();
    }

    /** Which vertex a row is. */
    VertexMap byOrdinal() {
        return byOrdinal;
    }

    @Override
    public long codes(int vertex) {
        return firstCodes + (long) vertex * codeBytes;
    }

    @Override
    public long row(int vertex) {
        return firstRow + (long) vertex * rowBytes;
    }

    /** Address of a row's neighbors. */
    long links(int vertex) {
        return row(vertex) + linksOffset;
    }

    private long header(int vertex) {
        return row(vertex) + headerOffset;
    }

    @Override
    public int link(int vertex, int slot) {
        return ALL.get(INT, links(vertex) + 4L * slot);
    }

    /** A neighbor by the address of the neighbors. */
    static int linkAt(long links, int slot) {
        return ALL.get(INT, links + 4L * slot);
    }

    void setLink(int vertex, int slot, int neighbor) {
        ALL.set(INT, links(vertex) + 4L * slot, neighbor);
    }

    @Override
    public int degree(int vertex) {
        return ALL.get(INT, header(vertex) + GraphLayout.DEGREE);
    }

    void setDegree(int vertex, int degree) {
        links.add(degree - degree(vertex));
        ALL.set(INT, header(vertex) + GraphLayout.DEGREE, degree);
    }

    /** The sum of all degrees. */
    @Override
    public long linkCount() {
        return links.sum();
    }

    /** Counts the links of a vertex that came from a file. */
    void countLoadedLinks(int degree) {
        links.add(degree);
    }

    int fillers(int vertex) {
        return ALL.get(INT, header(vertex) + GraphLayout.FILLERS);
    }

    void setFillers(int vertex, int fillers) {
        ALL.set(INT, header(vertex) + GraphLayout.FILLERS, fillers);
    }

    /** The slots whose links belong to the tree. */
    int kept(int vertex) {
        return ALL.get(INT, header(vertex) + GraphLayout.KEPT);
    }

    void setKept(int vertex, int kept) {
        ALL.set(INT, header(vertex) + GraphLayout.KEPT, kept);
    }

    @Override
    public int ordinal(int vertex) {
        return ALL.get(INT, header(vertex) + GraphLayout.ORDINAL);
    }

    void setOrdinal(int vertex, int ordinal) {
        ALL.set(INT, header(vertex) + GraphLayout.ORDINAL, ordinal);
    }

    @Override
    public int inDegree(int vertex) {
        return ALL.get(INT, header(vertex) + GraphLayout.IN_DEGREE);
    }

    void setInDegree(int vertex, int inDegree) {
        ALL.set(INT, header(vertex) + GraphLayout.IN_DEGREE, inDegree);
    }

    void addInDegree(int vertex, int more) {
        int _ = (int) ATOMIC.getAndAdd(ALL, header(vertex) + GraphLayout.IN_DEGREE, more);
        markChanged(vertex, Change.ROW);
    }

    /** What of a vertex changed. */
    static final class Change {
        static final int ROW = 1;
        static final int CODES = 2;

        private Change() {}
    }

    void markChanged(int vertex, int what) {
        long at = header(vertex) + GraphLayout.CHANGED;
        if ((ALL.get(INT, at) & what) != what && (int) ATOMIC.getAndBitwiseOr(ALL, at, what) == 0) {
            changedVertices.increment();
        }
    }

    int changed(int vertex) {
        return ALL.get(INT, header(vertex) + GraphLayout.CHANGED);
    }

    /** Vertices that changed since the marks were cleared. */
    long changedCount() {
        return changedVertices.sum();
    }

    /** Clears all marks, while nobody changes anything. */
    void clearChanges() {
        for (int vertex = 0; vertex < count; vertex++) {
            clearChanged(vertex);
        }
        changedVertices.reset();
    }

    /** Marks all rows, because there is no saved row of their form. */
    void markRowsChanged() {
        for (int vertex = 0; vertex < count; vertex++) {
            markChanged(vertex, Change.ROW);
        }
    }

    private void clearChanged(int vertex) {
        ALL.set(INT, header(vertex) + GraphLayout.CHANGED, 0);
    }

    void lock(int vertex) {
        long at = header(vertex) + GraphLayout.LOCK;
        for (int spins = 0; !ATOMIC.compareAndSet(ALL, at, 0, 1); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(1);
            }
        }
    }

    void unlock(int vertex) {
        ATOMIC.setRelease(ALL, header(vertex) + GraphLayout.LOCK, 0);
    }

    /** Takes a lock's word back to what nobody holds, in a row that came from a file. */
    void resetTransient(int vertex) {
        ALL.set(INT, header(vertex) + GraphLayout.LOCK, 0);
        clearChanged(vertex);
    }

    /** Squared distance of two vertices in code units. */
    int squaredDistance(int a, int b) {
        return packed ? packedDistance(a, b) : ScalarCodes.squaredDistance(codes(a), codes(b), codeBytes);
    }

    /**
     * Two packed vectors are rounded twice, seven-bit codes and a packed vector once. What one rounding adds to a distance on the average,
     * a twelfth of the squared step for each element, is taken off, so that both kinds of distances can be compared.
     */
    private int packedDistance(int a, int b) {
        int rounding = dimension * PackedCodes.STEP * PackedCodes.STEP / 12;
        return Math.max(0, PackedCodes.squaredDistanceOfPacked(codes(a), codes(b), dimension) - rounding);
    }

    /** Whether two vertices have the same codes. */
    boolean areEqual(int a, int b) {
        return packed
                ? PackedCodes.squaredDistanceOfPacked(codes(a), codes(b), dimension) == 0
                : squaredDistance(a, b) == 0;
    }

    /** Whether a vertex has these codes, as vertices store them, bit for bit. */
    boolean hasCodes(int vertex, long stored) {
        return MemorySegment.mismatch(ALL, stored, stored + codeBytes, ALL, codes(vertex), codes(vertex) + codeBytes)
                < 0;
    }

    /** Squared distance of seven-bit codes from a vertex. */
    int squaredDistance(long other, int vertex) {
        return packed
                ? PackedCodes.squaredDistance(other, codes(vertex), dimension)
                : ScalarCodes.squaredDistance(other, codes(vertex), codeBytes);
    }

    @Override
    float distance(GraphContext work, int vertex) {
        return squaredDistance(work.codes, vertex);
    }

    /** Without a branch on any distance, so that the processor works on several at a time. */
    @Override
    void distances(GraphContext work, int[] vertices, int count, float[] distances) {
        long other = work.codes;
        for (int i = 0; i < count; i++) {
            distances[i] = squaredDistance(other, vertices[i]);
        }
    }

    @Override
    long row(GraphContext work, int vertex) {
        return row(vertex);
    }

    @Override
    int ordinal(GraphContext work, int vertex) {
        return ordinal(vertex);
    }

    @Override
    int expectCodes(GraphContext work, int vertex) {
        return GraphContext.prefetch(codes(vertex), codeBytes);
    }

    @Override
    int expectRow(GraphContext work, int vertex) {
        return GraphContext.prefetch(row(vertex), earlyBytes);
    }

    /** Stores a neighbor in a slot, without counting it. */
    void put(int vertex, int slot, int neighbor) {
        if (layout.fullRows()) {
            NeighborCodes.put(row(vertex), layout.dimension(), slot, codes(vertex), codes(neighbor));
        }
        setLink(vertex, slot, neighbor);
    }

    /** With the lock of the row: puts a neighbor into a slot; returns whom it replaced, or {@link GraphLayout#NO_VERTEX}. */
    int replace(int vertex, int slot, int neighbor) {
        int replaced = link(vertex, slot);
        put(vertex, slot, neighbor);
        addInDegree(neighbor, 1);
        markChanged(vertex, Change.ROW);
        if (replaced != GraphLayout.NO_VERTEX) {
            addInDegree(replaced, -1);
        }
        return replaced;
    }

    /** Computes the neighbor codes of a full row from its links, which are right, and the codes. */
    void computeNeighborCodes(int vertex) {
        int degree = degree(vertex);
        for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
            if (slot < degree) {
                NeighborCodes.put(row(vertex), dimension, slot, codes(vertex), codes(link(vertex, slot)));
            } else {
                NeighborCodes.clear(row(vertex), dimension, slot);
            }
        }
    }

    /** Empties a slot, without counting. */
    void clearSlot(int vertex, int slot) {
        setLink(vertex, slot, GraphLayout.NO_VERTEX);
        if (layout.fullRows()) {
            NeighborCodes.clear(row(vertex), layout.dimension(), slot);
        }
    }

    /** Squared distance of a slot's neighbor: rounded where rows are full, exact otherwise. */
    float squaredRadius(int vertex, int slot) {
        return layout.fullRows()
                ? NeighborCodes.squaredRadius(row(vertex), layout.dimension(), slot)
                : squaredDistance(vertex, link(vertex, slot));
    }

    @Override
    public boolean isInMemory() {
        return true;
    }

    /**
     * A place for a new vertex: without neighbors, unknown to everybody.
     *
     * @throws CapacityException when there is no memory for it, or too little {@linkplain Headroom headroom} would be left; nothing changes
     */
    synchronized int take() {
        if (freeCount > 0) {
            int vertex = firstFree;
            firstFree = ALL.get(INT, codes(vertex));
            freeCount--;
            return vertex;
        }
        int vertex = count;
        if (!layout.fullRows()) {
            Headroom.check(budget, owner, bytesToGrow(vertex + 1));
        }
        ensure(vertex + 1);
        makeEmpty(vertex);
        count = vertex + 1;
        return vertex;
    }

    /**
     * Makes memory for so many vertices.
     *
     * @throws CapacityException when the budget refuses, or when full rows do not leave enough for others and for small rows; nothing changes
     */
    synchronized void ensure(int vertices) {
        if (vertices > MOST) {
            throw new CapacityException("vertices of a graph", vertices, MOST);
        }
        if (layout.fullRows() && (long) vertices * rowBytes > rows.byteSize()) {
            fit(vertices).check();
        }
        codes.ensure((long) vertices * codeBytes);
        rows.ensure((long) vertices * rowBytes);
    }

    /** Says how many vertices there are in memory that was filled from a file. */
    synchronized void loaded(int vertices) {
        count = vertices;
    }

    private long bytesToGrow(int vertices) {
        long codesMore = GrowableRegion.roundUp((long) vertices * codeBytes) - codes.byteSize();
        long rowsMore = GrowableRegion.roundUp((long) vertices * rowBytes) - rows.byteSize();
        return Math.max(0, codesMore) + Math.max(0, rowsMore);
    }

    private void makeEmpty(int vertex) {
        for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
            clearSlot(vertex, slot);
        }
        setDegree(vertex, 0);
        setFillers(vertex, 0);
        setKept(vertex, 0);
        setOrdinal(vertex, GraphLayout.NO_VERTEX);
    }

    /**
     * Gives a vertex that one row has to another row, for whose ordinal there is room in the map.
     *
     * @return false when it is not the vertex of the one row; nothing changes
     */
    boolean rename(int vertex, int ordinal, int other) {
        lock(vertex);
        try {
            if (ordinal(vertex) != ordinal) {
                return false;
            }
            byOrdinal.put(other, vertex);
            setOrdinal(vertex, other);
            byOrdinal.remove(ordinal, vertex);
            markChanged(vertex, Change.ROW);
            return true;
        } finally {
            unlock(vertex);
        }
    }

    /** Frees the place of a vertex that nobody links to. */
    void makeFree(int vertex) {
        byOrdinal.remove(ordinal(vertex), vertex);
        lock(vertex);
        makeEmpty(vertex);
        markChanged(vertex, Change.ROW);
        unlock(vertex);
        addFree(vertex);
    }

    /** Its codes mean nothing any more: a reader who is still there finds a wrong distance of a vertex that has no row. */
    synchronized void addFree(int vertex) {
        ALL.set(INT, codes(vertex), firstFree);
        firstFree = vertex;
        freeCount++;
    }

    /** Gives the rows back, when nobody reads them any more; everything else is in use by {@link #narrowed another store}. */
    void closeRows() {
        rows.close();
    }

    @Override
    public void close() {
        codes.close();
        rows.close();
        byOrdinal.close();
    }
}
