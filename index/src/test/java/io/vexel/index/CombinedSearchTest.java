package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Searches by a combination of distances, against scalar twins and a sort. */
class CombinedSearchTest {

    private static final ExecutorService POOL = Executors.newFixedThreadPool(2);

    @AfterAll
    static void stop() {
        POOL.shutdown();
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void search_combined_equalsNaiveTwinToTheBit(Metric metric) {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int dimension = 1 + random.nextInt(60);
            int rowCount = 1 + random.nextInt(1_500);
            int levels = random.nextBoolean() ? 3 : 0;
            try (Rows rows = new Rows(metric, dimension, rowCount, 1 << random.nextInt(4, 11)).fill(random, levels)) {
                List<QueryVector> queries = new ArrayList<>();
                for (int q = 1 + random.nextInt(4); q > 0; q--) {
                    queries.add(rows.vector(random, levels));
                }
                SearchRequest request = SearchRequest.nearest(queries, 1 + random.nextInt(40))
                        .withLive(ordinal -> ordinal % 7 != 3)
                        .withFilter(ordinal -> ordinal % 3 != 1)
                        .withRadius(random.nextBoolean() ? Double.POSITIVE_INFINITY : random.nextInt(20))
                        .withTieBreak((a, b) -> Long.compare(b, a))
                        .withParallelism(random.nextBoolean() ? Parallelism.NONE : new Parallelism(2, POOL));
                SomeRows some = SomeRows.random(random, rowCount, 0.3);
                FlatIndex index =
                        new FlatIndex(metric, metric.defaultElementType(), dimension, rows, TimeSource.SYSTEM);
                for (Combination how : Combination.values()) {
                    SearchResult all = index.search(request, how);
                    assertThat(all.neighbors()).hasSize(1);
                    assertThat(all.neighbors().getFirst().hits())
                            .as("%s %s seed=%d", metric, how, seed)
                            .containsExactlyElementsOf(naive(metric, rows, request, how));
                    assertThat(all.cost().vectorsCompared()).isEqualTo(queries.size() * live(rows, request));
                    SearchRequest only = request.withLive(ordinal ->
                            request.live().accepts(ordinal) && some.bits().get((int) ordinal));
                    SearchResult fewer = index.search(request, how, some);
                    assertThat(fewer.neighbors().getFirst().hits())
                            .containsExactlyElementsOf(naive(metric, rows, only, how));
                    assertThat(fewer.cost().vectorsCompared()).isEqualTo(queries.size() * live(rows, only));
                }
            }
        }
    }

    private static long live(Rows rows, SearchRequest request) {
        long live = 0;
        for (long row = 0; row < rows.rowCount(); row++) {
            live += request.live().accepts(row) ? 1 : 0;
        }
        return live;
    }

    private static List<Neighbors.Hit> naive(Metric metric, Rows rows, SearchRequest request, Combination how) {
        List<Neighbors.Hit> hits = new ArrayList<>();
        for (long row = 0; row < rows.rowCount(); row++) {
            if (!request.live().accepts(row) || !request.filter().accepts(row)) {
                continue;
            }
            List<Double> distances = new ArrayList<>();
            for (QueryVector query : request.queries()) {
                distances.add(metric.distance(NaiveSearch.key(metric, rows, row, query)));
            }
            double combined = switch (how) {
                case MIN -> distances.stream().min(Double::compare).orElseThrow();
                case MAX -> distances.stream().max(Double::compare).orElseThrow();
                case SUM -> distances.stream().reduce(Double::sum).orElseThrow();
            };
            if (combined <= request.radius()) {
                hits.add(new Neighbors.Hit(row, combined + 0.0));
            }
        }
        hits.sort(Comparator.comparingDouble(Neighbors.Hit::distance)
                .thenComparing((a, b) -> request.tieBreak().compare(a.ordinal(), b.ordinal())));
        return hits.subList(0, Math.min(hits.size(), request.k()));
    }

    @Test
    void bestRows_ofRandomOffers_areTheBestOfThem() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            int k = 1 + random.nextInt(20);
            BestRows best = new BestRows(k, TieBreak.ORDINAL);
            List<Neighbors.Hit> all = new ArrayList<>();
            for (int row = 0; row < random.nextInt(60); row++) {
                double score = random.nextInt(9) - 4;
                all.add(new Neighbors.Hit(row, score));
                if (best.mayEnter(score)) {
                    best.offer(score, row);
                }
            }
            all.sort(Comparator.comparingDouble(Neighbors.Hit::distance).thenComparingLong(Neighbors.Hit::ordinal));
            assertThat(best.neighbors().hits()).containsExactlyElementsOf(all.subList(0, Math.min(k, all.size())));
        }
    }
}
