package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.ClosingChecks.NotChecked;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GraphIndexTest {

    private static final GraphSpec FULL = GraphSpec.defaults();
    private static final GraphSpec SMALL = GraphSpec.defaults().withRows(GraphSpec.Rows.SMALL);
    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 5_000 : 150;
    private static final GraphSpec PACKED = SMALL.withCodes(GraphSpec.Codes.FOUR_BITS);

    static Stream<GraphSpec> specs() {
        return Stream.of(FULL, SMALL, PACKED);
    }

    static Stream<Arguments> specsAndMetrics() {
        return specs().flatMap(spec ->
                Stream.of(Metric.L2, Metric.COSINE, Metric.DOT, Metric.L1).map(metric -> Arguments.of(spec, metric)));
    }

    private static void assertSound(DerivedIndex index, RowFilter live) {
        Verification verification = index.verify(live);
        assertThat(verification.findings())
                .as("of %d vertices", verification.checked())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("specsAndMetrics")
    void search_clusteredRows_findsWhatIsNear(GraphSpec spec, Metric metric) {
        try (ClusteredRows rows = new ClusteredRows(metric, 24, 2_000, 7);
                DerivedIndex index = rows.index(spec)) {
            assertSound(index, RowFilter.ALL);
            assertThat(rows.recall(index, 64)).isGreaterThan(0.95);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void search_halfFloats_findsWhatIsNear(ElementType type) {
        try (ClusteredRows rows = new ClusteredRows(Metric.COSINE, type, 24, 2_000, 7);
                DerivedIndex index = rows.index(FULL)) {
            assertSound(index, RowFilter.ALL);
            assertThat(rows.recall(index, 64)).isGreaterThan(0.95);
        }
    }

    /** Above 256 elements walks go by estimates. */
    @ParameterizedTest
    @MethodSource("specs")
    void search_longVectors_findsWhatIsNear(GraphSpec spec) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 300, 1_500, 3);
                DerivedIndex index = rows.index(spec)) {
            assertSound(index, RowFilter.ALL);
            assertThat(rows.recall(index, 64)).isGreaterThan(0.95);
        }
    }

    @ParameterizedTest
    @CsvSource({"24,EXACT", "300,ESTIMATE"})
    void search_eitherPool_findsWhatIsNearAndGoesAnotherWay(int dimension, Pool auto) {
        RowFilter half = ordinal -> ordinal % 2 == 0;
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 1_500, 3);
                DerivedIndex full = rows.index(FULL);
                DerivedIndex small = rows.index(SMALL)) {
            assertThat(Stream.of(Pool.values()).map(full::pool))
                    .containsExactly(Optional.of(auto), Optional.of(Pool.EXACT), Optional.of(Pool.ESTIMATE));
            assertThat(Stream.of(Pool.values()).map(small::pool)).containsOnly(Optional.of(Pool.EXACT));
            for (RowFilter filter : List.of(RowFilter.ALL, half)) {
                List<SearchResult> exact = answers(rows, full, filter, Pool.EXACT);
                List<SearchResult> estimate = answers(rows, full, filter, Pool.ESTIMATE);
                assertThat(compared(estimate)).as("codes read").isNotEqualTo(compared(exact));
                assertThat(compared(answers(rows, full, filter, Pool.AUTO)))
                        .isEqualTo(compared(auto == Pool.EXACT ? exact : estimate));
                assertThat(compared(answers(rows, small, filter, Pool.ESTIMATE)))
                        .isEqualTo(compared(answers(rows, small, filter, Pool.EXACT)));
                assertThat(recall(rows, exact, filter)).isGreaterThan(0.95);
                assertThat(recall(rows, estimate, filter)).isGreaterThan(0.95);
            }
        }
    }

    private static List<SearchResult> answers(ClusteredRows rows, DerivedIndex index, RowFilter filter, Pool pool) {
        return Stream.of(rows.queries)
                .map(query -> index.search(
                        SearchRequest.nearest(QueryVector.of(query), ClusteredRows.K)
                                .withFilter(filter),
                        Effort.of(64).withPool(pool)))
                .toList();
    }

    private static long compared(List<SearchResult> results) {
        return results.stream()
                .mapToLong(result -> result.cost().vectorsCompared())
                .sum();
    }

    private static double recall(ClusteredRows rows, List<SearchResult> results, RowFilter filter) {
        double found = 0;
        for (int q = 0; q < results.size(); q++) {
            List<Neighbors.Hit> exact = rows.exact(q, filter).hits().toList();
            found += results.get(q)
                    .neighbors()
                    .getFirst()
                    .hits()
                    .filter(exact::contains)
                    .count();
        }
        return found / results.size() / ClusteredRows.K;
    }

    @Test
    void search_results_haveTheKeysOfTheExactSearch() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 17, 1_000, 11);
                DerivedIndex index = rows.index(FULL)) {
            for (int q = 0; q < rows.queries.length; q++) {
                Neighbors exact = rows.exact(q, RowFilter.ALL);
                var request = SearchRequest.nearest(QueryVector.of(rows.queries[q]), 10);
                Neighbors found =
                        index.search(request, Effort.of(1_000)).neighbors().getFirst();
                assertThat(found.hits()).containsExactlyElementsOf(exact.hits().toList());
            }
        }
    }

    @NotChecked("rows have the vectors of others")
    @ParameterizedTest
    @MethodSource("specs")
    void insert_equalRows_canAllBeReached(GraphSpec spec) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 8, 600, 5);
                DerivedIndex index = rows.empty(spec)) {
            // Ten different vectors, each sixty times.
            for (int i = 0; i < 600; i++) {
                index.insert(i, rows.address(i % 10));
            }
            assertReachable(index);
        }
    }

    @ParameterizedTest
    @MethodSource("specs")
    void insertAll_rowsSeveralAtOnce_isAsGoodAsOneByOne(GraphSpec spec) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, 2_000, 7);
                DerivedIndex single = rows.index(spec);
                DerivedIndex index = rows.empty(spec)) {
            for (int row = 0, count = 1; row < rows.count; row += count, count = count % 5 + 1) {
                insertAll(index, row, Math.min(count, rows.count - row), rows, rows.count);
            }
            assertSound(index, RowFilter.ALL);
            assertThat(index.statistics().rows()).isEqualTo(2_000);
            assertThat(rows.recall(index, 32)).isGreaterThan(rows.recall(single, 32) - 0.01);
        }
    }

    @NotChecked("rows have the vectors of others")
    @ParameterizedTest
    @MethodSource("specs")
    void insertAll_equalRowsIntoAnEmptyIndex_canAllBeReached(GraphSpec spec) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 8, 600, 5);
                DerivedIndex index = rows.empty(spec)) {
            for (int row = 0; row < 600; row += 4) {
                insertAll(index, row, 4, rows, 10);
                assertReachable(index);
            }
        }
    }

    /** Inserts {@code count} rows from {@code first} on, whose vectors repeat after {@code different}. */
    private static void insertAll(DerivedIndex index, int first, int count, ClusteredRows rows, int different) {
        long[] ordinals = new long[count];
        long[] addresses = new long[count];
        for (int i = 0; i < count; i++) {
            ordinals[i] = first + i;
            addresses[i] = rows.address((first + i) % different);
        }
        assertThat(index.insertAll(ordinals, addresses, count)).isEqualTo(count);
    }

    private static void assertReachable(DerivedIndex index) {
        assertThat(index.verify(RowFilter.ALL).findings())
                .noneMatch(finding -> finding.contains("reached") || finding.contains("degree"));
    }

    @Test
    void insert_oneRow_isFoundAlone() {
        try (ClusteredRows rows = new ClusteredRows(Metric.COSINE, 3, 10, 5);
                DerivedIndex index = rows.empty(FULL)) {
            var request = SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10);
            assertThat(index.search(request).neighbors().getFirst().size()).isZero();
            index.insert(7, rows.address(7));
            Neighbors found = index.search(request).neighbors().getFirst();
            assertThat(found.hits().map(Neighbors.Hit::ordinal)).containsExactly(7L);
            assertThat(index.search(request, Effort.of(10).withRowEnd(7))
                            .neighbors()
                            .getFirst()
                            .size())
                    .isZero();
        }
    }

    @Test
    void search_filterAndLiveness_neverReturnsOtherRows() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 12, 2_000, 9);
                DerivedIndex index = rows.index(FULL)) {
            RowFilter live = ordinal -> ordinal % 2 == 0;
            RowFilter filter = ordinal -> ordinal % 3 == 0;
            var request = SearchRequest.nearest(QueryVector.of(rows.queries[3]), 10)
                    .withLive(live)
                    .withFilter(filter);
            Neighbors found = index.search(request, Effort.of(200).withRowEnd(1_500))
                    .neighbors()
                    .getFirst();
            assertThat(found.size()).isEqualTo(10);
            assertThat(found.hits()).allMatch(hit -> hit.ordinal() % 6 == 0 && hit.ordinal() < 1_500);
        }
    }

    @ParameterizedTest
    @MethodSource("specs")
    void sweep_halfDeadAndInsertedAgainFiveTimes_keepsRecallAndSize(GraphSpec spec) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, 2_000, 13);
                DerivedIndex fresh = rows.index(spec);
                DerivedIndex index = rows.index(spec)) {
            double expected = rows.recall(fresh, 32);
            long memory = index.statistics().memoryBytes();
            for (int round = 0; round < 5; round++) {
                int odd = round % 2;
                RowFilter live = ordinal -> ordinal % 2 == odd;
                DerivedIndex.SweepResult swept = index.sweep(live, Cancellation.NONE);
                assertThat(swept.removed()).isEqualTo(1_000);
                assertSound(index, live);
                assertThat(rows.recall(index, 32, live)).isGreaterThan(expected - 0.02);
                assertThat(index.statistics().freePlaces()).isEqualTo(1_000);
                for (int i = 1 - odd; i < rows.count; i += 2) {
                    index.insert(i, rows.address(i));
                }
                assertSound(index, RowFilter.ALL);
            }
            assertThat(rows.recall(index, 32)).isGreaterThan(expected - 0.01);
            assertThat(index.statistics().rows()).isEqualTo(2_000);
            assertThat(index.statistics().freePlaces()).isZero();
            assertThat(index.statistics().memoryBytes()).isLessThan(memory * 13 / 10);
        }
    }

    @Test
    void sweep_everythingDead_leavesAnIndexThatCanBeFilledAgain() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, 2_000, 13);
                DerivedIndex index = rows.index(FULL)) {
            for (int times = 0; times < 3; times++) {
                index.sweep(_ -> false, Cancellation.NONE);
                assertThat(index.statistics().rows()).isZero();
                for (int i = 0; i < rows.count; i++) {
                    index.insert(i, rows.address(i));
                }
                assertSound(index, RowFilter.ALL);
                assertThat(rows.recall(index, 64)).isGreaterThan(0.95);
            }
        }
    }

    @Test
    void sweep_cancelled_leavesASoundIndex() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, 2_000, 13);
                DerivedIndex index = rows.index(FULL)) {
            RowFilter live = ordinal -> ordinal % 4 != 0;
            int[] checks = {0};
            Cancellation soon = () -> {
                if (++checks[0] > 3) {
                    throw new CancellationException("enough");
                }
            };
            assertThatThrownBy(() -> index.sweep(live, soon)).isInstanceOf(CancellationException.class);
            assertSound(index, live);
            assertThat(index.statistics().rows()).isEqualTo(2_000);
            assertThat(index.sweep(live, Cancellation.NONE).removed()).isEqualTo(500);
            assertSound(index, live);
        }
    }

    @ParameterizedTest
    @MethodSource("specs")
    void load_checkpoints_givesTheSameResults(GraphSpec spec) {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.DOT, 20, 2_000, 17);
                DerivedIndex index = rows.empty(spec)) {
            for (int i = 0; i < rows.count; i++) {
                index.insert(i, rows.address(i));
                if (i % 700 == 0) {
                    index.checkpoint(saved);
                }
            }
            index.sweep(ordinal -> ordinal % 5 != 0, Cancellation.NONE);
            index.checkpoint(saved);
            assertThat(index.statistics().changedRows()).isZero();
            index.checkpoint(saved);
            assertThat(saved.pagesOfLast).isZero();
            try (DerivedIndex loaded = spec.load(rows.context(), saved)) {
                assertSound(loaded, RowFilter.ALL);
                assertThat(loaded.statistics().rows()).isEqualTo(1_600);
                assertThat(loaded.statistics().freePlaces()).isEqualTo(400);
                for (float[] query : rows.queries) {
                    var request = SearchRequest.nearest(QueryVector.of(query), 10);
                    assertThat(loaded.search(request).neighbors().getFirst().hits())
                            .containsExactlyElementsOf(index.search(request)
                                    .neighbors()
                                    .getFirst()
                                    .hits()
                                    .toList());
                }
            }
        }
    }

    /** Above 256 elements walks go by estimates. */
    static Stream<Arguments> specsAndLengths() {
        return specs().flatMap(spec -> Stream.of(Arguments.of(spec, 20, 1_500), Arguments.of(spec, 300, 400)));
    }

    @NotChecked("they are damaged")
    @ParameterizedTest
    @MethodSource("specsAndLengths")
    void load_flippedBits_isRefusedOrGivesTrueDistances(GraphSpec spec, int dimension, int count) {
        long seed = 4711;
        Random random = new Random(seed);
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, count, 17);
                DerivedIndex index = rows.index(spec)) {
            index.checkpoint(saved);
            int refused = 0;
            for (int round = 0; round < ROUNDS; round++) {
                PageMemory damaged = saved.copy();
                damaged.damage(random);
                try (DerivedIndex loaded = spec.load(rows.context(), damaged)) {
                    for (int q = 0; q < 5; q++) {
                        assertTrueDistances(rows, loaded, q, "seed=" + seed + " round=" + round);
                    }
                } catch (CorruptionException e) {
                    refused++;
                }
            }
            assertThat(refused).isBetween(1, ROUNDS - 1);
        }
    }

    private static void assertTrueDistances(ClusteredRows rows, DerivedIndex index, int query, String what) {
        var request = SearchRequest.nearest(QueryVector.of(rows.queries[query]), 10);
        Neighbors found = index.search(request, Effort.of(64).withRowEnd(rows.count))
                .neighbors()
                .getFirst();
        found.hits().forEach(hit -> {
            double sum = 0;
            float[] vector = rows.vectors[(int) hit.ordinal()];
            for (int i = 0; i < vector.length; i++) {
                double difference = (double) vector[i] - rows.queries[query][i];
                sum += difference * difference;
            }
            assertThat(hit.distance()).as(what).isCloseTo(Math.sqrt(sum), Offset.offset(1e-3 + 1e-5 * Math.sqrt(sum)));
        });
    }

    @ParameterizedTest
    @MethodSource("specs")
    void insertsSweepsAndSearches_together_leaveASoundIndex(GraphSpec spec) throws InterruptedException {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, 3_000, 19);
                DerivedIndex index = rows.empty(spec)) {
            AtomicIntegerArray state = new AtomicIntegerArray(rows.count);
            RowFilter live = ordinal -> state.get((int) ordinal) == 1;
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> inserters =
                    List.of(inserter(rows, index, state, 0, failure), inserter(rows, index, state, 1, failure));
            Thread searcher = started(failure, () -> {
                Random random = new Random(1);
                while (inserters.stream().anyMatch(Thread::isAlive)) {
                    int q = random.nextInt(rows.queries.length);
                    var request = SearchRequest.nearest(QueryVector.of(rows.queries[q]), 10)
                            .withLive(live);
                    index.search(request);
                }
            });
            Thread sweeper = started(failure, () -> {
                while (inserters.stream().anyMatch(Thread::isAlive)) {
                    index.sweep(ordinal -> state.get((int) ordinal) != 2, Cancellation.NONE);
                }
            });
            for (Thread thread : inserters) {
                thread.join();
            }
            searcher.join();
            sweeper.join();
            assertThat(failure.get()).isNull();
            index.sweep(live, Cancellation.NONE);
            assertSound(index, live);
            assertThat(index.statistics().rows()).isEqualTo(2_250);
            assertThat(rows.recall(index, 64, live)).isGreaterThan(0.95);
        }
    }

    /** Inserts its half of the rows, and kills every fourth of them some time later. */
    private static Thread inserter(
            ClusteredRows rows,
            DerivedIndex index,
            AtomicIntegerArray state,
            int part,
            AtomicReference<Throwable> failure) {
        return started(failure, () -> {
            for (int i = part; i < rows.count; i += 2) {
                state.set(i, 1);
                index.insert(i, rows.address(i));
                int old = i - 400;
                if (old >= 0 && old % 8 < 2) {
                    state.set(old, 2);
                }
            }
            for (int i = Math.max(0, rows.count - 400); i < rows.count; i++) {
                if (i % 2 == part && i % 8 < 2) {
                    state.set(i, 2);
                }
            }
        });
    }

    private static Thread started(AtomicReference<Throwable> failure, Runnable body) {
        Thread thread = Thread.ofPlatform().unstarted(body);
        thread.setUncaughtExceptionHandler((_, thrown) -> failure.compareAndSet(null, thrown));
        thread.start();
        return thread;
    }

    /** An odd number at once, so that memory ends at the first row of a pair as well as at the second. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void insertAll_budgetExhausted_refusesAndStaysSound(int atOnce) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 20_000, 23)) {
            MemoryBudget budget = new MemoryBudget(16 << 20);
            var context = new IndexContext(Metric.L2, ElementType.FLOAT32, 100, budget, rows, TimeSource.SYSTEM);
            try (DerivedIndex index = SMALL.withEfConstruction(8).create(context, new long[] {0, 1, 2, 3})) {
                budget.reserve("other", budget.availableBytes() - (1 << 22));
                int inserted = insertUntilRefused(index, rows, atOnce);
                assertThat(inserted).isBetween(1_000, 19_999);
                assertThat(index.statistics().rows()).isEqualTo(inserted);
                assertReachable(index);
            }
            budget.release("other", budget.usedBytes());
            assertThat(budget.usedBytes()).isZero();
        }
    }

    /** The map of ordinals has no memory for the second. */
    @Test
    void insertAll_noMemoryForTheSecondOfAPair_insertsTheFirst() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, 100, 23)) {
            MemoryBudget budget = new MemoryBudget(64 << 20);
            var context = new IndexContext(Metric.L2, ElementType.FLOAT32, 24, budget, rows, TimeSource.SYSTEM);
            try (DerivedIndex index = FULL.create(context, new long[] {0, 1, 2, 3})) {
                index.insert(4, rows.address(4));
                long rest = budget.availableBytes();
                budget.reserve("other", rest);
                long[] ordinals = {5, 2_000_000_000};
                long[] addresses = {rows.address(5), rows.address(6)};
                assertThat(index.insertAll(ordinals, addresses, 2)).isEqualTo(1);
                assertThat(index.statistics().rows()).isEqualTo(2);
                assertThatThrownBy(() -> index.insert(2_000_000_000, rows.address(6)))
                        .isInstanceOf(CapacityException.class);
                assertThat(index.statistics().rows()).isEqualTo(2);
                budget.release("other", rest);
                assertSound(index, RowFilter.ALL);
                index.insert(2_000_000_000, rows.address(6));
                assertThat(index.statistics().rows()).isEqualTo(3);
            }
        }
    }

    /** The budget gives no second context, so insertions and sweeps take turns with the one there is. */
    @Test
    void insertsAndSweeps_withOneContext_doNotBlockEachOther() throws Exception {
        MemoryBudget budget = new MemoryBudget(64 << 20);
        // Threads that block each other are left behind.
        Executor threads = task -> Thread.ofPlatform().daemon().start(task);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, 400, 23)) {
            var context = new IndexContext(Metric.L2, ElementType.FLOAT32, 24, budget, rows, TimeSource.SYSTEM);
            try (DerivedIndex index = SMALL.withEfConstruction(8).create(context, new long[] {0, 1, 2, 3})) {
                for (int i = 0; i < rows.count; i++) {
                    index.insert(i, rows.address(i));
                }
                index.sweep(ordinal -> ordinal % 2 == 0, Cancellation.NONE);
                budget.reserve("other", budget.availableBytes());
                AtomicInteger reached = new AtomicInteger();
                CompletableFuture<Void> inserting = CompletableFuture.runAsync(
                        () -> {
                            for (int i = 1; i < rows.count; i += 2) {
                                index.insert(i, rows.address(i));
                                reached.set(i);
                            }
                        },
                        threads);
                // A row is dead as soon as it is in, so that each sweep has something to wait for.
                CompletableFuture<Void> sweeping = CompletableFuture.runAsync(
                        () -> {
                            while (reached.get() < rows.count - 1) {
                                int end = reached.get();
                                index.sweep(ordinal -> ordinal % 2 == 0 || ordinal > end, Cancellation.NONE);
                            }
                        },
                        threads);
                inserting.get(1, TimeUnit.MINUTES);
                sweeping.get(1, TimeUnit.MINUTES);
                index.sweep(ordinal -> ordinal % 2 == 0, Cancellation.NONE);
                assertSound(index, ordinal -> ordinal % 2 == 0);
            }
            budget.release("other", budget.usedBytes());
        }
    }

    private static int insertUntilRefused(DerivedIndex index, ClusteredRows rows, int atOnce) {
        int inserted = 0;
        try {
            while (inserted + atOnce <= rows.count) {
                long[] ordinals = new long[atOnce];
                long[] addresses = new long[atOnce];
                for (int i = 0; i < atOnce; i++) {
                    ordinals[i] = inserted + i;
                    addresses[i] = rows.address(inserted + i);
                }
                inserted += index.insertAll(ordinals, addresses, atOnce);
            }
        } catch (CapacityException e) {
            assertThat(e).hasMessageContaining("graph");
        }
        return inserted;
    }

    /** The options of a collection that was made before there were codes to choose from. */
    @Test
    void parse_withoutCodes_meansSevenBits() {
        assertThat(IndexSpec.parse(IndexKind.GRAPH, Map.of("rows", "small"))).isEqualTo(SMALL);
    }

    @Test
    void load_underOtherOptions_isRefused() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 100, 17);
                DerivedIndex index = rows.index(PACKED)) {
            index.checkpoint(saved);
            for (GraphSpec other : List.of(FULL, SMALL)) {
                assertThatThrownBy(() -> other.load(rows.context(), saved))
                        .isInstanceOf(CorruptionException.class)
                        .hasMessageContaining("form=2");
            }
        }
    }

    @Test
    void parse_options_roundTripAndAreChecked() {
        for (GraphSpec spec : List.of(FULL, SMALL.withEfConstruction(77), PACKED)) {
            assertThat(IndexSpec.parse(IndexKind.GRAPH, spec.options())).isEqualTo(spec);
        }
        assertThatThrownBy(() -> IndexSpec.parse(IndexKind.GRAPH, Map.of("codes", "4bit")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("codes=4bit, allowed with rows=full: 7bit");
        assertThatThrownBy(() -> IndexSpec.parse(IndexKind.GRAPH, Map.of("codes", "1bit")))
                .hasMessageContaining("codes=1bit, allowed: 7bit, 4bit");
        assertThatThrownBy(() -> IndexSpec.parse(IndexKind.GRAPH, Map.of("rows", "tiny")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rows=tiny");
        assertThatThrownBy(() -> IndexSpec.parse(IndexKind.GRAPH, Map.of("efConstruction", "7")))
                .hasMessageContaining("efConstruction=7");
        assertThatThrownBy(() -> IndexSpec.parse(IndexKind.GRAPH, Map.of("m", "7")))
                .hasMessageContaining("m");
    }

    @Test
    void create_hammingMetric_isRefused() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 8, 10, 5)) {
            var context = new IndexContext(
                    Metric.HAMMING, ElementType.BIT, 8, MemoryBudget.unlimited(), rows, TimeSource.SYSTEM);
            assertThatThrownBy(() -> FULL.create(context, new long[] {0}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("hamming");
        }
        assertThat(Arrays.asList(IndexKind.values())).contains(IndexKind.parse("GRAPH"));
    }
}
