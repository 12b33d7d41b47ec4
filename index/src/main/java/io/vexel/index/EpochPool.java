package io.vexel.index;

import java.lang.invoke.VarHandle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * What threads work with while they search, kept for the next search, and the epochs that tell when a search has ended.
 *
 * <p>A search writes the current epoch into its context before it reads anything, and 0 when it has ended. Whoever has made
 * records unreachable advances the epoch; records may be used again once no context shows an older one. A search whose context
 * was not seen began to read after that look, and so cannot reach them.
 */
final class EpochPool<C extends EpochPool.Context> implements AutoCloseable {

    private static final int IDLE_SLOTS = 64;

    private final Supplier<C> maker;
    private final AtomicLong epoch = new AtomicLong(1);
    private final AtomicReferenceArray<C> idle = new AtomicReferenceArray<>(IDLE_SLOTS);
    private final Set<C> all = ConcurrentHashMap.newKeySet();

    /** A search's own state. */
    abstract static class Context implements AutoCloseable {

        /** The epoch in which the search began; 0 while there is none. */
        private volatile long entered;

        @Override
        public abstract void close();
    }

    EpochPool(Supplier<C> maker) {
        this.maker = maker;
    }

    /** A context for the calling thread, until it is given to {@link #exit}. */
    C enter() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < IDLE_SLOTS; i++) {
            int slot = (start + i) & (IDLE_SLOTS - 1);
            if (idle.getPlain(slot) != null) {
                C context = idle.getAndSet(slot, null);
                if (context != null) {
                    return begin(context);
                }
            }
        }
        C context = maker.get();
        all.add(context);
        return begin(context);
    }

    private C begin(C context) {
        ((Context) context).entered = epoch.get();
        VarHandle.fullFence();
        return context;
    }

    void exit(C context) {
        ((Context) context).entered = 0;
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < IDLE_SLOTS; i++) {
            int slot = (start + i) & (IDLE_SLOTS - 1);
            if (idle.getPlain(slot) == null && idle.compareAndSet(slot, null, context)) {
                return;
            }
        }
        all.remove(context);
        context.close();
    }

    /** Begins a new epoch: what is unreachable now is so for all searches that begin from now on. */
    long advance() {
        return epoch.incrementAndGet();
    }

    /** The epoch of the oldest running search; the largest number when there is none. */
    long oldest() {
        VarHandle.fullFence();
        long oldest = Long.MAX_VALUE;
        for (Context context : all) {
            long entered = context.entered;
            if (entered != 0) {
                oldest = Math.min(oldest, entered);
            }
        }
        return oldest;
    }

    /** Frees all contexts; nobody searches any more. */
    @Override
    public void close() {
        for (C context : all) {
            context.close();
        }
        all.clear();
    }
}
