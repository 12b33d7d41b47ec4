package io.vexel.memory.slab;

import io.vexel.memory.lock.Stripes;

/** Magazines for threads that have none of their own. */
final class StripedMagazines {

    private final Stripes<Magazine> stripes;

    /** @param count of stripes, a power of two */
    StripedMagazines(SlabCache cache, int count) {
        stripes = new Stripes<>(count, cache::newMagazine);
    }

    /** An object, or {@link SlabCache#NONE} when the cache must grow first, which is not to be done with a lock held. */
    long tryAllocate() {
        Stripes.Stripe<Magazine> stripe = stripes.enter();
        try {
            return stripe.guarded().tryAllocate();
        } finally {
            stripe.leave();
        }
    }

    /** Takes back an object whose handle was claimed. */
    void freeClaimed(long handle) {
        Stripes.Stripe<Magazine> stripe = stripes.enter();
        try {
            stripe.guarded().freeClaimed(handle);
        } finally {
            stripe.leave();
        }
    }

    /** Empties those that nobody is in. */
    void tryDrain() {
        stripes.forEachFree(Magazine::drain);
    }

    /** For a cache that is closed. */
    void abandon() {
        stripes.forEach(Magazine::abandon);
    }

    void addCounts(SlabCache.Counts sum) {
        stripes.forEach(sum::add);
    }
}
