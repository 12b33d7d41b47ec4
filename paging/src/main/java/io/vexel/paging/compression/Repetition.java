package io.vexel.paging.compression;

import static io.vexel.memory.raw.RawMemory.ALL;

/** Copies what a match repeats. */
final class Repetition {

    /** By distances below 8: the least factor that makes them 8 and more. */
    private static final int[] WIDER = {0, 8, 4, 3, 2, 2, 2, 2};

    /** By distances below 8: the largest multiple of them up to 8. */
    private static final int[] STEPS = {0, 8, 8, 6, 8, 5, 6, 7};

    /** By distances below 8: what such a word is multiplied by that has nothing but the bytes of that distance, so that they repeat. */
    private static final long[] REPEATS = {
        0,
        0x0101_0101_0101_0101L,
        0x0001_0001_0001_0001L,
        0x0001_0000_0100_0001L,
        0x0000_0001_0000_0001L,
        0x0000_0100_0000_0001L,
        0x0001_0000_0000_0001L,
        0x0100_0000_0000_0001L
    };

    private Repetition() {}

    /**
     * Appends bytes that lie a distance before, by words: writes, and reads, up to 7 bytes beyond.
     *
     * @param to where they are appended
     * @param distance 1 and more; so many bytes can be read before
     * @param bytes how many, 1 and more
     */
    static void copyWide(long to, int distance, int bytes) {
        long from = to - distance;
        long first = Raw.getLong(from);
        if (distance >= Long.BYTES) {
            Raw.putLong(to, first);
            for (int at = Long.BYTES; at < bytes; at += Long.BYTES) {
                ALL.set(Raw.LONG, to + at, ALL.get(Raw.LONG, from + at));
            }
            return;
        }
        // A word that repeats itself is written over and over, a multiple of the distance apart; nothing that was just
        // written is read.
        int bits = Byte.SIZE * distance;
        long pattern = (first & ((1L << bits) - 1)) * REPEATS[distance];
        int step = STEPS[distance];
        for (int at = 0; at < bytes; at += step) {
            ALL.set(Raw.LONG, to + at, pattern);
        }
    }

    /**
     * Appends bytes that lie a distance before.
     *
     * @param out offset of the end so far
     * @param distance 1..{@code out}
     * @param bytes how many, up to {@code length - out}
     * @param length room at the target, behind which nothing is written
     */
    static void copy(long target, int out, int distance, int bytes, int length) {
        long to = target + out;
        if (bytes + 2 * Long.BYTES > length - out) {
            Raw.copyBytes(to - distance, to, bytes);
        } else if (distance >= Long.BYTES) {
            Raw.copyWords(to - distance, to, bytes);
        } else {
            // Eight bytes one by one; then what is repeated is as well a multiple of it that takes a word at least.
            Raw.copyBytes(to - distance, to, Long.BYTES);
            int wider = distance * WIDER[distance];
            Raw.copyWords(to + Long.BYTES - wider, to + Long.BYTES, bytes - Long.BYTES);
        }
    }
}
