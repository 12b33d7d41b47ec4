package io.vexel.collection.indexing;

import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * What readers hold during a {@link GracePeriod} is not freed under them, in whatever order the accesses of the threads fall. By the model checker of
 * Lincheck: it runs interleavings one after another, and compares what they return with what some order of whole operations would.
 */
class GracePeriodLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    /** Something that one thread replaces and frees while others read it. */
    public static class Replaced {

        private static final class Thing {
            private volatile boolean freed;
        }

        private final GracePeriod grace = new GracePeriod();
        private final AtomicReference<Thing> current = new AtomicReference<>(new Thing());

        /** Whether what was read was in use from the first look at it to the last. */
        @Operation
        public boolean read() {
            int entered = grace.enter();
            try {
                Thing thing = current.get();
                boolean used = !thing.freed;
                return used && !thing.freed;
            } finally {
                grace.leave(entered);
            }
        }

        /** Frees what was there before. */
        @Operation
        public void replace() {
            Thing before = current.getAndSet(new Thing());
            grace.await();
            before.freed = true;
        }
    }

    /** As {@link Replaced}, but who replaces does not wait: he frees what can be freed, and the rest the next time. */
    public static class RetiredWithoutWaiting {

        private record Retired(Replaced.Thing thing, long period) {}

        private final GracePeriod grace = new GracePeriod();
        private final AtomicReference<Replaced.Thing> current = new AtomicReference<>(new Replaced.Thing());
        private final AtomicReference<Retired> retired = new AtomicReference<>();

        @Operation
        public boolean read() {
            int entered = grace.enter();
            try {
                Replaced.Thing thing = current.get();
                boolean used = !thing.freed;
                return used && !thing.freed;
            } finally {
                grace.leave(entered);
            }
        }

        @Operation
        public void replace() {
            free();
            Replaced.Thing before = current.getAndSet(new Replaced.Thing());
            retired.compareAndSet(null, new Retired(before, grace.begin()));
            free();
        }

        private void free() {
            Retired oldest = retired.get();
            if (oldest != null && grace.isOver(oldest.period) && retired.compareAndSet(oldest, null)) {
                oldest.thing.freed = true;
            }
        }
    }

    @Test
    void gracePeriod_readersBesideOneWhoFrees_neverReadWhatIsFreed() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 30 : 4)
                .invocationsPerIteration(DEEP ? 10_000 : 300)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(0)
                .minimizeFailedScenario(false)
                .check(Replaced.class);
    }

    @Test
    void gracePeriod_askedInsteadOfAwaited_isNeverOverTooSoon() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 30 : 4)
                .invocationsPerIteration(DEEP ? 10_000 : 300)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(0)
                .minimizeFailedScenario(false)
                .check(RetiredWithoutWaiting.class);
    }
}
