package io.vexel.index;

import io.vexel.index.DerivedIndex.SweepResult;
import java.util.BitSet;
import java.util.function.Consumer;

/**
 * Takes dead vertices out of a graph.
 * <ol>
 *   <li>Marks them, so that insertions avoid them and no row takes them over, and waits until everybody who began before has ended. From
 *       then on the links to them only become fewer. A vertex that a row took over meanwhile stays.
 *   <li>Gives those that stay and are children of a dead vertex other parents ({@link GraphTreeRepair}).
 *   <li>Goes over all rows. In each that links to dead vertices, the slots are given to the dead vertices' own neighbors, nearest
 *       first, by the rule of {@link GraphBuilder}. What lives keeps its links.
 *   <li>Only then the links of the tree to dead vertices are given up, so that until here nothing is lost to it.
 *   <li>Roots that are dead are replaced. Now no walk comes by a dead vertex any more; insertions that did so before are waited for.
 *   <li>Places of dead vertices become free.
 * </ol>
 * A sweep that is cancelled while it goes over the rows leaves dead vertices in place; the next one finds them again.
 *
 * <p>After A. Singh et al., "FreshDiskANN", 2021; unlike there, living links stay.
 */
final class GraphSweeper {

    private static final int ROWS_PER_CHECK = 256;

    private final GraphParts parts;
    private final VertexStore store;
    private final GraphRoots roots;
    private final GraphBuilder builder;
    private final Consumer<Runnable> betweenInsertions;

    /** @param betweenInsertions does something when every insertion that runs at the call has ended, and before another begins */
    GraphSweeper(GraphParts parts, Consumer<Runnable> betweenInsertions) {
        this.parts = parts;
        this.store = parts.store();
        this.roots = parts.roots();
        this.builder = parts.builder();
        this.betweenInsertions = betweenInsertions;
    }

    SweepResult sweep(GraphContext context, RowFilter live, Cancellation cancellation) {
        BitSet dead = findDead(live);
        if (dead.isEmpty()) {
            return new SweepResult(0, 0);
        }
        builder.avoid(dead);
        try {
            return sweepThose(context, dead, live, cancellation);
        } finally {
            builder.avoid(new BitSet());
        }
    }

    private SweepResult sweepThose(GraphContext context, BitSet dead, RowFilter live, Cancellation cancellation) {
        BitSet dying = new BitSet();
        int oldRoot = begin(dead, live, dying);
        if (dying.isEmpty()) {
            return new SweepResult(0, 0);
        }
        int places = store.count();
        BitSet parents = new GraphTreeRepair(parts, dying).leave(oldRoot);
        long relinked = 0;
        for (int vertex = 0; vertex < places; vertex++) {
            if (vertex % ROWS_PER_CHECK == 0) {
                cancellation.check();
            }
            boolean changed = !dying.get(vertex) && relink(context, vertex, dying, ~store.kept(vertex));
            if (changed || parents.get(vertex)) {
                relinked++;
            }
        }
        for (int vertex = parents.nextSetBit(0); vertex >= 0; vertex = parents.nextSetBit(vertex + 1)) {
            boolean _ = relink(context, vertex, dying, -1);
        }
        roots.replace(dying, store.count() - store.freeCount() - dying.cardinality());
        // Insertions that came by a dead vertex before its last link was gone may still hold it among their candidates.
        betweenInsertions.accept(() -> dropLinks(dying));
        free(dying);
        return new SweepResult(dying.cardinality(), relinked);
    }

    /**
     * When every insertion that runs now has ended, leaves vertices alone that were taken over by then, and puts another vertex in the place of a root that
     * is dying: an insertion of a vertex that is dying itself could make it the root of a graph that nobody else is left in.
     *
     * @param dead vertices that nobody takes over any more
     * @param dying is filled with those of them that leave
     * @return the old root, or {@link GraphLayout#NO_VERTEX} when it stays
     */
    private int begin(BitSet dead, RowFilter live, BitSet dying) {
        int[] old = new int[1];
        betweenInsertions.accept(() -> {
            for (int vertex = dead.nextSetBit(0); vertex >= 0; vertex = dead.nextSetBit(vertex + 1)) {
                dying.set(vertex, !live.accepts(store.ordinal(vertex)));
            }
            builder.avoid(dying);
            old[0] = roots.replaceFirst(dying);
        });
        return old[0];
    }

    /** Takes the links of dead vertices out of the counts, before any of their places is free: it may be taken again at once. */
    private void dropLinks(BitSet dying) {
        for (int vertex = dying.nextSetBit(0); vertex >= 0; vertex = dying.nextSetBit(vertex + 1)) {
            int degree = store.degree(vertex);
            for (int slot = 0; slot < degree; slot++) {
                store.addInDegree(store.link(vertex, slot), -1);
            }
        }
    }

    private BitSet findDead(RowFilter live) {
        BitSet dead = new BitSet();
        int places = store.count();
        for (int vertex = 0; vertex < places; vertex++) {
            int ordinal = store.ordinal(vertex);
            if (ordinal >= 0 && !live.accepts(ordinal)) {
                dead.set(vertex);
            }
        }
        return dead;
    }

    /** Repairs some slots of a row; false when there was nothing to repair. */
    private boolean relink(GraphContext context, int vertex, BitSet dying, int some) {
        store.lock(vertex);
        try {
            int slots = deadSlots(vertex, dying) & some;
            if (slots == 0) {
                return false;
            }
            gather(context, vertex, slots, dying);
            drop(vertex, slots);
            builder.fill(vertex, context.pool, context.selection);
            return true;
        } finally {
            store.unlock(vertex);
        }
    }

    private int deadSlots(int vertex, BitSet dying) {
        int slots = 0;
        int degree = store.degree(vertex);
        for (int slot = 0; slot < degree; slot++) {
            slots |= dying.get(store.link(vertex, slot)) ? 1 << slot : 0;
        }
        return slots;
    }

    /** Collects the living neighbors of dead neighbors in the pool. */
    private void gather(GraphContext context, int vertex, int slots, BitSet dying) {
        context.begin(store.count());
        context.visit(vertex);
        int degree = store.degree(vertex);
        for (int slot = 0; slot < degree; slot++) {
            context.visit(store.link(vertex, slot));
        }
        context.pool.reset(GraphBuilder.MOST_CANDIDATES);
        for (int left = slots; left != 0; left &= left - 1) {
            int dead = store.link(vertex, Integer.numberOfTrailingZeros(left));
            for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
                int candidate = store.link(dead, slot);
                if (context.visit(candidate) && !dying.get(candidate)) {
                    consider(context.pool, candidate, store.squaredDistance(vertex, candidate));
                }
            }
        }
    }

    private static void consider(CandidatePool pool, int candidate, float distance) {
        if (distance < pool.bound()) {
            pool.add(candidate, distance);
        }
    }

    /** Removes slots from a row, closing the gaps. */
    private void drop(int vertex, int slots) {
        int degree = store.degree(vertex);
        int fillers = store.fillers(vertex);
        int ofTree = store.kept(vertex);
        int kept = 0;
        int keptFillers = 0;
        int keptOfTree = 0;
        for (int slot = 0; slot < degree; slot++) {
            int neighbor = store.link(vertex, slot);
            if ((slots >>> slot & 1) != 0) {
                store.addInDegree(neighbor, -1);
                continue;
            }
            if (kept != slot) {
                store.put(vertex, kept, neighbor);
            }
            keptFillers |= (fillers >>> slot & 1) << kept;
            keptOfTree |= (ofTree >>> slot & 1) << kept;
            kept++;
        }
        for (int slot = kept; slot < degree; slot++) {
            store.clearSlot(vertex, slot);
        }
        store.setDegree(vertex, kept);
        store.setFillers(vertex, keptFillers);
        store.setKept(vertex, keptOfTree);
        store.markChanged(vertex, VertexStore.Change.ROW);
    }

    private void free(BitSet dying) {
        for (int vertex = dying.nextSetBit(0); vertex >= 0; vertex = dying.nextSetBit(vertex + 1)) {
            store.makeFree(vertex);
        }
        builder.avoid(new BitSet());
    }
}
