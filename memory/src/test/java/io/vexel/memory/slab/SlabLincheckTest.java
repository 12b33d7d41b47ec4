package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Frees, looks and allocations of several threads are linearizable: of those who free one object, one is told that it was in use, and nobody
 * gets an object that another has. By Lincheck in its stress mode; its model checker does not see accesses to foreign memory.
 */
class SlabLincheckTest {

    private static final int ITERATIONS = Boolean.getBoolean("vexel.deep") ? 40 : 3;
    private static final int INVOCATIONS = Boolean.getBoolean("vexel.deep") ? 500 : 100;
    private static final int OBJECTS = 3;
    private static final AtomicLong STAMPS = new AtomicLong();
    private static Fixture fixture;
    private static SlabCache cache;

    @BeforeAll
    static void open() {
        fixture = new Fixture();
        cache = fixture.slabs.cache(CacheSpec.of("lincheck", 64));
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    /** Three objects in use, and what threads do to them. */
    @Param(name = "which", gen = IntGen.class, conf = "0:2")
    public static class Objects {

        private final long[] handles = new long[OBJECTS];

        public Objects() {
            for (int i = 0; i < OBJECTS; i++) {
                handles[i] = cache.allocate();
            }
        }

        /** Whether the object was in use until now. */
        @Operation
        public boolean free(@Param(name = "which") int which) {
            try {
                cache.free(handles[which]);
                return true;
            } catch (MisuseException e) {
                return false;
            }
        }

        @Operation
        public boolean isUsed(@Param(name = "which") int which) {
            return cache.isUsed(handles[which]);
        }

        /** Whether an object that was just allocated is this thread's alone. */
        @Operation
        public boolean allocateAndFree() {
            long handle = cache.allocate();
            long address = cache.address(handle);
            long stamp = STAMPS.incrementAndGet();
            RawMemory.ALL.set(ValueLayout.JAVA_LONG, address, stamp);
            Thread.onSpinWait();
            boolean own = RawMemory.ALL.get(ValueLayout.JAVA_LONG, address) == stamp;
            cache.free(handle);
            return own;
        }
    }

    @Test
    void cache_ofSeveralThreads_isLinearizable() {
        options().check(Objects.class);
        assertThat(fixture.misuses).isEmpty();
    }

    private static StressOptions options() {
        return new StressOptions()
                .iterations(ITERATIONS)
                .invocationsPerIteration(INVOCATIONS)
                .threads(2)
                .actorsPerThread(4)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false);
    }
}
