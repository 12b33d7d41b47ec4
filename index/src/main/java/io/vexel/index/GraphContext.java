package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CapacityException;
import io.vexel.distance.NeighborCodes;
import io.vexel.distance.PackedCodes;
import io.vexel.distance.QueryTables;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Prefetch;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What one walk through a graph needs. Used by one thread at a time. */
final class GraphContext extends SearchContext {

    private static final int CACHE_LINE = Prefetch.LINE_BYTES;
    private static final int ORDINALS = 1024;

    private final GraphLayout layout;
    private final MemoryBudget budget;
    private final String owner;
    private final HeapCharge heap;
    private final Region scratch;
    private final float[] work;
    private Region visited;
    private long visitedAt;
    private byte stamp;

    /** Address of the rotated floats of {@code target}. */
    final long rotated;

    /** Address of their seven-bit codes, which vertices are compared with. */
    final long codes;

    /** Address of the codes as a vertex stores them: packed, or {@code codes} itself. */
    final long stored;

    /** Address of memory for a row of a vertex, where the search copies them; 0 elsewhere. */
    final long rowCopy;

    /** Address of memory for the codes of a vertex, where the search copies them; 0 elsewhere. */
    final long codesCopy;

    /** The vertex whose row is at {@link #rowCopy}, or {@link GraphLayout#NO_VERTEX}. */
    int copiedRow = GraphLayout.NO_VERTEX;

    /** What walks will read of vertices that are not in memory. */
    final SavedPieces expected = new SavedPieces();

    /** Memory for a row that has no address of its own. */
    final MemorySegment fullVector;

    final QueryTables tables;
    final CandidatePool pool;
    final CandidatePool seeds = new CandidatePool();
    final CandidatePool results;

    /** How far the filtered walk goes. */
    final FilteredWalk.Extent extent = new FilteredWalk.Extent();

    final GraphBuilder.Selection selection = new GraphBuilder.Selection();
    final GraphBuilder.Judgement judgement = new GraphBuilder.Judgement();
    final float[] estimates = new float[NeighborCodes.COUNT];

    /** Vertices that are to be compared. */
    final int[] batch = new int[NeighborCodes.COUNT];

    int batchCount;

    /** The rows of vertices in {@link #batch}, where they are known. */
    final int[] batchOrdinals = new int[NeighborCodes.COUNT];

    /** Vertices that fell out of a pool of estimates and may be compared after all, and their estimates. */
    int[] overflowVertices = new int[1024];

    float[] overflowEstimates = new float[1024];

    int overflowCount;

    final Ranking ranking;

    private int[] ordinals = {};

    /** The parts of the graph that a search works on with this context; null while there is none. For {@link GraphNarrowing}. */
    volatile @Nullable GraphParts uses;

    /** Number of the thread that has it; 0 when nobody does. For {@link ContextPool}, where a thread looks for itself. */
    long user;

    /** Vertices at or above are not looked at. */
    int limit;

    /** A vertex that walks pass by; -1 when there is none. */
    int absent = -1;

    long hops;

    /** Gives early loads an effect, so that the JIT keeps them. */
    int sink;

    /** @param copies whether vertices are not in memory, so that there is to be memory for one */
    GraphContext(GraphLayout layout, IndexContext context, String owner, boolean copies) {
        super(context);
        this.layout = layout;
        this.budget = context.budget();
        this.owner = owner;
        heap = new HeapCharge(budget, owner, 0);
        pool = new CandidatePool(heap);
        results = new CandidatePool(heap);
        work = new float[layout.dimension()];
        long floatBytes = aligned(4L * layout.dimension());
        long codeBytes = aligned(layout.sevenBitBytes());
        long storedBytes = layout.packed() ? aligned(layout.codeBytes()) : 0;
        long togetherBytes = (long) Ranking.MOST_TOGETHER * context.rowBytes();
        long vectorBytes = aligned(togetherBytes);
        long rowCopyBytes = copies ? aligned(layout.rowBytes()) : 0;
        long codesCopyBytes = copies ? aligned(layout.codeBytes()) : 0;
        long copiesAt = 2 * floatBytes + codeBytes + vectorBytes + storedBytes;
        scratch = Region.allocate(budget, owner, copiesAt + rowCopyBytes + codesCopyBytes);
        rotated = scratch.address();
        codes = rotated + floatBytes;
        MemorySegment fullVectors = scratch.segment().asSlice(floatBytes + codeBytes, togetherBytes);
        fullVector = fullVectors.asSlice(0, context.rowBytes());
        ranking = new Ranking(context.vectors(), fullVectors);
        tables = new QueryTables(layout.dimension(), codes + codeBytes + vectorBytes);
        rowCopy = copies ? scratch.address() + copiesAt : 0;
        codesCopy = copies ? rowCopy + rowCopyBytes : 0;
        stored = layout.packed() ? codes + codeBytes + vectorBytes + floatBytes : codes;
        try {
            visited = Region.allocate(budget, owner, 1);
            visitedAt = visited.address();
        } catch (RuntimeException | Error e) {
            scratch.close();
            throw e;
        }
    }

    private static long aligned(long bytes) {
        return (bytes + CACHE_LINE - 1) & -CACHE_LINE;
    }

    /** Turns the floats of {@code target} into codes. */
    void encode(GraphQuantizer quantizer, boolean row) {
        quantizer.rotate(target.floats(), row, work, rotated);
        quantizer.encode(rotated, codes);
        if (row && layout.packed()) {
            PackedCodes.pack(codes, layout.dimension(), stored);
        }
    }

    /** Turns the floats of {@code target} into codes, and into tables where rows are full or roots are scanned. */
    void prepare(GraphQuantizer quantizer, boolean row) {
        encode(quantizer, row);
        tables.prepare(rotated, quantizer.scale());
    }

    /** Makes room to mark so many vertices; throws {@link io.vexel.base.CapacityException} when there is no memory. */
    void ensureVisited(int vertices) {
        if (visited.byteSize() < vertices) {
            Region larger = Region.allocate(budget, owner, Math.max(vertices, 2 * visited.byteSize()));
            visited.close();
            visited = larger;
            visitedAt = larger.address();
            stamp = 0;
        }
    }

    /** Begins a walk over the first vertices: none of them is visited. */
    void begin(int vertices) {
        ensureVisited(vertices);
        limit = vertices;
        expected.clear();
        if (++stamp == 0) {
            visited.segment().fill((byte) 0);
            stamp = 1;
        }
        visit(absent);
    }

    /**
     * As {@link #begin}, for an insertion whose vertex is there already, so that it cannot be refused any more: where there is no memory to mark vertices
     * that came meanwhile, the walk passes those by.
     */
    void beginInserted(int vertices) {
        try {
            begin(vertices);
        } catch (CapacityException _) {
            begin((int) visited.byteSize());
        }
    }

    /** Marks a vertex; true when it was not visited in this walk and is to be looked at. */
    boolean visit(int vertex) {
        if (vertex < 0 || vertex >= limit) {
            return false;
        }
        long at = visitedAt + vertex;
        if (ALL.get(ValueLayout.JAVA_BYTE, at) == stamp) {
            return false;
        }
        ALL.set(ValueLayout.JAVA_BYTE, at, stamp);
        return true;
    }

    /** Remembers a vertex that is not in the pool. */
    void overflow(int vertex, float estimate) {
        if (overflowCount == overflowVertices.length) {
            heap.add((Integer.BYTES + Float.BYTES) * (long) overflowCount);
            overflowVertices = Arrays.copyOf(overflowVertices, 2 * overflowCount);
            overflowEstimates = Arrays.copyOf(overflowEstimates, 2 * overflowCount);
        }
        overflowVertices[overflowCount] = vertex;
        overflowEstimates[overflowCount++] = estimate;
    }

    /** Room for ordinals that are read from a set. */
    int[] ordinals() {
        if (ordinals.length == 0) {
            ordinals = new int[ORDINALS];
        }
        return ordinals;
    }

    /**
     * Brings cache lines near, so that they are under way when they are needed: with prefetches, else by loading a byte of each. The sum of
     * those goes into {@link #sink}.
     */
    static int prefetch(long address, int bytes) {
        if (Prefetch.SUPPORTED) {
            Prefetch.lines(address, bytes);
            return 0;
        }
        return load(address, bytes);
    }

    private static int load(long address, int bytes) {
        int sum = 0;
        // Two lines a round: what the processor keeps in flight is counted in instructions, too.
        long end = address + (bytes & -2 * CACHE_LINE);
        for (long at = address; at != end; at += 2 * CACHE_LINE) {
            sum += ALL.get(ValueLayout.JAVA_BYTE, at) + ALL.get(ValueLayout.JAVA_BYTE, at + CACHE_LINE);
        }
        return sum + (bytes > end - address ? ALL.get(ValueLayout.JAVA_BYTE, end) : 0);
    }

    long memoryBytes() {
        return scratch.byteSize() + visited.byteSize() + heap.chargedBytes();
    }

    @Override
    public void close() {
        heap.close();
        scratch.close();
        visited.close();
    }
}
