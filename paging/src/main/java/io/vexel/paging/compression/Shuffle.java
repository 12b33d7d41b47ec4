package io.vexel.paging.compression;

/**
 * Brings bytes of the same weight together: of numbers of w bytes first all lowest bytes, then all second ones, and so on. Perhaps of the
 * differences between numbers, modulo 2^32. Lengths are multiples of 64.
 */
final class Shuffle {

    private static final long EVEN_BYTES = 0x00FF_00FF_00FF_00FFL;
    private static final long EVERY_FOURTH = 0x0000_00FF_0000_00FFL;

    private Shuffle() {}

    /** Arranges a block of a class. */
    static void apply(PageClass kind, long source, long target, int bytes) {
        switch (kind) {
            case BYTES -> Raw.copy(source, target, bytes);
            case HALVES -> halves(source, target, bytes);
            case WORDS -> words(source, target, bytes);
            case ASCENDING -> ascending(source, target, bytes);
        }
    }

    /** The reverse. */
    static void undo(PageClass kind, long source, long target, int bytes) {
        switch (kind) {
            case BYTES -> Raw.copy(source, target, bytes);
            case HALVES -> undoHalves(source, target, bytes);
            case WORDS -> undoWords(source, target, bytes);
            case ASCENDING -> {
                undoWords(source, target, bytes);
                int value = 0;
                for (int at = 0; at < bytes; at += Integer.BYTES) {
                    value += Raw.getInt(target + at);
                    Raw.putInt(target + at, value);
                }
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

    private static void words(long source, long target, int bytes) {
        int plane = bytes / 4;
        for (int at = 0; at < bytes; at += 32) {
            long a = Raw.getLong(source + at);
            long b = Raw.getLong(source + at + 8);
            long c = Raw.getLong(source + at + 16);
            long d = Raw.getLong(source + at + 24);
            long to = target + at / 4;
            for (int weight = 0; weight < 4; weight++) {
                long mask = EVERY_FOURTH << (8 * weight);
                long low = Long.compress(a, mask) | Long.compress(b, mask) << 16;
                long high = Long.compress(c, mask) | Long.compress(d, mask) << 16;
                Raw.putLong(to + (long) weight * plane, low | high << 32);
            }
        }
    }

    private static void ascending(long source, long target, int bytes) {
        int plane = bytes / 4;
        int before = 0;
        for (int at = 0; at < bytes; at += Integer.BYTES) {
            int value = Raw.getInt(source + at);
            int difference = value - before;
            before = value;
            long to = target + at / 4;
            Raw.putByte(to, difference);
            Raw.putByte(to + plane, difference >>> 8);
            Raw.putByte(to + 2L * plane, difference >>> 16);
            Raw.putByte(to + 3L * plane, difference >>> 24);
        }
    }

    private static void undoWords(long source, long target, int bytes) {
        int plane = bytes / 4;
        for (int at = 0; at < bytes; at += 32) {
            long p = Raw.getLong(source + at / 4);
            long q = Raw.getLong(source + at / 4 + plane);
            long r = Raw.getLong(source + at / 4 + 2L * plane);
            long s = Raw.getLong(source + at / 4 + 3L * plane);
            for (int word = 0; word < 4; word++) {
                Raw.putLong(
                        target + at + 8L * word,
                        Long.expand(p >>> (16 * word), EVERY_FOURTH)
                                | Long.expand(q >>> (16 * word), EVERY_FOURTH << 8)
                                | Long.expand(r >>> (16 * word), EVERY_FOURTH << 16)
                                | Long.expand(s >>> (16 * word), EVERY_FOURTH << 24));
            }
        }
    }
}
