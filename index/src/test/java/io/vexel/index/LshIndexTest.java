package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class LshIndexTest {

    private static final int K = 10;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<LshIndex> indexes = new ArrayList<>();
    private RowFilter living = RowFilter.ALL;

    @AfterEach
    void invariantsHold() throws Exception {
        for (LshIndex index : indexes) {
            assertThat(index.verify(living).findings()).isEmpty();
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

    private LshIndex filled(VectorRows rows) {
        long[] sample = new long[rows.rowCount()];
        java.util.Arrays.setAll(sample, i -> i);
        LshIndex index = LshSpec.DEFAULT.create(rows.context(), sample);
        indexes.add(index);
        rows.insert(index, 0, rows.rowCount());
        return index;
    }

    private static SearchRequest like(VectorRows rows) {
        return SearchRequest.nearest(rows.vector(), K);
    }

    /** Far less than all rows are compared; what that finds depends on how well the family fits the metric. */
    @ParameterizedTest
    @CsvSource({"L2,0.85", "COSINE,0.9", "DOT,0.6", "L1,0.85", "HAMMING,0.85", "JACCARD,0.6"})
    void search_clusteredRows_findsMostTrueNeighborsAmongFewRows(Metric metric, double least) {
        VectorRows rows = rows(metric, 32, 5000, 11);
        LshIndex index = filled(rows);
        Effort effort = Effort.of(32);
        assertThat(rows.recall(index, like(rows), effort, 200)).as("recall@10").isGreaterThanOrEqualTo(least);
        assertThat(index.search(like(rows), effort).cost().vectorsCompared())
                .isLessThanOrEqualTo(32 * LshSearch.CANDIDATES_PER_EF);
    }

    @ParameterizedTest
    @MethodSource("io.vexel.index.VectorRows#metricsAndTypes")
    void search_forAllRows_isExact(Metric metric, ElementType type) {
        VectorRows rows = new VectorRows(metric, type, 17, 300, 3);
        open.add(rows);
        LshIndex index = filled(rows);
        for (int q = 0; q < 10; q++) {
            SearchRequest request = SearchRequest.nearest(rows.vector(), 300).withFilter(ordinal -> ordinal % 3 == 0);
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
    void search_withFilterLiveAndRowEnd_findsOnlyWhatTheyAccept() {
        VectorRows rows = rows(Metric.L2, 16, 2000, 9);
        LshIndex index = filled(rows);
        RowFilter live = ordinal -> ordinal % 4 != 0;
        RowFilter filter = ordinal -> ordinal % 10 < 3;
        Neighbors found = index.search(
                        like(rows).withLive(live).withFilter(filter),
                        Effort.of(64).withRowEnd(100))
                .neighbors()
                .getFirst();
        assertThat(found.hits())
                .hasSize(K)
                .allMatch(hit -> hit.ordinal() < 100 && live.accepts(hit.ordinal()) && filter.accepts(hit.ordinal()));
    }

    @Test
    void search_withinRadius_findsMostInIt() {
        VectorRows rows = rows(Metric.L2, 16, 3000, 12);
        LshIndex index = filled(rows);
        long found = 0;
        for (int q = 0; q < 20; q++) {
            QueryVector query = rows.vector();
            double radius = rows.flat()
                    .search(SearchRequest.nearest(query, 30))
                    .neighbors()
                    .getFirst()
                    .distance(29);
            Neighbors within = index.search(SearchRequest.within(List.of(query), radius), Effort.of(64))
                    .neighbors()
                    .getFirst();
            assertThat(within.hits()).allMatch(hit -> hit.distance() <= radius);
            found += within.size();
        }
        assertThat(found).isBetween(20 * 20L, 20 * 30L);
    }

    @Test
    void search_manyEqualRows_staysWithinItsBound() {
        VectorRows rows = rows(Metric.L2, 4, 3000, 5);
        for (int row = 0; row < 3000; row++) {
            rows.rows.setFloats(row, 1, 2, 3, 4);
        }
        LshIndex index = filled(rows);
        SearchResult result = index.search(SearchRequest.nearest(QueryVector.of(1, 2, 3, 4), K), Effort.of(10));
        assertThat(result.neighbors().getFirst().size()).isEqualTo(K);
        assertThat(result.cost().vectorsCompared()).isEqualTo(10 * LshSearch.CANDIDATES_PER_EF);
    }

    @Test
    void sweep_andReinsert_fiveTimes_leavesTheSameAnswersAndSpace() {
        VectorRows rows = rows(Metric.L1, 16, 2000, 21);
        LshIndex index = filled(rows);
        double fresh = rows.recall(index, like(rows), Effort.of(32), 300);
        long memory = index.statistics().memoryBytes();
        for (int round = 0; round < 5; round++) {
            int odd = round % 2;
            RowFilter live = ordinal -> ordinal % 2 == odd;
            assertThat(index.sweep(live, Cancellation.NONE).removed()).isEqualTo(1000);
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            assertThat(index.statistics().rows()).isEqualTo(1000);
            for (int row = 1 - odd; row < 2000; row += 2) {
                index.insert(row, rows.rows.address(row));
            }
        }
        assertThat(rows.recall(index, like(rows), Effort.of(32), 300)).isGreaterThanOrEqualTo(fresh - 0.02);
        assertThat(index.statistics().memoryBytes()).isEqualTo(memory);
        assertThat(index.statistics().freePlaces()).isZero();
    }

    @Test
    void sweep_whenCancelled_isFinishedByTheNext() {
        VectorRows rows = rows(Metric.L2, 8, 3000, 24);
        LshIndex index = filled(rows);
        living = ordinal -> ordinal % 3 != 0;
        int[] calls = {0};
        assertThatThrownBy(() -> index.sweep(living, () -> {
                    if (++calls[0] == 5) {
                        throw new CancellationException("enough");
                    }
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(index.verify(living).findings()).isEmpty();
        assertThat(index.sweep(living, Cancellation.NONE).removed()).isEqualTo(1000);
        assertThat(index.statistics().freePlaces()).isEqualTo(1000);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void load_ofCheckpoint_givesIdenticalResults(Metric metric) {
        VectorRows rows = rows(metric, 20, 2000, 31);
        LshIndex index = filled(rows);
        living = ordinal -> ordinal % 5 != 0;
        index.sweep(living, Cancellation.NONE);
        PageStore store = new PageStore();
        index.checkpoint(store);
        assertThat(index.statistics().changedRows()).isZero();
        LshIndex loaded = LshSpec.DEFAULT.load(rows.context(), store);
        indexes.add(loaded);
        for (int q = 0; q < 50; q++) {
            SearchRequest request = like(rows);
            assertThat(loaded.search(request, Effort.of(20))
                            .neighbors()
                            .getFirst()
                            .hits())
                    .containsExactlyElementsOf(index.search(request, Effort.of(20))
                            .neighbors()
                            .getFirst()
                            .hits()
                            .toList());
        }
        assertThat(loaded.statistics().freePlaces()).isEqualTo(400);
        for (int row = 0; row < 2000; row += 5) {
            loaded.insert(row, rows.rows.address(row));
        }
        assertThat(loaded.statistics().rows()).isEqualTo(2000);
    }

    @Test
    void load_withOtherSeed_isRefused() {
        VectorRows rows = rows(Metric.L2, 8, 50, 1);
        PageStore store = new PageStore();
        filled(rows).checkpoint(store);
        assertThatThrownBy(() -> new LshSpec(8, 16, 2, 1).load(rows.context(), store))
                .hasMessageStartingWith("damaged index: it was made with other tables");
    }

    @ParameterizedTest
    @CsvSource({
        "tables,0,'tables=0, allowed: a whole number in 1..64'",
        "probe_radius,4,'probe_radius=4, allowed: a whole number in 0..3'",
        "m,4,'option m of kind lsh, allowed: functions, probe_radius, seed, tables'"
    })
    void parse_wrongOptions_areNamed(String name, String value, String message) {
        assertThatThrownBy(() -> IndexSpec.parse(IndexKind.LSH, Map.of(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void parse_ofOptions_isInverseOfOptions() {
        assertThat(IndexSpec.parse(IndexKind.LSH, Map.of())).isEqualTo(LshSpec.DEFAULT);
        LshSpec other = new LshSpec(3, 5, 1, -9);
        assertThat(IndexSpec.parse(IndexKind.LSH, other.options())).isEqualTo(other);
    }
}
