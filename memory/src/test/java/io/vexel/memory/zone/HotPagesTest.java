package io.vexel.memory.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HotPagesTest {

    @ParameterizedTest
    @CsvSource({"32, 3, 4", "128, 4, 5", "256, 5, 6"})
    void allocate_orderOfAList_comesBackFromItAndLargerOnesFromTheZone(long mib, int hotOrder, int coldOrder) {
        var sizes = new PageAllocatorOptions.ZoneSizes(0, mib * Bytes.MIB, 0, 0);
        try (PageAllocator pages =
                        PageAllocator.create(new MemoryBudget(Bytes.GIB), PageAllocatorOptions.oneNode(sizes));
                HotPages hot = pages.hotPages(0)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("owner"));
            for (int order = 0; order <= hotOrder; order++) {
                long first = hot.allocate(owner, order);
                hot.free(first);
                long second = hot.allocate(owner, order);
                assertThat(PageHandle.page(second)).isEqualTo(PageHandle.page(first));
                assertThat(second).as("of the next generation").isNotEqualTo(first);
                assertThatThrownBy(() -> hot.free(first)).isInstanceOf(IllegalStateException.class);
                hot.free(second);
            }
            long through = pages.hot().allocations();
            assertThat(through).isEqualTo(2L * (hotOrder + 1));
            hot.free(hot.allocate(owner, coldOrder));
            assertThat(pages.hot().allocations()).isEqualTo(through);
            assertThat(pages.pagesByOwner()).isEmpty();
        }
    }

    /** One through lists of its own, the other through those of all threads or past them. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void free_theSameBlocksByTwoThreads_succeedsOnceForEach(long seed) throws Exception {
        int rounds = Boolean.getBoolean("vexel.deep") ? 20_000 : 300;
        int blocks = 64;
        Random random = new Random(seed);
        var sizes = new PageAllocatorOptions.ZoneSizes(0, 32 * Bytes.MIB, 0, 0);
        try (PageAllocator pages =
                        PageAllocator.create(new MemoryBudget(Bytes.GIB), PageAllocatorOptions.oneNode(sizes));
                HotPages hot = pages.hotPages(0);
                ExecutorService pool = Executors.newFixedThreadPool(2)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("owner"));
            for (int round = 0; round < rounds; round++) {
                long[] handles = new long[blocks];
                Arrays.setAll(handles, _ -> pages.allocate(owner, random.nextInt(3)));
                int from = random.nextInt(blocks);
                LongConsumer other = random.nextBoolean() ? pages::free : pages::freeCold;
                CyclicBarrier start = new CyclicBarrier(2);
                Future<Integer> first = pool.submit(() -> freeAll(handles, from, hot::free, start));
                Future<Integer> second = pool.submit(() -> freeAll(handles, from, other, start));
                assertThat(first.get() + second.get())
                        .as("seed %d round %d", seed, round)
                        .isEqualTo(blocks);
            }
            assertThat(pages.pagesByOwner()).isEmpty();
        }
    }

    /** How many were in use until now. */
    private static int freeAll(long[] handles, int from, LongConsumer free, CyclicBarrier start) throws Exception {
        int freed = 0;
        start.await();
        for (int i = 0; i < handles.length; i++) {
            try {
                free.accept(handles[(from + i) % handles.length]);
                freed++;
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("freed before");
            }
        }
        return freed;
    }
}
