package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Searches where most of what a walk finds is dead and not swept out yet, and rows of the tail would complete the results, though nearer ones are in the index.
 */
class TailBesideDeadRowsTest {

    private static final int DIMENSION = 12;
    private static final int POINTS = 3_000;
    private static final int TAIL = 500;
    private static final int CLUSTERS = 37;
    private static final int K = 10;
    private static final int CLUSTER = 5;
    /** Points of the cluster that stay alive, fewer than are wanted. */
    private static final int LEFT = 4;

    private static VectorData vector(int number) {
        return Disks.clustered(DIMENSION, number);
    }

    private static void upsert(Collection c, int from, int to, IntPredicate some) {
        c.upsertAll(IntStream.range(from, to)
                .filter(some)
                .mapToObj(i -> Point.of(PointId.of(i), vector(i))
                        .withPayload("{\"half\": \"h" + i % 2 + "\", \"n\": " + i + "}"))
                .toList());
    }

    private static Collection fill(Volume volume, IndexKind kind) {
        Collection c = volume.createCollection(CollectionSpec.builder("c")
                .dimension(DIMENSION)
                .metric(Metric.L2)
                .keywordIndex("half")
                .build());
        c.createIndex(IndexSpec.parse(kind, Map.of()));
        upsert(c, 0, POINTS, i -> true);
        c.awaitIndexed();
        c.deleteAll(IntStream.range(0, POINTS)
                .filter(i -> i % CLUSTERS == CLUSTER)
                .skip(LEFT)
                .<PointId>mapToObj(PointId::of)
                .toList());
        upsert(c, POINTS, POINTS + TAIL, i -> i % CLUSTERS != CLUSTER);
        return c;
    }

    /** Without a filter, and with one that a payload index decides, or only payloads do. */
    private enum With {
        NO_FILTER(request -> request),
        DECIDED(request -> request.filter("half IN (\"h0\", \"h1\")")),
        UNDECIDED(request -> request.filter("NOT n < 0"));

        private final UnaryOperator<SearchRequest.Builder> filter;

        With(UnaryOperator<SearchRequest.Builder> filter) {
            this.filter = filter;
        }

        private SearchRequest.Builder request(int query) {
            return filter.apply(SearchRequest.builder(vector(query)).k(K).ef(K));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GRAPH", "HNSW"})
    void search_amongDeadRows_doesNotTakeTheTailForTheNearest(IndexKind kind) {
        try (Volume volume = Volume.open(
                new SimulatedDevice(Disks.formatted(64L << 20, 4096, 5), 5).withoutLog(),
                Disks.withoutIndexThreads(MemoryBudget.unlimited()))) {
            Collection c = fill(volume, kind);
            int query = CLUSTERS * 1_000 + CLUSTER;
            for (With with : With.values()) {
                SearchResult exact = c.search(with.request(query).exact().build());
                SearchResult found = c.search(with.request(query).build());
                assertThat(found.hits())
                        .as("%s: %s", with, found.plan().explain())
                        .hasSize(K);
                assertThat(found.hits().stream().filter(exact.hits()::contains).count())
                        .as("%s: %s", with, found.plan().explain())
                        .isGreaterThanOrEqualTo(K - 1);
            }
        }
    }

    /** What the index has cannot be more than fulfils the filter, so that nothing is compared twice for points which are all new. */
    @ParameterizedTest
    @EnumSource(names = {"GRAPH", "HNSW"})
    void search_whereOnlyTheTailFulfilsTheFilter_comparesNoRowsAgain(IndexKind kind) {
        try (Volume volume = Volume.open(
                new SimulatedDevice(Disks.formatted(64L << 20, 4096, 5), 5).withoutLog(),
                Disks.withoutIndexThreads(MemoryBudget.unlimited()))) {
            Collection c = volume.createCollection(CollectionSpec.builder("c")
                    .dimension(DIMENSION)
                    .metric(Metric.L2)
                    .rangeIndex("n")
                    .build());
            c.createIndex(IndexSpec.parse(kind, Map.of()));
            upsert(c, 0, POINTS, i -> true);
            c.awaitIndexed();
            upsert(c, POINTS, POINTS + TAIL, i -> true);
            SearchRequest.Builder request =
                    SearchRequest.builder(vector(CLUSTER)).k(K).ef(K).filter("n >= " + (POINTS - 3));
            SearchResult found = c.search(request.build());
            assertThat(found.plan().kind()).isNotEqualTo(SearchPlan.Kind.INDEX_THEN_SCAN);
            assertThat(found.hits()).isEqualTo(c.search(request.exact().build()).hits());
        }
    }
}
