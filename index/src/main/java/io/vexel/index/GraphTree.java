package io.vexel.index;

import java.util.BitSet;

/**
 * The tree of links that keeps every vertex of a graph within reach, whatever the rows are: also when hundreds of them are equal.
 *
 * <p>Each vertex but one, the first entry of {@link GraphRoots}, has a parent, whose link to it is <em>kept</em>: no other vertex ever takes its slot. A
 * vertex that comes gets its parent before anybody else links to it, the nearest that has room, so that equal vertices are children of each other and a
 * walk finds all of them from one. A vertex takes {@link #MOST_CHILDREN} children and passes further ones on to those; most of its slots are free for
 * the choice of neighbors. When vertices leave or a graph is loaded, {@link GraphTreeRepair} gives those without a parent another one.
 *
 * <p>All methods are called with the lock of the row.
 */
final class GraphTree {

    /** Beyond, children go to children, as long as one is there that stays. */
    private static final int MOST_CHILDREN = 8;

    /** The same for children that are equal to their parent, so that there is room for some in any case, and then for all below those. */
    private static final int MOST_WITH_EQUAL = 12;

    /** A sweep that is broken off can leave a vertex with a few more; a row that says more than this is damaged. */
    private static final int MOST_LOADED = 16;

    private static final int HASH = 0x9E37_79B9;

    private final VertexStore store;

    GraphTree(VertexStore store) {
        this.store = store;
    }

    /** Whether a vertex takes one more child. */
    boolean hasRoom(int vertex, int child, BitSet dying) {
        int children = Integer.bitCount(store.kept(vertex));
        if (children < MOST_CHILDREN) {
            return true;
        }
        return (children < MOST_WITH_EQUAL && store.areEqual(vertex, child)) || !hasStayingChild(vertex, dying);
    }

    private boolean hasStayingChild(int vertex, BitSet dying) {
        for (int left = store.kept(vertex); left != 0; left &= left - 1) {
            if (!dying.get(store.link(vertex, Integer.numberOfTrailingZeros(left)))) {
                return true;
            }
        }
        return false;
    }

    /** Of the kept slots that a saved row names, those that are believed: whoever is nobody's child then is given a parent. */
    static int believed(int kept, int degree) {
        int believed = (int) (kept & (1L << degree) - 1);
        while (Integer.bitCount(believed) > MOST_LOADED) {
            believed &= believed - 1;
        }
        return believed;
    }

    /**
     * The child of a vertex that is nearest to another one, and not dying; {@link GraphLayout#NO_VERTEX} when there is none.
     *
     * @param depth differs from step to step on a way down, so that equal vertices do not all go the same way
     */
    int nearestChild(int vertex, int other, int depth, BitSet dying) {
        int turn = ((other + depth) * HASH) >>> 27;
        int kept = Integer.rotateRight(store.kept(vertex), turn);
        int nearest = GraphLayout.NO_VERTEX;
        int least = Integer.MAX_VALUE;
        for (int left = kept; left != 0; left &= left - 1) {
            int slot = (Integer.numberOfTrailingZeros(left) + turn) % GraphLayout.LINKS;
            int child = store.link(vertex, slot);
            if (!dying.get(child)) {
                int distance = store.squaredDistance(child, other);
                if (distance < least) {
                    nearest = child;
                    least = distance;
                }
            }
        }
        return nearest;
    }

    /**
     * Makes a vertex the child of another one that has room.
     *
     * @return the neighbor that it replaced, or {@link GraphLayout#NO_VERTEX}
     */
    int take(int vertex, int child) {
        int degree = store.degree(vertex);
        for (int slot = 0; slot < degree; slot++) {
            if (store.link(vertex, slot) == child) {
                keep(vertex, slot);
                return GraphLayout.NO_VERTEX;
            }
        }
        int slot = degree;
        if (degree < GraphLayout.LINKS) {
            store.setDegree(vertex, degree + 1);
            store.setFillers(vertex, store.fillers(vertex) | 1 << slot);
        } else {
            // All 32 are children only when all of them are dying, or there would be no room.
            slot = Math.max(0, slotToGive(vertex));
        }
        int replaced = store.replace(vertex, slot, child);
        keep(vertex, slot);
        return replaced;
    }

    /** From now on a link belongs to the tree. */
    void keep(int vertex, int slot) {
        store.setKept(vertex, store.kept(vertex) | 1 << slot);
        store.markChanged(vertex, VertexStore.Change.ROW);
    }

    /** A link no longer belongs to the tree. */
    void release(int vertex, int slot) {
        store.setKept(vertex, store.kept(vertex) & ~(1 << slot));
        store.markChanged(vertex, VertexStore.Change.ROW);
    }

    /** Of a full row, the slot whose neighbor is linked to most and not its child; -1 when all are its children. */
    int slotToGive(int vertex) {
        int most = -1;
        for (int left = ~store.kept(vertex); left != 0; left &= left - 1) {
            int slot = Integer.numberOfTrailingZeros(left);
            if (most < 0 || store.inDegree(store.link(vertex, slot)) > store.inDegree(store.link(vertex, most))) {
                most = slot;
            }
        }
        return most;
    }
}
