package io.vexel.index;

import io.vexel.base.VexelException;
import java.util.Arrays;

/**
 * Gives vertices whose parents are dead new ones, so that the living are one tree again. What is left of the tree are components, kept
 * as disjoint sets; an orphan is the top of its component, and gets its parent from another, so no circle can arise.
 *
 * <p>Vertices that are inserted meanwhile join components but become nobody's parent here, so they need not be in the sets.
 */
final class HnswTreeRepair {

    private final HnswParts parts;
    private final HnswGraph graph;
    private final HnswContext context;

    /** Next on the way to the representative of the component; {@link HnswGraph#NONE} for places that take no part. */
    private final int[] sets;

    /** What is linkable now takes part; no insert is under way. */
    HnswTreeRepair(HnswParts parts, HnswContext context) {
        this.parts = parts;
        this.graph = parts.graph();
        this.context = context;
        sets = new int[graph.end()];
        Arrays.setAll(sets, place -> graph.linkable(place) ? place : HnswGraph.NONE);
    }

    void run() {
        int root = HnswGraph.NONE;
        for (int place = 0; place < sets.length; place++) {
            int parent = graph.parent(place);
            if (sets[place] == HnswGraph.NONE) {
                continue;
            }
            if (parent == HnswGraph.NONE) {
                root = place;
            } else if (takesPart(parent)) {
                unite(place, parent);
            }
        }
        for (int place = 0; place < sets.length; place++) {
            if (sets[place] != HnswGraph.NONE && place != root && !takesPart(graph.parent(place))) {
                if (root == HnswGraph.NONE) {
                    graph.setParent(place, HnswGraph.NONE);
                    root = place;
                } else {
                    findParent(place, root);
                }
            }
        }
    }

    private boolean takesPart(int place) {
        return place != HnswGraph.NONE && place < sets.length && sets[place] != HnswGraph.NONE;
    }

    /** Where vectors cannot be read, which would tell a near one, any parent will do: a sweep that is broken off before the tree is whole leaves rows that nobody finds. */
    private void findParent(int orphan, int root) {
        boolean near = false;
        try {
            near = tryNearest(orphan);
        } catch (VexelException _) {
            // Whoever goes on with the sweep meets that again, or does not.
        }
        if (!near) {
            parts.linker().adoptBelow(context, root, orphan);
            unite(orphan, root);
        }
    }

    private boolean tryNearest(int orphan) {
        parts.linker().gatherAround(context, orphan, 0);
        context.base.aim(context.rows.address(graph.ordinal(orphan)));
        context.candidateCount = 0;
        for (int i = 0; i < context.neighborCount; i++) {
            parts.linker().addCandidate(context, context.neighbors[i]);
        }
        context.sortCandidates();
        long[] nearest = Arrays.copyOf(context.candidates, context.candidateCount);
        return tryParents(orphan, nearest) || tryParents(orphan, search(orphan));
    }

    private boolean tryParents(int orphan, long[] nearest) {
        for (long entry : nearest) {
            int parent = KeyHeap.number(entry);
            if (takesPart(parent)
                    && representative(parent) != representative(orphan)
                    && parts.linker().tryAdopt(context, parent, orphan)) {
                unite(orphan, parent);
                return true;
            }
        }
        return false;
    }

    /** The nearest vertices of other components. */
    private long[] search(int orphan) {
        context.target.aim(context.rows.address(graph.ordinal(orphan)));
        HnswEntry.At top = parts.entry().get();
        parts.search().descend(context, top.place(), top.level(), 0);
        int own = representative(orphan);
        parts.search()
                .layer(
                        context,
                        0,
                        parts.spec().efConstruction(),
                        (_, other, _, _) -> takesPart(other) && representative(other) != own,
                        Cancellation.NONE);
        return Arrays.copyOf(context.found, context.foundCount);
    }

    private int representative(int place) {
        int at = place;
        while (sets[at] != at) {
            sets[at] = sets[sets[at]];
            at = sets[at];
        }
        return at;
    }

    private void unite(int a, int b) {
        sets[representative(a)] = representative(b);
    }
}
