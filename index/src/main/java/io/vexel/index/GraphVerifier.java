package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.distance.NeighborCodes;
import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Checks a graph at rest: links lead to vertices, to each neighbor once and never back to itself; in-degrees are what is counted; every
 * live vertex can be reached from the roots; codes are those of the vectors, and in memory neighbor codes, bit by bit, those of the codes.
 */
final class GraphVerifier {

    private final IndexContext context;
    private final VertexView store;
    private final GraphRoots roots;
    private final GraphQuantizer quantizer;
    private final GraphContext work;
    private final RowFilter live;
    private final int vertices;
    private final Findings findings = new Findings();

    /**
     * What is checked.
     *
     * @param quantizer made the codes
     */
    record Graph(VertexView vertices, GraphRoots roots, GraphQuantizer quantizer) {}

    GraphVerifier(IndexContext context, Graph graph, GraphContext work, RowFilter live) {
        this.context = context;
        this.store = graph.vertices;
        this.roots = graph.roots;
        this.quantizer = graph.quantizer;
        this.work = work;
        this.live = live;
        this.vertices = store.count();
    }

    /** @throws io.vexel.base.CapacityException when there is no memory for the check */
    Verification verify() {
        try (HeapCharge heap = new HeapCharge(context.budget(), GraphParts.OWNER, HeapCharge.SMALL)) {
            heap.add(heapBytes());
            return verifyCharged();
        }
    }

    /** In-degrees and a queue, a number a vertex each; a bit for each vertex that was reached, and for each row up to the last. */
    private long heapBytes() {
        return (2L * Integer.BYTES * Byte.SIZE + 1) * vertices / Byte.SIZE + (lastOrdinal() + 1L) / Byte.SIZE;
    }

    private int lastOrdinal() {
        return IntStream.range(0, vertices).map(store::ordinal).max().orElse(-1);
    }

    private Verification verifyCharged() {
        if (!store.layout().fullRows() || !store.isInMemory()) {
            return verify(0);
        }
        long blockBytes = NeighborCodes.blockBytes(store.layout().dimension());
        try (Arena arena = Arena.ofConfined()) {
            return verify(arena.allocate(blockBytes).address());
        }
    }

    /** @param computed address of memory for the neighbor codes of a row; 0 when they are not checked */
    private Verification verify(long computed) {
        int[] inDegrees = new int[vertices];
        long checked = 0;
        for (int vertex = 0; vertex < vertices; vertex++) {
            if (isVertex(vertex)) {
                checked++;
                checkLinks(vertex, inDegrees);
                checkCodes(vertex);
                if (computed != 0) {
                    checkNeighborCodes(vertex, computed);
                }
            }
        }
        BitSet seen = new BitSet();
        BitSet reached = reachable();
        for (int vertex = 0; vertex < vertices; vertex++) {
            if (!isVertex(vertex)) {
                continue;
            }
            expect(!seen.get(store.ordinal(vertex)), vertex, "has the row of another vertex");
            seen.set(store.ordinal(vertex));
            int inDegree = store.inDegree(vertex);
            expect(inDegree == inDegrees[vertex], vertex, "in-degree " + inDegree + ", counted " + inDegrees[vertex]);
            expect(reached.get(vertex) || !live.accepts(store.ordinal(vertex)), vertex, "cannot be reached");
        }
        long links = IntStream.range(0, vertices).mapToLong(store::degree).sum();
        if (links != store.linkCount()) {
            findings.add("counted are " + store.linkCount() + " links, there are " + links);
        }
        return findings.verification(checked);
    }

    private boolean isVertex(int vertex) {
        return vertex >= 0 && vertex < vertices && store.ordinal(vertex) >= 0;
    }

    private void expect(boolean right, int vertex, String what) {
        if (!right) {
            findings.add("vertex " + vertex + ", row " + store.ordinal(vertex) + ": " + what);
        }
    }

    private void checkLinks(int vertex, int[] inDegrees) {
        int degree = store.degree(vertex);
        for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
            int neighbor = store.link(vertex, slot);
            if (slot >= degree) {
                expect(neighbor == GraphLayout.NO_VERTEX, vertex, "neighbor " + neighbor + " beyond the degree");
                continue;
            }
            if (!isVertex(neighbor) || neighbor == vertex) {
                expect(false, vertex, "neighbor " + neighbor);
                continue;
            }
            inDegrees[neighbor]++;
            for (int before = 0; before < slot; before++) {
                if (store.link(vertex, before) == neighbor) {
                    expect(false, vertex, "neighbor " + neighbor + " twice");
                }
            }
        }
    }

    /** Computes the neighbor codes of a row from its links and the codes, and compares them. */
    private void checkNeighborCodes(int vertex, long computed) {
        int dimension = store.layout().dimension();
        int degree = store.degree(vertex);
        long row = store.row(vertex);
        for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
            int neighbor = store.link(vertex, slot);
            if (slot >= degree) {
                NeighborCodes.clear(computed, dimension, slot);
            } else if (isVertex(neighbor)) {
                NeighborCodes.put(computed, dimension, slot, store.codes(vertex), store.codes(neighbor));
                boolean same = NeighborCodes.haveSameSigns(row, computed, dimension, slot);
                expect(same, vertex, "signs of neighbor " + neighbor + " are not those of its codes");
            } else {
                continue;
            }
            compare(vertex, slot, "constant", NeighborCodes::constant, computed);
            compare(vertex, slot, "factor", NeighborCodes::factor, computed);
            compare(vertex, slot, "radius", NeighborCodes::squaredRadius, computed);
        }
    }

    /** A number that a block has for each slot. */
    private interface Part {
        float of(long block, int dimension, int slot);
    }

    private void compare(int vertex, int slot, String name, Part part, long computed) {
        int dimension = store.layout().dimension();
        float stored = part.of(store.row(vertex), dimension, slot);
        float right = part.of(computed, dimension, slot);
        if (Float.floatToRawIntBits(stored) != Float.floatToRawIntBits(right)) {
            expect(false, vertex, name + " of slot " + slot + " is " + stored + ", computed " + right);
        }
    }

    private void checkCodes(int vertex) {
        int ordinal = store.ordinal(vertex);
        if (!live.accepts(ordinal)) {
            return;
        }
        context.vectors().read(ordinal, work.fullVector);
        work.target.aim(work.fullVector.address());
        work.prepare(quantizer, true);
        long bytes = store.layout().codeBytes();
        long differs = ALL.asSlice(work.stored, bytes).mismatch(ALL.asSlice(store.codes(vertex), bytes));
        expect(differs < 0, vertex, "codes are not those of the vector, from element " + differs);
    }

    private BitSet reachable() {
        BitSet reached = new BitSet(vertices);
        int[] queue = new int[vertices];
        int end = 0;
        for (int entry : roots.entries()) {
            if (isVertex(entry) && !reached.get(entry)) {
                reached.set(entry);
                queue[end++] = entry;
            }
        }
        for (int next = 0; next < end; next++) {
            for (int slot = 0; slot < store.degree(queue[next]); slot++) {
                int neighbor = store.link(queue[next], slot);
                if (isVertex(neighbor) && !reached.get(neighbor)) {
                    reached.set(neighbor);
                    queue[end++] = neighbor;
                }
            }
        }
        return reached;
    }
}
