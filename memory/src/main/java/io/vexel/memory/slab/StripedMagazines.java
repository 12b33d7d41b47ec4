package io.vexel.memory.slab;

import io.vexel.memory.lock.SpinLock;

/** Magazines for threads that have none of their own: a few, each behind a lock, and a thread takes the first that is free near its number. */
final class StripedMagazines {

    private final Stripe[] stripes;

    private static final class Stripe {
        final SpinLock lock = new SpinLock();
        final Magazine magazine;

        Stripe(Magazine magazine) {
            this.magazine = magazine;
        }
    }

    /** @param count of stripes, a power of two */
    StripedMagazines(SlabCache cache, int count) {
        stripes = new Stripe[count];
        for (int i = 0; i < count; i++) {
            stripes[i] = new Stripe(cache.newMagazine());
        }
    }

    /** An object, or {@link SlabCache#NONE} when the cache must grow first, which is not to be done with a lock held. */
    long tryAllocate() {
        Stripe stripe = enter();
        try {
            return stripe.magazine.tryAllocate();
        } finally {
            stripe.lock.unlock();
        }
    }

    /** Takes back an object whose handle was claimed. */
    void freeClaimed(long handle) {
        Stripe stripe = enter();
        try {
            stripe.magazine.freeClaimed(handle);
        } finally {
            stripe.lock.unlock();
        }
    }

    private Stripe enter() {
        int first = (int) Thread.currentThread().threadId();
        for (int i = 0; i < stripes.length; i++) {
            Stripe stripe = stripes[(first + i) & (stripes.length - 1)];
            if (stripe.lock.tryLock()) {
                return stripe;
            }
        }
        Stripe stripe = stripes[first & (stripes.length - 1)];
        stripe.lock.lock();
        return stripe;
    }

    /** Empties those that nobody is in. */
    void tryDrain() {
        for (Stripe stripe : stripes) {
            if (stripe.lock.tryLock()) {
                try {
                    stripe.magazine.drain();
                } finally {
                    stripe.lock.unlock();
                }
            }
        }
    }

    /** For a cache that is closed. */
    void abandon() {
        for (Stripe stripe : stripes) {
            stripe.magazine.abandon();
        }
    }

    void addCounts(SlabCache.Counts sum) {
        for (Stripe stripe : stripes) {
            stripe.lock.lock();
            try {
                sum.add(stripe.magazine);
            } finally {
                stripe.lock.unlock();
            }
        }
    }
}
