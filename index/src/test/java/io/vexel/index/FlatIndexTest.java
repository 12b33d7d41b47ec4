package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.testkit.AllocationMeter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlatIndexTest {

    private static final ExecutorService POOL = Executors.newFixedThreadPool(3);
    private static final int SEEDS = Boolean.getBoolean("vexel.deep") ? 150 : 60;
    private static final int[] LARGE_DIMENSIONS = {784, 1536, 4096};

    @AfterAll
    static void stop() {
        POOL.shutdown();
    }

    @ParameterizedTest
    @MethodSource("io.vexel.index.VectorRows#metricsAndTypes")
    void search_seededRequests_equalsNaiveTwinToTheBit(Metric metric, ElementType type) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            int dimension = 1 + random.nextInt(130);
            int rowCount = 1 + random.nextInt(700);
            try (Rows rows = new Rows(type, dimension, rowCount, 1 << random.nextInt(4, 9))) {
                compare(metric, rows, dimension, random, type + " seed=" + seed);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.vexel.index.VectorRows#metricsAndTypes")
    void search_largeDimensions_equalsNaiveTwinToTheBit(Metric metric, ElementType type) {
        for (int dimension : LARGE_DIMENSIONS) {
            try (Rows rows = new Rows(type, dimension, 301, 64)) {
                compare(metric, rows, dimension, new Random(dimension), type + " dimension=" + dimension);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void startingAt_mergedWithTheRowsBefore_equalsASearchOfAll(Metric metric) {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int dimension = 1 + random.nextInt(40);
            int rowCount = 1 + random.nextInt(700);
            try (Rows rows = new Rows(metric, dimension, rowCount, 1 << random.nextInt(4, 9))) {
                int levels = random.nextBoolean() ? 3 : 0;
                rows.fill(random, levels);
                SearchRequest request = request(metric, rows, random, levels);
                int first = random.nextInt(rowCount + 1);
                FlatIndex all = index(metric, dimension, rows);
                SearchResult tail = all.startingAt(first).search(request);
                SearchResult before = all.search(request.withLive(
                        ordinal -> ordinal < first && request.live().accepts(ordinal)));
                SearchResult expected = all.search(request);
                assertThat(tail.cost().vectorsCompared() + before.cost().vectorsCompared())
                        .isEqualTo(expected.cost().vectorsCompared());
                for (int q = 0; q < request.queries().size(); q++) {
                    Neighbors merged = Neighbors.merge(
                            before.neighbors().get(q), tail.neighbors().get(q), request.k(), request.tieBreak());
                    assertThat(merged.hits())
                            .as("%s seed=%d first=%d query=%d of %s", metric, seed, first, q, request)
                            .containsExactlyElementsOf(
                                    expected.neighbors().get(q).hits().toList());
                }
                assertThat(rows.openLeases).hasValue(0);
            }
        }
    }

    @Test
    void within_cutsWhatIsFartherThanTheRadius() {
        Neighbors three = new Neighbors(new long[] {4, 2, 9}, new double[] {1, 2, 2});
        assertThat(three.within(2)).isSameAs(three);
        assertThat(three.within(1.5).hits()).containsExactly(new Neighbors.Hit(4, 1));
        assertThat(three.within(0).size()).isZero();
    }

    private static void compare(Metric metric, Rows rows, int dimension, Random random, String name) {
        int levels = random.nextBoolean() ? 3 : 0;
        rows.fill(random, levels);
        SearchRequest request = request(metric, rows, random, levels);
        SearchResult result = index(metric, dimension, rows).search(request);
        for (int q = 0; q < request.queries().size(); q++) {
            QueryVector query = request.queries().get(q);
            assertThat(result.neighbors().get(q).hits())
                    .as("%s %s query=%d of %s", metric, name, q, request)
                    .containsExactlyElementsOf(NaiveSearch.search(metric, rows, query, request));
        }
        long live = 0;
        for (long row = 0; row < rows.rowCount(); row++) {
            live += request.live().accepts(row) ? 1 : 0;
        }
        assertThat(result.cost().vectorsCompared())
                .isEqualTo(live * request.queries().size());
        assertThat(rows.openLeases).hasValue(0);
    }

    private static SearchRequest request(Metric metric, Rows rows, Random random, int levels) {
        int rowCount = (int) rows.rowCount();
        int batch = List.of(1, 2, 9, 40, 100).get(random.nextInt(5));
        List<QueryVector> queries = new ArrayList<>();
        for (int q = 0; q < batch; q++) {
            queries.add(rows.vector(random, levels));
        }
        int k = List.of(1, 3, 10, rowCount, rowCount + 5).get(random.nextInt(5));
        SearchRequest request = SearchRequest.nearest(queries, k)
                .withTieBreak(random.nextBoolean() ? TieBreak.ORDINAL : (a, b) -> Long.compare(b, a))
                .withLive(live(random, rowCount))
                .withParallelism(random.nextBoolean() ? Parallelism.NONE : new Parallelism(3, POOL));
        if (random.nextInt(3) == 0) {
            int modulus = 2 + random.nextInt(5);
            request = request.withFilter(ordinal -> ordinal % modulus == 1);
        }
        if (random.nextInt(3) == 0) {
            float key = NaiveSearch.key(metric, rows, random.nextInt(rowCount), queries.getFirst());
            request = request.withRadius(metric.distance(key));
        }
        return request;
    }

    /** All rows, nearly all, or few, with whole ranges that are all live. */
    private static RowFilter live(Random random, int rowCount) {
        int kind = random.nextInt(3);
        if (kind == 0) {
            return RowFilter.ALL;
        }
        boolean[] dead = new boolean[rowCount];
        for (int i = rowCount / 3; i < rowCount; i++) {
            dead[i] = random.nextInt(20) < (kind == 1 ? 1 : 18);
        }
        return new RowFilter() {
            @Override
            public boolean accepts(long ordinal) {
                return !dead[(int) ordinal];
            }

            @Override
            public boolean acceptsAll(long firstOrdinal, int count) {
                return firstOrdinal + count <= rowCount / 3;
            }
        };
    }

    /** Rounding to sixteen bits makes many rows equal there, so that ties are decided too. */
    @ParameterizedTest
    @MethodSource("io.vexel.index.VectorRows#metricsAndTypes")
    void search_dataFarFromTheOrigin_batchEqualsSingleQueries(Metric metric, ElementType type) {
        Assumptions.assumeTrue(type.isFloat());
        try (Rows rows = new Rows(type, 96, 2000, 256)) {
            Random random = new Random(5);
            for (int r = 0; r < 2000; r++) {
                rows.setFloats(r, shifted(random, 96, 1000f));
            }
            List<QueryVector> queries = new ArrayList<>();
            for (int q = 0; q < 50; q++) {
                queries.add(QueryVector.of(shifted(random, 96, 1000f)));
            }
            assertBatchEqualsSingle(metric, 96, rows, queries);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Metric.class,
            names = {"L2", "DOT", "COSINE"})
    void search_vectorsOfAllMagnitudes_batchEqualsSingleQueries(Metric metric) {
        float[] scales = {1e-38f, 1e-25f, 1e-12f, 1f, 1e10f, 1e18f, 1e30f};
        try (Rows rows = new Rows(metric, 40, 1400, 256)) {
            Random random = new Random(6);
            for (int r = 0; r < 1400; r++) {
                rows.setFloats(r, scaled(random, 40, scales[r % 7]));
            }
            List<QueryVector> queries = new ArrayList<>();
            for (int q = 0; q < 70; q++) {
                queries.add(QueryVector.of(scaled(random, 40, scales[q % 7])));
            }
            assertBatchEqualsSingle(metric, 40, rows, queries);
        }
    }

    /** Rows whose products with the query agree in all but the last bits, so that only the kernel can order them. */
    @ParameterizedTest
    @CsvSource({"1e16, 1e-25", "1e-25, 1e16", "1e-41, 1e16", "1e16, 1e-41", "1, 1", "1, 1e-23"})
    void search_nearTiesOfSmallAndLargeVectors_batchEqualsSingleQueries(float queryScale, float rowScale) {
        int dimension = 200;
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            float[] query = new float[dimension];
            for (int i = 0; i < dimension; i++) {
                query[i] = queryScale * (1 + random.nextFloat());
            }
            try (Rows rows = new Rows(Metric.DOT, dimension, 800, 128)) {
                for (int r = 0; r < 800; r++) {
                    rows.setFloats(r, rowWithProduct(query, 1.5 * dimension * queryScale * rowScale, rowScale, random));
                }
                assertBatchEqualsSingle(Metric.DOT, dimension, rows, Collections.nCopies(40, QueryVector.of(query)));
            }
        }
    }

    private static float[] rowWithProduct(float[] query, double product, float scale, Random random) {
        float[] row = new float[query.length];
        double left = product;
        for (int i = 1; i < row.length; i++) {
            row[i] = scale * (0.9f + 0.2f * random.nextFloat());
            left -= (double) row[i] * query[i];
        }
        row[0] = (float) (left / query[0]);
        return row;
    }

    private static void assertBatchEqualsSingle(Metric metric, int dimension, Rows rows, List<QueryVector> queries) {
        FlatIndex index = index(metric, dimension, rows);
        List<Neighbors> batch = index.search(SearchRequest.nearest(queries, 10)).neighbors();
        for (int q = 0; q < queries.size(); q++) {
            SearchRequest single = SearchRequest.nearest(queries.get(q), 10);
            assertThat(batch.get(q).hits())
                    .as("%s query=%d", metric, q)
                    .containsExactlyElementsOf(
                            index.search(single).neighbors().getFirst().hits().toList())
                    .containsExactlyElementsOf(NaiveSearch.search(metric, rows, queries.get(q), single))
                    .noneMatch(hit -> Double.isNaN(hit.distance()));
        }
    }

    @Test
    void search_radiusAtADistance_includesItAndNothingBeyond() {
        try (Rows rows = new Rows(Metric.L2, 2, 4, 16)) {
            for (int r = 0; r < 4; r++) {
                rows.setFloats(r, r, r);
            }
            FlatIndex index = index(Metric.L2, 2, rows);
            List<QueryVector> query = List.of(QueryVector.of(0, 0));
            double edge = Math.sqrt(8);
            assertThat(ordinals(index, SearchRequest.within(query, edge))).containsExactly(0L, 1L, 2L);
            assertThat(ordinals(index, SearchRequest.within(query, Math.nextDown(edge))))
                    .containsExactly(0L, 1L);
            assertThat(ordinals(index, SearchRequest.within(query, 0))).containsExactly(0L);
            assertThat(ordinals(index, SearchRequest.within(query, -1))).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void search_rowsThatRoundToTheSame_areTiedAndOrderedByTheTieBreak(ElementType type) {
        try (Rows rows = new Rows(type, 3, 100, 16)) {
            for (int r = 0; r < 100; r++) {
                rows.setFloats(r, 1 + r * 1e-6f, 2, 3);
            }
            FlatIndex index = index(Metric.L2, 3, rows);
            SearchRequest request = SearchRequest.nearest(QueryVector.of(1.00003f, 2, 3), 5);
            assertThat(ordinals(index, request)).containsExactly(0L, 1L, 2L, 3L, 4L);
            assertThat(ordinals(index, request.withTieBreak((a, b) -> Long.compare(b, a))))
                    .containsExactly(99L, 98L, 97L, 96L, 95L);
        }
    }

    /** A binary16 keeps 11 significant bits and a bfloat16 8, so their errors are 2^-11 and 2^-8 of a component. */
    @ParameterizedTest
    @CsvSource({"FLOAT16, 0.99", "BFLOAT16, 0.93"})
    void search_roundedRows_findsNearlyAllTrueNeighbors(ElementType type, double leastRecall) {
        Random random = new Random(12);
        try (Rows exact = new Rows(ElementType.FLOAT32, 64, 3000, 1024).fill(random, 0);
                Rows rounded = new Rows(type, 64, 3000, 1024)) {
            float[] row = new float[64];
            for (int r = 0; r < 3000; r++) {
                rounded.setFloats(r, exact.floats(r, row));
            }
            int found = 0;
            for (int q = 0; q < 50; q++) {
                SearchRequest request = SearchRequest.nearest(exact.vector(random, 0), 10);
                List<Long> truth = ordinals(index(Metric.L2, 64, exact), request);
                found += (int) ordinals(index(Metric.L2, 64, rounded), request).stream()
                        .filter(truth::contains)
                        .count();
            }
            assertThat(found / 500.0).isGreaterThanOrEqualTo(leastRecall);
        }
    }

    @Test
    void index_ofAnElementTypeTheMetricDoesNotAllow_isRefused() {
        try (Rows rows = new Rows(ElementType.FLOAT16, 3, 1, 16)) {
            assertThatThrownBy(() -> index(Metric.HAMMING, 3, rows))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("elementType=FLOAT16, allowed: another one for metric hamming");
        }
    }

    @Test
    void search_duplicates_areOrderedByTheTieBreak() {
        try (Rows rows = new Rows(Metric.L2, 3, 100, 16)) {
            for (int r = 0; r < 100; r++) {
                rows.setFloats(r, 1, 2, 3);
            }
            FlatIndex index = index(Metric.L2, 3, rows);
            SearchRequest request = SearchRequest.nearest(QueryVector.of(0, 0, 0), 5);
            assertThat(ordinals(index, request)).containsExactly(0L, 1L, 2L, 3L, 4L);
            assertThat(ordinals(index, request.withTieBreak((a, b) -> Long.compare(b, a))))
                    .containsExactly(99L, 98L, 97L, 96L, 95L);
        }
    }

    @Test
    void search_noRows_findsNothing() {
        try (Rows rows = new Rows(Metric.DOT, 3, 0, 16)) {
            SearchResult result = index(Metric.DOT, 3, rows).search(SearchRequest.nearest(QueryVector.of(0, 0, 0), 5));
            assertThat(result.neighbors().getFirst().size()).isZero();
            assertThat(result.cost().vectorsCompared()).isZero();
        }
    }

    @Test
    void search_payloadFilter_isAskedOnlyAboutRowsThatWouldEnter() {
        try (Rows rows = new Rows(Metric.L2, 1, 1000, 64)) {
            for (int r = 0; r < 1000; r++) {
                rows.setFloats(r, r);
            }
            Set<Long> asked = ConcurrentHashMap.newKeySet();
            SearchRequest request = SearchRequest.nearest(QueryVector.of(0), 10).withFilter(ordinal -> {
                asked.add(ordinal);
                return ordinal % 2 == 0;
            });
            assertThat(ordinals(index(Metric.L2, 1, rows), request))
                    .containsExactly(0L, 2L, 4L, 6L, 8L, 10L, 12L, 14L, 16L, 18L);
            assertThat(asked).hasSize(19);
        }
    }

    @Test
    void search_wrongQueries_areRefusedByName() {
        try (Rows rows = new Rows(Metric.COSINE, 3, 10, 16)) {
            FlatIndex index = index(Metric.COSINE, 3, rows);
            assertThatThrownBy(() -> index.search(SearchRequest.nearest(QueryVector.of(1, 2), 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("query.dimension=2, allowed: 3");
            assertThatThrownBy(() -> index.search(SearchRequest.nearest(QueryVector.of(0, 0, 0), 1)))
                    .hasMessage("query=zero vector, allowed: a direction");
            assertThatThrownBy(() -> index.search(SearchRequest.nearest(QueryVector.ofBits(new byte[1], 3), 1)))
                    .hasMessage("query.elementType=BIT, allowed: FLOAT32");
            assertThatThrownBy(() -> QueryVector.of(1, Float.NaN)).hasMessage("query[1]=NaN, allowed: finite numbers");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void search_cancelled_stopsWithTheExceptionAndGivesLeasesBack(int threads) {
        try (Rows rows = new Rows(Metric.L2, 8, 4096, 16).fill(new Random(1), 0)) {
            AtomicInteger checks = new AtomicInteger();
            SearchRequest request = SearchRequest.nearest(rows.vector(new Random(2), 0), 5)
                    .withParallelism(new Parallelism(threads, POOL))
                    .withCancellation(() -> {
                        if (checks.incrementAndGet() > 20) {
                            throw new CancellationException("enough");
                        }
                    });
            assertThatThrownBy(() -> index(Metric.L2, 8, rows).search(request))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("enough");
            assertThat(rows.openLeases).hasValue(0);
            assertThat(checks.get()).isLessThan(20 + threads + 1);
        }
    }

    @Test
    void search_pastItsDeadline_stops() {
        try (Rows rows = new Rows(Metric.L2, 8, 64, 16).fill(new Random(1), 0)) {
            long now = TimeSource.SYSTEM.nanoTime();
            SearchRequest request = SearchRequest.nearest(rows.vector(new Random(2), 0), 5);
            FlatIndex index = index(Metric.L2, 8, rows);
            assertThatThrownBy(() -> index.search(request.withCancellation(Cancellation.at(TimeSource.SYSTEM, now))))
                    .isInstanceOf(CancellationException.class);
            long later = now + 3_600_000_000_000L;
            assertThat(ordinals(index, request.withCancellation(Cancellation.at(TimeSource.SYSTEM, later))))
                    .hasSize(5);
        }
    }

    @Test
    void search_executorThatRefusesOrNeverRuns_isDoneByTheCaller() {
        try (Rows rows = new Rows(Metric.L2, 8, 500, 16).fill(new Random(1), 0)) {
            FlatIndex index = index(Metric.L2, 8, rows);
            SearchRequest request = SearchRequest.nearest(rows.vector(new Random(2), 0), 7);
            List<Long> expected = ordinals(index, request);
            assertThat(ordinals(index, request.withParallelism(new Parallelism(8, task -> {
                        throw new RejectedExecutionException();
                    }))))
                    .isEqualTo(expected);
            List<Runnable> late = new ArrayList<>();
            assertThat(ordinals(index, request.withParallelism(new Parallelism(8, late::add))))
                    .isEqualTo(expected);
            assertThat(late).hasSize(7).allSatisfy(Runnable::run);
            assertThat(rows.openLeases).hasValue(0);
        }
    }

    @Test
    void search_singleChunk_isSharedByThreads() {
        try (Rows rows = new Rows(Metric.L2, 64, 4096, 4096).fill(new Random(8), 0)) {
            Thread caller = Thread.currentThread();
            CountDownLatch helped = new CountDownLatch(1);
            index(Metric.L2, 64, rows)
                    .search(SearchRequest.nearest(rows.vector(new Random(1), 0), 10)
                            .withParallelism(new Parallelism(2, POOL))
                            .withCancellation(() -> {
                                if (Thread.currentThread() == caller) {
                                    await(helped);
                                } else {
                                    helped.countDown();
                                }
                            }));
            assertThat(helped.getCount()).isZero();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS))
                    .as("another thread takes part of the chunk")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void search_filterFailsOnAHelper_isReportedByTheCaller() {
        try (Rows rows = new Rows(Metric.L2, 8, 500, 16).fill(new Random(1), 0)) {
            SearchRequest request = SearchRequest.nearest(rows.vector(new Random(2), 0), 7)
                    .withParallelism(new Parallelism(3, POOL))
                    .withFilter(_ -> {
                        throw new IllegalStateException("payload gone");
                    });
            assertThatThrownBy(() -> index(Metric.L2, 8, rows).search(request))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("payload gone");
            assertThat(rows.openLeases).hasValue(0);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, FLOAT32", "40, FLOAT32", "1, FLOAT16", "40, FLOAT16", "1, BFLOAT16", "40, BFLOAT16"})
    void search_onceCompiled_allocatesNothingForARow(int batch, ElementType type) {
        try (Rows rows = new Rows(type, 96, 16384, 4096).fill(new Random(1), 0)) {
            List<QueryVector> queries = new ArrayList<>();
            for (int q = 0; q < batch; q++) {
                queries.add(rows.vector(new Random(q), 0));
            }
            SearchRequest request = SearchRequest.nearest(queries, 10);
            FlatIndex index = index(Metric.L2, 96, rows);
            long tile = type == ElementType.FLOAT32 || batch == 1 ? 0 : 140_000;
            long forQueriesAndResults = 20_000 + 4_000 * batch + tile;
            assertThat(AllocationMeter.bytesOnceCompiled(forQueriesAndResults, () -> index.search(request)))
                    .as("bytes for 16,384 rows; a vector on the heap takes 96")
                    .isLessThanOrEqualTo(forQueriesAndResults);
        }
    }

    private static List<Long> ordinals(FlatIndex index, SearchRequest request) {
        return index.search(request)
                .neighbors()
                .getFirst()
                .hits()
                .map(Neighbors.Hit::ordinal)
                .toList();
    }

    private static FlatIndex index(Metric metric, int dimension, Rows rows) {
        return new FlatIndex(metric, rows.elementType(), dimension, rows, TimeSource.SYSTEM);
    }

    private static float[] shifted(Random random, int dimension, float shift) {
        float[] elements = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            elements[i] = shift + (float) random.nextGaussian();
        }
        return elements;
    }

    private static float[] scaled(Random random, int dimension, float scale) {
        float[] elements = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            elements[i] = scale * (1 + random.nextInt(5)) * (random.nextBoolean() ? 1 : -1);
        }
        return elements;
    }
}
