package io.vexel.collection.payload;

import org.roaringbitmap.RoaringBitmap;

/** The rows with one value, in the form that takes less memory. Immutable. */
sealed interface RowSet {

    /** From so many rows on, a bitmap is smaller. */
    int FEWEST_FOR_BITMAP = 32;

    /** Few rows. */
    final class Few implements RowSet {

        private final int[] rows;

        /** Takes over the rows, ascending. */
        private Few(int[] rows) {
            this.rows = rows;
        }

        @Override
        public void addTo(RoaringBitmap target) {
            target.add(rows);
        }

        @Override
        public long bytes() {
            return 40 + 4L * rows.length;
        }
    }

    /** Many rows. */
    record Many(RoaringBitmap rows) implements RowSet {

        @Override
        public void addTo(RoaringBitmap target) {
            target.or(rows);
        }

        @Override
        public long bytes() {
            return 120 + rows.getLongSizeInBytes();
        }
    }

    void addTo(RoaringBitmap target);

    /** Estimated bytes of heap. */
    long bytes();

    /** The set of these rows, ascending; takes over the array. */
    static RowSet of(int[] rows) {
        return rows.length < FEWEST_FOR_BITMAP ? new Few(rows) : new Many(RoaringBitmap.bitmapOf(rows));
    }

    /** This set without {@code dead}, together with that, which has larger rows only. */
    default RowSet join(RowSet next, RoaringBitmap dead) {
        RoaringBitmap all = new RoaringBitmap();
        addTo(all);
        next.addTo(all);
        all.andNot(dead);
        return all.getCardinality() < FEWEST_FOR_BITMAP ? new Few(all.toArray()) : new Many(all);
    }

    default boolean isEmpty() {
        return this instanceof Few few && few.rows.length == 0;
    }
}
