package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.slab.SlabAllocator;
import io.vexel.memory.slab.SlabOptions;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What is read through a cache of entries is what is at home: readers who bring in what they miss, beside those who change what is there and have it
 * forgotten, and somebody who wants the memory. By Lincheck in its stress mode; its model checker does not see accesses to foreign memory.
 */
class EntryCacheLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int ENTRY_BYTES = 1_024;
    private static final int KEYS = 4;

    /** Fewer than keys. */
    private static final int ENTRIES = 3;

    private static MemoryBudget budget;
    private static PageAllocator pages;
    private static SlabAllocator objects;
    private static EntryCache cache;

    @BeforeAll
    static void open() {
        budget = new MemoryBudget(16 * Bytes.MIB);
        pages = PageAllocator.create(
                budget, PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 16 * Bytes.MIB, 0, 0)));
        objects = SlabAllocator.createReclaimable(pages, SlabOptions.standard().withSeed(1));
        cache = new EntryCache(
                ENTRY_BYTES,
                ENTRIES,
                new EntryCache.Memory(objects, pages, () -> budget.availableForCaches() >= PageAllocator.SPAN_BYTES));
    }

    @AfterAll
    static void close() {
        cache.close();
        objects.close();
        pages.close();
        assertThat(budget.usedBytes()).isZero();
    }

    /** Numbers at home, and in the cache as far as it has them. */
    @Param(name = "key", gen = IntGen.class, conf = "0:3")
    public static class Home {

        private final AtomicLongArray home = new AtomicLongArray(KEYS);

        public Home() {
            cache.forget(0, KEYS);
        }

        @Operation
        public long get(@Param(name = "key") int key) {
            long[] found = new long[ENTRY_BYTES / Long.BYTES];
            if (cache.copy(key, 0, MemorySegment.ofArray(found))) {
                for (int i = 0; i < found.length; i++) {
                    if (found[i] != found[0]) {
                        return -1;
                    }
                }
                return found[0] % KEYS == key ? found[0] / KEYS : -2;
            }
            long era = cache.era();
            long number = home.get(key);
            Arrays.fill(found, number * KEYS + key);
            cache.put(key, MemorySegment.ofArray(found), era);
            return number;
        }

        @Operation
        public long change(@Param(name = "key") int key) {
            long number = home.incrementAndGet(key);
            cache.forget(key, key + 1);
            return number;
        }

        @Operation
        public void giveWay() {
            cache.giveWay(1);
        }
    }

    @Test
    void cache_readsChangesAndNeedOfMemory_areLinearizable() {
        new StressOptions()
                .iterations(DEEP ? 80 : 5)
                .invocationsPerIteration(DEEP ? 3_000 : 150)
                .threads(2)
                .actorsPerThread(4)
                .actorsBefore(2)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Home.class);
    }
}
