package io.vexel.memory.zone;

import io.vexel.memory.lock.Stripes;
import java.util.concurrent.atomic.LongAdder;

/** Hot lists for threads that have none of their own. */
final class StripedHotPages {

    private final Stripes<HotPages> stripes;

    StripedHotPages(PageAllocator allocator, int node, int count) {
        stripes = new Stripes<>(count, () -> new HotPages(allocator, node));
    }

    long tryHot(PageOwner owner, int order, boolean local) {
        Stripes.Stripe<HotPages> stripe = stripes.enter();
        try {
            return stripe.guarded().tryHot(owner, order, local);
        } finally {
            stripe.leave();
        }
    }

    boolean tryFree(long handle) {
        Stripes.Stripe<HotPages> stripe = stripes.enter();
        try {
            return stripe.guarded().tryFree(handle);
        } finally {
            stripe.leave();
        }
    }

    long drain() {
        LongAdder pages = new LongAdder();
        stripes.forEach(hot -> pages.add(hot.drain()));
        return pages.sum();
    }

    void addCounts(HotPages.Counts sum) {
        stripes.forEach(hot -> sum.add(hot.counts));
    }
}
