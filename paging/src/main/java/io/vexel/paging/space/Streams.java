package io.vexel.paging.space;

/**
 * Tells reads in order from others: a few streams, each the page that is expected next and how many pages are read ahead of it. A fault on the
 * expected page doubles the window, one on a page that was read ahead and left before it was asked for halves it. Any other fault begins a
 * stream, in the place of the one that was quiet longest. With the pager's lock held.
 */
final class Streams {

    private static final int STREAMS = 8;
    private static final int FIRST_WINDOW = 4;
    private static final long NOWHERE = -1;

    private final long[] next = new long[STREAMS];
    private final int[] window = new int[STREAMS];
    private final long[] lastUse = new long[STREAMS];
    private final int mostPages;
    private long now;
    private int current;

    /** @param mostPages up to which a window grows; 0 for none */
    Streams(int mostPages) {
        this.mostPages = mostPages;
        java.util.Arrays.fill(next, NOWHERE);
    }

    /** How many pages behind the one that faults are worth reading. {@link #readTo} says afterwards how many were. */
    int ahead(long page) {
        current = streamOf(page);
        lastUse[current] = ++now;
        return window[current];
    }

    private int streamOf(long page) {
        int quiet = 0;
        for (int i = 0; i < STREAMS; i++) {
            if (next[i] == page) {
                window[i] = Math.min(mostPages, Math.max(FIRST_WINDOW, 2 * window[i]));
                return i;
            }
            if (next[i] != NOWHERE && page < next[i] && page >= next[i] - window[i]) {
                window[i] = Math.min(mostPages, Math.max(FIRST_WINDOW, window[i] / 2));
                return i;
            }
            if (lastUse[i] < lastUse[quiet]) {
                quiet = i;
            }
        }
        window[quiet] = 0;
        return quiet;
    }

    /** Somebody is going to read everything from here on. */
    void scan(long page) {
        ahead(page);
        window[current] = mostPages;
    }

    /** The stream that was asked about last was read up to this page, exclusive. */
    void readTo(long page) {
        next[current] = page;
    }
}
