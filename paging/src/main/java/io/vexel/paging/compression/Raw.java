package io.vexel.paging.compression;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian access to native memory at any alignment, for code that has checked its bounds. */
final class Raw {

    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Raw() {}

    static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    static int getInt(long address) {
        return ALL.get(INT, address);
    }

    static int getShort(long address) {
        return ALL.get(SHORT, address) & 0xFFFF;
    }

    static int getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xFF;
    }

    static void putLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    static void putInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    static void putShort(long address, int value) {
        ALL.set(SHORT, address, (short) value);
    }

    static void putByte(long address, int value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
    }

    static void copy(long source, long target, long bytes) {
        MemorySegment.copy(ALL, source, ALL, target, bytes);
    }

    /**
     * Copies forward in steps of 8 bytes, up to 7 bytes more than asked for; the ranges may overlap when the target lies 8 bytes or more behind the
     * source.
     */
    static void copyWords(long source, long target, int bytes) {
        for (int at = 0; at < bytes; at += Long.BYTES) {
            ALL.set(LONG, target + at, ALL.get(LONG, source + at));
        }
    }

    /** As {@link #copyWords}, in steps of 16 bytes, up to 15 bytes more than asked for; the ranges do not overlap. */
    static void copyPairs(long source, long target, int bytes) {
        for (int at = 0; at < bytes; at += 2 * Long.BYTES) {
            ALL.set(LONG, target + at, ALL.get(LONG, source + at));
            ALL.set(LONG, target + at + Long.BYTES, ALL.get(LONG, source + at + Long.BYTES));
        }
    }

    /** Copies forward byte by byte; the ranges may overlap in any way that repeats what was copied. */
    static void copyBytes(long source, long target, int bytes) {
        for (int at = 0; at < bytes; at++) {
            putByte(target + at, getByte(source + at));
        }
    }

    /** How many bytes from two addresses on are the same, up to a limit. */
    static int same(long a, long b, int most) {
        int at = 0;
        while (at + Long.BYTES <= most) {
            long difference = getLong(a + at) ^ getLong(b + at);
            if (difference != 0) {
                return at + (Long.numberOfTrailingZeros(difference) >>> 3);
            }
            at += Long.BYTES;
        }
        while (at < most && getByte(a + at) == getByte(b + at)) {
            at++;
        }
        return at;
    }
}
