package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vexel.base.CapacityException;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class HnswIndexTest {

    private static final HnswSpec SMALL = new HnswSpec(8, 60, 50, HnswSpec.MOST_LEVELS, 7);
    private static final int K = 10;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<HnswIndex> indexes = new ArrayList<>();

    @AfterEach
    void invariantsHold() throws Exception {
        for (HnswIndex index : indexes) {
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            index.close();
        }
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private VectorRows rows(Metric metric, int dimension, int count, long seed) {
        VectorRows rows = new VectorRows(metric, dimension, count, seed);
        open.add(rows);
        return rows;
    }

    private HnswIndex index(HnswSpec spec, VectorRows rows) {
        HnswIndex index = spec.create(rows.context(), new long[] {0});
        indexes.add(index);
        return index;
    }

    private HnswIndex filled(VectorRows rows) {
        HnswIndex index = index(SMALL, rows);
        rows.insert(index, 0, rows.rowCount());
        return index;
    }

    private static SearchRequest like(VectorRows rows) {
        return SearchRequest.nearest(rows.vector(), K);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void search_clusteredRows_findsNearlyAllTrueNeighbors(Metric metric) {
        VectorRows rows = rows(metric, 32, 3000, 11);
        HnswIndex index = filled(rows);
        double recall = rows.recall(index, like(rows), Effort.of(100), 200);
        assertThat(recall).as("recall@10 at ef=100, %s", metric).isGreaterThanOrEqualTo(0.95);
    }

    @ParameterizedTest
    @MethodSource("io.vexel.index.VectorRows#metricsAndTypes")
    void search_withEffortForAll_isExact(Metric metric, ElementType type) {
        VectorRows rows = new VectorRows(metric, type, 17, 500, 3);
        open.add(rows);
        HnswIndex index = filled(rows);
        for (int q = 0; q < 20; q++) {
            SearchRequest request = SearchRequest.nearest(rows.vector(), 500);
            assertThat(index.search(request).neighbors().getFirst().hits())
                    .containsExactlyElementsOf(rows.flat()
                            .search(request)
                            .neighbors()
                            .getFirst()
                            .hits()
                            .toList());
        }
    }

    @Test
    void search_manyEqualRows_reachesEveryOne() {
        VectorRows rows = rows(Metric.L2, 4, 1000, 5);
        for (int row = 0; row < 1000; row++) {
            rows.rows.setFloats(row, 1, 2, 3, row % 2);
        }
        HnswIndex index = filled(rows);
        SearchRequest request = SearchRequest.nearest(QueryVector.of(1, 2, 3, 0), 700);
        Neighbors found = index.search(request, Effort.of(1)).neighbors().getFirst();
        Neighbors exact = rows.flat().search(request).neighbors().getFirst();
        assertThat(found.hits().map(Neighbors.Hit::distance))
                .containsExactlyElementsOf(
                        exact.hits().map(Neighbors.Hit::distance).toList());
        assertThat(found.hits().map(Neighbors.Hit::ordinal)).doesNotHaveDuplicates();
    }

    @Test
    void search_withFilterLiveAndRowEnd_findsOnlyWhatTheyAccept() {
        VectorRows rows = rows(Metric.L2, 16, 2000, 9);
        HnswIndex index = filled(rows);
        RowFilter live = ordinal -> ordinal % 4 != 0;
        RowFilter filter = ordinal -> ordinal % 10 < 3;
        SearchRequest request = like(rows).withLive(live).withFilter(filter);
        assertThat(rows.recall(index, request, Effort.of(80), 100)).isGreaterThanOrEqualTo(0.95);
        Neighbors below =
                index.search(request, Effort.of(80).withRowEnd(100)).neighbors().getFirst();
        assertThat(below.hits())
                .hasSize(K)
                .allMatch(hit -> hit.ordinal() < 100 && live.accepts(hit.ordinal()) && filter.accepts(hit.ordinal()));
    }

    @Test
    void search_rareMatches_findsAllOfThem() {
        VectorRows rows = rows(Metric.COSINE, 16, 2000, 10);
        HnswIndex index = filled(rows);
        SearchRequest request = like(rows).withFilter(ordinal -> ordinal % 400 == 7);
        assertThat(index.search(request).neighbors().getFirst().hits().map(Neighbors.Hit::ordinal))
                .containsExactlyInAnyOrder(7L, 407L, 807L, 1207L, 1607L);
    }

    @Test
    void search_withinRadius_findsNearlyAllInIt() {
        VectorRows rows = rows(Metric.L2, 16, 3000, 12);
        HnswIndex index = filled(rows);
        for (int q = 0; q < 20; q++) {
            QueryVector query = rows.vector();
            SearchRequest nearest = SearchRequest.nearest(query, 60);
            double radius = rows.flat().search(nearest).neighbors().getFirst().distance(59);
            SearchRequest within = SearchRequest.within(List.of(query), radius);
            Neighbors found = index.search(within, Effort.of(20)).neighbors().getFirst();
            assertThat(found.hits()).allMatch(hit -> hit.distance() <= radius);
            assertThat(found.size()).as("query %d", q).isGreaterThanOrEqualTo(57);
            assertThat(index.search(nearest.withRadius(radius / 2))
                            .neighbors()
                            .getFirst()
                            .hits())
                    .allMatch(hit -> hit.distance() <= radius / 2);
        }
    }

    @Test
    void search_batchOnThreads_equalsSingleQueries() {
        VectorRows rows = rows(Metric.DOT, 24, 1500, 13);
        HnswIndex index = filled(rows);
        List<QueryVector> queries = new ArrayList<>();
        for (int q = 0; q < 40; q++) {
            queries.add(rows.vector());
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            SearchResult batch = index.search(
                    SearchRequest.nearest(queries, K).withParallelism(new Parallelism(3, pool)), Effort.of(30));
            for (int q = 0; q < 40; q++) {
                SearchResult single = index.search(SearchRequest.nearest(queries.get(q), K), Effort.of(30));
                assertThat(batch.neighbors().get(q).hits())
                        .containsExactlyElementsOf(
                                single.neighbors().getFirst().hits().toList());
            }
            assertThat(batch.cost().vectorsCompared()).isGreaterThan(40 * 30);
        }
    }

    @Test
    void search_ofEmptyIndex_findsNothing() {
        VectorRows rows = rows(Metric.L1, 8, 10, 1);
        assertThat(index(SMALL, rows).search(like(rows)).neighbors().getFirst().size())
                .isZero();
    }

    @Test
    void search_wrongQueries_areRefused() {
        VectorRows rows = rows(Metric.COSINE, 8, 10, 1);
        HnswIndex index = filled(rows);
        assertThatThrownBy(() -> index.search(SearchRequest.nearest(QueryVector.of(1, 2), K)))
                .hasMessage("query.dimension=2, allowed: 8");
        assertThatThrownBy(() -> index.search(SearchRequest.nearest(QueryVector.of(new float[8]), K)))
                .hasMessage("query=zero vector, allowed: a direction");
        assertThatThrownBy(() -> index.search(SearchRequest.nearest(QueryVector.ofBits(new byte[1], 8), K)))
                .hasMessage("query.elementType=BIT, allowed: FLOAT32");
    }

    @Test
    void search_whenCancelled_stops() {
        VectorRows rows = rows(Metric.L2, 8, 300, 1);
        HnswIndex index = filled(rows);
        SearchRequest request = like(rows).withCancellation(() -> {
            throw new CancellationException("enough");
        });
        assertThatThrownBy(() -> index.search(request)).isInstanceOf(CancellationException.class);
    }

    @Test
    void insert_whenTheBudgetRefuses_leavesTheIndexAsItWas() {
        VectorRows rows = rows(Metric.L2, 8, 5000, 2);
        MemoryBudget budget = new MemoryBudget(2L * Records.CHUNK_BYTES + 300_000);
        HnswIndex index = new HnswSpec(64, 4, 10, 16, 1).create(rows.context(budget), new long[] {0});
        indexes.add(index);
        int full = insertUntilRefused(index, rows);
        assertThat(index.statistics().rows()).isEqualTo(full);
        assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        assertThat(index.search(like(rows)).neighbors().getFirst().size()).isEqualTo(K);
    }

    private static int insertUntilRefused(HnswIndex index, VectorRows rows) {
        for (int row = 0; row < rows.rowCount(); row++) {
            try {
                index.insert(row, rows.rows.address(row));
            } catch (CapacityException _) {
                return row;
            }
        }
        throw new AssertionError("never refused");
    }

    @Test
    void sweep_ofHalfTheRows_fiveTimes_keepsRecallAndSpace() {
        VectorRows rows = rows(Metric.L2, 24, 2400, 21);
        HnswIndex index = filled(rows);
        double fresh = rows.recall(index, like(rows), Effort.of(40), 300);
        long memory = index.statistics().memoryBytes();
        Random random = new Random(4);
        for (int round = 0; round < 5; round++) {
            boolean[] dead = new boolean[rows.rowCount()];
            for (int i = 0; i < dead.length; i++) {
                dead[i] = random.nextBoolean();
            }
            RowFilter live = ordinal -> !dead[(int) ordinal];
            double before = rows.recall(index, like(rows).withLive(live), Effort.of(40), 100);
            DerivedIndex.SweepResult swept = index.sweep(live, Cancellation.NONE);
            assertThat(index.verify(live).findings()).as("round %d", round).isEmpty();
            assertThat(swept.removed() + index.statistics().rows()).isEqualTo(rows.rowCount());
            assertThat(before).isGreaterThanOrEqualTo(fresh - 0.02);
            assertThat(rows.recall(index, like(rows).withLive(live), Effort.of(40), 100))
                    .as("round %d", round)
                    .isGreaterThanOrEqualTo(fresh - 0.02);
            for (int row = 0; row < dead.length; row++) {
                if (dead[row]) {
                    index.insert(row, rows.rows.address(row));
                }
            }
        }
        assertThat(rows.recall(index, like(rows), Effort.of(40), 300)).isCloseTo(fresh, within(0.02));
        assertThat(index.statistics().memoryBytes()).isEqualTo(memory);
        assertThat(index.statistics().freePlaces()).isZero();
    }

    @Test
    void sweep_ofNearlyAllRows_leavesTheRestFindable() {
        VectorRows rows = rows(Metric.L2, 8, 2000, 22);
        HnswIndex index = filled(rows);
        RowFilter live = ordinal -> ordinal % 50 == 0;
        assertThat(index.sweep(live, Cancellation.NONE).removed()).isEqualTo(1960);
        assertThat(index.verify(live).findings()).isEmpty();
        SearchRequest request = SearchRequest.nearest(rows.vector(), 100).withLive(live);
        assertThat(index.search(request, Effort.of(1)).neighbors().getFirst().hits())
                .containsExactlyElementsOf(rows.flat()
                        .search(request)
                        .neighbors()
                        .getFirst()
                        .hits()
                        .toList());
    }

    @Test
    void sweep_ofAllRows_leavesAnIndexThatCanBeFilledAgain() {
        VectorRows rows = rows(Metric.L2, 8, 500, 23);
        HnswIndex index = filled(rows);
        assertThat(index.sweep(_ -> false, Cancellation.NONE).removed()).isEqualTo(500);
        assertThat(index.statistics().rows()).isZero();
        assertThat(index.statistics().freePlaces()).isEqualTo(500);
        rows.insert(index, 0, 500);
        assertThat(rows.recall(index, like(rows), Effort.of(80), 50)).isGreaterThanOrEqualTo(0.95);
        assertThat(index.statistics().freePlaces()).isZero();
    }

    @Test
    void sweep_whenCancelled_keepsTheInvariantsAndIsFinishedByTheNext() {
        VectorRows rows = rows(Metric.L2, 8, 1500, 24);
        HnswIndex index = filled(rows);
        RowFilter live = ordinal -> ordinal % 3 != 0;
        int[] calls = {0};
        Cancellation third = () -> {
            if (++calls[0] == 8) {
                throw new CancellationException("enough");
            }
        };
        assertThatThrownBy(() -> index.sweep(live, third)).isInstanceOf(CancellationException.class);
        assertThat(index.verify(live).findings()).isEmpty();
        PageStore store = new PageStore();
        index.checkpoint(store);
        HnswIndex loaded = SMALL.load(rows.context(), store);
        indexes.add(loaded);
        assertThat(rows.recall(loaded, like(rows).withLive(live), Effort.of(80), 50))
                .isGreaterThanOrEqualTo(0.95);
        assertThat(index.sweep(live, Cancellation.NONE).removed()).isEqualTo(500);
        assertThat(loaded.sweep(live, Cancellation.NONE).removed()).isEqualTo(500);
        assertThat(index.statistics().rows()).isEqualTo(1000);
    }

    @Test
    void load_ofCheckpoint_givesIdenticalResults() {
        VectorRows rows = rows(Metric.L1, 20, 2000, 31);
        HnswIndex index = index(SMALL, rows);
        rows.insert(index, 0, 1500);
        RowFilter live = ordinal -> ordinal >= 300;
        index.sweep(live, Cancellation.NONE);
        PageStore store = new PageStore();
        index.checkpoint(store);
        int all = store.pagesGiven;
        assertThat(index.statistics().changedRows()).isZero();
        rows.insert(index, 1500, 1501);
        assertThat(index.statistics().changedRows()).isBetween(2L, 200L);
        store.failing = true;
        assertThatThrownBy(() -> index.checkpoint(store)).isInstanceOf(IllegalStateException.class);
        store.failing = false;
        store.pagesGiven = 0;
        index.checkpoint(store);
        assertThat(store.pagesGiven).isBetween(1, all);
        HnswIndex loaded = SMALL.load(rows.context(), store);
        indexes.add(loaded);
        assertSameAnswers(rows, index, loaded);
        assertThat(loaded.statistics().rows()).isEqualTo(1201);
        assertThat(loaded.statistics().freePlaces())
                .isEqualTo(index.statistics().freePlaces());
        rows.insert(loaded, 1501, 2000);
        assertThat(rows.recall(loaded, like(rows).withLive(live), Effort.of(80), 50))
                .isGreaterThanOrEqualTo(0.95);
    }

    private static void assertSameAnswers(VectorRows rows, HnswIndex a, HnswIndex b) {
        for (int q = 0; q < 50; q++) {
            SearchRequest request = like(rows);
            assertThat(a.search(request, Effort.of(20)).neighbors().getFirst().hits())
                    .containsExactlyElementsOf(b.search(request, Effort.of(20))
                            .neighbors()
                            .getFirst()
                            .hits()
                            .toList());
        }
    }

    @Test
    void load_withOtherSpecOrContext_isRefused() {
        VectorRows rows = rows(Metric.L1, 20, 50, 31);
        HnswIndex index = filled(rows);
        PageStore store = new PageStore();
        index.checkpoint(store);
        assertThatThrownBy(() -> HnswSpec.DEFAULT.load(rows.context(), store))
                .hasMessage("damaged index: m=8, expected 16");
        VectorRows others = rows(Metric.L2, 20, 50, 31);
        assertThatThrownBy(() -> SMALL.load(others.context(), store))
                .hasMessage("damaged index: the head is of another kind, version, metric or dimension");
    }

    @ParameterizedTest
    @CsvSource({
        "m,1,'m=1, allowed: a whole number in 2..64'",
        "ef_construction,x,'ef_construction=x, allowed: a whole number in 1..4096'",
        "max_levels,17,'max_levels=17, allowed: a whole number in 1..16'",
        "efs,3,'option efs of kind hnsw, allowed: ef_construction, ef_search, m, max_levels, seed'"
    })
    void parse_wrongOptions_areNamed(String name, String value, String message) {
        assertThatThrownBy(() -> IndexSpec.parse(IndexKind.HNSW, Map.of(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** Kinds name their options in two ways; each takes both. */
    @Test
    void parse_ofNamesInTheOtherSpelling_isTheSame() {
        assertThat(IndexSpec.parse(IndexKind.HNSW, Map.of("efConstruction", "77", "maxLevels", "3")))
                .isEqualTo(IndexSpec.parse(IndexKind.HNSW, Map.of("ef_construction", "77", "max_levels", "3")));
        assertThat(IndexSpec.parse(IndexKind.GRAPH, Map.of("ef_construction", "77")))
                .isEqualTo(GraphSpec.defaults().withEfConstruction(77));
        assertThatThrownBy(
                        () -> IndexSpec.parse(IndexKind.GRAPH, Map.of("ef_construction", "77", "efConstruction", "78")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed: one of them");
    }

    @Test
    void parse_ofOptions_isInverseOfOptions() {
        assertThat(IndexSpec.parse(IndexKind.HNSW, Map.of())).isEqualTo(HnswSpec.DEFAULT);
        assertThat(IndexSpec.parse(IndexKind.HNSW, SMALL.options())).isEqualTo(SMALL);
    }
}
