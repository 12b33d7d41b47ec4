package io.vexel.index;

import io.vexel.memory.MemoryBudget;

/**
 * The vertices of an HNSW graph and their links, off-heap. A vertex is a record of level 0 and a chain of upper records, one a level:
 *
 * <pre>
 * level 0:  ordinal + 1 | level, marks | first upper + 1 | parent + 1 | count | 2M places of linked vertices
 * upper:    place + 1   | level        | next upper + 1  | count | M places
 * </pre>
 *
 * All are 32-bit; 0 in the first field is an unused record. Who changes a vertex's links or parent holds its lock
 * ({@link HnswLocks}); readers need none: a count is published after the places below it, a place is always a number that was in use,
 * and a place leads to the same vertex until every search that could have read it has ended ({@link EpochPool}). The ordinal of a vertex may change at any time
 * to that of a row with the same vector ({@link DerivedIndex#takeOver}): whichever of the two a reader sees, it compares the same elements.
 *
 * <p>Invariants, whenever no insert and no sweep runs: no vertex links to itself, to an unused place, twice to the same, or on a level
 * to a vertex that does not reach it; and the parents make the unmarked vertices one tree, whose edges are links of level 0 in both
 * directions. So every unmarked vertex is reachable from every other on level 0.
 */
final class HnswGraph implements AutoCloseable {

    static final int NONE = -1;

    /** Mark of a vertex that a sweep found dead: it gets no new links, and keeps its own until it is unlinked. */
    static final int DEAD = 1 << 8;

    /** Mark of a vertex to which nothing leads any more. */
    static final int UNLINKED = 1 << 9;

    /** Mark of a vertex whose insertion failed: it is passed through, never found, and swept as if dead. */
    static final int ABANDONED = 1 << 10;

    private static final int LEVEL_MASK = 0xFF;
    private static final int BASE_HEADER_BYTES = 16;
    private static final int UPPER_HEADER_BYTES = 12;
    static final String OWNER = "hnsw index";

    final Records baseRecords;
    final Records upperRecords;
    final Places places;
    final Places uppers;
    /** Has the rows of all vertices that are not marked, from when they are linked. */
    final RowPlaces rowPlaces;

    private final int m;

    HnswGraph(int m, MemoryBudget budget, EpochPool<?> searches) {
        this.m = m;
        baseRecords = new Records(budget, OWNER, BASE_HEADER_BYTES + 4 + 4 * 2 * m);
        upperRecords = new Records(budget, OWNER, UPPER_HEADER_BYTES + 4 + 4 * m);
        places = new Places(baseRecords, searches);
        uppers = new Places(upperRecords, searches);
        rowPlaces = new RowPlaces(baseRecords, budget, OWNER);
    }

    /** Most links of a vertex on a level. */
    int maxLinks(int level) {
        return level == 0 ? 2 * m : m;
    }

    /**
     * A new vertex without links.
     *
     * @throws io.vexel.base.CapacityException when there is no room; nothing is changed
     */
    int add(int ordinal, int level) {
        int place = places.take();
        int first = NONE;
        int made = 0;
        try {
            for (; made < level; made++) {
                int upper = uppers.take();
                setUpper(upper, place, level - made, first);
                first = upper;
            }
        } finally {
            if (made < level) {
                discardUppers(first);
                places.give(place);
            }
        }
        long at = baseRecords.address(place);
        RawInts.set(at, 0);
        RawInts.setRelease(at + 4, level);
        RawInts.set(at + 8, first + 1);
        RawInts.set(at + 12, 0);
        RawInts.set(at + BASE_HEADER_BYTES, 0);
        RawInts.setRelease(at, ordinal + 1);
        baseRecords.markChanged(place);
        return place;
    }

    private void setUpper(int upper, int place, int level, int next) {
        long at = upperRecords.address(upper);
        RawInts.set(at, place + 1);
        RawInts.set(at + 4, level);
        RawInts.set(at + 8, next + 1);
        RawInts.set(at + UPPER_HEADER_BYTES, 0);
        upperRecords.markChanged(upper);
    }

    private void discardUppers(int first) {
        for (int upper = first; upper != NONE; ) {
            int next = nextUpper(upper);
            clearUpper(upper);
            uppers.give(upper);
            upper = next;
        }
    }

    /** Makes the record of an upper level unused. */
    void clearUpper(int upper) {
        RawInts.set(upperRecords.address(upper), 0);
        upperRecords.markChanged(upper);
    }

    /** Makes the record of a vertex unused. */
    void clearBase(int place) {
        RawInts.setRelease(baseRecords.address(place), 0);
        baseRecords.markChanged(place);
    }

    /** All places in use are below. */
    int end() {
        return places.end();
    }

    /** The row of a vertex; {@link #NONE} for an unused place. */
    int ordinal(int place) {
        return RawInts.getAcquire(baseRecords.address(place)) - 1;
    }

    /** The highest level of a vertex. */
    int level(int place) {
        return RawInts.get(baseRecords.address(place) + 4) & LEVEL_MASK;
    }

    boolean marked(int place, int mark) {
        return (RawInts.get(baseRecords.address(place) + 4) & mark) != 0;
    }

    /** True for a vertex that links may lead to: in use and not marked. */
    boolean linkable(int place) {
        return ordinal(place) != NONE && !marked(place, DEAD | UNLINKED | ABANDONED);
    }

    void mark(int place, int mark) {
        long at = baseRecords.address(place) + 4;
        RawInts.setRelease(at, RawInts.get(at) | mark);
        baseRecords.markChanged(place);
    }

    /** The raw second field, for checks. */
    int levelAndMarks(int place) {
        return RawInts.get(baseRecords.address(place) + 4);
    }

    int firstUpper(int place) {
        return RawInts.get(baseRecords.address(place) + 8) - 1;
    }

    int nextUpper(int upper) {
        return RawInts.get(upperRecords.address(upper) + 8) - 1;
    }

    /** The vertex that an upper record belongs to; {@link #NONE} for an unused one. */
    int upperOwner(int upper) {
        return RawInts.get(upperRecords.address(upper)) - 1;
    }

    int upperLevel(int upper) {
        return RawInts.get(upperRecords.address(upper) + 4);
    }

    /** The vertex through which the tree reaches this one; {@link #NONE} for the root of the tree. */
    int parent(int place) {
        return RawInts.getAcquire(baseRecords.address(place) + 12) - 1;
    }

    void setParent(int place, int parent) {
        RawInts.setRelease(baseRecords.address(place) + 12, parent + 1);
        baseRecords.markChanged(place);
    }

    /** Where the links of a vertex on one of its levels begin. */
    long links(int place, int level) {
        if (level == 0) {
            return baseRecords.address(place) + BASE_HEADER_BYTES;
        }
        int upper = firstUpper(place);
        for (int l = 1; l < level; l++) {
            upper = nextUpper(upper);
        }
        return upperRecords.address(upper) + UPPER_HEADER_BYTES;
    }

    /** Links of a vertex, as far as they are published. */
    static int linkCount(long links) {
        return RawInts.getAcquire(links);
    }

    static int link(long links, int index) {
        return RawInts.getAcquire(links + 4 + 4L * index);
    }

    /** Adds a link at the end; there is room. */
    void appendLink(int place, int level, int target) {
        long links = links(place, level);
        int count = linkCount(links);
        RawInts.setRelease(links + 4 + 4L * count, target);
        RawInts.setRelease(links, count + 1);
        markLinksChanged(place, level);
    }

    /** Replaces a link of a vertex on level 0. */
    void setLink(int place, int index, int target) {
        RawInts.setRelease(links(place, 0) + 4 + 4L * index, target);
        baseRecords.markChanged(place);
    }

    /** Replaces all links of a vertex on a level. */
    void setLinks(int place, int level, int[] targets, int count) {
        long links = links(place, level);
        for (int i = 0; i < count; i++) {
            RawInts.setRelease(links + 4 + 4L * i, targets[i]);
        }
        RawInts.setRelease(links, count);
        markLinksChanged(place, level);
    }

    private void markLinksChanged(int place, int level) {
        if (level == 0) {
            baseRecords.markChanged(place);
            return;
        }
        int upper = firstUpper(place);
        for (int l = 1; l < level; l++) {
            upper = nextUpper(upper);
        }
        upperRecords.markChanged(upper);
        baseRecords.countChanged(place);
    }

    /** True when the tree needs the link between two vertices. */
    boolean inTree(int a, int b) {
        return parent(a) == b || parent(b) == a;
    }

    @Override
    public void close() {
        baseRecords.close();
        upperRecords.close();
        rowPlaces.close();
    }
}
