package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.distance.NeighborCodes;
import io.vexel.distance.PackedCodes;
import io.vexel.distance.ScalarCodes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Where walks begin: a sample of the vertices, kept as the neighbors of artificial vertices at the middle of all codes, so that a
 * query is compared with all of them in a few scans. This does what the upper layers of a hierarchical graph do, at a
 * fraction of their reads.
 *
 * <p>The first entry is the root of the tree that keeps every vertex within reach, see {@link GraphTree}; it is only replaced when it dies.
 *
 * <p>The sample is even, by reservoir sampling: it grows ever more slowly, and a vertex by which it does not grow replaces a random entry with the chance that
 * any vertex has of being one. An entry that dies is replaced by any vertex that stays, and who has died does not count any more: or points that are replaced
 * again and again, beside others that stay, would have no entries in the end, and walks to them no beginning. Changes are made under this object's monitor; scans read beside them and may see an
 * entry half changed, which costs them an estimate. The store is read by changes alone.
 *
 * <p>Invariant: the first {@code count} entries are vertices that were offered or took the place of one that left, and a scan finds such alone; while
 * nobody changes anything, the codes of each entry are those of its vertex.
 */
final class GraphRoots implements AutoCloseable {

    private static final int BLOCKS = 16;
    private static final int MOST = BLOCKS * NeighborCodes.COUNT;
    private static final byte MIDDLE = 64;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private VertexView store;
    private final int dimension;
    private final int blockBytes;
    private final Region region;
    private final int sevenBitBytes;
    private final long middle;
    private final long scratch;
    private final long firstBlock;
    private final SplittableRandom random;
    private final int[] entries = new int[MOST];
    private volatile int count;
    /** Vertices that were offered and have not died, about. */
    private long offered;

    GraphRoots(VertexView store, MemoryBudget budget, String owner, long seed) {
        this.store = store;
        dimension = store.layout().dimension();
        blockBytes = NeighborCodes.blockBytes(dimension) + 4 * NeighborCodes.COUNT;
        sevenBitBytes = store.layout().sevenBitBytes();
        region = Region.allocate(budget, owner, 2L * sevenBitBytes + (long) BLOCKS * blockBytes);
        middle = region.address();
        scratch = middle + sevenBitBytes;
        firstBlock = scratch + sevenBitBytes;
        random = new SplittableRandom(seed);
        region.segment().asSlice(0, dimension).fill(MIDDLE);
        clear();
    }

    /** Forgets the entries, their codes too: a scan looks at whole blocks. */
    private void clear() {
        count = 0;
        for (int block = 0; block < BLOCKS; block++) {
            NeighborCodes.clear(block(block), dimension);
        }
        Arrays.fill(entries, GraphLayout.NO_VERTEX);
    }

    private long block(int index) {
        return firstBlock + (long) index * blockBytes;
    }

    private long links(int block) {
        return block(block) + NeighborCodes.blockBytes(dimension);
    }

    /** From now on vertices are read from another store, which has the same. */
    synchronized void readFrom(VertexView other) {
        store = other;
    }

    /** Fills the context's seeds with the entries whose estimates are least. */
    void seed(GraphContext context, int seedCount) {
        CandidatePool seeds = context.seeds;
        seeds.reset(seedCount);
        int blocks = (count + NeighborCodes.COUNT - 1) / NeighborCodes.COUNT;
        float distance = ScalarCodes.squaredDistance(context.codes, middle, sevenBitBytes);
        for (int block = 0; block < blocks; block++) {
            long below = context.tables.scan(block(block), distance, seeds.bound(), context.estimates);
            addBelow(context, block, below);
        }
    }

    private void addBelow(GraphContext context, int block, long below) {
        CandidatePool seeds = context.seeds;
        for (long left = below; left != 0; left &= left - 1) {
            int slot = Long.numberOfTrailingZeros(left);
            if (context.estimates[slot] < seeds.bound()) {
                seeds.add(ALL.get(INT, links(block) + 4L * slot), context.estimates[slot]);
            }
        }
    }

    /** Offers a new vertex; the sample decides. */
    synchronized void offer(int vertex) {
        offered++;
        if (count < MOST && offered >= verticesWithMoreEntries(count)) {
            set(count, vertex);
            count++;
        } else if (count > 1 && random.nextLong(offered) < count) {
            set(1 + random.nextInt(count - 1), vertex);
        }
    }

    /** The least number of vertices that have more than so many entries: half of all at 8,160 vertices, all at two million. */
    private static long verticesWithMoreEntries(int entryCount) {
        int block = entryCount / NeighborCodes.COUNT;
        long before = NeighborCodes.COUNT * ((1L << block) - 1);
        return before + ((entryCount % NeighborCodes.COUNT + 1L) << block);
    }

    /** Makes a vertex the first entry, if there is none; whether it did. */
    synchronized boolean offerFirst(int vertex) {
        if (count > 0) {
            return false;
        }
        set(0, vertex);
        count = 1;
        return true;
    }

    /** The first entry, which is the root of the tree and stays as long as its vertex does; or {@link GraphLayout#NO_VERTEX}. */
    synchronized int first() {
        return count > 0 ? entries[0] : GraphLayout.NO_VERTEX;
    }

    /**
     * Puts another vertex in the place of a first entry that is going away; without any vertex left, there are no entries.
     *
     * @return the entry that is going away, or {@link GraphLayout#NO_VERTEX}
     */
    synchronized int replaceFirst(BitSet dying) {
        int old = first();
        if (old == GraphLayout.NO_VERTEX || !dying.get(old)) {
            return GraphLayout.NO_VERTEX;
        }
        int other = anyVertex(dying);
        if (other != GraphLayout.NO_VERTEX) {
            set(0, other);
        } else {
            clear();
        }
        return old;
    }

    private void set(int entry, int vertex) {
        int block = entry / NeighborCodes.COUNT;
        int slot = entry % NeighborCodes.COUNT;
        NeighborCodes.put(block(block), dimension, slot, middle, sevenBitCodes(vertex));
        ALL.set(INT, links(block) + 4L * slot, vertex);
        entries[entry] = vertex;
    }

    private long sevenBitCodes(int vertex) {
        if (!store.layout().packed()) {
            return store.codes(vertex);
        }
        PackedCodes.unpack(store.codes(vertex), dimension, scratch);
        return scratch;
    }

    /**
     * Replaces entries that are going away, when the first is none of them.
     *
     * @param staying vertices that are not, about
     */
    synchronized void replace(BitSet dying, int staying) {
        offered = Math.max(count, Math.min(offered, staying));
        for (int entry = count - 1; entry > 0; entry--) {
            if (dying.get(entries[entry])) {
                int other = anyVertex(dying);
                set(entry, other != GraphLayout.NO_VERTEX ? other : entries[0]);
            }
        }
    }

    /** A random vertex that stays and that others link to: one that nobody does may be on its way into the graph. */
    private int anyVertex(BitSet dying) {
        int places = store.count();
        int start = random.nextInt(places);
        for (int i = 0; i < places; i++) {
            int vertex = (start + i) % places;
            if (!dying.get(vertex) && store.ordinal(vertex) != GraphLayout.NO_VERTEX && store.inDegree(vertex) > 0) {
                return vertex;
            }
        }
        return GraphLayout.NO_VERTEX;
    }

    /** The entries, to be saved. */
    synchronized int[] entries() {
        return Arrays.copyOf(entries, count);
    }

    synchronized long offered() {
        return offered;
    }

    /** Takes saved entries, which are vertices. */
    synchronized void load(List<Integer> saved, long savedOffered) {
        for (int entry = 0; entry < Math.min(saved.size(), MOST); entry++) {
            set(entry, saved.get(entry));
        }
        count = Math.min(saved.size(), MOST);
        // What was saved may be damaged.
        offered = Math.max(count, savedOffered);
    }

    long memoryBytes() {
        return region.byteSize();
    }

    @Override
    public void close() {
        region.close();
    }
}
