package io.vexel.paging.compression;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Brings bytes of the same weight together: of numbers of w bytes first all lowest bytes, then all second ones, and so on. Perhaps of the
 * differences between numbers, modulo 2^32. Lengths are multiples of 64, up to 16 KiB.
 *
 * <p>Numbers of 32 bits go through an array of rows, four for what comes in and four for what goes out. Number 4i + r lies in place i of row r,
 * and so do the bytes of weight r of the numbers 4i to 4i + 3. From one to the other, and back, each four ints at one place are transposed as
 * a square of bytes. That is done in loops over one row of results each, at constant distances from what they read, since the JIT makes
 * vector instructions of such loops. For one thread at a time.
 */
final class Shuffle {

    private static final int ROWS = 4;
    private static final int MOST_BYTES = 1 << 14;
    /** Ints from a row to the next: 1,088 bytes more than needed, so that rows of 4 KiB pages do not lie in like sets of the processor's cache. */
    private static final int ROW = MOST_BYTES / (ROWS * Integer.BYTES) + 272;

    private static final int OUT = ROWS * ROW;
    private static final long EVEN_BYTES = 0x00FF_00FF_00FF_00FFL;
    private static final long LOW_INT = 0xFFFF_FFFFL;

    private final int[] rows = new int[2 * ROWS * ROW];

    /** Arranges a block of a class. */
    void apply(PageClass kind, long source, long target, int bytes) {
        int places = bytes / (ROWS * Integer.BYTES);
        switch (kind) {
            case BYTES -> Raw.copy(source, target, bytes);
            case HALVES -> halves(source, target, bytes);
            case WORDS -> {
                split(rows, source, places);
                transpose(places);
                putRows(target, places);
            }
            case ASCENDING -> {
                splitDifferences(rows, source, places);
                transpose(places);
                putRows(target, places);
            }
        }
    }

    /** The reverse. */
    void undo(PageClass kind, long source, long target, int bytes) {
        int places = bytes / (ROWS * Integer.BYTES);
        switch (kind) {
            case BYTES -> Raw.copy(source, target, bytes);
            case HALVES -> undoHalves(source, target, bytes);
            case WORDS -> {
                getRows(source, places);
                transpose(places);
                join(rows, target, places);
            }
            case ASCENDING -> {
                getRows(source, places);
                transpose(places);
                joinSums(rows, target, places);
            }
        }
    }

    private static void halves(long source, long target, int bytes) {
        long high = target + bytes / 2;
        for (int at = 0; at < bytes; at += 16) {
            long a = Raw.getLong(source + at);
            long b = Raw.getLong(source + at + 8);
            Raw.putLong(target + at / 2, Long.compress(a, EVEN_BYTES) | Long.compress(b, EVEN_BYTES) << 32);
            Raw.putLong(high + at / 2, Long.compress(a, ~EVEN_BYTES) | Long.compress(b, ~EVEN_BYTES) << 32);
        }
    }

    private static void undoHalves(long source, long target, int bytes) {
        long high = source + bytes / 2;
        for (int at = 0; at < bytes; at += 16) {
            long low = Raw.getLong(source + at / 2);
            long top = Raw.getLong(high + at / 2);
            Raw.putLong(target + at, Long.expand(low, EVEN_BYTES) | Long.expand(top, ~EVEN_BYTES));
            Raw.putLong(target + at + 8, Long.expand(low >>> 32, EVEN_BYTES) | Long.expand(top >>> 32, ~EVEN_BYTES));
        }
    }

    private void getRows(long source, int places) {
        for (int row = 0; row < ROWS; row++) {
            long from = source + (long) row * places * Integer.BYTES;
            MemorySegment.copy(ALL, ValueLayout.JAVA_INT_UNALIGNED, from, rows, row * ROW, places);
        }
    }

    private void putRows(long target, int places) {
        for (int row = 0; row < ROWS; row++) {
            long to = target + (long) row * places * Integer.BYTES;
            MemorySegment.copy(rows, OUT + row * ROW, ALL, ValueLayout.JAVA_INT_UNALIGNED, to, places);
        }
    }

    private void transpose(int places) {
        lowest(rows, places);
        second(rows, places);
        third(rows, places);
        highest(rows, places);
    }

    private static void lowest(int[] rows, int places) {
        for (int i = 0; i < places; i++) {
            rows[OUT + i] = (rows[i] & 0xFF)
                    | (rows[ROW + i] & 0xFF) << 8
                    | (rows[2 * ROW + i] & 0xFF) << 16
                    | rows[3 * ROW + i] << 24;
        }
    }

    private static void second(int[] rows, int places) {
        for (int i = 0; i < places; i++) {
            rows[OUT + ROW + i] = (rows[i] >>> 8 & 0xFF)
                    | (rows[ROW + i] & 0xFF00)
                    | (rows[2 * ROW + i] & 0xFF00) << 8
                    | (rows[3 * ROW + i] & 0xFF00) << 16;
        }
    }

    private static void third(int[] rows, int places) {
        for (int i = 0; i < places; i++) {
            rows[OUT + 2 * ROW + i] = (rows[i] >>> 16 & 0xFF)
                    | (rows[ROW + i] >>> 8 & 0xFF00)
                    | (rows[2 * ROW + i] & 0xFF_0000)
                    | (rows[3 * ROW + i] & 0xFF_0000) << 8;
        }
    }

    private static void highest(int[] rows, int places) {
        for (int i = 0; i < places; i++) {
            rows[OUT + 3 * ROW + i] = rows[i] >>> 24
                    | (rows[ROW + i] >>> 16 & 0xFF00)
                    | (rows[2 * ROW + i] >>> 8 & 0xFF_0000)
                    | (rows[3 * ROW + i] & 0xFF00_0000);
        }
    }

    private static void split(int[] rows, long source, int places) {
        for (int i = 0; i < places; i++) {
            long first = Raw.getLong(source + 16L * i);
            long second = Raw.getLong(source + 16L * i + 8);
            rows[i] = (int) first;
            rows[ROW + i] = (int) (first >>> 32);
            rows[2 * ROW + i] = (int) second;
            rows[3 * ROW + i] = (int) (second >>> 32);
        }
    }

    private static void splitDifferences(int[] rows, long source, int places) {
        int before = 0;
        for (int i = 0; i < places; i++) {
            long first = Raw.getLong(source + 16L * i);
            long second = Raw.getLong(source + 16L * i + 8);
            rows[i] = (int) first - before;
            rows[ROW + i] = (int) (first >>> 32) - (int) first;
            rows[2 * ROW + i] = (int) second - (int) (first >>> 32);
            before = (int) (second >>> 32);
            rows[3 * ROW + i] = before - (int) second;
        }
    }

    private static void join(int[] rows, long target, int places) {
        for (int i = 0; i < places; i++) {
            long first = (rows[OUT + i] & LOW_INT) | (long) rows[OUT + ROW + i] << 32;
            long second = (rows[OUT + 2 * ROW + i] & LOW_INT) | (long) rows[OUT + 3 * ROW + i] << 32;
            Raw.putLong(target + 16L * i, first);
            Raw.putLong(target + 16L * i + 8, second);
        }
    }

    private static void joinSums(int[] rows, long target, int places) {
        int value = 0;
        for (int i = 0; i < places; i++) {
            value += rows[OUT + i];
            Raw.putInt(target + 16L * i, value);
            value += rows[OUT + ROW + i];
            Raw.putInt(target + 16L * i + 4, value);
            value += rows[OUT + 2 * ROW + i];
            Raw.putInt(target + 16L * i + 8, value);
            value += rows[OUT + 3 * ROW + i];
            Raw.putInt(target + 16L * i + 12, value);
        }
    }
}
