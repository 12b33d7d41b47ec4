package io.vexel.base;

/** Argument checks whose messages have the form {@code name=value, allowed: ...}. */
public final class Checks {

    private Checks() {}

    /** Returns {@code value} when {@code min <= value <= max}; throws {@link IllegalArgumentException} otherwise. */
    public static long inRange(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + "=" + value + ", allowed: " + min + ".." + max);
        }
        return value;
    }

    /** As {@link #inRange(String, long, long, long)}, for int. */
    public static int inRange(String name, int value, int min, int max) {
        return (int) inRange(name, (long) value, min, max);
    }

    /** Returns {@code value} when it is a power of two within the range; throws {@link IllegalArgumentException} otherwise. */
    public static int powerOfTwo(String name, int value, int min, int max) {
        if (value < min || value > max || Integer.bitCount(value) != 1) {
            throw new IllegalArgumentException(name + "=" + value + ", allowed: a power of two in " + min + ".." + max);
        }
        return value;
    }

    /** Returns {@code value} when {@code condition} holds; throws {@link IllegalArgumentException} with the message otherwise. */
    public static void argument(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
