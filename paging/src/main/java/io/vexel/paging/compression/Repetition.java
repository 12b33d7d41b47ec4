package io.vexel.paging.compression;

/** Copies what a match repeats. */
final class Repetition {

    /** By distances below 8: the least factor that makes them 8 and more. */
    private static final int[] WIDER = {0, 8, 4, 3, 2, 2, 2, 2};

    private Repetition() {}

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
