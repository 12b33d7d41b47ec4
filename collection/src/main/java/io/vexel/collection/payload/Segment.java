package io.vexel.collection.payload;

import io.vexel.collection.FieldIndex;
import java.util.ArrayList;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/**
 * The indexes of consecutive rows. Immutable.
 *
 * @param first first row
 * @param end the row behind the last
 * @param version rows that are dead at this version may have been left out
 * @param kept rows that were alive when it was last seen what leaving out the dead ones gives, or more
 * @param parts one for each index of the collection, in its order
 */
record Segment(int first, int end, int version, int kept, List<FieldPart> parts) {

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
        int newest = dead.isEmpty() ? 0 : deaths.version();
        int left = next.end - first - dead.getCardinality();
        return new Segment(
                first, next.end, Math.max(newest, Math.max(version, next.version)), left, List.copyOf(joined));
    }

    /** Whether at most half of the rows {@link #kept} are alive. Most of what there ever was is nothing but dead rows, and is not looked at again. */
    boolean isHalfDead(Deaths deaths) {
        return kept > 0 && rows() - deaths.count(first, end) <= kept / 2;
    }

    /**
     * This segment without the dead rows, or with them where it takes no more memory: a run of rows may take less than every second of them. Takes time that is worth it
     * when they are many of those {@link #kept}.
     */
    Segment without(Deaths deaths, List<FieldIndex> fields) {
        Segment fewer = join(new SegmentBuilder(fields).build(end, end, 0), deaths);
        return fewer.bytes() < bytes() ? fewer : new Segment(first, end, version, fewer.kept, parts);
    }

    /** This segment with the part of one more index, from which rows that are dead at the version were left out. */
    Segment with(FieldPart part, int partVersion) {
        List<FieldPart> more = new ArrayList<>(parts);
        more.add(part);
        return new Segment(first, end, Math.max(version, partVersion), kept, List.copyOf(more));
    }

    /** This segment without the part of an index. */
    Segment without(int part) {
        List<FieldPart> fewer = new ArrayList<>(parts);
        fewer.remove(part);
        return new Segment(first, end, version, kept, List.copyOf(fewer));
    }
}
