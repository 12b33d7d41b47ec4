package io.vexel.index;

import java.util.Arrays;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * One sweep. While all inserts wait, dead vertices are marked, so that no new link leads to them and no row takes them over, and the entry point is replaced.
 * Then, beside inserts and searches: the vertices whose parents are dead get new parents; every vertex that links to dead ones chooses
 * its links anew among what it has and what the dead ones link to; and at last, when nothing leads to them, the dead are retired.
 */
final class HnswSweep {

    private static final int VERTICES_PER_CHECK = 64;

    private final HnswParts parts;
    private final HnswGraph graph;
    private final HnswContext context;
    private final Cancellation cancellation;
    private int[] dead = new int[64];
    private int deadCount;
    /** How many of the dead are remains of insertions that failed, which never were rows of the index. */
    private int abandonedCount;

    private int highest = HnswGraph.NONE;
    private long relinked;

    HnswSweep(HnswParts parts, HnswContext context, Cancellation cancellation) {
        this.parts = parts;
        this.graph = parts.graph();
        this.context = context;
        this.cancellation = cancellation;
    }

    DerivedIndex.SweepResult run(RowFilter live, ReentrantReadWriteLock inserts) {
        Lock alone = inserts.writeLock();
        HnswTreeRepair repair;
        alone.lock();
        try {
            mark(live);
            repair = new HnswTreeRepair(parts, context);
        } finally {
            alone.unlock();
        }
        if (deadCount > 0) {
            repair.run();
            relinkAll();
            unlink();
        }
        return new DerivedIndex.SweepResult(deadCount - abandonedCount, relinked);
    }

    private void mark(RowFilter live) {
        for (int place = 0; place < graph.end(); place++) {
            int ordinal = graph.ordinal(place);
            if (ordinal == HnswGraph.NONE || graph.marked(place, HnswGraph.UNLINKED)) {
                continue;
            }
            if (!graph.linkable(place) || !live.accepts(ordinal)) {
                abandonedCount += graph.marked(place, HnswGraph.ABANDONED) ? 1 : 0;
                graph.mark(place, HnswGraph.DEAD);
                graph.rowPlaces.leave(place);
                addDead(place);
            } else if (highest == HnswGraph.NONE || graph.level(place) > graph.level(highest)) {
                highest = place;
            }
        }
        HnswEntry.At top = parts.entry().get();
        if (top.exists() && !graph.linkable(top.place())) {
            parts.entry().set(highest, highest == HnswGraph.NONE ? 0 : graph.level(highest));
        }
    }

    private void addDead(int place) {
        if (deadCount == dead.length) {
            dead = Arrays.copyOf(dead, 2 * deadCount);
        }
        dead[deadCount++] = place;
    }

    private void relinkAll() {
        for (int place = 0; place < graph.end(); place++) {
            if (place % VERTICES_PER_CHECK == 0) {
                cancellation.check();
            }
            if (graph.linkable(place)) {
                boolean changed = false;
                for (int level = 0; level <= graph.level(place); level++) {
                    changed |= relink(place, level);
                }
                relinked += changed ? 1 : 0;
            }
        }
    }

    private boolean relink(int place, int level) {
        if (!linksToDead(place, level)) {
            return false;
        }
        parts.linker().gatherAround(context, place, level);
        if (context.neighborCount < parts.spec().m() / 2) {
            searchAround(place, level);
        }
        parts.linker().relink(context, place, level);
        return true;
    }

    private boolean linksToDead(int place, int level) {
        long links = graph.links(place, level);
        int count = HnswGraph.linkCount(links);
        for (int i = 0; i < count; i++) {
            if (!graph.linkable(HnswGraph.link(links, i))) {
                return true;
            }
        }
        return false;
    }

    /** Where most of the neighborhood is dead, the search for neighbors is that of an insert. */
    private void searchAround(int place, int level) {
        context.target.aim(context.rows.address(graph.ordinal(place)));
        HnswEntry.At top = parts.entry().get();
        parts.search().descend(context, top.place(), top.level(), level);
        parts.search()
                .layer(
                        context,
                        level,
                        parts.spec().efConstruction(),
                        (_, other, _, _) -> other != place && graph.linkable(other),
                        Cancellation.NONE);
        for (int i = 0; i < context.foundCount; i++) {
            context.addNeighbor(KeyHeap.number(context.found[i]));
        }
    }

    private void unlink() {
        for (int i = 0; i < deadCount; i++) {
            int place = dead[i];
            graph.mark(place, HnswGraph.UNLINKED);
            for (int upper = graph.firstUpper(place); upper != HnswGraph.NONE; upper = graph.nextUpper(upper)) {
                graph.uppers.retire(upper);
            }
            graph.places.retire(place);
        }
        long epoch = parts.searches().advance();
        graph.uppers.sealRetired(epoch);
        graph.places.sealRetired(epoch);
    }
}
