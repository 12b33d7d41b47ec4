package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Making and loading an index under every budget that is too small for it: what was taken by then is given back. Growing leaves headroom. */
class RefusedMemoryTest {

    private static final String OTHERS = "others";
    private static final int STEP = 4096;
    private static final long MOST = 64L << 20;

    static Stream<IndexSpec> specs() {
        GraphSpec graph = GraphSpec.defaults();
        return Stream.of(graph, graph.withRows(GraphSpec.Rows.SMALL), HnswSpec.DEFAULT, LshSpec.DEFAULT);
    }

    @ParameterizedTest
    @MethodSource("specs")
    void createAndLoad_theBudgetRefusesSomething_nothingStaysInUse(IndexSpec spec) {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 400, 3)) {
            assertGivesBack(rows, context -> spec.create(context, new long[] {0, 100, 399}));
            try (DerivedIndex index = rows.index(spec)) {
                index.checkpoint(saved);
            }
            assertGivesBack(rows, context -> spec.load(context, saved));
        }
    }

    /** Kinds, and how much more than headroom is free, yet not enough for all that they need for their first row. */
    static Stream<Arguments> growing() {
        return Stream.of(
                Arguments.of(GraphSpec.defaults().withRows(GraphSpec.Rows.SMALL), 0),
                Arguments.of(HnswSpec.DEFAULT, 0),
                Arguments.of(LshSpec.DEFAULT, Records.CHUNK_BYTES * 3 / 2));
    }

    @ParameterizedTest
    @MethodSource("growing")
    void insert_whenItWouldTakeTheHeadroom_isRefused_andFillsFreePlacesAllTheSame(IndexSpec spec, long more) {
        MemoryBudget budget = new MemoryBudget(MOST);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 400, 3)) {
            IndexContext context =
                    new IndexContext(rows.metric, rows.elementType, rows.dimension, budget, rows, TimeSource.SYSTEM);
            try (DerivedIndex index = spec.create(context, new long[] {0, 100, 399})) {
                long headroom = MOST / Headroom.SHARE;
                long others = budget.availableBytes() - headroom - more;
                budget.reserve(OTHERS, others);
                assertThatThrownBy(() -> index.insert(0, rows.address(0)))
                        .isInstanceOf(CapacityException.class)
                        .hasMessageContaining("and headroom: requested=");
                assertThat(index.statistics().rows()).isZero();
                // The map of ordinals has grown, and contexts.
                assertThat(budget.availableBytes()).isGreaterThan(headroom - (1 << 17));

                budget.release(OTHERS, others);
                for (int i = 0; i < rows.count; i++) {
                    index.insert(i, rows.address(i));
                }
                index.sweep(ordinal -> ordinal % 2 == 0, Cancellation.NONE);
                budget.reserve(OTHERS, budget.availableBytes());
                for (int i = 1; i < rows.count; i += 2) {
                    index.insert(i, rows.address(i));
                }
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            }
            budget.release(OTHERS, budget.usedBytes());
        }
    }

    private static void assertGivesBack(ClusteredRows rows, Function<IndexContext, DerivedIndex> made) {
        for (long limit = STEP; ; limit += Math.max(STEP, limit / 64)) {
            assertThat(limit).as("bytes that an index of 400 rows needs").isLessThan(MOST);
            MemoryBudget budget = new MemoryBudget(limit);
            IndexContext context =
                    new IndexContext(rows.metric, rows.elementType, rows.dimension, budget, rows, TimeSource.SYSTEM);
            if (succeeds(() -> made.apply(context).close())) {
                assertThat(budget.usedBytes()).isZero();
                return;
            }
            assertThat(budget.usedByOwner())
                    .as("limit %d", limit)
                    .allSatisfy((owner, bytes) -> assertThat(bytes).as(owner).isZero());
            assertThat(budget.usedBytes()).isZero();
        }
    }

    private static boolean succeeds(Runnable work) {
        try {
            work.run();
            return true;
        } catch (CapacityException e) {
            assertThat(e).hasMessageContaining("budget");
            return false;
        }
    }
}
