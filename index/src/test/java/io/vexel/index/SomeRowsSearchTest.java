package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Searches that look at some rows only, against full scans. */
class SomeRowsSearchTest {

    private static final ExecutorService POOL = Executors.newFixedThreadPool(2);

    @AfterAll
    static void stop() {
        POOL.shutdown();
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void search_ofSomeRows_equalsTheFullScanOfThemToTheBit(Metric metric) {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int dimension = 1 + random.nextInt(100);
            int rowCount = 1 + random.nextInt(5_000);
            int levels = random.nextBoolean() ? 3 : 0;
            try (Rows rows = new Rows(metric, dimension, rowCount, 1 << random.nextInt(4, 13)).fill(random, levels)) {
                List<QueryVector> queries = new ArrayList<>();
                for (int q = List.of(1, 2, 40).get(random.nextInt(3)); q > 0; q--) {
                    queries.add(rows.vector(random, levels));
                }
                SomeRows some = SomeRows.random(
                        random, rowCount + 50, List.of(0.0, 0.01, 0.3, 1.0).get(random.nextInt(4)));
                RowFilter live = ordinal -> ordinal % 5 != 2;
                SearchRequest request = SearchRequest.nearest(queries, 1 + random.nextInt(50))
                        .withFilter(ordinal -> ordinal % 3 != 1)
                        .withRadius(random.nextBoolean() ? Double.POSITIVE_INFINITY : 1)
                        .withParallelism(random.nextBoolean() ? Parallelism.NONE : new Parallelism(2, POOL));
                FlatIndex index =
                        new FlatIndex(metric, metric.defaultElementType(), dimension, rows, TimeSource.SYSTEM);
                SearchResult found = index.search(request.withLive(live), some);
                SearchResult expected = index.search(request.withLive(
                        ordinal -> live.accepts(ordinal) && some.bits().get((int) ordinal)));
                for (int q = 0; q < queries.size(); q++) {
                    assertThat(found.neighbors().get(q).hits())
                            .as("%s seed=%d", metric, seed)
                            .containsExactlyElementsOf(
                                    expected.neighbors().get(q).hits().toList());
                }
                assertThat(found.cost().vectorsCompared())
                        .isEqualTo(expected.cost().vectorsCompared());
                assertThat(rows.openLeases).hasValue(0);
            }
        }
    }

    @Test
    void search_ofSomeRows_leasesNoChunkWithoutThem() {
        List<Long> leased = new ArrayList<>();
        try (Rows rows = new Rows(Metric.L2, 4, 640, 64).fill(new Random(1), 0)) {
            RowSource watched = new RowSource() {
                @Override
                public long rowCount() {
                    return rows.rowCount();
                }

                @Override
                public int rowsPerChunk() {
                    return rows.rowsPerChunk();
                }

                @Override
                public ChunkLease lease(long chunk, int first, int end) {
                    leased.add(chunk);
                    return rows.lease(chunk, first, end);
                }
            };
            SomeRows some = new SomeRows(new java.util.BitSet());
            some.bits().set(70);
            some.bits().set(600, 640);
            new FlatIndex(Metric.L2, Metric.L2.defaultElementType(), 4, watched, TimeSource.SYSTEM)
                    .search(SearchRequest.nearest(QueryVector.of(1, 2, 3, 4), 3), some);
        }
        assertThat(leased).containsExactly(1L, 9L);
    }

    /** As where rows are read through a buffer: leases are short, and what lies in front of them cannot be read. */
    @Test
    void search_throughShortLeases_findsTheSame() {
        try (Rows rows = new Rows(Metric.L2, 4, 640, 64).fill(new Random(1), 0)) {
            RowSource source = new RowSource() {
                @Override
                public long rowCount() {
                    return rows.rowCount();
                }

                @Override
                public int rowsPerChunk() {
                    return rows.rowsPerChunk();
                }

                @Override
                public ChunkLease lease(long chunk, int first, int end) {
                    ChunkLease whole = rows.lease(chunk, first, end);
                    int rowEnd = Math.min(end, first + 1 + first % 5);
                    return new ChunkLease() {
                        @Override
                        public long address() {
                            return whole.address();
                        }

                        @Override
                        public int rowEnd() {
                            return rowEnd;
                        }

                        @Override
                        public void close() {
                            whole.close();
                        }
                    };
                }
            };
            FlatIndex whole = new FlatIndex(Metric.L2, Metric.L2.defaultElementType(), 4, rows, TimeSource.SYSTEM);
            FlatIndex cut = new FlatIndex(Metric.L2, Metric.L2.defaultElementType(), 4, source, TimeSource.SYSTEM);
            SearchRequest request = SearchRequest.nearest(QueryVector.of(1, 2, 3, 4), 640);
            assertThat(hits(cut.search(request))).hasSize(640).isEqualTo(hits(whole.search(request)));
            Random random = new Random(2);
            for (int round = 0; round < 50; round++) {
                SomeRows some = new SomeRows(new java.util.BitSet());
                for (int i = 0; i < 1 + 4 * round; i++) {
                    some.bits().set(random.nextInt(640));
                }
                assertThat(hits(cut.search(request, some)))
                        .hasSize(some.bits().cardinality())
                        .isEqualTo(hits(whole.search(request, some)));
            }
            assertThat(rows.openLeases).hasValue(0);
        }
    }

    private static List<Neighbors.Hit> hits(SearchResult result) {
        return result.neighbors().getFirst().hits().toList();
    }

    @Test
    void search_ofSomeRows_whenCancelled_stops() {
        try (Rows rows = new Rows(Metric.L2, 4, 640, 64).fill(new Random(1), 0)) {
            SearchRequest request = SearchRequest.nearest(QueryVector.of(1, 2, 3, 4), 3)
                    .withCancellation(() -> {
                        throw new CancellationException("stop");
                    });
            assertThatThrownBy(
                            () -> new FlatIndex(Metric.L2, Metric.L2.defaultElementType(), 4, rows, TimeSource.SYSTEM)
                                    .search(request, SomeRows.random(new Random(2), 640, 0.5)))
                    .hasMessage("stop");
            assertThat(rows.openLeases).hasValue(0);
        }
    }
}
