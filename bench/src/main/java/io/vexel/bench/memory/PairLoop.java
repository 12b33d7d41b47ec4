package io.vexel.bench.memory;

/**
 * Frees an object chosen at random among {@link #LIVE} and allocates one in its place. Each allocator has a loop of its own, so that the JIT
 * compiles each for itself, and has what it works on in local variables, as C has it in static ones. Used by the thread that made it.
 */
abstract class PairLoop implements AutoCloseable {

    static final int LIVE = 1024;

    private static final long SEED = 88_172_645_463_325_252L;

    /** Makes so many pairs; what it returns depends on all of them. */
    abstract long run(int pairs);

    /** The first state of the generator of victims, Marsaglia's xorshift (2003) of 64 bits. */
    static long seed() {
        return SEED;
    }

    static long next(long state) {
        long x = state ^ (state << 13);
        x ^= x >>> 7;
        return x ^ (x << 17);
    }

    static int victim(long state) {
        return (int) state & (LIVE - 1);
    }

    @Override
    public abstract void close();
}
