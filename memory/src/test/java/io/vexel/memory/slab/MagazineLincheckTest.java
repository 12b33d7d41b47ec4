package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Two magazines of one cache: what one thread allocates the other frees, a magazine at a time goes through the depot, and the cache is shrunk meanwhile. Of
 * those who free one object one is told that it was in use, and nobody gets an object that another has. By Lincheck in its stress mode; its model checker
 * does not see accesses to foreign memory, where the words of slots are.
 */
class MagazineLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int THREADS = 2;

    /** So large that a magazine has the least number of rounds, {@value}. */
    private static final int ROUNDS = 4;

    private static final int OBJECT_BYTES = 8 << 10;

    /** More than a magazine holds in both of its arrays, so that remote frees go through the depot. */
    private static final int BURST = 2 * ROUNDS + 1;

    private static final int OBJECTS = 3;
    private static final AtomicLong STAMPS = new AtomicLong();
    private static Fixture fixture;
    private static SlabCache cache;

    /** Of the threads; numbers begin with 0, and whoever runs what comes before and after takes the first. */
    private static Magazine[] magazines;

    @BeforeAll
    static void open() {
        fixture = new Fixture();
        cache = fixture.slabs.cache(CacheSpec.of("lincheck", OBJECT_BYTES));
        magazines = new Magazine[THREADS];
        for (int i = 0; i < THREADS; i++) {
            magazines[i] = cache.magazine();
        }
        assertThat(cache.statistics().size().magazine()).isEqualTo(ROUNDS);
    }

    @AfterAll
    static void close() {
        Objects.freeLast();
        OneObject.freeLast();
        for (Magazine each : magazines) {
            each.close();
        }
        assertThat(cache.used().isEmpty()).isTrue();
        cache.shrink(Long.MAX_VALUE);
        assertThat(cache.statistics().slabs().total()).isZero();
        assertThat(fixture.misuses).isEmpty();
        fixture.close();
    }

    /** Three objects in use, and what threads do to them. */
    @Param(name = "which", gen = IntGen.class, conf = "0:2")
    @Param(name = "thread", gen = ThreadIdGen.class)
    public static class Objects {

        private static long[] last = {};

        private final long[] handles = new long[OBJECTS];

        /** Made by one thread, when nobody uses the one before any more. */
        public Objects() {
            freeLast();
            for (int i = 0; i < OBJECTS; i++) {
                handles[i] = magazines[i % THREADS].allocate();
            }
            last = handles;
        }

        static void freeLast() {
            for (long handle : last) {
                if (cache.isUsed(handle)) {
                    cache.free(handle);
                }
            }
            last = new long[0];
        }

        private static Magazine of(int thread) {
            return magazines[thread % THREADS];
        }

        /** Whether the object was in use until now. */
        @Operation
        public boolean free(@Param(name = "which") int which, @Param(name = "thread") int thread) {
            try {
                of(thread).free(handles[which]);
                return true;
            } catch (MisuseException e) {
                return false;
            }
        }

        @Operation
        public boolean isUsed(@Param(name = "which") int which) {
            return cache.isUsed(handles[which]);
        }

        /** Whether objects that were just allocated are this thread's alone; they go back through its magazine. */
        @Operation
        public boolean burst(@Param(name = "thread") int thread) {
            long[] own = allocate(of(thread));
            boolean alone = areOwn(own);
            for (long handle : own) {
                of(thread).free(handle);
            }
            return alone;
        }

        /** As {@link #burst}, but they go back through what all threads share, so that magazines run empty and take from the depot. */
        @Operation
        public boolean burstFreedByOthers(@Param(name = "thread") int thread) {
            long[] own = allocate(of(thread));
            boolean alone = areOwn(own);
            for (long handle : own) {
                cache.free(handle);
            }
            return alone;
        }

        private static long[] allocate(Magazine magazine) {
            long[] own = new long[BURST];
            for (int i = 0; i < BURST; i++) {
                own[i] = magazine.allocate();
            }
            return own;
        }

        private static boolean areOwn(long[] handles) {
            long stamp = STAMPS.incrementAndGet();
            for (long handle : handles) {
                RawMemory.ALL.set(ValueLayout.JAVA_LONG, cache.address(handle), stamp);
            }
            Thread.onSpinWait();
            boolean own = true;
            for (long handle : handles) {
                own &= RawMemory.ALL.get(ValueLayout.JAVA_LONG, cache.address(handle)) == stamp;
            }
            return own;
        }

        /** Gives back what nobody uses, the depot's magazines too. */
        @Operation
        public void shrink() {
            cache.shrink(Long.MAX_VALUE);
        }
    }

    /** One object, which threads free in different ways at the same time, and do nothing else: here they meet often. */
    @Param(name = "thread", gen = ThreadIdGen.class)
    public static class OneObject {

        private static long last = SlabCache.NONE;

        private final long handle;

        /** Made by one thread, when nobody uses the one before any more. */
        public OneObject() {
            freeLast();
            handle = magazines[0].allocate();
            last = handle;
        }

        static void freeLast() {
            if (last != SlabCache.NONE && cache.isUsed(last)) {
                cache.free(last);
            }
            last = SlabCache.NONE;
        }

        private static boolean tryFree(Runnable free) {
            try {
                free.run();
                return true;
            } catch (MisuseException e) {
                return false;
            }
        }

        /** Whether the object was in use until now. */
        @Operation
        public boolean free(@Param(name = "thread") int thread) {
            return tryFree(() -> Objects.of(thread).free(handle));
        }

        @Operation
        public boolean freeShared() {
            return tryFree(() -> cache.free(handle));
        }
    }

    @Test
    void object_thatTwoThreadsFree_isFreedOnce() {
        new StressOptions()
                .iterations(DEEP ? 60 : 6)
                .invocationsPerIteration(DEEP ? 20_000 : 1_000)
                .threads(THREADS)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .minimizeFailedScenario(false)
                .check(OneObject.class);
    }

    @Test
    void magazines_remoteFreesDepotAndShrinking_areLinearizable() {
        new StressOptions()
                .iterations(DEEP ? 60 : 4)
                .invocationsPerIteration(DEEP ? 2_000 : 100)
                .threads(THREADS)
                .actorsPerThread(4)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Objects.class);
    }
}
