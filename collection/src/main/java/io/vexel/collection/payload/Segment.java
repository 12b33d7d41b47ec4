package io.vexel.collection.payload;

import java.util.ArrayList;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/**
 * The indexes of consecutive rows. Immutable.
 *
 * @param first first row
 * @param end the row behind the last
 * @param version rows that are dead at this version may have been left out
 * @param parts one for each index of the collection, in its order
 */
record Segment(int first, int end, int version, List<FieldPart> parts) {

    int rows() {
        return end - first;
    }

    /** Estimated bytes of heap. */
    long bytes() {
        return 128 + parts.stream().mapToLong(FieldPart::bytes).sum();
    }

    /** This segment and the one right behind, in one, without the dead rows. */
    Segment join(Segment next, Deaths deaths) {
        RoaringBitmap dead = deaths.between(first, next.end);
        List<FieldPart> joined = new ArrayList<>(parts.size());
        for (int i = 0; i < parts.size(); i++) {
            joined.add(parts.get(i).join(next.parts.get(i), dead));
        }
        int newest = Math.max(version, next.version);
        return new Segment(
                first, next.end, dead.isEmpty() ? newest : Math.max(newest, deaths.version()), List.copyOf(joined));
    }

    /** This segment with the part of one more index, from which rows that are dead at the version were left out. */
    Segment with(FieldPart part, int partVersion) {
        List<FieldPart> more = new ArrayList<>(parts);
        more.add(part);
        return new Segment(first, end, Math.max(version, partVersion), List.copyOf(more));
    }

    /** This segment without the part of an index. */
    Segment without(int part) {
        List<FieldPart> fewer = new ArrayList<>(parts);
        fewer.remove(part);
        return new Segment(first, end, version, List.copyOf(fewer));
    }
}
