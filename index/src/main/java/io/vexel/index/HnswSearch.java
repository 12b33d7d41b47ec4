package io.vexel.index;

/**
 * Algorithms 2 and 5 of the paper: the search of one layer, and the way down to it. Reads without locks, beside threads that change
 * the graph.
 */
final class HnswSearch {

    private static final int EXPANSIONS_PER_CHECK = 64;
    private static final int EF_TO_FIND_A_ROW = 32;

    private static final Admission EVERYTHING = (_, _, _, _) -> true;

    private final HnswGraph graph;

    /** Which vertices a search collects; all are passed through. */
    interface Admission {

        /** Whether a vertex near enough is collected; asked once for each. */
        boolean admits(HnswContext context, int place, int ordinal, float key);

        /** The search goes on as far as this key, however many were collected. */
        default float reach(HnswContext context) {
            return Float.NEGATIVE_INFINITY;
        }
    }

    HnswSearch(HnswGraph graph) {
        this.graph = graph;
    }

    /** Goes from a vertex to ever nearer ones, down to a level; leaves where it came to as the start of the next layer. */
    void descend(HnswContext context, int entry, int entryLevel, int level) {
        int place = entry;
        float key = key(context, place);
        for (int l = entryLevel; l > level; l--) {
            boolean nearer = true;
            while (nearer) {
                nearer = false;
                long links = graph.links(place, l);
                int count = HnswGraph.linkCount(links);
                for (int i = 0; i < count; i++) {
                    int next = HnswGraph.link(links, i);
                    float nextKey = key(context, next);
                    if (nextKey < key && next != context.absent) {
                        key = nextKey;
                        place = next;
                        nearer = true;
                    }
                }
            }
        }
        context.startAt(KeyHeap.entry(key, place));
    }

    /** The place of a row whose own vector is the target; {@link HnswGraph#NONE} when a search does not find it. */
    int place(HnswContext context, HnswEntry.At top, int ordinal) {
        descend(context, top.place(), top.level(), 0);
        layer(context, 0, EF_TO_FIND_A_ROW, EVERYTHING, context.wanted.cancellation());
        for (int i = 0; i < context.foundCount; i++) {
            int place = KeyHeap.number(context.found[i]);
            if (graph.ordinal(place) == ordinal) {
                return place;
            }
        }
        return HnswGraph.NONE;
    }

    private float key(HnswContext context, int place) {
        context.compared++;
        return context.target.key(context.rows.address(graph.ordinal(place)));
    }

    /**
     * Finds the {@code ef} nearest vertices of a layer among those admitted, from where the context's {@code found} says to where the
     * search leaves them.
     */
    void layer(HnswContext context, int level, int ef, Admission admission, Cancellation cancellation) {
        begin(context, ef, admission);
        int expansions = 0;
        while (context.open.size() > 0) {
            long nearest = context.open.top();
            if (context.kept.size() >= ef && beyond(context, KeyHeap.key(nearest), admission)) {
                break;
            }
            context.open.pop();
            expand(context, graph.links(KeyHeap.number(nearest), level), ef, admission);
            if (++expansions % EXPANSIONS_PER_CHECK == 0) {
                cancellation.check();
            }
        }
        context.drainKept();
    }

    private void begin(HnswContext context, int ef, Admission admission) {
        context.visited.reset(graph.end());
        if (context.absent != HnswGraph.NONE) {
            context.visited.add(context.absent);
        }
        context.open.clear();
        context.kept.clear();
        for (int i = 0; i < context.foundCount; i++) {
            long entry = context.found[i];
            int place = KeyHeap.number(entry);
            context.visited.add(place);
            context.open.push(entry);
            collect(context, entry, graph.ordinal(place), ef, admission);
        }
    }

    private static boolean beyond(HnswContext context, float key, Admission admission) {
        return key > KeyHeap.key(~context.kept.top()) && key > admission.reach(context);
    }

    private void expand(HnswContext context, long links, int ef, Admission admission) {
        int count = HnswGraph.linkCount(links);
        for (int i = 0; i < count; i++) {
            int next = HnswGraph.link(links, i);
            if (context.visited.add(next)) {
                int ordinal = graph.ordinal(next);
                float key = context.target.key(context.rows.address(ordinal));
                context.compared++;
                boolean near = context.kept.size() < ef
                        || key < KeyHeap.key(~context.kept.top())
                        || key <= admission.reach(context);
                if (near) {
                    long entry = KeyHeap.entry(key, next);
                    context.open.push(entry);
                    collect(context, entry, ordinal, ef, admission);
                }
            }
        }
    }

    private static void collect(HnswContext context, long entry, int ordinal, int ef, Admission admission) {
        if (admission.admits(context, KeyHeap.number(entry), ordinal, KeyHeap.key(entry))) {
            if (context.kept.size() < ef) {
                context.kept.push(~entry);
            } else if (~entry > context.kept.top()) {
                context.kept.replaceTop(~entry);
            }
        }
    }
}
