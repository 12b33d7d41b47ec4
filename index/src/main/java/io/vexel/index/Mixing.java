package io.vexel.index;

/** Numbers that look random and depend on their argument only. */
final class Mixing {

    /** The golden ratio as a 64-bit fraction: multiples of it are spread evenly. */
    static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Mixing() {}

    /** The finalizer of SplitMix64, a bijection. */
    static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
