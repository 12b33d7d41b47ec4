package io.vexel.collection.payload;

import org.roaringbitmap.RoaringBitmap;

/**
 * What is known about the rows that fulfil a condition: {@code lower} do, and no row outside of {@code upper} does. Immutable, as are the
 * bitmaps. Dead rows may be on either side of what they should be.
 *
 * @param isExact everything is known, and the two are one object
 */
public record Bounds(RoaringBitmap lower, RoaringBitmap upper, boolean isExact) {

    static Bounds exact(RoaringBitmap rows) {
        return new Bounds(rows, rows, true);
    }

    private static Bounds between(RoaringBitmap lower, RoaringBitmap upper) {
        return new Bounds(lower, upper, false);
    }

    /** Nothing is known about the rows {@code from..to - 1}. */
    static Bounds unknown(int from, int to) {
        return between(new RoaringBitmap(), RoaringBitmap.bitmapOfRange(from, to));
    }

    Bounds and(Bounds other) {
        RoaringBitmap most = RoaringBitmap.and(upper, other.upper);
        return isExact && other.isExact ? exact(most) : between(RoaringBitmap.and(lower, other.lower), most);
    }

    Bounds or(Bounds other) {
        RoaringBitmap least = RoaringBitmap.or(lower, other.lower);
        return isExact && other.isExact ? exact(least) : between(least, RoaringBitmap.or(upper, other.upper));
    }

    /** The complement within {@code from..to - 1}. */
    Bounds not(int from, int to) {
        RoaringBitmap most = RoaringBitmap.flip(lower, (long) from, to);
        return isExact ? exact(most) : between(RoaringBitmap.flip(upper, (long) from, to), most);
    }

    /** Estimated bytes of heap. */
    long bytes() {
        return 256 + lower.getLongSizeInBytes() + (isExact ? 0 : upper.getLongSizeInBytes());
    }
}
