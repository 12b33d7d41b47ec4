package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.ClosingChecks.NotChecked;
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
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs whose full rows do not fit the memory budget. */
class GraphNarrowingTest {

    private static final int MIB = 1 << 20;
    private static final GraphSpec FULL = GraphSpec.defaults();
    private static final GraphSpec SMALL = FULL.withRows(GraphSpec.Rows.SMALL);

    /** Room for small rows of all test data, and not for full ones. */
    private static final int TIGHT = 6 * MIB;

    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 60 : 6;

    private static IndexContext context(ClusteredRows rows, MemoryBudget budget) {
        return new IndexContext(rows.metric, rows.elementType, rows.dimension, budget, rows, TimeSource.SYSTEM);
    }

    private static DerivedIndex create(ClusteredRows rows, MemoryBudget budget) {
        long[] sample = new long[500];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = (long) i * rows.count / sample.length;
        }
        return FULL.create(context(rows, budget), sample);
    }

    private static void assertSound(DerivedIndex index, RowFilter live) {
        assertThat(index.verify(live).findings()).isEmpty();
    }

    private static GraphRows rows(DerivedIndex index) {
        return index.layout().orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"L2, 100, 5000", "COSINE, 300, 3000"})
    void load_fullImageWhereItDoesNotFit_hasSmallRowsAndFindsAsMuch(Metric metric, int dimension, int count) {
        PageMemory saved = new PageMemory();
        MemoryBudget budget = new MemoryBudget(TIGHT);
        try (ClusteredRows rows = new ClusteredRows(metric, dimension, count, 3);
                DerivedIndex full = rows.index(FULL);
                DerivedIndex small = rows.index(SMALL)) {
            full.checkpoint(saved);
            try (DerivedIndex loaded = FULL.load(context(rows, budget), saved)) {
                assertThat(rows(loaded).isNarrowed()).isTrue();
                assertThat(budget.peakBytes()).isLessThan(TIGHT * 3 / 4);
                assertSound(loaded, RowFilter.ALL);
                assertThat(loaded.statistics().links())
                        .isEqualTo(full.statistics().links());
                double recall = rows.recall(loaded, 24);
                assertThat(recall).isGreaterThan(rows.recall(full, 24) - 0.01);
                assertThat(recall).isGreaterThan(rows.recall(small, 24) - 0.01);
            }
            assertThat(budget.usedBytes()).isZero();
        }
    }

    /** Full, small, full again: what the first and the last hold is the same, neighbor codes too. */
    @ParameterizedTest
    @ValueSource(ints = {20, 100, 300})
    void load_smallImageWhereFullRowsFit_computesTheNeighborCodesOfAFullTwin(int dimension) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 3_000, 3);
                DerivedIndex full = rows.index(FULL)) {
            full.sweep(ordinal -> ordinal % 7 != 0, Cancellation.NONE);
            PageMemory first = new PageMemory();
            full.checkpoint(first);
            PageMemory second = first.copy();
            try (DerivedIndex narrow = FULL.load(context(rows, tightFor(dimension)), first)) {
                assertThat(rows(narrow).isNarrowed()).isTrue();
                narrow.checkpoint(second);
                assertThat(second.pageCount(GraphImage.ROWS)).isLessThan(first.pageCount(GraphImage.ROWS) / 2);
            }
            PageMemory third = second.copy();
            try (DerivedIndex wide = FULL.load(rows.context(), second)) {
                assertThat(rows(wide).isNarrowed()).isFalse();
                assertSound(wide, ordinal -> ordinal % 7 != 0);
                assertThat(rows.recall(wide, 24)).isEqualTo(rows.recall(full, 24));
                wide.checkpoint(third);
            }
            assertThat(third.pageCount(GraphImage.ROWS)).isEqualTo(first.pageCount(GraphImage.ROWS));
            GraphLayout layout = new GraphLayout((dimension + 15) & -16, true, false);
            for (int vertex = 0; vertex < 3_000; vertex++) {
                assertThat(third.row(layout, vertex))
                        .as("row of vertex %d", vertex)
                        .isEqualTo(first.row(layout, vertex));
            }
            try (DerivedIndex again = FULL.load(rows.context(), third)) {
                again.checkpoint(third);
                assertThat(third.pagesOfLast).isZero();
            }
        }
    }

    private static MemoryBudget tightFor(int dimension) {
        return new MemoryBudget(dimension < 100 ? 5 * MIB / 2 : dimension < 300 ? 4 * MIB : TIGHT);
    }

    @Test
    void checkpoint_afterASwitch_takesAllRowsOnce() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 5_000, 3);
                DerivedIndex full = rows.index(FULL)) {
            full.checkpoint(saved);
            try (DerivedIndex narrow = FULL.load(context(rows, new MemoryBudget(TIGHT)), saved)) {
                assertThat(narrow.statistics().changedRows()).isEqualTo(5_000);
                narrow.checkpoint(saved);
                assertThat(saved.pagesOfLast).isEqualTo(saved.pageCount(GraphImage.ROWS));
                narrow.checkpoint(saved);
                assertThat(saved.pagesOfLast).isZero();
            }
            try (DerivedIndex narrow = FULL.load(context(rows, new MemoryBudget(TIGHT)), saved)) {
                assertThat(narrow.statistics().changedRows()).isZero();
                assertSound(narrow, RowFilter.ALL);
            }
        }
    }

    @Test
    void load_imageOfSmallRows_underOptionsThatWantThem_isAsBefore() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 500, 3);
                DerivedIndex small = rows.index(SMALL)) {
            small.checkpoint(saved);
            try (DerivedIndex loaded = SMALL.load(rows.context(), saved)) {
                assertThat(rows(loaded)).extracting(GraphRows::explain).isEqualTo("small");
                assertThat(loaded.isNarrowed()).isFalse();
            }
            // A program before this form wrote nothing of the kind under options that want full rows.
            assertThatThrownBy(() -> FULL.load(rows.context(), saved))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("form=0");
        }
    }

    @Test
    void insert_fullRowsDoNotFitAnyMore_narrowsTheGraphAndGoesOn() {
        MemoryBudget budget = new MemoryBudget(TIGHT);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 8_000, 3)) {
            try (DerivedIndex index = create(rows, budget)) {
                int row = 0;
                while (!index.isNarrowed()) {
                    index.insert(row, rows.address(row));
                    row++;
                }
                assertThat(row).isBetween(2_000, 6_000);
                assertSound(index, RowFilter.ALL);
                assertThat(rows(index).explain())
                        .startsWith("small (full wanted; they need ")
                        .endsWith(" free of the budget of 6.0 MiB)");
                for (; row < rows.count; row++) {
                    index.insert(row, rows.address(row));
                }
                assertSound(index, RowFilter.ALL);
                assertThat(rows.recall(index, 32)).isGreaterThan(0.95);
                assertThat(index.statistics().memoryBytes()).isEqualTo(budget.usedBytes());
                PageMemory saved = new PageMemory();
                index.checkpoint(saved);
                try (DerivedIndex wide = FULL.load(rows.context(), saved)) {
                    assertThat(wide.isNarrowed()).isFalse();
                    assertSound(wide, RowFilter.ALL);
                    assertThat(rows.recall(wide, 32)).isGreaterThan(0.95);
                }
            }
            assertThat(budget.usedBytes()).isZero();
        }
    }

    /** What small rows would need was taken by others after the last step of growth. */
    @Test
    void insert_noMemoryForSmallRowsEither_isRefusedAndLeavesTheGraphAsItWas() {
        MemoryBudget budget = new MemoryBudget(TIGHT);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 8_000, 3);
                DerivedIndex index = create(rows, budget)) {
            index.insert(0, rows.address(0));
            budget.reserve("other", budget.availableBytes());
            int inserted = 1;
            try {
                for (; inserted < rows.count; inserted++) {
                    index.insert(inserted, rows.address(inserted));
                }
            } catch (CapacityException e) {
                assertThat(e).hasMessageContaining("memory budget").hasMessageContaining("graph");
            }
            assertThat(inserted).isLessThan(rows.count);
            assertThat(index.isNarrowed()).isFalse();
            assertThat(index.statistics().rows()).isEqualTo(inserted);
            assertSound(index, RowFilter.ALL);
            budget.release("other", MIB / 2);
            index.insert(inserted, rows.address(inserted));
            assertThat(index.isNarrowed()).as("once there is memory again").isTrue();
            assertSound(index, RowFilter.ALL);
            budget.release("other", budget.usedByOwner().get("other"));
        }
    }

    /** An absurd request is refused for what it is. */
    @Test
    void narrow_requestThatNarrowingCannotServe_leavesFullRows() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, 600, 3)) {
            MemoryBudget budget = new MemoryBudget(64 * MIB);
            IndexContext context = context(rows, budget);
            GraphParts.Basis basis =
                    new GraphParts.Basis(FULL, context, GraphQuantizer.learn(Metric.L2, 24, FULL, rows.vectors));
            GraphParts full = GraphParts.create(basis, basis.wanted());
            ContextPool contexts =
                    new ContextPool(() -> new GraphContext(full.store().layout(), context, "test", false));
            GraphNarrowing narrowing = new GraphNarrowing(full, contexts);
            assertThat(narrowing.narrow(full, new CapacityException("memory", 1L << 40, 64 * MIB)))
                    .isFalse();
            assertThat(narrowing.parts()).isSameAs(full);
            assertThat(narrowing.narrow(full, new CapacityException("memory", MIB, MIB)))
                    .isTrue();
            assertThat(narrowing.parts().store().layout().fullRows()).isFalse();
            contexts.close();
            narrowing.parts().store().close();
            narrowing.parts().roots().close();
            assertThat(budget.usedBytes()).isZero();
        }
    }

    /** Others take ever more of the budget, so that memory ends at every step of creation, growth and narrowing. */
    @Test
    void insertAndLoad_memoryEndsAnywhere_refusesAndStaysSound() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 6_000, 3)) {
            try (DerivedIndex full = rows.index(FULL.withEfConstruction(8))) {
                full.checkpoint(saved);
            }
            int full = 0;
            int narrowed = 0;
            int refused = 0;
            for (int others = 0; others < 30; others++) {
                MemoryBudget budget = new MemoryBudget(10 * MIB);
                long taken = others * (long) MIB / 3;
                budget.reserve("other", taken);
                Outcome grown = grow(rows, budget);
                assertThat(budget.usedBytes()).as("others=%d", others).isEqualTo(taken);
                Outcome loaded = load(rows, budget, saved);
                assertThat(budget.usedBytes()).as("others=%d", others).isEqualTo(taken);
                full += grown == Outcome.FULL && loaded == Outcome.FULL ? 1 : 0;
                narrowed += grown == Outcome.NARROWED && loaded == Outcome.NARROWED ? 1 : 0;
                refused += grown == Outcome.REFUSED && loaded == Outcome.REFUSED ? 1 : 0;
            }
            assertThat(full).isPositive();
            assertThat(narrowed).isGreaterThan(3);
            assertThat(refused).isGreaterThan(3);
        }
    }

    private enum Outcome {
        FULL,
        NARROWED,
        REFUSED
    }

    private static Outcome grow(ClusteredRows rows, MemoryBudget budget) {
        try (DerivedIndex index = FULL.withEfConstruction(8).create(context(rows, budget), new long[] {0, 1, 2, 3})) {
            Outcome outcome;
            try {
                for (int row = 0; row < rows.count; row++) {
                    index.insert(row, rows.address(row));
                }
                outcome = index.isNarrowed() ? Outcome.NARROWED : Outcome.FULL;
            } catch (CapacityException _) {
                outcome = Outcome.REFUSED;
            }
            assertThat(index.verify(RowFilter.ALL).findings())
                    .noneMatch(finding -> finding.contains("reached") || finding.contains("degree"));
            return outcome;
        } catch (CapacityException _) {
            return Outcome.REFUSED;
        }
    }

    private static Outcome load(ClusteredRows rows, MemoryBudget budget, PageMemory saved) {
        try (DerivedIndex index = FULL.load(context(rows, budget), saved)) {
            assertThat(index.verify(RowFilter.ALL).findings()).noneMatch(finding -> finding.contains("degree"));
            return index.isNarrowed() ? Outcome.NARROWED : Outcome.FULL;
        } catch (CapacityException _) {
            return Outcome.REFUSED;
        }
    }

    /** Bits of an image of small rows are flipped, and it is loaded with full rows; and the other way round. */
    @NotChecked("they are damaged")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void load_damagedImageOfTheOtherForm_isRefusedOrGivesTrueDistances(boolean fromFull) {
        long seed = 4712;
        Random random = new Random(seed);
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 3_000, 17);
                DerivedIndex full = rows.index(FULL.withEfConstruction(16))) {
            full.checkpoint(saved);
            MemoryBudget tight = tightFor(20);
            if (!fromFull) {
                try (DerivedIndex narrow = FULL.load(context(rows, tight), saved)) {
                    narrow.checkpoint(saved);
                }
            }
            MemoryBudget budget = fromFull ? tight : rows.budget;
            int refused = 0;
            for (int round = 0; round < 100; round++) {
                PageMemory damaged = saved.copy();
                damaged.damage(random);
                try (DerivedIndex loaded = FULL.load(context(rows, budget), damaged)) {
                    assertThat(loaded.isNarrowed()).isEqualTo(fromFull);
                    assertTrueDistances(rows, loaded, "seed=" + seed + " round=" + round);
                } catch (CorruptionException | CapacityException _) {
                    // The latter where the number of vertices became too large.
                    refused++;
                }
            }
            assertThat(refused).isBetween(1, 99);
            assertThat(tight.usedBytes()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 3", "1, 2", "4, 1", "4, 2", "5, 1", "3, 1", "2, 0"})
    void load_headOfAnotherVersionOrForm_isRefused(int field, int value) {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 3_000, 17);
                DerivedIndex full = rows.index(FULL.withEfConstruction(16))) {
            full.checkpoint(saved);
            try (DerivedIndex narrow = FULL.load(context(rows, tightFor(20)), saved)) {
                narrow.checkpoint(saved);
            }
            assertThat(saved.headField(1)).as("version").isEqualTo(2);
            assertThat(saved.headField(4)).as("form").isZero();
            PageMemory other = saved.copy();
            other.setHeadField(field, field == 1 ? 1 : value);
            assertThatThrownBy(() -> FULL.load(rows.context(), other)).isInstanceOf(CorruptionException.class);
        }
    }

    private static void assertTrueDistances(ClusteredRows rows, DerivedIndex index, String what) {
        for (int q = 0; q < 3; q++) {
            var request = SearchRequest.nearest(QueryVector.of(rows.queries[q]), 10);
            Effort effort = Effort.of(64).withRowEnd(rows.count);
            Neighbors found = index.search(request, effort).neighbors().getFirst();
            for (Neighbors.Hit hit : found.hits().toList()) {
                assertThat(hit.distance()).as(what).isEqualTo(distance(rows, q, hit.ordinal()));
            }
        }
    }

    private static double distance(ClusteredRows rows, int query, long ordinal) {
        var request =
                SearchRequest.nearest(QueryVector.of(rows.queries[query]), 1).withLive(other -> other == ordinal);
        return rows.exact(query, request.live()).distance(0);
    }

    /** A search that stands still in the middle keeps the rows that it reads. */
    @Test
    void narrowing_whileASearchIsUnderWay_keepsTheOldRowsUntilItEnds() throws Exception {
        MemoryBudget budget = new MemoryBudget(TIGHT);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 6_000, 19);
                ExecutorService pool = Executors.newSingleThreadExecutor();
                DerivedIndex index = create(rows, budget)) {
            for (int row = 0; row < 2_000; row++) {
                index.insert(row, rows.address(row));
            }
            AtomicReference<Future<?>> inserting = new AtomicReference<>();
            AtomicLong least = new AtomicLong(Long.MAX_VALUE);
            RowFilter waiting = ordinal -> {
                if (inserting.get() == null) {
                    inserting.set(pool.submit(() -> insertAll(rows, index, 2_000)));
                    while (!index.isNarrowed()) {
                        Thread.yield();
                    }
                    for (int i = 0; i < 10_000; i++) {
                        Thread.yield();
                        least.accumulateAndGet(budget.usedBytes(), Math::min);
                    }
                }
                return true;
            };
            var request =
                    SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10).withLive(waiting);
            assertThat(index.search(request).neighbors().getFirst().size()).isEqualTo(10);
            inserting.get().get();
            // Codes, the map, and both kinds of rows; and without the full ones.
            assertThat(least.get()).isGreaterThan(5 * MIB);
            assertThat(budget.usedBytes()).isLessThan(3 * MIB);
            assertSound(index, RowFilter.ALL);
        }
    }

    private static void insertAll(ClusteredRows rows, DerivedIndex index, int first) {
        for (int row = first; row < rows.count; row++) {
            index.insert(row, rows.address(row));
        }
    }

    /** Inserts, sweeps and searches go on while the graph is narrowed; memory that is read after it was given back would end the process. */
    @Test
    void narrowing_besideInsertsSweepsAndSearches_leavesASoundGraph() throws Exception {
        int count = 6_000;
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, count, 19);
                ExecutorService pool = Executors.newFixedThreadPool(5)) {
            for (int round = 0; round < ROUNDS; round++) {
                // Narrowing comes at another moment each time.
                MemoryBudget budget = new MemoryBudget(TIGHT - round % 3 * (long) MIB);
                try (DerivedIndex index = create(rows, budget)) {
                    new Stress(rows, index).run(pool);
                }
                assertThat(budget.usedBytes()).isZero();
            }
        }
    }

    private static final class Stress {

        private static final int THERE = 1;
        private static final int DEAD = 2;

        private final ClusteredRows rows;
        private final DerivedIndex index;
        private final AtomicIntegerArray life;
        private final AtomicBoolean done = new AtomicBoolean();

        Stress(ClusteredRows rows, DerivedIndex index) {
            this.rows = rows;
            this.index = index;
            life = new AtomicIntegerArray(rows.count);
        }

        void run(ExecutorService pool) throws Exception {
            List<Future<?>> inserters = List.of(pool.submit(() -> insert(0)), pool.submit(() -> insert(1)));
            List<Future<?>> others = new ArrayList<>();
            others.add(pool.submit(repeated(
                    () -> index.sweep(ordinal -> life.get((int) ordinal) != DEAD, Cancellation.NONE))));
            others.add(pool.submit(repeated(this::search)));
            others.add(pool.submit(repeated(this::search)));
            try {
                for (Future<?> inserter : inserters) {
                    inserter.get();
                }
            } finally {
                done.set(true);
            }
            for (Future<?> other : others) {
                other.get();
            }
            assertThat(index.isNarrowed()).isTrue();
            RowFilter live = ordinal -> life.get((int) ordinal) == THERE;
            index.sweep(live, Cancellation.NONE);
            assertSound(index, live);
            assertThat(index.statistics().rows()).isEqualTo(rows.count - rows.count / 8);
            assertThat(rows.recall(index, 64, live)).isGreaterThan(0.95);
        }

        private void insert(int own) {
            for (int row = own; row < rows.count; row += 2) {
                life.set(row, THERE);
                index.insert(row, rows.address(row));
                if (row % 8 == 7) {
                    life.set(row, DEAD);
                }
            }
        }

        private void search() {
            assertTrueDistances(rows, index, "beside narrowing");
        }

        private Callable<Object> repeated(Runnable action) {
            return () -> {
                while (!done.get()) {
                    action.run();
                }
                return done;
            };
        }
    }
}
