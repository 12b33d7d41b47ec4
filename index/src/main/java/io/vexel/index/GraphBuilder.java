package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CapacityException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Puts vertices into a graph. A new vertex walks to its surroundings, takes neighbors in all directions from what it met, and offers
 * itself to them.
 *
 * <p><em>Taking</em>: nearest first, unless a neighbor that was taken is nearer to the candidate than the new vertex is by a
 * factor (the relative neighborhood rule); hidden candidates fill up to {@link #FILL} slots as fillers, which later vertices push out.
 *
 * <p><em>Offering</em>: a full row is not pruned anew. Its neighbors are judged by one scan with the tables of the new vertex, which
 * says whether one of them hides it and which ones it hides; then it replaces a neighbor that is hidden, or the farthest. A neighbor with
 * few links to it is never replaced, and one that is replaced becomes a neighbor of the new vertex when it has room.
 *
 * <p>One of the vertices becomes its parent and keeps its link, see {@link GraphTree}, so that whatever could be reached still can.
 *
 * <p><em>Equal vertices</em>, whose codes are the same, say nothing beyond the first of them, so a row takes one as a neighbor of its choice. A
 * new vertex that finds an equal one becomes its child and offers itself to nobody else. Where many equal ones are all that the end of a pool holds,
 * neighbors of those fill the row.
 *
 * <p>Safe for use by any number of threads: rows are changed with their lock held, one at a time.
 */
final class GraphBuilder {

    /** Slots that are filled up with hidden neighbors. */
    private static final int FILL = 20;

    /** Most candidates that neighbors are taken from. */
    static final int MOST_CANDIDATES = 128;

    /** A neighbor hides a candidate that is nearer to it than to the vertex by this factor, on squared distances. */
    private static final float HIDING = 1.1f;

    /** Nearest vertices that are asked for room for one more child. */
    private static final int MOST_ASKED = 8;

    /** Rows of equal vertices from which neighbors are borrowed. */
    private static final int MOST_EQUAL_ROWS = 8;

    /** Links to a vertex below which none of them is replaced. */
    private static final int FEW_LINKS = 3;

    private final VertexStore store;
    private final GraphRoots roots;
    private final GraphWalk walk;
    private final GraphTree tree;
    private final int efConstruction;
    private volatile BitSet dying = new BitSet();

    GraphBuilder(VertexStore store, GraphRoots roots, GraphWalk walk, int efConstruction) {
        this.store = store;
        this.roots = roots;
        this.walk = walk;
        this.tree = new GraphTree(store);
        this.efConstruction = efConstruction;
    }

    /** From now on, no vertex of the set becomes anybody's neighbor. Insertions that run already may still do it. */
    void avoid(BitSet vertices) {
        dying = vertices;
    }

    /** The vertex of a row that has the codes which the context has and is not about to leave, or {@link GraphLayout#NO_VERTEX}. */
    int twin(GraphContext context, int ordinal) {
        int vertex = store.byOrdinal().vertex(ordinal);
        boolean stays = vertex != GraphLayout.NO_VERTEX && !dying.get(vertex);
        return stays && store.hasCodes(vertex, context.stored) ? vertex : GraphLayout.NO_VERTEX;
    }

    /** Inserts the row whose vector the context is prepared for. */
    void insert(GraphContext context, int ordinal) {
        int vertex = place(context, store.take(), ordinal);
        connect(context, vertex);
        roots.offer(vertex);
    }

    /**
     * Inserts two rows whose walks are made together, which is faster, because each has something to compute while the other waits for memory.
     *
     * @return how many were inserted; 1 when there is no memory for the second
     */
    int insertPair(GraphContext context, int ordinal, GraphContext secondContext, int secondOrdinal) {
        int first = store.take();
        int second;
        try {
            second = store.take();
        } catch (CapacityException _) {
            connect(context, place(context, first, ordinal));
            roots.offer(first);
            return 1;
        }
        place(context, first, ordinal);
        place(secondContext, second, secondOrdinal);
        walk.surroundings(context, secondContext, efConstruction);
        link(context, first);
        roots.offer(first);
        // The walk of the second did not come by the first, which nobody linked to.
        float distance = store.squaredDistance(secondContext.codes, first);
        CandidatePool found = walk.found(secondContext);
        if (distance < found.bound()) {
            found.add(first, distance);
        }
        link(secondContext, second);
        roots.offer(second);
        return 2;
    }

    private int place(GraphContext context, int vertex, int ordinal) {
        MemorySegment.copy(
                ALL, context.stored, ALL, store.codes(vertex), store.layout().codeBytes());
        store.setOrdinal(vertex, ordinal);
        store.byOrdinal().put(ordinal, vertex);
        store.setInDegree(vertex, 0);
        store.markChanged(vertex, VertexStore.Change.ROW | VertexStore.Change.CODES);
        return vertex;
    }

    /** Gives a vertex neighbors, and itself to them. */
    private void connect(GraphContext context, int vertex) {
        walk.surroundings(context, efConstruction);
        link(context, vertex);
    }

    /** As {@link #connect}, after the walk. */
    private void link(GraphContext context, int vertex) {
        Selection selection = context.selection;
        selection.clear = 0;
        CandidatePool found = walk.found(context);
        select(found, vertex, selection);
        store.lock(vertex);
        writeRow(vertex, selection);
        store.unlock(vertex);
        int parent = giveParent(context, vertex, found);
        boolean isRepeated = selection.count > 0 && store.areEqual(vertex, selection.vertices[0]);
        if (isRepeated) {
            return;
        }
        for (int i = 0; i < selection.count; i++) {
            if (selection.vertices[i] != parent) {
                boolean _ = offer(context, selection.vertices[i], vertex, selection.distances[i], false);
            }
        }
    }

    /** Makes a new vertex the child of one that was found; of the nearest that has room. */
    private int giveParent(GraphContext context, int vertex, CandidatePool found) {
        BitSet avoided = dying;
        int nearest = GraphLayout.NO_VERTEX;
        int asked = 0;
        for (int rank = 0; rank < found.size() && asked < MOST_ASKED; rank++) {
            int candidate = found.vertex(rank);
            if (candidate == vertex || avoided.get(candidate) || store.ordinal(candidate) < 0) {
                continue;
            }
            if (offer(context, candidate, vertex, (int) found.distance(rank), true)) {
                return candidate;
            }
            nearest = asked++ == 0 ? candidate : nearest;
        }
        while (nearest == GraphLayout.NO_VERTEX) {
            if (roots.offerFirst(vertex)) {
                return nearest;
            }
            nearest = roots.first();
        }
        return nearest == vertex ? nearest : takeChild(nearest, vertex, avoided);
    }

    /** Makes a vertex the child of another one, or of one below that; returns which. */
    int takeChild(int from, int child, BitSet avoided) {
        int parent = from;
        for (int depth = 0; ; depth++) {
            store.lock(parent);
            int next = parent;
            int replaced = GraphLayout.NO_VERTEX;
            try {
                if (tree.hasRoom(parent, child, avoided)) {
                    replaced = tree.take(parent, child);
                } else {
                    next = tree.nearestChild(parent, child, depth, avoided);
                }
            } finally {
                store.unlock(parent);
            }
            if (next == parent) {
                adopt(child, replaced);
                linkBack(child, parent);
                return parent;
            }
            parent = next;
        }
    }

    /** Neighbors that were taken: first those that nobody hides, then the fillers. */
    static final class Selection {
        final int[] vertices = new int[GraphLayout.LINKS];
        final int[] distances = new int[GraphLayout.LINKS];
        private final int[] hidden = new int[GraphLayout.LINKS];
        private final CandidatePool lent = new CandidatePool();
        int clear;
        int count;

        private void add(int vertex, int distance) {
            vertices[clear] = vertex;
            distances[clear++] = distance;
        }

        private boolean has(int vertex) {
            for (int i = 0; i < clear; i++) {
                if (vertices[i] == vertex) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Takes neighbors for a vertex from a pool, beside those that the selection has. */
    private void select(CandidatePool pool, int vertex, Selection selection) {
        BitSet avoided = dying;
        int hiddenCount = 0;
        int candidates = Math.min(pool.size(), MOST_CANDIDATES);
        for (int rank = 0; rank < candidates && selection.clear < GraphLayout.LINKS; rank++) {
            int candidate = pool.vertex(rank);
            if (candidate == vertex || avoided.get(candidate) || store.ordinal(candidate) < 0) {
                continue;
            }
            if (isRepeated(pool, rank, selection, hiddenCount)) {
                continue;
            }
            if (!isHidden(selection, candidate, pool.distance(rank))) {
                selection.add(candidate, (int) pool.distance(rank));
            } else if (hiddenCount < GraphLayout.LINKS) {
                selection.hidden[hiddenCount++] = rank;
            }
        }
        if (candidates > 1 && store.areEqual(pool.vertex(candidates - 2), pool.vertex(candidates - 1))) {
            borrow(pool, candidates, vertex, selection);
        }
        selection.count = selection.clear;
        for (int i = 0; i < hiddenCount && selection.count < FILL; i++) {
            int rank = selection.hidden[i];
            selection.vertices[selection.count] = pool.vertex(rank);
            selection.distances[selection.count++] = (int) pool.distance(rank);
        }
    }

    /** Whether a candidate is equal to one that was taken, or is hidden; such have the same distance. */
    private boolean isRepeated(CandidatePool pool, int rank, Selection selection, int hiddenCount) {
        float distance = pool.distance(rank);
        if (rank == 0 || pool.distance(rank - 1) != distance) {
            return false;
        }
        int candidate = pool.vertex(rank);
        for (int i = selection.clear - 1; i >= 0 && selection.distances[i] == (int) distance; i--) {
            if (store.areEqual(candidate, selection.vertices[i])) {
                return true;
            }
        }
        for (int i = hiddenCount - 1; i >= 0 && pool.distance(selection.hidden[i]) == distance; i--) {
            if (store.areEqual(candidate, pool.vertex(selection.hidden[i]))) {
                return true;
            }
        }
        return false;
    }

    /** Takes neighbors of the last candidates, which are equal. */
    private void borrow(CandidatePool pool, int candidates, int vertex, Selection selection) {
        BitSet avoided = dying;
        CandidatePool lent = selection.lent;
        lent.reset(MOST_CANDIDATES);
        for (int rank = Math.max(0, candidates - MOST_EQUAL_ROWS); rank < candidates; rank++) {
            for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
                int candidate = store.link(pool.vertex(rank), slot);
                if (candidate < 0 || candidate == vertex || avoided.get(candidate) || store.ordinal(candidate) < 0) {
                    continue;
                }
                float distance = store.squaredDistance(vertex, candidate);
                if (distance > 0 && distance < lent.bound()) {
                    lent.add(candidate, distance);
                }
            }
        }
        for (int rank = 0; rank < lent.size() && selection.clear < GraphLayout.LINKS; rank++) {
            int candidate = lent.vertex(rank);
            if (!selection.has(candidate) && !isHidden(selection, candidate, lent.distance(rank))) {
                selection.add(candidate, (int) lent.distance(rank));
            }
        }
    }

    /** With the lock of the row: gives a row that lost neighbors new ones from a pool. */
    void fill(int vertex, CandidatePool pool, Selection selection) {
        selection.clear = 0;
        int degree = store.degree(vertex);
        for (int slot = 0; slot < degree; slot++) {
            selection.add(store.link(vertex, slot), (int) store.squaredRadius(vertex, slot));
        }
        select(pool, vertex, selection);
        writeRow(vertex, selection);
    }

    private boolean isHidden(Selection selection, int candidate, float distance) {
        for (int i = 0; i < selection.clear; i++) {
            if (store.squaredDistance(candidate, selection.vertices[i]) * HIDING < distance) {
                return true;
            }
        }
        return false;
    }

    /** With the lock of the row: its neighbors are those of the selection, and what it had before. */
    private void writeRow(int vertex, Selection selection) {
        int degree = store.degree(vertex);
        int fillers = store.fillers(vertex);
        for (int i = 0; i < selection.count && degree < GraphLayout.LINKS; i++) {
            int neighbor = selection.vertices[i];
            if (!isNeighbor(vertex, degree, neighbor)) {
                store.put(vertex, degree, neighbor);
                store.addInDegree(neighbor, 1);
                fillers |= i >= selection.clear ? 1 << degree : 0;
                degree++;
            }
        }
        store.setDegree(vertex, degree);
        store.setFillers(vertex, fillers);
        store.markChanged(vertex, VertexStore.Change.ROW);
    }

    private boolean isNeighbor(int vertex, int degree, int other) {
        for (int slot = 0; slot < degree; slot++) {
            if (store.link(vertex, slot) == other) {
                return true;
            }
        }
        return false;
    }

    /**
     * Offers a new vertex to another one as a neighbor; whom it replaces it takes over.
     *
     * @param asChild whether the other one is to be its parent
     * @return whether it is its parent now
     */
    private boolean offer(GraphContext context, int vertex, int newcomer, int distance, boolean asChild) {
        int replaced = GraphLayout.NO_VERTEX;
        store.lock(vertex);
        try {
            if (store.ordinal(vertex) < 0 || (asChild && !tree.hasRoom(vertex, newcomer, dying))) {
                return false;
            }
            replaced = offerLocked(context, vertex, newcomer, distance, asChild);
        } finally {
            store.unlock(vertex);
        }
        adopt(newcomer, replaced);
        if (asChild) {
            linkBack(newcomer, vertex);
        }
        return asChild;
    }

    private int offerLocked(GraphContext context, int vertex, int newcomer, int distance, boolean asChild) {
        Judgement judgement = context.judgement;
        if (!judge(context, vertex, newcomer, distance)) {
            return asChild ? tree.take(vertex, newcomer) : GraphLayout.NO_VERTEX;
        }
        int degree = store.degree(vertex);
        boolean hidden = judgement.hidden;
        int slot;
        if (degree < GraphLayout.LINKS) {
            slot = degree;
            store.setDegree(vertex, degree + 1);
        } else {
            slot = slotToReplace(judgement, vertex, distance, asChild);
        }
        if (slot < 0) {
            return asChild ? tree.take(vertex, newcomer) : GraphLayout.NO_VERTEX;
        }
        int fillers = store.fillers(vertex) | (hidden ? 0 : judgement.hiddenByNewcomer);
        store.setFillers(vertex, hidden ? fillers | 1 << slot : fillers & ~(1 << slot));
        int replaced = store.replace(vertex, slot, newcomer);
        if (asChild) {
            tree.keep(vertex, slot);
        }
        return replaced;
    }

    /** What a row's neighbors are to a newcomer. Slots are bits. */
    static final class Judgement {
        private final float[] radii = new float[GraphLayout.LINKS];
        private boolean hidden;
        private int hiddenByNewcomer;
        private int dispensable;

        private void reset() {
            hidden = false;
            hiddenByNewcomer = 0;
            dispensable = 0;
        }
    }

    /** Judges the neighbors of a row; false when the newcomer is among them. */
    private boolean judge(GraphContext context, int vertex, int newcomer, int distance) {
        Judgement judgement = context.judgement;
        judgement.reset();
        int degree = store.degree(vertex);
        int fillers = store.fillers(vertex);
        boolean fullRows = store.layout().fullRows();
        boolean equal = distance == 0 || (store.layout().packed() && store.areEqual(vertex, newcomer));
        if (fullRows) {
            context.tables.scan(store.row(vertex), distance, 0f, context.estimates);
        }
        for (int slot = 0; slot < degree; slot++) {
            int neighbor = store.link(vertex, slot);
            if (neighbor == newcomer) {
                return false;
            }
            float between = fullRows ? context.estimates[slot] : store.squaredDistance(context.codes, neighbor);
            float radius = store.squaredRadius(vertex, slot);
            boolean filler = (fillers >>> slot & 1) != 0;
            judgement.radii[slot] = radius;
            judgement.hidden |= !filler && (equal ? radius == 0 : hides(between, radius, distance));
            boolean hides = !equal && hides(between, distance, radius);
            judgement.hiddenByNewcomer |= hides ? 1 << slot : 0;
        }
        judgement.dispensable = fillers | judgement.hiddenByNewcomer;
        return true;
    }

    /**
     * Whether one neighbor hides another.
     *
     * @param between their distance, estimated
     * @param nearer distance of the one from the row's vertex
     * @param farther distance of the other
     */
    private static boolean hides(float between, float nearer, float farther) {
        return between * HIDING < farther && nearer < farther;
    }

    /** The slot of a full row that a newcomer gets, or -1. */
    private int slotToReplace(Judgement judgement, int vertex, int distance, boolean first) {
        int free = ~store.kept(vertex);
        int dispensable =
                farthest(judgement, vertex, judgement.dispensable & free, judgement.hidden && !first ? distance : -1);
        if (judgement.hidden && !first) {
            // A newcomer that is hidden itself only pushes out a farther filler.
            boolean filler = dispensable >= 0 && (store.fillers(vertex) >>> dispensable & 1) != 0;
            return filler ? dispensable : -1;
        }
        return dispensable >= 0 ? dispensable : farthest(judgement, vertex, free, first ? -1 : distance);
    }

    /** Of some slots, the farthest beyond a distance whose neighbor has links enough to lose one; -1 when there is none. */
    private int farthest(Judgement judgement, int vertex, int slots, float beyond) {
        int left = slots;
        while (left != 0) {
            int farthest = -1;
            float radius = beyond;
            for (int rest = left; rest != 0; rest &= rest - 1) {
                int slot = Integer.numberOfTrailingZeros(rest);
                if (judgement.radii[slot] > radius) {
                    farthest = slot;
                    radius = judgement.radii[slot];
                }
            }
            // The count lies in another row, so it is read for those only whom it may save.
            if (farthest < 0 || store.inDegree(store.link(vertex, farthest)) > FEW_LINKS) {
                return farthest;
            }
            left &= ~(1 << farthest);
        }
        return -1;
    }

    /** Links a vertex to its parent, if they are equal: so each of many equal ones leads to all of them. */
    private void linkBack(int child, int parent) {
        if (!store.areEqual(child, parent)) {
            return;
        }
        store.lock(child);
        try {
            int degree = store.degree(child);
            if (!isNeighbor(child, degree, parent)) {
                int slot = degree < GraphLayout.LINKS ? degree : tree.slotToGive(child);
                if (slot < 0) {
                    return;
                }
                store.setDegree(child, Math.max(degree, slot + 1));
                store.setFillers(child, store.fillers(child) & ~(1 << slot));
                int _ = store.replace(child, slot, parent);
            }
        } finally {
            store.unlock(child);
        }
    }

    /** Makes a vertex, if it is one, the neighbor of another one that has room, as a filler. */
    private void adopt(int vertex, int neighbor) {
        if (neighbor == GraphLayout.NO_VERTEX || store.ordinal(neighbor) < 0 || dying.get(neighbor)) {
            return;
        }
        store.lock(vertex);
        try {
            int degree = store.degree(vertex);
            if (degree < GraphLayout.LINKS && !isNeighbor(vertex, degree, neighbor)) {
                store.setDegree(vertex, degree + 1);
                store.setFillers(vertex, store.fillers(vertex) | 1 << degree);
                int _ = store.replace(vertex, degree, neighbor);
            }
        } finally {
            store.unlock(vertex);
        }
    }
}
