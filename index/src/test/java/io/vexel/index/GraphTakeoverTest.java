package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that take over the vertices of others. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GraphTakeoverTest {

    private static final GraphSpec FULL = GraphSpec.defaults().withEfConstruction(40);
    private static final GraphSpec SMALL = FULL.withRows(GraphSpec.Rows.SMALL);
    private static final GraphSpec PACKED = SMALL.withCodes(GraphSpec.Codes.FOUR_BITS);
    private static final int DIMENSION = 24;
    private static final int ROWS = 500;

    static Stream<Arguments> specsAndMetrics() {
        return Stream.of(FULL, SMALL, PACKED)
                .flatMap(spec -> Stream.of(Metric.L2, Metric.COSINE, Metric.DOT, Metric.L1)
                        .map(metric -> Arguments.of(spec, metric)));
    }

    private static VectorRows twice(Metric metric) {
        return VectorRows.withHeirs(metric, metric.defaultElementType(), DIMENSION, ROWS);
    }

    private static int successor(int row) {
        return VectorRows.heir(row, ROWS);
    }

    private static GraphIndex index(VectorRows rows, GraphSpec spec) {
        return index(rows, spec, MemoryBudget.unlimited());
    }

    private static GraphIndex index(VectorRows rows, GraphSpec spec, MemoryBudget budget) {
        GraphIndex index = spec.create(
                rows.context(budget), IntStream.range(0, ROWS).asLongStream().toArray());
        rows.insert(index, 0, ROWS);
        return index;
    }

    /** Codes and rows of all vertices, without what a takeover may change. */
    private static byte[] structure(GraphIndex index) {
        VertexStore store = index.parts().store();
        GraphLayout layout = store.layout();
        int bytes = layout.codeBytes() + layout.rowBytes();
        MemorySegment copy = MemorySegment.ofArray(new byte[store.count() * bytes]);
        for (int vertex = 0; vertex < store.count(); vertex++) {
            long at = (long) vertex * bytes;
            MemorySegment.copy(ALL, store.codes(vertex), copy, at, layout.codeBytes());
            long row = at + layout.codeBytes();
            MemorySegment.copy(ALL, store.row(vertex), copy, row, layout.rowBytes());
            copy.set(ValueLayout.JAVA_INT_UNALIGNED, row + layout.headerOffset() + GraphLayout.ORDINAL, 0);
            copy.set(ValueLayout.JAVA_INT_UNALIGNED, row + layout.headerOffset() + GraphLayout.CHANGED, 0);
        }
        return (byte[]) copy.heapBase().orElseThrow();
    }

    private static List<Neighbors.Hit> search(DerivedIndex index, VectorRows rows, int row) {
        SearchRequest request = SearchRequest.nearest(QueryVector.of(rows.rows.floats(row, new float[DIMENSION])), 10);
        return index.search(request, Effort.of(40))
                .neighbors()
                .getFirst()
                .hits()
                .toList();
    }

    @ParameterizedTest
    @MethodSource("specsAndMetrics")
    void takeOver_allRows_changesNothingButTheirNumbers(GraphSpec spec, Metric metric) {
        try (VectorRows rows = twice(metric);
                GraphIndex index = index(rows, spec)) {
            byte[] before = structure(index);
            IndexStatistics statistics = index.statistics();
            int[] roots = index.parts().roots().entries();
            List<List<Neighbors.Hit>> found = new ArrayList<>();
            for (int row = 0; row < ROWS; row += 50) {
                found.add(search(index, rows, row));
            }
            for (int row = 0; row < ROWS; row++) {
                assertThat(index.isTwin(rows.rows.address(successor(row)), row)).isTrue();
                assertThat(index.takeOver(successor(row), rows.rows.address(successor(row)), row))
                        .isTrue();
                assertThat(index.contains(row)).isFalse();
                assertThat(index.contains(successor(row))).isTrue();
            }
            assertThat(structure(index)).isEqualTo(before);
            assertThat(index.parts().roots().entries()).isEqualTo(roots);
            assertThat(index.statistics()).isEqualTo(statistics);
            assertThat(index.verify(ordinal -> ordinal >= ROWS).findings()).isEmpty();
            for (int row = 0; row < ROWS; row += 50) {
                assertThat(search(index, rows, row))
                        .extracting(Neighbors.Hit::ordinal)
                        .containsExactlyInAnyOrderElementsOf(found.get(row / 50).stream()
                                .map(hit -> (long) successor((int) hit.ordinal()))
                                .toList());
            }
        }
    }

    @Test
    void takeOver_whatTheIndexCanTellApartOrDoesNotHave_isRefusedAndChangesNothing() {
        try (VectorRows rows = twice(Metric.L2);
                GraphIndex index = index(rows, FULL)) {
            float[] near = rows.rows.floats(1, new float[DIMENSION]);
            near[0] += 0.5f;
            rows.rows.setFloats(successor(1), near);
            byte[] before = structure(index);
            assertThat(index.isTwin(rows.rows.address(successor(1)), 1)).isFalse();
            assertThat(index.takeOver(successor(1), rows.rows.address(successor(1)), 1))
                    .isFalse();
            long unknown = successor(2);
            assertThat(index.isTwin(rows.rows.address(2), unknown)).isFalse();
            assertThat(index.takeOver(2_000_000, rows.rows.address(2), unknown)).isFalse();
            assertThat(index.contains(2_000_000)).isFalse();
            assertThat(structure(index)).isEqualTo(before);
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        }
    }

    /** The graph has codes only, so a difference that they do not show is none for it; distances are those of the new vector. */
    @Test
    void takeOver_vectorOfTheSameCode_isTakenAndRankedByItself() {
        try (VectorRows rows = twice(Metric.L2);
                GraphIndex index = index(rows, FULL)) {
            float[] near = rows.rows.floats(1, new float[DIMENSION]);
            near[0] += 1e-6f;
            rows.rows.setFloats(successor(1), near);
            assertThat(index.takeOver(successor(1), rows.rows.address(successor(1)), 1))
                    .isTrue();
            Neighbors.Hit nearest = search(index, rows, 1).getFirst();
            assertThat(nearest.ordinal()).isEqualTo(successor(1));
            assertThat(nearest.distance()).isPositive();
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        }
    }

    /** The map of ordinals is what grows; vertices are not. */
    @Test
    void takeOver_refusedMemoryForTheMap_leavesTheIndexAsItWas() {
        AtomicBoolean refusing = new AtomicBoolean();
        MemoryBudget budget = MemoryBudget.withRefusal(Bytes.GIB, (_, _) -> refusing.get());
        try (VectorRows rows = twice(Metric.L2);
                GraphIndex index = index(rows, FULL, budget)) {
            refusing.set(true);
            assertThat(index.takeOver(successor(5), rows.rows.address(successor(5)), 5))
                    .isTrue();
            long far = index.parts().store().byOrdinal().end() + 5;
            assertThatThrownBy(() -> index.takeOver(far, rows.rows.address(6), 6))
                    .isInstanceOf(CapacityException.class);
            assertThat(index.contains(6)).isTrue();
            assertThat(index.contains(far)).isFalse();
            refusing.set(false);
            assertThat(index.takeOver(far, rows.rows.address(6), 6)).isTrue();
            assertThat(index.contains(6)).isFalse();
            assertThat(index.contains(far)).isTrue();
            // There is no such row, so that another one has to have the vertex when the graph is checked.
            assertThat(index.takeOver(6, rows.rows.address(6), far)).isTrue();
        }
    }

    /** Only pages of rows are written again, and the image has the new rows. */
    @ParameterizedTest
    @ValueSource(ints = {1, ROWS})
    void checkpoint_afterTakeovers_hasTheNewRows(int count) {
        PageMemory saved = new PageMemory();
        try (VectorRows rows = twice(Metric.L2)) {
            try (GraphIndex index = index(rows, FULL)) {
                index.checkpoint(saved);
                long allRows = saved.pageCount(GraphImage.ROWS);
                for (int row = 0; row < count; row++) {
                    assertThat(index.takeOver(successor(row), rows.rows.address(successor(row)), row))
                            .isTrue();
                }
                assertThat(index.statistics().changedRows()).isEqualTo(count);
                index.checkpoint(saved);
                assertThat((long) saved.pagesOfLast).isBetween(1L, count == 1 ? 2L : allRows);
            }
            try (GraphIndex loaded = FULL.load(rows.context(), saved)) {
                for (int row = 0; row < ROWS; row++) {
                    assertThat(loaded.contains(row)).isEqualTo(row >= count);
                    assertThat(loaded.contains(successor(row))).isEqualTo(row < count);
                }
                assertThat(loaded.verify(RowFilter.ALL).findings()).isEmpty();
            }
        }
    }

    /** Rows are taken over at the two moments at which a sweep and insertions wait for each other. */
    @Test
    void takeOver_besideASweep_keepsTheVertexOrIsRefused() {
        try (VectorRows rows = twice(Metric.L2);
                GraphIndex index = index(rows, FULL)) {
            boolean[] taken = new boolean[3];
            int[] pauses = new int[1];
            Consumer<Runnable> betweenInsertions = action -> {
                if (++pauses[0] == 1) {
                    taken[0] = index.parts().store().rename(vertexOf(index, 0), 0, successor(0));
                }
                action.run();
                int row = 4 * pauses[0];
                taken[pauses[0]] = index.takeOver(successor(row), rows.rows.address(row), row);
            };
            RowFilter live = ordinal -> ordinal >= ROWS || ordinal % 4 != 0;
            try (GraphContext work = index.parts().newContext()) {
                var result = new GraphSweeper(index.parts(), betweenInsertions).sweep(work, live, Cancellation.NONE);
                assertThat(result.removed()).isEqualTo(ROWS / 4 - 1);
            }
            assertThat(taken).containsExactly(true, false, false);
            assertThat(index.contains(successor(0))).isTrue();
            assertThat(index.contains(4)).isFalse();
            assertThat(index.contains(successor(4))).isFalse();
            assertThat(index.verify(live).findings()).isEmpty();
        }
    }

    private static int vertexOf(GraphIndex index, int row) {
        return index.parts().store().byOrdinal().vertex(row);
    }

    private enum Memory {
        AMPLE,
        /** Full rows make way for small ones in the middle, where sweeps do not keep up. */
        SCARCE
    }

    /** Two threads give points new rows, with the same vector or another, or delete them, beside sweeps and searches. */
    @ParameterizedTest
    @EnumSource(Memory.class)
    void takeOversInsertionsSweepsAndSearches_atOnce_keepTheGraphSound(Memory memory) throws Exception {
        MemoryBudget budget = memory == Memory.AMPLE ? MemoryBudget.unlimited() : new MemoryBudget(5 * Bytes.MIB);
        try (TakeoverStress stress = new TakeoverStress(FULL, budget)) {
            stress.run();
            // Whether memory runs out depends on how far sweeps keep up.
            assertThat(stress.index.isNarrowed() && memory == Memory.AMPLE).isFalse();
        }
    }
}
