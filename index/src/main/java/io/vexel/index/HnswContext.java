package io.vexel.index;

import java.util.Arrays;

/** What one thread works with while it searches or changes the graph. Nothing in it is allocated once it has grown to its size. */
final class HnswContext extends SearchContext {

    private static final String OWNER = "hnsw search";

    /** Against the vertex whose links are chosen. */
    final RowScorer base;
    /** Against a candidate for a link. */
    final RowScorer candidate;

    final RowReader rows;
    private final HeapCharge heap;
    final PlaceSet visited;
    /** Vertices to go on from, nearest first. */
    final KeyHeap open;
    /** Complements of the best entries of a layer, worst first. */
    final KeyHeap kept;
    /** Where a layer's search begins, then what it found, nearest first. */
    long[] found = new long[64];

    int foundCount;
    /** A place that searches pass by; {@link HnswGraph#NONE} when there is none. */
    int absent = HnswGraph.NONE;

    /** Candidates for the links of one vertex. */
    long[] candidates = new long[64];

    int candidateCount;
    final int[] selected;
    int selectedCount;
    /** Vertices that are to be linked. */
    int[] neighbors = new int[64];

    int neighborCount;

    HnswContext(IndexContext context, int mostLinks) {
        super(context);
        base = new RowScorer(context.metric(), context.elementType(), context.dimension());
        candidate = new RowScorer(context.metric(), context.elementType(), context.dimension());
        heap = new HeapCharge(context.budget(), OWNER, HeapCharge.SMALL);
        visited = new PlaceSet(heap);
        open = new KeyHeap(heap);
        kept = new KeyHeap(heap);
        rows = new RowReader(context, OWNER);
        selected = new int[mostLinks];
    }

    /** Takes what the heap holds as found, nearest first. */
    void drainKept() {
        foundCount = kept.size();
        if (found.length < foundCount) {
            int length = Math.max(foundCount, 2 * found.length);
            heap.add((long) Long.BYTES * (length - found.length));
            found = new long[length];
        }
        for (int i = foundCount - 1; i >= 0; i--) {
            found[i] = ~kept.pop();
        }
    }

    /** Makes this one entry the start of the next layer. */
    void startAt(long entry) {
        found[0] = entry;
        foundCount = 1;
    }

    /** Starts the set of visited places with this one and the neighbors, each of which stays once. */
    HnswContext withVisited(int end, int place) {
        visited.reset(end);
        visited.add(place);
        int kept = 0;
        for (int i = 0; i < neighborCount; i++) {
            if (visited.add(neighbors[i])) {
                neighbors[kept++] = neighbors[i];
            }
        }
        neighborCount = kept;
        return this;
    }

    void addNeighbor(int place) {
        if (neighborCount == neighbors.length) {
            neighbors = Arrays.copyOf(neighbors, 2 * neighborCount);
        }
        neighbors[neighborCount++] = place;
    }

    void addCandidate(long entry) {
        if (candidateCount == candidates.length) {
            candidates = Arrays.copyOf(candidates, 2 * candidateCount);
        }
        candidates[candidateCount++] = entry;
    }

    void sortCandidates() {
        Arrays.sort(candidates, 0, candidateCount);
    }

    @Override
    public void close() {
        heap.close();
        rows.close();
    }
}
