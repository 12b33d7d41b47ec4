package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContextPoolTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 20_000 : 500;
    private static final AtomicLong STAMPS = new AtomicLong();

    private final MemoryBudget budget = MemoryBudget.unlimited();
    private final ClusteredRows rows = new ClusteredRows(Metric.L2, 16, 100, 5);

    private ContextPool pool() {
        return pool(budget);
    }

    private ContextPool pool(MemoryBudget limited) {
        IndexContext context = new IndexContext(Metric.L2, ElementType.FLOAT32, 16, limited, rows, TimeSource.SYSTEM);
        GraphLayout layout = new GraphLayout(16, true, false);
        return new ContextPool(() -> new GraphContext(layout, context, "test", false));
    }

    @Test
    void trim_contextsInUseAndIdle_freesIdleOnesAloneAndKeepsOne() {
        try (ContextPool pool = pool()) {
            long one = pool.memoryBytes();
            List<GraphContext> taken = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                taken.add(pool.take());
            }
            pool.trim(1);
            assertThat(pool.memoryBytes()).as("all are in use").isEqualTo(5 * one);
            pool.giveBack(taken.removeLast());
            pool.giveBack(taken.removeLast());
            pool.trim(4);
            assertThat(pool.memoryBytes()).isEqualTo(4 * one);
            pool.trim(1);
            assertThat(pool.memoryBytes()).isEqualTo(3 * one);
            taken.forEach(pool::giveBack);
            pool.trim(1);
            assertThat(pool.memoryBytes()).isEqualTo(one).isEqualTo(budget.usedBytes());
            pool.giveBack(pool.take());
        }
        assertThat(budget.usedBytes()).isZero();
        rows.close();
    }

    /** More threads than there is memory for wait for each other, one takes two, and contexts are trimmed beside them: all of them come to their end. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void take_byMoreThreadsThanThereIsMemoryFor_givesAContextToOneAtATime(int most) throws Exception {
        long one;
        try (ContextPool pool = pool()) {
            one = pool.memoryBytes();
        }
        MemoryBudget limited = new MemoryBudget(most * one);
        try (ContextPool pool = pool(limited);
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<Long>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                boolean isFirst = i == 0;
                results.add(threads.submit(() -> takeAndGiveBack(pool, isFirst)));
            }
            long taken = 0;
            for (Future<Long> result : results) {
                taken += result.get();
            }
            assertThat(taken).isBetween((long) THREADS * ROUNDS, (long) (THREADS + 1) * ROUNDS);
            assertThat(limited.usedBytes()).isEqualTo(pool.memoryBytes());
            // All of them are idle: without waiting as many can be taken as there may be.
            List<GraphContext> all = new ArrayList<>();
            for (GraphContext next = pool.takeAnother(); next != null; next = pool.takeAnother()) {
                all.add(next);
            }
            assertThat(all).hasSize(most).doesNotHaveDuplicates();
            all.forEach(pool::giveBack);
        }
        assertThat(limited.usedBytes()).isZero();
        rows.close();
    }

    private static long takeAndGiveBack(ContextPool pool, boolean takesTwoAndTrims) {
        long taken = 0;
        for (int round = 0; round < ROUNDS; round++) {
            GraphContext first = pool.take();
            taken++;
            assertAlone(first);
            if (takesTwoAndTrims) {
                taken += takeSecond(pool, first);
            }
            assertAlone(first);
            pool.giveBack(first);
            if (takesTwoAndTrims && round % 32 == 0) {
                pool.trim(1);
            }
        }
        return taken;
    }

    /** Who has a context does not wait for another one. */
    private static int takeSecond(ContextPool pool, GraphContext first) {
        GraphContext second;
        try {
            second = pool.take();
        } catch (CapacityException e) {
            assertThat(e).hasMessageContaining("search within a search");
            return 0;
        }
        assertThat(second).isNotSameAs(first);
        assertAlone(second);
        pool.giveBack(second);
        return 1;
    }

    /** Nobody else changes a context that this thread has. */
    private static void assertAlone(GraphContext context) {
        long stamp = STAMPS.incrementAndGet();
        context.hops = stamp;
        Thread.yield();
        assertThat(context.hops).isEqualTo(stamp);
    }
}
