package io.vexel.paging.compression;

/**
 * Finds earlier places with the same four bytes, as LZ4 and LZO do it: by a hash table with one place each. Entries of earlier blocks are told
 * by their numbers, so that the table is not cleared for each.
 */
final class Matches {

    static final int LEAST_MATCH = 4;

    private static final int HASH_BITS = 12;
    private static final int HASH_FACTOR = 0x9E3779B1;
    private static final int SKIP_TRIGGER = 6;

    private final int[] places = new int[1 << HASH_BITS];
    /** What is added to places of this block. */
    private int base = 1;

    private long start;

    /** Where the last match was found, and what it is a repetition of; offsets in the block. */
    int at;

    int earlier;

    /** Begins with a block. */
    void begin(long address, int bytes) {
        if (base > Integer.MAX_VALUE - 2 * bytes) {
            java.util.Arrays.fill(places, 0);
            base = 1;
        }
        start = address;
    }

    /** Ends with a block. */
    void end(int bytes) {
        base += bytes;
    }

    private static int hash(int word) {
        return (word * HASH_FACTOR) >>> (Integer.SIZE - HASH_BITS);
    }

    void note(int offset) {
        places[hash(Raw.getInt(start + offset))] = offset + base;
    }

    /**
     * Looks for a match from an offset on; where nothing is found for long, ever fewer places are looked at.
     *
     * @param last offset that is looked at; 4 bytes can be read there
     * @param mostDistance of a match
     */
    boolean find(int from, int last, int mostDistance) {
        int searches = 1 << SKIP_TRIGGER;
        int offset = from;
        while (offset <= last) {
            int word = Raw.getInt(start + offset);
            int slot = hash(word);
            int candidate = places[slot] - base;
            places[slot] = offset + base;
            if (candidate >= 0 && offset - candidate <= mostDistance && Raw.getInt(start + candidate) == word) {
                at = offset;
                earlier = candidate;
                return true;
            }
            offset += searches++ >>> SKIP_TRIGGER;
        }
        return false;
    }

    /** Extends a match that was found to the front, not before an offset. */
    void extendBack(int least) {
        while (at > least && earlier > 0 && Raw.getByte(start + at - 1) == Raw.getByte(start + earlier - 1)) {
            at--;
            earlier--;
        }
    }

    /** Bytes of the match, up to an end. */
    int length(int end) {
        return LEAST_MATCH + Raw.same(start + at + LEAST_MATCH, start + earlier + LEAST_MATCH, end - at - LEAST_MATCH);
    }
}
