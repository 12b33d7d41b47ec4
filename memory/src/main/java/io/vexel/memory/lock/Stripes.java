package io.vexel.memory.lock;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A few of something for many threads, each behind a lock: a thread takes the first that is free near its number.
 *
 * <p>Invariant: whoever is in a stripe, by {@link #enter} or in an action, is alone in it and sees what everybody did in it who left before.
 */
public final class Stripes<T> {

    private final Stripe<T>[] stripes;

    /** One of them, and its lock. */
    public static final class Stripe<T> {

        private final SpinLock lock = new SpinLock();
        private final T guarded;

        private Stripe(T guarded) {
            this.guarded = guarded;
        }

        /** For whoever has entered. */
        public T guarded() {
            return guarded;
        }

        public void leave() {
            lock.unlock();
        }
    }

    /** @param count a power of two */
    @SuppressWarnings("unchecked") // an array of a generic type can be made no other way
    public Stripes(int count, Supplier<T> make) {
        stripes = (Stripe<T>[]) new Stripe<?>[count];
        for (int i = 0; i < count; i++) {
            stripes[i] = new Stripe<>(make.get());
        }
    }

    /** Takes one, which is to be left again. */
    public Stripe<T> enter() {
        int last = stripes.length - 1;
        int first = (int) Thread.currentThread().threadId();
        for (int i = 0; i <= last; i++) {
            Stripe<T> stripe = stripes[(first + i) & last];
            if (stripe.lock.tryLock()) {
                return stripe;
            }
        }
        Stripe<T> stripe = stripes[first & last];
        stripe.lock.lock();
        return stripe;
    }

    /** Goes to each in turn, once nobody else is in it. */
    public void forEach(Consumer<T> action) {
        for (Stripe<T> stripe : stripes) {
            stripe.lock.lock();
            accept(stripe, action);
        }
    }

    /** Goes to those that nobody is in. */
    public void forEachFree(Consumer<T> action) {
        for (Stripe<T> stripe : stripes) {
            if (stripe.lock.tryLock()) {
                accept(stripe, action);
            }
        }
    }

    private static <T> void accept(Stripe<T> stripe, Consumer<T> action) {
        try {
            action.accept(stripe.guarded);
        } finally {
            stripe.lock.unlock();
        }
    }
}
