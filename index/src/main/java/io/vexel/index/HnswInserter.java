package io.vexel.index;

/**
 * Algorithm 1 of the paper. All neighbors of the new vertex are chosen before anything leads to it, and level 0 is linked first: who
 * comes to it on a level finds its links on all levels below.
 */
final class HnswInserter {

    private final HnswSpec spec;
    private final HnswGraph graph;
    private final HnswEntry entry;
    private final HnswSearch search;
    private final HnswLinker linker;

    HnswInserter(HnswSpec spec, HnswGraph graph, HnswEntry entry, HnswSearch search, HnswLinker linker) {
        this.spec = spec;
        this.graph = graph;
        this.entry = entry;
        this.search = search;
        this.linker = linker;
    }

    /**
     * @param row native address of its elements
     * @return the new vertex
     * @throws io.vexel.base.CapacityException when there is no memory; nothing is changed
     */
    int insert(HnswContext context, int ordinal, long row) {
        int level = level(ordinal);
        int place = graph.add(ordinal, level);
        try {
            context.target.aim(row);
            if (level > entry.get().level()) {
                insertOnTop(context, place, level);
            } else {
                connect(context, place, level, entry.get());
            }
        } catch (RuntimeException | Error e) {
            graph.mark(place, HnswGraph.ABANDONED);
            throw e;
        }
        return place;
    }

    /** Exponentially distributed, with the paper's factor 1 / ln M; depends on the seed and the row only. */
    private int level(int ordinal) {
        long bits = Mixing.mix(spec.seed() + ordinal * Mixing.GOLDEN);
        double uniform = ((bits >>> 11) + 1) * 0x1p-53;
        int level = (int) (-Math.log(uniform) / Math.log(spec.m()));
        return Math.min(level, spec.maxLevels() - 1);
    }

    /** One vertex at a time becomes the highest. */
    private void insertOnTop(HnswContext context, int place, int level) {
        entry.lock.lock();
        try {
            HnswEntry.At top = entry.get();
            if (top.exists()) {
                connect(context, place, level, top);
            }
            if (level > top.level()) {
                entry.set(place, level);
            }
        } finally {
            entry.lock.unlock();
        }
    }

    private void connect(HnswContext context, int place, int level, HnswEntry.At top) {
        search.descend(context, top.place(), top.level(), level);
        HnswSearch.Admission others = (_, other, _, _) -> other != place && graph.linkable(other);
        for (int l = Math.min(level, top.level()); l >= 0; l--) {
            long start = context.found[0];
            search.layer(context, l, spec.efConstruction(), others, Cancellation.NONE);
            linker.select(context, context.found, context.foundCount, 0, spec.m());
            graph.setLinks(place, l, context.selected, context.selectedCount);
            if (context.foundCount == 0) {
                context.startAt(start);
            }
        }
        attach(context, place, top);
        for (int l = 0; l <= Math.min(level, top.level()); l++) {
            takeNeighbors(context, place, l);
            for (int i = 0; i < context.neighborCount; i++) {
                linker.link(context, context.neighbors[i], l, place);
            }
        }
    }

    /** Finds the vertex a parent: the nearest of its neighbors that has room. */
    private void attach(HnswContext context, int place, HnswEntry.At top) {
        takeNeighbors(context, place, 0);
        for (int i = 0; i < context.neighborCount; i++) {
            if (linker.tryAdopt(context, context.neighbors[i], place)) {
                return;
            }
        }
        int ancestor = context.neighborCount > 0 ? context.neighbors[0] : top.place();
        linker.adoptBelow(context, ancestor, place);
    }

    private void takeNeighbors(HnswContext context, int place, int level) {
        long links = graph.links(place, level);
        context.neighborCount = 0;
        int count = HnswGraph.linkCount(links);
        for (int i = 0; i < count; i++) {
            context.addNeighbor(HnswGraph.link(links, i));
        }
    }
}
