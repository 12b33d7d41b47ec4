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
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
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

    /** The rows from {@link #ROWS} on are those before, in another order. */
    private static VectorRows twice(Metric metric) {
        VectorRows rows = new VectorRows(metric, DIMENSION, 2 * ROWS, 7);
        for (int row = 0; row < ROWS; row++) {
            rows.rows.setFloats(successor(row), rows.rows.floats(row, new float[DIMENSION]));
        }
        return rows;
    }

    private static int successor(int row) {
        return ROWS + (row * 7 + 3) % ROWS;
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
        try (Stress stress = new Stress(budget);
                ExecutorService pool = Executors.newFixedThreadPool(5)) {
            List<Future<?>> writers = List.of(pool.submit(stress.writer(0)), pool.submit(stress.writer(1)));
            List<Future<?>> others = List.of(
                    pool.submit(stress.repeated(() -> stress.index.sweep(stress.live(), Cancellation.NONE))),
                    pool.submit(stress.repeated(() -> stress.search(1))),
                    pool.submit(stress.repeated(() -> stress.search(2))));
            try {
                for (Future<?> writer : writers) {
                    writer.get();
                }
            } finally {
                stress.done.set(true);
            }
            for (Future<?> other : others) {
                other.get();
            }
            stress.check(memory == Memory.SCARCE);
        }
    }

    /** Each point has one living row at most. */
    private static final class Stress implements AutoCloseable {

        private static final int POINTS = 2_000;
        private static final int MOST_ROWS = Boolean.getBoolean("vexel.deep") ? 300_000 : 20_000;
        private static final int WRITERS = 2;
        private static final int LIVING = 1;
        private static final int DEAD = 2;

        final VectorRows rows = new VectorRows(Metric.L2, 64, MOST_ROWS, 11);
        final GraphIndex index;
        final AtomicBoolean done = new AtomicBoolean();
        private final AtomicIntegerArray life = new AtomicIntegerArray(MOST_ROWS);
        private final AtomicIntegerArray rowOfPoint = new AtomicIntegerArray(POINTS);
        private final AtomicLong next = new AtomicLong(POINTS);
        private final AtomicLong takenOver = new AtomicLong();

        Stress(MemoryBudget budget) {
            index = FULL.create(
                    rows.context(budget), IntStream.range(0, 500).asLongStream().toArray());
            for (int point = 0; point < POINTS; point++) {
                rowOfPoint.set(point, -1);
            }
        }

        RowFilter live() {
            return ordinal -> life.get((int) ordinal) != DEAD;
        }

        Callable<Object> writer(int number) {
            return () -> {
                Random random = new Random(number);
                for (long row = next.getAndIncrement(); row < MOST_ROWS; row = next.getAndIncrement()) {
                    write((int) row, random.nextInt(POINTS / WRITERS) * WRITERS + number, random.nextInt(8));
                }
                return done;
            };
        }

        private void write(int row, int point, int what) {
            int old = rowOfPoint.get(point);
            if (old >= 0) {
                life.set(old, DEAD);
            }
            if (what == 0) {
                rowOfPoint.set(point, -1);
                return;
            }
            boolean same = old >= 0 && what > 2;
            if (same) {
                rows.rows.setFloats(row, rows.rows.floats(old, new float[64]));
            }
            life.set(row, LIVING);
            if (same && index.takeOver(row, rows.rows.address(row), old)) {
                takenOver.incrementAndGet();
            } else {
                index.insert(row, rows.rows.address(row));
            }
            rowOfPoint.set(point, row);
        }

        Callable<Object> repeated(Runnable action) {
            return () -> {
                while (!done.get()) {
                    action.run();
                }
                return done;
            };
        }

        /** What is found has the distance of its own vector, and did not die before the search. */
        void search(long seed) {
            Random random = new Random(seed + next.get());
            float[] query = rows.rows.floats(random.nextInt(POINTS), new float[64]);
            int[] before = IntStream.range(0, (int) Math.min(MOST_ROWS, next.get()))
                    .map(life::get)
                    .toArray();
            SearchRequest request = SearchRequest.nearest(QueryVector.of(query), 20)
                    .withLive(ordinal -> life.get((int) ordinal) == LIVING);
            List<Neighbors.Hit> hits = index.search(request, Effort.of(60))
                    .neighbors()
                    .getFirst()
                    .hits()
                    .toList();
            assertThat(hits).extracting(Neighbors.Hit::ordinal).doesNotHaveDuplicates();
            for (Neighbors.Hit hit : hits) {
                int row = (int) hit.ordinal();
                assertThat(row < before.length && before[row] == DEAD)
                        .as("row %d", row)
                        .isFalse();
                assertThat(hit.distance())
                        .isEqualTo(
                                Metric.L2.distance(NaiveSearch.key(Metric.L2, rows.rows, row, QueryVector.of(query))));
            }
        }

        /** @param mayNarrow whether memory may run out, which depends on how far sweeps keep up */
        void check(boolean mayNarrow) {
            System.out.printf(
                    "%d of %d rows took vertices over, %d vertices%n",
                    takenOver.get(), MOST_ROWS, index.parts().store().count());
            assertThat(takenOver.get()).isGreaterThan(MOST_ROWS / 8);
            assertThat(index.isNarrowed() && !mayNarrow).isFalse();
            index.sweep(live(), Cancellation.NONE);
            assertThat(index.verify(live()).findings()).isEmpty();
            long living = 0;
            for (int point = 0; point < POINTS; point++) {
                int row = rowOfPoint.get(point);
                if (row >= 0) {
                    living++;
                    assertThat(index.contains(row)).as("row %d", row).isTrue();
                }
            }
            assertThat(index.statistics().rows()).isEqualTo(living);
        }

        @Override
        public void close() {
            index.close();
            rows.close();
        }
    }
}
