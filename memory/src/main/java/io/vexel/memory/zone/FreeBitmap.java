package io.vexel.memory.zone;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.Bytes;
import java.lang.foreign.ValueLayout;

/**
 * A set of block numbers in three levels of bits: a bit of the second level says that a word of the first is not zero, and one of the
 * third says so of the second. The least number is found by three words, and by a look over the words of the third level, of which there is one
 * for every 262,144 numbers; words in front of {@code lowest} are zero.
 */
final class FreeBitmap {

    static final int NONE = -1;

    private final long blocks;
    private final long words;
    private final long tops;
    private final int topWords;
    private int lowest;
    private int count;

    /** @param address of zeroed memory, {@link #bytes} of it */
    FreeBitmap(long address, int size) {
        blocks = address;
        words = blocks + bytesFor(size);
        tops = words + bytesFor(wordsFor(size));
        topWords = wordsFor(wordsFor(wordsFor(size)));
        lowest = topWords;
    }

    /** Bytes for a set of numbers below {@code size}. */
    static long bytes(int size) {
        return bytesFor(size) + bytesFor(wordsFor(size)) + bytesFor(wordsFor(wordsFor(size)));
    }

    private static int wordsFor(int bits) {
        return (int) Bytes.ceilDiv(bits, Long.SIZE);
    }

    private static long bytesFor(int bits) {
        return (long) wordsFor(bits) * Long.BYTES;
    }

    /** Adds a number that is not in the set. */
    void add(int number) {
        assert !contains(number) : number;
        count++;
        if (set(blocks, number) && set(words, number >>> 6) && set(tops, number >>> 12)) {
            lowest = Math.min(lowest, number >>> 18);
        }
    }

    /** Takes out a number that is in the set. */
    void remove(int number) {
        assert contains(number) : number;
        count--;
        if (clear(blocks, number) && clear(words, number >>> 6)) {
            clear(tops, number >>> 12);
        }
    }

    boolean contains(int number) {
        return (word(blocks, number >>> 6) & (1L << number)) != 0;
    }

    /** The least number, or {@link #NONE}. */
    int first() {
        for (; lowest < topWords; lowest++) {
            long top = word(tops, lowest);
            if (top != 0) {
                int second = (lowest << 6) | Long.numberOfTrailingZeros(top);
                int first = (second << 6) | Long.numberOfTrailingZeros(word(words, second));
                return (first << 6) | Long.numberOfTrailingZeros(word(blocks, first));
            }
        }
        return NONE;
    }

    int count() {
        return count;
    }

    /** Whether the word was zero before. */
    private static boolean set(long level, int bit) {
        long word = word(level, bit >>> 6);
        put(level, bit >>> 6, word | (1L << bit));
        return word == 0;
    }

    /** Whether the word is zero now. */
    private static boolean clear(long level, int bit) {
        long word = word(level, bit >>> 6) & ~(1L << bit);
        put(level, bit >>> 6, word);
        return word == 0;
    }

    private static long word(long level, int index) {
        return ALL.get(ValueLayout.JAVA_LONG, level + (long) index * Long.BYTES);
    }

    private static void put(long level, int index, long word) {
        ALL.set(ValueLayout.JAVA_LONG, level + (long) index * Long.BYTES, word);
    }
}
