package io.vexel.bench.micro;

/** Numbers of objects in an order that the processor cannot foresee: Marsaglia's xorshift (2003) of 64 bits. */
final class Victims {

    /** How many objects are alive at a time; a power of two. */
    static final int LIVE = 1024;

    private static final long SEED = 88_172_645_463_325_252L;

    private long state = SEED;

    /** The next number, from 0 to {@link #LIVE} less one. */
    int next() {
        long x = state;
        x ^= x << 13;
        x ^= x >>> 7;
        x ^= x << 17;
        state = x;
        return (int) x & (LIVE - 1);
    }
}
