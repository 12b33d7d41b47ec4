package io.vexel.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Gives vertices a parent that have none, see {@link GraphTree}: after loading, because what was saved may be damaged or older than the tree; and before
 * vertices leave, because their children stay. A parent is always a vertex that the root leads to, so there are no circles.
 *
 * <p>Insertions may go on beside it: they only add leaves, which are not looked at. Used by one thread.
 */
final class GraphTreeRepair {

    private static final int CHECKED = 256;

    private final VertexStore store;
    private final GraphRoots roots;
    private final GraphBuilder builder;
    private final GraphTree tree;
    private final BitSet dying;
    private final BitSet reached = new BitSet();
    private final BitSet parentsOfDying = new BitSet();
    private final BitSet bequeathed = new BitSet();
    private final ArrayList<Leaving> leaving = new ArrayList<>();
    private int[] stack = new int[CHECKED];
    private int stacked;

    /** @param dying vertices that are to leave: they become nobody's parent */
    GraphTreeRepair(GraphParts parts, BitSet dying) {
        this.store = parts.store();
        this.roots = parts.roots();
        this.builder = parts.builder();
        this.tree = new GraphTree(store);
        this.dying = dying;
    }

    /** After loading, while nobody uses the graph: every vertex is in the tree. */
    void complete() {
        int places = store.count();
        int vertices = places - store.freeCount();
        for (int vertex = 0; vertex < places && roots.first() == GraphLayout.NO_VERTEX; vertex++) {
            if (store.ordinal(vertex) >= 0) {
                roots.offerFirst(vertex);
            }
        }
        if (vertices == 0) {
            return;
        }
        reach(roots.first());
        if (reached.cardinality() == vertices) {
            return;
        }
        for (int vertex = 0; vertex < places; vertex++) {
            if (reached.get(vertex)) {
                keepMore(vertex);
            }
        }
        for (int vertex = 0; vertex < places; vertex++) {
            if (store.ordinal(vertex) >= 0 && !reached.get(vertex)) {
                attach(vertex, vertex, GraphLayout.NO_VERTEX);
                keepMore(vertex);
            }
        }
    }

    /** From a vertex that was reached: makes the neighbors its children that were not, and goes on from those. */
    private void keepMore(int vertex) {
        int[] waiting = {vertex};
        int count = 1;
        while (count > 0) {
            int at = waiting[--count];
            for (int slot = 0; slot < store.degree(at); slot++) {
                int neighbor = store.link(at, slot);
                boolean kept = (store.kept(at) >>> slot & 1) != 0;
                if (!kept && !reached.get(neighbor) && tree.hasRoom(at, neighbor, dying)) {
                    tree.keep(at, slot);
                    reach(neighbor);
                    if (count == waiting.length) {
                        waiting = Arrays.copyOf(waiting, 2 * count);
                    }
                    waiting[count++] = neighbor;
                }
            }
        }
    }

    /**
     * Before vertices leave, with nobody inserting who may not know of it: gives their children other parents. They themselves stay in the tree, as the
     * parents of each other.
     *
     * @param oldRoot the root, if it leaves and another one took its place; or {@link GraphLayout#NO_VERTEX}
     * @return vertices that stay and have children that leave
     */
    BitSet leave(int oldRoot) {
        int root = roots.first();
        if (root != GraphLayout.NO_VERTEX) {
            reach(root);
        }
        if (oldRoot != GraphLayout.NO_VERTEX) {
            leaving.add(new Leaving(oldRoot, root));
        }
        bequeathAll();
        // A sweep that was broken off may have left some that the root no longer leads to.
        for (int vertex = dying.nextSetBit(0); vertex >= 0; vertex = dying.nextSetBit(vertex + 1)) {
            leaving.add(new Leaving(vertex, GraphLayout.NO_VERTEX));
            bequeathAll();
        }
        if (oldRoot != GraphLayout.NO_VERTEX && roots.first() != GraphLayout.NO_VERTEX) {
            parentsOfDying.set(builder.takeChild(roots.first(), oldRoot, dying));
        }
        return parentsOfDying;
    }

    /**
     * A vertex that leaves, and one that stays and takes its children where nobody is nearer: so equal ones stay together.
     *
     * @param heir or {@link GraphLayout#NO_VERTEX}
     */
    private record Leaving(int vertex, int heir) {}

    private void bequeathAll() {
        while (!leaving.isEmpty()) {
            Leaving next = leaving.removeLast();
            if (!bequeathed.get(next.vertex)) {
                bequeathed.set(next.vertex);
                bequeath(next);
            }
        }
    }

    private void bequeath(Leaving left) {
        int vertex = left.vertex;
        int heir = left.heir;
        for (int rest = store.kept(vertex); rest != 0; rest &= rest - 1) {
            int slot = Integer.numberOfTrailingZeros(rest);
            int child = store.link(vertex, slot);
            if (!dying.get(child)) {
                attach(child, vertex, heir);
                release(vertex, slot);
                boolean nearer = heir == GraphLayout.NO_VERTEX
                        || store.squaredDistance(child, vertex) < store.squaredDistance(heir, vertex);
                heir = nearer ? child : heir;
            }
        }
        for (int rest = store.kept(vertex); rest != 0; rest &= rest - 1) {
            leaving.add(new Leaving(store.link(vertex, Integer.numberOfTrailingZeros(rest)), heir));
        }
    }

    private void release(int vertex, int slot) {
        store.lock(vertex);
        tree.release(vertex, slot);
        store.unlock(vertex);
    }

    /** Gives a vertex a parent, if the root does not lead to it: the nearest that is found, or else the root. */
    private void attach(int vertex, int oldParent, int heir) {
        if (reached.get(vertex)) {
            return;
        }
        if (!roots.offerFirst(vertex)) {
            int nearest = nearer(vertex, heir, roots.first());
            for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
                nearest = nearer(vertex, store.link(vertex, slot), nearest);
                nearest = nearer(vertex, store.link(oldParent, slot), nearest);
            }
            int _ = builder.takeChild(nearest, vertex, dying);
        }
        reach(vertex);
    }

    /** The one of two vertices that is nearer to a third; the second, if the root does not lead to the first. */
    private int nearer(int vertex, int one, int other) {
        boolean possible = one >= 0 && one != other && reached.get(one);
        return possible && store.squaredDistance(vertex, one) < store.squaredDistance(vertex, other) ? one : other;
    }

    /** Marks everything that kept links lead to from a vertex. A kept link to what was reached before does not belong to the tree. */
    private void reach(int from) {
        reached.set(from);
        push(from);
        while (stacked > 0) {
            int vertex = stack[--stacked];
            store.lock(vertex);
            try {
                reachChildren(vertex);
            } finally {
                store.unlock(vertex);
            }
        }
    }

    private void reachChildren(int vertex) {
        for (int left = store.kept(vertex); left != 0; left &= left - 1) {
            int slot = Integer.numberOfTrailingZeros(left);
            int child = store.link(vertex, slot);
            if (dying.get(child)) {
                parentsOfDying.set(vertex);
                leaving.add(new Leaving(child, vertex));
            } else if (reached.get(child)) {
                tree.release(vertex, slot);
            } else {
                reached.set(child);
                push(child);
            }
        }
    }

    private void push(int vertex) {
        if (stacked == stack.length) {
            stack = Arrays.copyOf(stack, 2 * stacked);
        }
        stack[stacked++] = vertex;
    }
}
