package io.vexel.memory.slab;

/**
 * Sizes of general objects: multiples of 8 up to 64, and from there on four in each doubling, up to 8 KiB. So less than a fifth of an object
 * beyond 64 bytes is waste.
 */
final class SizeClasses {

    /** The largest size. */
    static final int MOST_BYTES = 8 << 10;

    private static final int LEAST_BYTES = 8;
    private static final int LINEAR = 64;
    private static final int LINEAR_COUNT = LINEAR / LEAST_BYTES;
    private static final int STEPS = 4;
    private static final int STEPS_SHIFT = 2;
    private static final int LINEAR_SHIFT = 6;

    /** How many sizes there are. */
    static final int COUNT = LINEAR_COUNT + STEPS * (Integer.numberOfTrailingZeros(MOST_BYTES) - LINEAR_SHIFT);

    private SizeClasses() {}

    /**
     * The first class of objects that are large enough.
     *
     * @param bytes 1..{@link #MOST_BYTES}
     */
    static int of(int bytes) {
        if (bytes <= LINEAR) {
            return (bytes - 1) / LEAST_BYTES;
        }
        int doubling = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(bytes - 1);
        int step = ((bytes - 1) >>> (doubling - STEPS_SHIFT)) - STEPS;
        return LINEAR_COUNT + (doubling - LINEAR_SHIFT) * STEPS + step;
    }

    /** Bytes of the objects of a class. */
    static int bytes(int sizeClass) {
        if (sizeClass < LINEAR_COUNT) {
            return (sizeClass + 1) * LEAST_BYTES;
        }
        int doubling = (sizeClass - LINEAR_COUNT) / STEPS;
        int step = (sizeClass - LINEAR_COUNT) % STEPS;
        return (STEPS + step + 1) << (doubling + LINEAR_SHIFT - STEPS_SHIFT);
    }
}
