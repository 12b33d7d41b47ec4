package io.vexel.memory.zone;

import io.vexel.memory.lock.SpinLock;

/** Hot lists for threads that have none of their own: a few, each behind a lock, and a thread takes the first that is free near its number. */
final class StripedHotPages {

    private final Stripe[] stripes;

    private static final class Stripe {
        final SpinLock lock = new SpinLock();
        final HotPages pages;

        Stripe(HotPages pages) {
            this.pages = pages;
        }
    }

    /** @param count of stripes, a power of two */
    StripedHotPages(PageAllocator allocator, int node, int count) {
        stripes = new Stripe[count];
        for (int i = 0; i < count; i++) {
            stripes[i] = new Stripe(new HotPages(allocator, node));
        }
    }

    long tryHot(PageOwner owner, int order) {
        Stripe stripe = enter();
        try {
            return stripe.pages.tryHot(owner, order);
        } finally {
            stripe.lock.unlock();
        }
    }

    boolean tryFree(long handle) {
        Stripe stripe = enter();
        try {
            return stripe.pages.tryFree(handle);
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

    long drain() {
        long pages = 0;
        for (Stripe stripe : stripes) {
            stripe.lock.lock();
            try {
                pages += stripe.pages.drain();
            } finally {
                stripe.lock.unlock();
            }
        }
        return pages;
    }

    void addCounts(HotPages.Counts sum) {
        for (Stripe stripe : stripes) {
            stripe.lock.lock();
            try {
                sum.add(stripe.pages.counts);
            } finally {
                stripe.lock.unlock();
            }
        }
    }
}
