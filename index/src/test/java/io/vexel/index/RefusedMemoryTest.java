package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.ReservationFaults;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
                long headroom = MOST / 32;
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

    /** The numbers that a check needs for each row are charged, and given back. */
    @ParameterizedTest
    @MethodSource("specs")
    void verify_manyRowsAndNoMemory_isRefusedAndGivesBack(IndexSpec spec) {
        ReservationFaults faults = ReservationFaults.ofAll();
        MemoryBudget budget = MemoryBudget.withRefusal(1L << 40, faults);
        int count = spec.kind() == IndexKind.LSH ? 200_000 : 9_000;
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 2, count, 3)) {
            var context = new IndexContext(rows.metric, rows.elementType, 2, budget, rows, TimeSource.SYSTEM);
            try (DerivedIndex index = spec.create(context, new long[] {0, 100, 399})) {
                for (int row = 0; row < count; row++) {
                    index.insert(row, rows.address(row));
                }
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
                long used = budget.usedBytes();
                faults.refuseForGood(0);
                assertThatThrownBy(() -> index.verify(RowFilter.ALL)).isInstanceOf(CapacityException.class);
                faults.heal();
                assertThat(budget.usedBytes()).isEqualTo(used);
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** A pool of so many candidates is charged; without memory for it a search ends, and one that wants less goes on. */
    @Test
    void search_efBeyondWhatIsUncharged_isChargedOrRefused() {
        ReservationFaults faults = ReservationFaults.ofAll();
        MemoryBudget budget = MemoryBudget.withRefusal(1L << 40, faults);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 8, 500, 3)) {
            var context = new IndexContext(rows.metric, rows.elementType, 8, budget, rows, TimeSource.SYSTEM);
            try (DerivedIndex index = GraphSpec.defaults().create(context, new long[] {0, 100, 399})) {
                for (int row = 0; row < rows.count; row++) {
                    index.insert(row, rows.address(row));
                }
                var request = SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10);
                index.search(request, Effort.of(CandidatePool.MOST_UNCHARGED));
                long used = budget.usedBytes();
                faults.refuseForGood(0);
                index.search(request, Effort.of(CandidatePool.MOST_UNCHARGED));
                assertThatThrownBy(() -> index.search(request, Effort.of(100_000)))
                        .isInstanceOf(CapacityException.class);
                assertThat(budget.usedBytes()).isEqualTo(used);
                index.search(request, Effort.of(64));
                faults.heal();
                index.search(request, Effort.of(100_000));
                assertThat(budget.usedBytes() - used).isEqualTo(Long.BYTES * (100_000L - CandidatePool.MOST_UNCHARGED));
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void searchOfHnsw_manyCandidates_isChargedOrRefused() {
        ReservationFaults faults = ReservationFaults.ofAll();
        MemoryBudget budget = MemoryBudget.withRefusal(1L << 40, faults);
        int count = 8_000;
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 2, count, 3)) {
            var context = new IndexContext(rows.metric, rows.elementType, 2, budget, rows, TimeSource.SYSTEM);
            try (DerivedIndex index = HnswSpec.DEFAULT.create(context, new long[] {0, 100, 399})) {
                for (int row = 0; row < count; row++) {
                    index.insert(row, rows.address(row));
                }
                var request = SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10);
                long used = budget.usedBytes();
                faults.refuseForGood(0);
                index.search(request, Effort.of(100));
                assertThatThrownBy(() -> index.search(request, Effort.of(count)))
                        .isInstanceOf(CapacityException.class);
                assertThat(budget.usedBytes()).isEqualTo(used);
                index.search(request, Effort.of(100));
                faults.heal();
                assertThat(index.search(request, Effort.of(count))
                                .neighbors()
                                .getFirst()
                                .size())
                        .isEqualTo(10);
                assertThat(budget.usedBytes()).isGreaterThan(used);
            }
        }
        assertThat(budget.usedBytes()).isZero();
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
