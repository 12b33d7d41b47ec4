package io.vexel.memory.zone;

/** Blocks of one order and mobility that are free but kept out of the buddy; the one freed last is taken first, while caches hold it. */
final class HotList {

    /** A list holds at most so many batches; it is filled and drained by one. */
    static final int BATCHES = 4;

    private static final int LEAST_PAGES = 8;
    private static final int MOST_PAGES = 64;

    /** A list holds at most one page of so many of its zone. */
    private static final int ZONE_SHARE = 1024;

    /** Orders up to this have a list in every zone, larger ones where it holds no more than one page of so many. */
    private static final int SMALL_ORDER = 3;

    private static final int LARGE_SHARE = 512;

    private final Zone zone;
    private final int order;
    private final Mobility mobility;
    private final int[] pages;
    private int count;

    HotList(Zone zone, int order, Mobility mobility) {
        this.zone = zone;
        this.order = order;
        this.mobility = mobility;
        int most = Math.clamp(zone.place.pages() / ZONE_SHARE, LEAST_PAGES, MOST_PAGES);
        this.pages = new int[Math.max(BATCHES, most >>> order)];
    }

    /** Whether a zone is large enough for a list of this order. */
    static boolean isWorthIt(Zone zone, int order) {
        return order <= SMALL_ORDER || (long) BATCHES << order <= zone.place.pages() / LARGE_SHARE;
    }

    /** Number of a block's first page, or -1 when there is none and the zone gives none above its watermark {@code low}. */
    int take() {
        if (count == 0) {
            count = zone.fill(order, mobility, zone.watermarks().low(), pages);
        }
        return count == 0 ? -1 : pages[--count];
    }

    boolean isEmpty() {
        return count == 0;
    }

    void put(int page) {
        if (count == pages.length) {
            int batch = pages.length / BATCHES;
            // The oldest go; those freed last stay.
            zone.drain(order, pages, 0, batch);
            System.arraycopy(pages, batch, pages, 0, count - batch);
            count -= batch;
        }
        pages[count++] = page;
    }

    /** Gives all back and says how many pages. */
    long drain() {
        long drained = (long) count << order;
        if (count > 0) {
            zone.drain(order, pages, 0, count);
            count = 0;
        }
        return drained;
    }

    Zone zone() {
        return zone;
    }
}
