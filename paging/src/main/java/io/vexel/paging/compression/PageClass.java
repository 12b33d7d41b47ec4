package io.vexel.paging.compression;

/** What lies in pages, so that what is alike can be brought together before it is compressed. */
public enum PageClass {
    /** Anything; compressed as it is. */
    BYTES(0, 1, false),
    /** Numbers of 16 bits, half floats for instance: all low bytes, then all high ones. */
    HALVES(1, 2, false),
    /** Numbers of 32 bits, floats for instance: byte by byte as above. */
    WORDS(2, 4, false),
    /** Ascending numbers of 32 bits, lists of links for instance: each less the one before, byte by byte. */
    ASCENDING(3, 4, true);

    private static final PageClass[] BY_NUMBER = {BYTES, HALVES, WORDS, ASCENDING};

    private final int number;
    private final int width;
    private final boolean differences;

    PageClass(int number, int width, boolean differences) {
        this.number = number;
        this.width = width;
        this.differences = differences;
    }

    /** What a class is kept as, 0..3. */
    public byte number() {
        return (byte) number;
    }

    /** The class of a number. */
    public static PageClass of(int number) {
        return BY_NUMBER[number];
    }

    /** Bytes of a number. */
    int width() {
        return width;
    }

    /** Whether numbers are replaced by their differences. */
    boolean differences() {
        return differences;
    }

    /** Whether pages are compressed as they are. */
    boolean isPlain() {
        return width == 1;
    }
}
