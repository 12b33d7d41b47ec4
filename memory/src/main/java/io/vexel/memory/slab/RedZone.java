package io.vexel.memory.slab;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Bytes beside an object that nobody may write: a pattern that differs from place to place and from allocator to allocator. */
final class RedZone {

    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private RedZone() {}

    /**
     * The pattern of a place; a whole object copied over another, with the bytes beside it, is found, too.
     *
     * @param secret makes it hard to forge
     */
    static long key(long secret, long place) {
        long mixed = (secret ^ place) * GOLDEN;
        return mixed ^ (mixed >>> 32);
    }

    static void write(long key, long from, long bytes) {
        long words = bytes & -Long.BYTES;
        for (long i = 0; i < words; i += Long.BYTES) {
            ALL.set(WORD, from + i, key);
        }
        for (long i = words; i < bytes; i++) {
            ALL.set(ValueLayout.JAVA_BYTE, from + i, byteOf(key, i));
        }
    }

    /** Whether somebody wrote there. */
    static boolean isWritten(long key, long from, long bytes) {
        long words = bytes & -Long.BYTES;
        for (long i = 0; i < words; i += Long.BYTES) {
            if (ALL.get(WORD, from + i) != key) {
                return true;
            }
        }
        for (long i = words; i < bytes; i++) {
            if (ALL.get(ValueLayout.JAVA_BYTE, from + i) != byteOf(key, i)) {
                return true;
            }
        }
        return false;
    }

    private static byte byteOf(long key, long index) {
        return (byte) (key >>> (8 * (index & 7)));
    }
}
