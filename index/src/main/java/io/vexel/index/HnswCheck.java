package io.vexel.index;

import java.util.BitSet;

/**
 * Checks the invariants of a graph, trusting nothing it reads: numbers are checked before they are used. First the records by
 * themselves, then where links lead, and, if all that is right, that the tree reaches every unmarked vertex.
 */
final class HnswCheck {

    private final HnswParts parts;
    private final HnswGraph graph;
    private final int end;
    private final Findings findings = new Findings();
    private final BitSet ordinals = new BitSet();
    private final BitSet usedUppers = new BitSet();
    private final BitSet inUse = new BitSet();
    private final BitSet row = new BitSet();
    private int highest = -1;

    HnswCheck(HnswParts parts) {
        this.parts = parts;
        this.graph = parts.graph();
        end = graph.end();
    }

    /** What it takes of the heap: two numbers a place, and less than a byte for bits. */
    static long heapBytes(int places) {
        return (2L * Integer.BYTES + 1) * places;
    }

    Findings findings() {
        return findings;
    }

    Verification verification() {
        structure(Integer.MAX_VALUE);
        checkRowPlaces();
        return findings.verification(inUse.cardinality());
    }

    /** Rows are found whose vertices are not marked, and no others. */
    private void checkRowPlaces() {
        graph.rowPlaces.check(findings, end);
        for (int place = inUse.nextSetBit(0); place >= 0; place = inUse.nextSetBit(place + 1)) {
            int found = graph.rowPlaces.place(graph.ordinal(place));
            expect(
                    graph.linkable(place) == (found == place),
                    "the row of vertex " + place + " is found at place " + found);
        }
    }

    /** @param ordinalEnd rows are below */
    void structure(int ordinalEnd) {
        for (int place = 0; place < end; place++) {
            checkRecord(place, ordinalEnd);
        }
        if (findings.none()) {
            inUse.stream().forEach(this::checkLinks);
            checkEntry();
        }
        if (findings.none()) {
            checkTree();
        }
    }

    private void checkRecord(int place, int ordinalEnd) {
        int ordinal = graph.ordinal(place);
        if (ordinal == HnswGraph.NONE || graph.marked(place, HnswGraph.UNLINKED)) {
            return;
        }
        int levelAndMarks = graph.levelAndMarks(place);
        int level = graph.level(place);
        int marks = levelAndMarks - level;
        expect(
                ordinal >= 0 && ordinal < ordinalEnd,
                "vertex " + place + " has ordinal " + ordinal + ", allowed: below " + ordinalEnd);
        boolean knownMarks = (marks & ~(HnswGraph.DEAD | HnswGraph.ABANDONED)) == 0;
        expect(knownMarks, "vertex " + place + " has unknown marks " + marks);
        if (ordinal >= 0 && ordinal < ordinalEnd && (marks & HnswGraph.ABANDONED) == 0) {
            expect(!ordinals.get(ordinal), "ordinal " + ordinal + " is there twice");
            ordinals.set(ordinal);
        }
        if (level >= parts.spec().maxLevels()) {
            findings.add("vertex " + place + " has level " + level + ", allowed: below "
                    + parts.spec().maxLevels());
        } else if (checkChain(place, level) && findings.none()) {
            inUse.set(place);
            highest = graph.linkable(place) ? Math.max(highest, level) : highest;
        }
    }

    private boolean checkChain(int place, int level) {
        int upper = graph.firstUpper(place);
        for (int l = 1; l <= level; l++) {
            if (upper < 0 || upper >= graph.uppers.end() || usedUppers.get(upper)) {
                findings.add("vertex " + place + " has no record of its own for level " + l);
                return false;
            }
            usedUppers.set(upper);
            if (graph.upperOwner(upper) != place || graph.upperLevel(upper) != l) {
                findings.add("the record of vertex " + place + " for level " + l + " is that of vertex "
                        + graph.upperOwner(upper) + " for level " + graph.upperLevel(upper));
                return false;
            }
            upper = graph.nextUpper(upper);
        }
        expect(upper == HnswGraph.NONE, "vertex " + place + " has a record above its level " + level);
        return upper == HnswGraph.NONE;
    }

    private void checkLinks(int place) {
        for (int level = 0; level <= graph.level(place); level++) {
            long links = graph.links(place, level);
            int count = HnswGraph.linkCount(links);
            if (count < 0 || count > graph.maxLinks(level)) {
                findings.add("vertex " + place + " has " + count + " links on level " + level + ", allowed: 0.."
                        + graph.maxLinks(level));
                continue;
            }
            row.clear();
            for (int i = 0; i < count; i++) {
                checkLink(place, level, HnswGraph.link(links, i));
            }
        }
    }

    private void checkLink(int place, int level, int target) {
        if (target < 0 || target >= end || !inUse.get(target)) {
            findings.add("vertex " + place + " links to unused place " + target + " on level " + level);
            return;
        }
        expect(target != place, "vertex " + place + " links to itself on level " + level);
        expect(!row.get(target), "vertex " + place + " links twice to " + target + " on level " + level);
        expect(
                graph.level(target) >= level,
                "vertex " + place + " links to " + target + " on level " + level + " above its level");
        row.set(target);
    }

    private void checkEntry() {
        HnswEntry.At top = parts.entry().get();
        if (!top.exists()) {
            expect(highest < 0, "there are vertices but no entry point");
        } else if (!inUse.get(top.place()) || !graph.linkable(top.place())) {
            findings.add("the entry point " + top.place() + " is not in use");
        } else {
            expect(
                    graph.level(top.place()) == top.level() && top.level() == highest,
                    "the entry point is on level " + top.level() + ", highest is " + highest);
        }
    }

    /** Every edge of the tree is there in both directions, and all lead to one root of the tree. */
    private void checkTree() {
        int roots = 0;
        for (int place = inUse.nextSetBit(0); place >= 0; place = inUse.nextSetBit(place + 1)) {
            if (graph.linkable(place)) {
                int parent = graph.parent(place);
                if (parent == HnswGraph.NONE) {
                    roots++;
                } else if (parent < 0 || parent >= end || !inUse.get(parent) || !graph.linkable(parent)) {
                    findings.add("vertex " + place + " has parent " + parent + ", which is not in use");
                } else {
                    expect(linked(place, parent), "vertex " + place + " does not link to its parent");
                    expect(linked(parent, place), "vertex " + place + " is not linked from its parent");
                }
            }
        }
        expect(roots == (highest < 0 ? 0 : 1), "there are " + roots + " vertices without a parent");
        if (findings.none()) {
            checkNoCircle();
            checkReached();
        }
    }

    /** From every vertex, the parents lead to the tree's root. */
    private void checkNoCircle() {
        int[] walk = new int[end];
        for (int place = inUse.nextSetBit(0); place >= 0; place = inUse.nextSetBit(place + 1)) {
            int at = graph.linkable(place) ? place : HnswGraph.NONE;
            while (at != HnswGraph.NONE && walk[at] == 0) {
                walk[at] = place + 1;
                at = graph.parent(at);
            }
            if (at != HnswGraph.NONE && walk[at] == place + 1) {
                findings.add("the parents of vertex " + place + " form a circle");
            }
        }
    }

    private boolean linked(int from, int to) {
        long links = graph.links(from, 0);
        int count = HnswGraph.linkCount(links);
        for (int i = 0; i < count; i++) {
            if (HnswGraph.link(links, i) == to) {
                return true;
            }
        }
        return false;
    }

    /** Follows links of level 0 from the entry point. */
    private void checkReached() {
        BitSet reached = new BitSet(end);
        int[] open = new int[inUse.cardinality() + 1];
        int openCount = 0;
        int start = parts.entry().get().place();
        if (start != HnswGraph.NONE) {
            reached.set(start);
            open[openCount++] = start;
        }
        while (openCount > 0) {
            long links = graph.links(open[--openCount], 0);
            int count = HnswGraph.linkCount(links);
            for (int i = 0; i < count; i++) {
                int next = HnswGraph.link(links, i);
                if (!reached.get(next)) {
                    reached.set(next);
                    open[openCount++] = next;
                }
            }
        }
        inUse.stream()
                .filter(place -> graph.linkable(place) && !reached.get(place))
                .forEach(place -> findings.add("vertex " + place + " is not reachable from the entry point"));
    }

    private void expect(boolean holds, String otherwise) {
        if (!holds) {
            findings.add(otherwise);
        }
    }

    /** Gives the places and upper records that no vertex uses to those who insert. */
    void giveUnused() {
        for (int place = end - 1; place >= 0; place--) {
            if (!inUse.get(place)) {
                graph.clearBase(place);
                graph.places.give(place);
            }
        }
        for (int upper = graph.uppers.end() - 1; upper >= 0; upper--) {
            if (!usedUppers.get(upper)) {
                graph.uppers.give(upper);
            }
        }
    }
}
