package io.vexel.paging.space;

/**
 * Entries of page tables: where a page is, in 8 bytes. An entry that says {@link #isResident resident} is what readers take as their stamp.
 *
 * <pre>
 *    63     62  60 59             36 35                                  0
 *   +----+--------+-----------------+-------------------------------------+
 *   |  R | state  |     version     | frame, or where the page is instead |
 *   +----+--------+-----------------+-------------------------------------+
 * </pre>
 *
 * <p>The version is that of the frame, and counts its changes of hands and of contents modulo 2^24. A reader is deceived only if a multiple of
 * 16,777,216 such changes, each of which takes a fault or a write, fits between its two looks.
 */
final class PageEntry {

    /** The page is at home: in its file, or nowhere when it is free. Its place is when it left memory last, or 0. */
    static final int HOME = 0;

    /** The page is in swap or compressed; its place says where. */
    static final int STORED = 1;

    /** Somebody brings the page in, or moves it; its place is not to be relied on. */
    static final int IN_TRANSIT = 2;

    /** In a frame, and nobody has asked for it yet. */
    static final int AHEAD = 3;

    /** In a frame that somebody writes to. */
    static final int WRITING = 4;

    /** Bit 63 and nothing else of the state: in a frame, to be read. */
    static final int RESIDENT = 8;

    static final int PLACE_BITS = 36;

    /** The largest place. */
    static final long MAX_PLACE = (1L << PLACE_BITS) - 1;

    static final int VERSION_MASK = (1 << 24) - 1;

    private static final int STATE_SHIFT = 60;

    private PageEntry() {}

    static long of(int state, int version, long place) {
        return (long) state << STATE_SHIFT | (long) (version & VERSION_MASK) << PLACE_BITS | place;
    }

    /** An entry without a version. */
    static long away(int state, long place) {
        return of(state, 0, place);
    }

    static int state(long entry) {
        return (int) (entry >>> STATE_SHIFT);
    }

    static boolean isResident(long entry) {
        return entry < 0;
    }

    static boolean inFrame(long entry) {
        int state = state(entry);
        return state == RESIDENT || state == AHEAD || state == WRITING;
    }

    static int version(long entry) {
        return (int) (entry >>> PLACE_BITS) & VERSION_MASK;
    }

    static long place(long entry) {
        return entry & MAX_PLACE;
    }

    static int frame(long entry) {
        return (int) entry;
    }
}
