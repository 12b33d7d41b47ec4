package io.vexel.paging.replacement;

import io.vexel.base.Checks;

/**
 * How often pages were asked for lately, in four bits a count: a count-min sketch of {@value #ROWS} rows. Counts are never too small
 * while nothing was halved, and too large where pages collide in all rows. After a number of counted uses all counts are halved, so that
 * what was in demand long ago is forgotten.
 *
 * <p>Representation: a word holds sixteen counts, four for each row; a row takes a word by its own hash and one of its four counts there.
 * A word a frame is 8 bytes beside a page of 4 KiB or more. Not safe for concurrent use.
 *
 * <p>Sources: G. Cormode, S. Muthukrishnan, "An improved data stream summary: the count-min sketch", 2005, for the estimate; G. Einziger,
 * R. Friedman, B. Manes, "TinyLFU", 2017, for halving.
 */
final class FrequencySketch {

    /** The largest count. */
    static final int MOST = 15;

    private static final int ROWS = 4;
    private static final int LEAST_WORDS = 8;
    private static final long HALVES = 0x7777_7777_7777_7777L;
    private static final long[] SEEDS = {
        0x9E3779B97F4A7C15L, 0xC2B2AE3D27D4EB4FL, 0x165667B19E3779F9L, 0xD6E8FEB86659FD93L
    };

    private final long[] words;
    private final int shift;
    private final long usesBetweenHalvings;
    private long uses;

    /**
     * @param items how many pages are to be told apart
     * @param usesBetweenHalvings at least 1
     */
    FrequencySketch(int items, long usesBetweenHalvings) {
        int capacity = Integer.highestOneBit(Math.max(LEAST_WORDS, 2 * items - 1));
        words = new long[capacity];
        shift = 64 - Integer.numberOfTrailingZeros(capacity);
        this.usesBetweenHalvings = Checks.inRange("usesBetweenHalvings", usesBetweenHalvings, 1, Long.MAX_VALUE);
    }

    /** Counts uses of a page. */
    void add(long page, int count) {
        for (int use = 0; use < count; use++) {
            add(page);
        }
    }

    private void add(long page) {
        long mixed = mix(page);
        for (int row = 0; row < ROWS; row++) {
            long hash = mixed * SEEDS[row];
            int word = (int) (hash >>> shift);
            int bit = bit(row, hash);
            if ((words[word] >>> bit & MOST) < MOST) {
                words[word] += 1L << bit;
            }
        }
        if (++uses >= usesBetweenHalvings) {
            halve();
        }
    }

    /** About how often a page was used, 0..{@value #MOST}. */
    int frequency(long page) {
        long mixed = mix(page);
        int least = MOST;
        for (int row = 0; row < ROWS; row++) {
            long hash = mixed * SEEDS[row];
            least = Math.min(least, (int) (words[(int) (hash >>> shift)] >>> bit(row, hash) & MOST));
        }
        return least;
    }

    private void halve() {
        for (int i = 0; i < words.length; i++) {
            words[i] = words[i] >>> 1 & HALVES;
        }
        uses /= 2;
    }

    /** The place of a row's count in its word: four counts a row, chosen by bits that the word's number does not depend on. */
    private static int bit(int row, long hash) {
        return 16 * row + 4 * (int) (hash >>> 16 & 3);
    }

    private static long mix(long page) {
        long mixed = (page ^ page >>> 32) * 0xBF58476D1CE4E5B9L;
        return mixed ^ mixed >>> 29;
    }
}
