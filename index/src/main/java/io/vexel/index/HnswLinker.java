package io.vexel.index;

import io.vexel.base.VexelException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Chooses the links of vertices (algorithm 4 of the paper, without the pruned candidates) and keeps the tree that makes every vertex
 * reachable. Takes the lock of one vertex at a time.
 *
 * <p>The paper's choice alone can take away the last link that leads to a vertex. So each vertex but the root of a tree has a parent, and the two
 * links between them are never given up. A vertex takes a child only while it has fewer than M, so at least M - 1 of its 2M links are
 * free for the choice.
 */
final class HnswLinker {

    private final HnswGraph graph;
    private final HnswLocks locks;
    private final int mostChildren;

    HnswLinker(HnswGraph graph, HnswLocks locks, int m) {
        this.graph = graph;
        this.locks = locks;
        mostChildren = m;
    }

    /**
     * Chooses among the sorted candidates: each is nearer to the base than to every one chosen before.
     *
     * @param kept how many of {@code selected} were chosen beforehand
     */
    void select(HnswContext context, long[] sorted, int count, int kept, int most) {
        context.selectedCount = kept;
        for (int i = 0; i < count && context.selectedCount < most; i++) {
            int place = KeyHeap.number(sorted[i]);
            if (graph.linkable(place) && isDiverse(context, place, KeyHeap.key(sorted[i]))) {
                context.selected[context.selectedCount++] = place;
            }
        }
    }

    private boolean isDiverse(HnswContext context, int place, float key) {
        if (context.selectedCount == 0) {
            return true;
        }
        context.candidate.aim(address(context, place));
        for (int i = 0; i < context.selectedCount; i++) {
            int chosen = context.selected[i];
            if (chosen == place || context.candidate.key(address(context, chosen)) <= key) {
                return false;
            }
        }
        return true;
    }

    private long address(HnswContext context, int place) {
        return context.rows.address(graph.ordinal(place));
    }

    /** Links a vertex to another; where there is no room, it chooses anew among all. */
    void link(HnswContext context, int place, int level, int target) {
        ReentrantLock lock = locks.of(place);
        lock.lock();
        try {
            linkLocked(context, place, level, target);
        } finally {
            lock.unlock();
        }
    }

    private void linkLocked(HnswContext context, int place, int level, int target) {
        long links = graph.links(place, level);
        int count = HnswGraph.linkCount(links);
        for (int i = 0; i < count; i++) {
            if (HnswGraph.link(links, i) == target) {
                return;
            }
        }
        if (count < graph.maxLinks(level)) {
            graph.appendLink(place, level, target);
            return;
        }
        context.candidateCount = 0;
        context.base.aim(address(context, place));
        for (int i = 0; i < count; i++) {
            addCandidate(context, HnswGraph.link(links, i));
        }
        addCandidate(context, target);
        choose(context, place, level);
    }

    /** Adds a candidate with its key against the base. */
    void addCandidate(HnswContext context, int place) {
        context.addCandidate(KeyHeap.entry(context.base.key(address(context, place)), place));
    }

    /** Chooses the links of a vertex among the candidates, those of the tree first; its lock is held, or nobody can reach it. */
    void choose(HnswContext context, int place, int level) {
        context.sortCandidates();
        int kept = 0;
        for (int i = 0; level == 0 && i < context.candidateCount; i++) {
            int other = KeyHeap.number(context.candidates[i]);
            if (graph.inTree(place, other) && graph.linkable(other)) {
                context.selected[kept++] = other;
            }
        }
        select(context, context.candidates, context.candidateCount, kept, graph.maxLinks(level));
        graph.setLinks(place, level, context.selected, context.selectedCount);
    }

    /** Takes as neighbors what a vertex links to on a level, and in place of dead ones what those link to. */
    void gatherAround(HnswContext context, int place, int level) {
        context.neighborCount = 0;
        context.visited.reset(graph.end());
        context.visited.add(place);
        long links = graph.links(place, level);
        int count = HnswGraph.linkCount(links);
        for (int i = 0; i < count; i++) {
            int next = HnswGraph.link(links, i);
            if (!graph.linkable(next)) {
                gatherLinkable(context, graph.links(next, level));
            } else if (context.visited.add(next)) {
                context.addNeighbor(next);
            }
        }
    }

    private void gatherLinkable(HnswContext context, long links) {
        int count = HnswGraph.linkCount(links);
        for (int i = 0; i < count; i++) {
            int next = HnswGraph.link(links, i);
            if (graph.linkable(next) && context.visited.add(next)) {
                context.addNeighbor(next);
            }
        }
    }

    /** Chooses the links of a vertex anew, among the context's neighbors and those it has. */
    void relink(HnswContext context, int place, int level) {
        ReentrantLock lock = locks.of(place);
        lock.lock();
        try {
            gatherLinkable(context.withVisited(graph.end(), place), graph.links(place, level));
            context.base.aim(address(context, place));
            context.candidateCount = 0;
            for (int i = 0; i < context.neighborCount; i++) {
                addCandidate(context, context.neighbors[i]);
            }
            choose(context, place, level);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes a vertex the parent of another if it has room for a child. That cannot fail: where vectors cannot be read to choose links by, the link takes the
     * place of any that the tree does not need.
     */
    boolean tryAdopt(HnswContext context, int parent, int child) {
        ReentrantLock lock = locks.of(parent);
        lock.lock();
        try {
            if (childCount(parent) >= mostChildren) {
                return false;
            }
            graph.setParent(child, parent);
            linkInTree(context, parent, child);
        } finally {
            lock.unlock();
        }
        linkInTree(context, child, parent);
        return true;
    }

    private void linkInTree(HnswContext context, int place, int target) {
        ReentrantLock lock = locks.of(place);
        lock.lock();
        try {
            linkLocked(context, place, 0, target);
        } catch (VexelException _) {
            // Nothing has changed, and there is no room.
            graph.setLink(place, spareLink(place), target);
        } finally {
            lock.unlock();
        }
    }

    /** The last link of level 0 that the tree does not need. A parent and at most M children are not all of the 2M links. */
    private int spareLink(int place) {
        long links = graph.links(place, 0);
        int index = HnswGraph.linkCount(links) - 1;
        while (graph.inTree(place, HnswGraph.link(links, index)) && graph.linkable(HnswGraph.link(links, index))) {
            index--;
        }
        return index;
    }

    /** Makes a vertex, or the first of its descendants that has room, the parent of another. A leaf has room, so there is one. */
    void adoptBelow(HnswContext context, int ancestor, int child) {
        int parent = ancestor;
        while (!tryAdopt(context, parent, child)) {
            parent = firstChild(parent);
        }
    }

    private int childCount(int place) {
        long links = graph.links(place, 0);
        int count = HnswGraph.linkCount(links);
        int children = 0;
        for (int i = 0; i < count; i++) {
            children += isChild(HnswGraph.link(links, i), place) ? 1 : 0;
        }
        return children;
    }

    private int firstChild(int place) {
        ReentrantLock lock = locks.of(place);
        lock.lock();
        try {
            long links = graph.links(place, 0);
            int count = HnswGraph.linkCount(links);
            for (int i = 0; i < count; i++) {
                if (isChild(HnswGraph.link(links, i), place)) {
                    return HnswGraph.link(links, i);
                }
            }
        } finally {
            lock.unlock();
        }
        throw new IllegalStateException("vertex=" + place + ", allowed: one that has children");
    }

    private boolean isChild(int place, int parent) {
        return graph.parent(place) == parent && graph.linkable(place);
    }
}
