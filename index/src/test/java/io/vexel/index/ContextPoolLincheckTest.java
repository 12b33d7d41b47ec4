package io.vexel.index;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A context is one thread's at a time, in whatever order the accesses of the threads fall. By the model checker of Lincheck, where there are contexts for
 * all: how threads wait for one is {@link ContextPoolTest}'s.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContextPoolLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int THREADS = 2;

    /** One that does with two leaves one for the other. */
    private static final int CONTEXTS = THREADS + 1;

    private static final List<GraphContext> MADE = new ArrayList<>();

    @BeforeAll
    static void make() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 16, 10, 5)) {
            var context = new IndexContext(
                    rows.metric, rows.elementType, rows.dimension, rows.budget, rows, TimeSource.SYSTEM);
            for (int i = 0; i < CONTEXTS; i++) {
                MADE.add(new GraphContext(new GraphLayout(rows.dimension, true, false), context, "test", false));
            }
        }
    }

    @AfterAll
    static void close() {
        MADE.forEach(GraphContext::close);
        MADE.clear();
    }

    /** A pool of few contexts, with a slot more than there are. */
    public static class Pooled {

        private int made;
        private final ContextPool pool;

        /** Made by one thread, when nobody uses the one before any more. */
        public Pooled() {
            MADE.forEach(context -> {
                context.user = 0;
                context.batchCount = 0;
            });
            pool = new ContextPool(this::makeOne, CONTEXTS + 1);
        }

        private GraphContext makeOne() {
            if (made == CONTEXTS) {
                throw new CapacityException("memory budget bytes for a test", 1, 0);
            }
            return MADE.get(made++);
        }

        /** Whether nobody else has the context. */
        private static boolean isAlone(GraphContext context) {
            boolean alone = context.batchCount == 0;
            context.batchCount++;
            alone &= context.batchCount == 1;
            context.batchCount--;
            return alone;
        }

        @Operation
        public boolean takeOne() {
            GraphContext context = pool.take();
            boolean alone = isAlone(context);
            pool.giveBack(context);
            return alone;
        }

        @Operation
        public boolean takeTwo() {
            GraphContext first = pool.take();
            @Nullable GraphContext second = pool.takeAnother();
            boolean alone = isAlone(first);
            if (second != null) {
                alone &= first != second && isAlone(second);
                pool.giveBack(second);
            }
            pool.giveBack(first);
            return alone;
        }
    }

    @Test
    void contexts_takenAndGivenBackByThreads_areOneThreadsAtATime() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 60 : 4)
                .invocationsPerIteration(DEEP ? 5_000 : 200)
                .loopIterationsBeforeThreadSwitch(1_000)
                .loopBound(1_000)
                .threads(THREADS)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Pooled.class);
    }
}
