package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContextPoolTest {

    private final MemoryBudget budget = MemoryBudget.unlimited();
    private final ClusteredRows rows = new ClusteredRows(Metric.L2, 16, 100, 5);

    private ContextPool pool() {
        IndexContext context = new IndexContext(Metric.L2, ElementType.FLOAT32, 16, budget, rows, TimeSource.SYSTEM);
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
}
