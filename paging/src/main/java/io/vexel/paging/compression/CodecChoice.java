package io.vexel.paging.compression;

/**
 * Chooses a codec for pages of one class by what became of those before: after poor pages in a row ever fewer are tried, and a codec that takes
 * too long is left alone for a while. With {@link Compression#AUTO}, every so often a page is compressed by the other codec, too, and Zstandard
 * is taken as long as it makes pages smaller by a fifth. Guarded by its monitor.
 */
final class CodecChoice {

    static final int SKIP = -1;

    /** Numbers of codecs, as they are kept with a page. */
    static final int SAME = 0;

    static final int LZ4 = 1;
    static final int ZSTD = 2;
    static final int LZO = 3;

    private static final int PATIENCE = 4;
    private static final int MOST_SKIPPED = 64;
    private static final int TRIAL_EVERY = 32;
    private static final int WEIGHT = 8;
    private static final int WORTH_PERCENT = 80;

    private final Compression way;
    /** Moving averages of bytes, by codec; 0 before the first. */
    private final long[] averageBytes = new long[LZO + 1];

    private int poorInARow;
    private int slowInARow;
    private int toSkip;
    private int pages;

    CodecChoice(Compression way) {
        this.way = way;
    }

    /** The codec for the next page, or {@link #SKIP}. */
    synchronized int next() {
        if (way == Compression.NONE) {
            return SKIP;
        }
        if (toSkip > 0) {
            toSkip--;
            return SKIP;
        }
        pages++;
        return switch (way) {
            case ZSTD -> ZSTD;
            case LZO -> LZO;
            case AUTO -> auto();
            default -> LZ4;
        };
    }

    private int auto() {
        if (pages % TRIAL_EVERY == 1) {
            return ZSTD;
        }
        boolean worth = averageBytes[ZSTD] > 0
                && averageBytes[LZ4] > 0
                && averageBytes[ZSTD] * 100 < averageBytes[LZ4] * WORTH_PERCENT;
        return worth && pages % TRIAL_EVERY != 2 ? ZSTD : LZ4;
    }

    /** A page became so long, or the whole page when it was poor. */
    synchronized void became(int codec, int bytes, boolean poor) {
        averageBytes[codec] = averageBytes[codec] == 0 ? bytes : (averageBytes[codec] * (WEIGHT - 1) + bytes) / WEIGHT;
        poorInARow = poor ? poorInARow + 1 : 0;
        backOff(poorInARow);
    }

    synchronized void took(boolean tooLong) {
        slowInARow = tooLong ? slowInARow + 1 : 0;
        backOff(slowInARow);
    }

    private void backOff(int inARow) {
        if (inARow >= PATIENCE) {
            toSkip = Math.max(toSkip, Math.min(MOST_SKIPPED, 1 << Math.min(30, inARow - PATIENCE)));
        }
    }
}
