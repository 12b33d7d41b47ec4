package io.vexel.index;

import io.vexel.base.CapacityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Contexts of walks, used again and again. There is always one; where the budget gives no more, threads take turns. Who has one does not wait for
 * another: a search that a filter or a cancellation starts is refused where there is none left, as it would wait for the search that waits for it.
 *
 * <p>Idle contexts stand in slots that are exchanged atomically, each thread beginning at a slot of its own. {@code all} and waiting
 * are guarded by this object's monitor.
 *
 * <p>Invariant: each context of {@code all} is in one slot, or is one thread's; there are no more of them than slots, and at least one until the pool is
 * closed.
 */
final class ContextPool implements AutoCloseable {

    /** Most contexts, unless a test wants fewer. */
    private static final int MOST = 64;

    private static final long LOOK_NANOS = 50_000;

    private final Supplier<GraphContext> make;
    private final int slots;
    private final AtomicReferenceArray<GraphContext> idle;
    private final List<GraphContext> all = new ArrayList<>();
    private volatile int waiting;

    ContextPool(Supplier<GraphContext> make) {
        this(make, MOST);
    }

    /** @param slots places for idle contexts, and most contexts that there are */
    ContextPool(Supplier<GraphContext> make, int slots) {
        this.make = make;
        this.slots = slots;
        this.idle = new AtomicReferenceArray<>(slots);
        GraphContext first = make.get();
        all.add(first);
        idle.set(0, first);
    }

    GraphContext take() {
        return take(Cancellation.NONE);
    }

    /**
     * A context for the calling thread.
     *
     * @param cancellation asked while one is waited for
     * @throws CapacityException when the thread has one already and there is no other
     */
    GraphContext take(Cancellation cancellation) {
        GraphContext context = takeIdle();
        return context != null ? context : makeOrAwait(cancellation);
    }

    private @Nullable GraphContext takeIdle() {
        int start = slotOfThread();
        for (int i = 0; i < slots; i++) {
            int slot = (start + i) % slots;
            if (idle.get(slot) != null) {
                GraphContext context = idle.getAndSet(slot, null);
                if (context != null) {
                    context.user = Thread.currentThread().threadId();
                    return context;
                }
            }
        }
        return null;
    }

    /** One more context for a thread that has one, without waiting; null where there is none. */
    @Nullable
    GraphContext takeAnother() {
        GraphContext context = takeIdle();
        if (context != null) {
            return context;
        }
        synchronized (this) {
            return makeAnother();
        }
    }

    private int slotOfThread() {
        return (int) (Thread.currentThread().threadId() % slots);
    }

    /** With the monitor; null when there are enough, or the budget gives no more. */
    private @Nullable GraphContext makeAnother() {
        if (all.size() == slots) {
            return null;
        }
        try {
            GraphContext made = make.get();
            all.add(made);
            made.user = Thread.currentThread().threadId();
            return made;
        } catch (CapacityException _) {
            // There is always one already: its turn comes.
            return null;
        }
    }

    private synchronized GraphContext makeOrAwait(Cancellation cancellation) {
        GraphContext made = makeAnother();
        return made != null ? made : await(cancellation);
    }

    /** Whether the calling thread has a context. */
    synchronized boolean hasUser() {
        return all.stream()
                .anyMatch(context -> context.user == Thread.currentThread().threadId());
    }

    /** One of those that exist will come back. */
    private synchronized GraphContext await(Cancellation cancellation) {
        if (hasUser()) {
            throw new CapacityException(
                    "memory budget bytes for a search within a search",
                    all.getFirst().memoryBytes(),
                    0);
        }
        waiting++;
        try (Patience patience = new Patience(cancellation)) {
            GraphContext context = takeIdle();
            while (context == null) {
                boolean _ = patience.await(() -> {
                    wait(Patience.MILLIS);
                    return true;
                });
                context = takeIdle();
            }
            return context;
        } finally {
            waiting--;
        }
    }

    void giveBack(GraphContext context) {
        context.user = 0;
        int start = slotOfThread();
        for (int i = 0; ; i++) {
            // There are never more contexts than slots, so one is empty.
            int slot = (start + i) % slots;
            if (idle.getPlain(slot) == null && idle.compareAndSet(slot, null, context)) {
                break;
            }
        }
        if (waiting > 0) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** Frees idle contexts, until there are no more than so many or none is idle. */
    synchronized void trim(int most) {
        while (all.size() > most) {
            GraphContext context = takeIdle();
            if (context == null) {
                return;
            }
            all.remove(context);
            context.close();
        }
    }

    /** Returns when no search that works on these parts, which are not the current ones any more, is left. */
    void awaitNone(GraphParts parts) {
        List<GraphContext> present;
        synchronized (this) {
            present = List.copyOf(all);
        }
        for (GraphContext context : present) {
            while (context.uses == parts) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
    }

    synchronized long memoryBytes() {
        return all.stream().mapToLong(GraphContext::memoryBytes).sum();
    }

    @Override
    public synchronized void close() {
        all.forEach(GraphContext::close);
        all.clear();
    }
}
