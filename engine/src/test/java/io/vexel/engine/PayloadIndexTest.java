package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.PayloadIndexStatistics.Status;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Filtered searches with and without payload indexes. */
class PayloadIndexTest {

    private static final int DIMENSION = 8;
    private static final int K = 30;

    private static CollectionSpec.Builder spec(String name) {
        return CollectionSpec.builder(name).dimension(DIMENSION).metric(Metric.L2);
    }

    private static VectorData vector(Random random) {
        float[] components = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            components[i] = random.nextInt(50);
        }
        return VectorData.of(components);
    }

    private static List<Point> points(Random random, int first, int count) {
        List<Point> points = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            Point point = Point.of(PointId.of(i), vector(random));
            points.add(
                    i % 7 == 0
                            ? point
                            : point.withPayload("{\"color\": \"c" + random.nextInt(20) + "\", \"price\": "
                                    + random.nextInt(1_000) / 10.0 + ", \"note\": \"n" + random.nextInt(3) + "\"}"));
        }
        return points;
    }

    private static SearchRequest request(VectorData query, String filter) {
        return SearchRequest.builder(query)
                .k(K)
                .filter(filter)
                .includePayloads()
                .build();
    }

    private static SearchRequest exactRequest(VectorData query, String filter) {
        return SearchRequest.builder(query)
                .k(K)
                .filter(filter)
                .includePayloads()
                .exact()
                .build();
    }

    @Test
    void search_withIndexes_findsTheSameAndComparesMatchesOnly() {
        Random random = new Random(1);
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Collection plain = volume.createCollection(spec("plain").build());
            Collection indexed = volume.createCollection(
                    spec("indexed").keywordIndex("color").rangeIndex("price").build());
            for (int round = 0; round < 6; round++) {
                List<Point> batch = points(random, round * 700, 1_000);
                List<PointId> gone = List.of(PointId.of(round * 500 + 3), PointId.of(round * 600 + 4));
                for (Collection each : List.of(plain, indexed)) {
                    each.upsertAll(batch);
                    each.deleteAll(gone);
                }
                for (String filter : List.of(
                        "color = \"c3\"",
                        "color IN (\"c1\", \"c2\") AND price < 50",
                        "price >= 99.5 AND note = \"n1\"",
                        "color != \"c4\"",
                        "NOT EXISTS color",
                        "note = \"n2\"",
                        "price > 20 AND price <= 20.5 OR color = \"c9\"")) {
                    SearchRequest request = exactRequest(vector(random), filter);
                    SearchResult expected = plain.search(request);
                    SearchResult found = indexed.search(request);
                    assertThat(found.hits()).as(filter).isEqualTo(expected.hits());
                    long matches = matches(plain, filter);
                    if (!filter.contains("note") && matches < plain.count() / 10) {
                        assertThat(found.cost().vectorsCompared()).as(filter).isEqualTo(matches);
                        assertThat(found.cost().payloadsChecked()).isZero();
                    }
                }
            }
            assertThat(indexed.statistics().payloadIndexes().status()).isEqualTo(Status.IN_USE);
            assertThat(indexed.statistics().payloadIndexes().rows()).isEqualTo(6_000);
            assertThat(plain.statistics().payloadIndexes().status()).isEqualTo(Status.NONE);
        }
    }

    private static long matches(Collection collection, String filter) {
        return collection
                .scan(new ScanRequest(
                        ScanRequest.MAX_LIMIT, java.util.Optional.empty(), java.util.Optional.of(Filter.parse(filter))))
                .points()
                .size();
    }

    @Test
    void search_afterReopening_buildsTheIndexesAgain() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(4 * Disks.SMALL, 4096, 3), 3).withoutLog();
        VectorData query = vector(new Random(9));
        SearchRequest request = request(query, "color = \"c3\" AND note != \"n0\"");
        List<Hit> before;
        try (Volume volume = Volume.open(device, Disks.options())) {
            Collection c =
                    volume.createCollection(spec("c").keywordIndex("color").build());
            c.upsertAll(points(new Random(2), 0, 3_000));
            c.upsertAll(points(new Random(3), 1_000, 500));
            before = c.search(request).hits();
        }
        device = new SimulatedDevice(device.image(), 3).withoutLog();
        try (Volume volume = Volume.open(device, Disks.options())) {
            Collection c = volume.collection("c");
            assertThat(c.statistics().payloadIndexes().status()).isEqualTo(Status.NOT_BUILT);
            assertThat(c.search(request).hits()).isEqualTo(before).hasSize(K);
            assertThat(c.statistics().payloadIndexes().rows()).isEqualTo(3_500);
            assertThat(volume.memory().usedByOwner()).containsKey("payload indexes");
        }
    }

    @Test
    void search_whenTheBudgetHasNoRoomForIndexes_readsPayloads() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(4 * Disks.SMALL, 4096, 4), 4).withoutLog();
        try (Volume volume = Volume.open(device, Disks.options())) {
            volume.createCollection(spec("c")
                            .keywordIndex("color")
                            .keywordIndex("price")
                            .build())
                    .upsertAll(points(new Random(2), 0, 3_000));
        }
        device = new SimulatedDevice(device.image(), 4).withoutLog();
        MemoryBudget budget = new MemoryBudget(1L << 30);
        VolumeOptions tight = VolumeOptions.builder()
                .budget(budget)
                .time(new SimulatedClock())
                .build();
        try (Volume volume = Volume.open(device, tight)) {
            Collection c = volume.collection("c");
            budget.reserve("others", budget.availableBytes() - 50_000);
            SearchResult found = c.search(request(vector(new Random(1)), "color = \"c3\""));
            assertThat(found.hits()).hasSize(K);
            assertThat(found.cost().vectorsCompared()).isEqualTo(3_000);
            assertThat(c.statistics().payloadIndexes().status()).isEqualTo(Status.DROPPED);
        }
    }

    @Test
    void search_pastItsTimeoutWhileBuilding_saysSo() {
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Collection c =
                    volume.createCollection(spec("c").keywordIndex("color").build());
            c.upsertAll(points(new Random(2), 0, 3_000));
            SearchRequest late = SearchRequest.builder(vector(new Random(1)))
                    .filter("color = \"c3\"")
                    .timeout(Duration.ofNanos(1))
                    .build();
            assertThatThrownBy(() -> c.search(late))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("PT0.000000001S");
            assertThat(c.search(request(vector(new Random(1)), "color = \"c3\""))
                            .hits())
                    .hasSize(K);
        }
    }

    @Test
    void search_whileOthersWrite_seesWholeBatchesOnly() throws Exception {
        try (Volume volume = Volume.inMemory(128 << 20)) {
            Collection c = volume.createCollection(
                    spec("c").keywordIndex("batch").rangeIndex("n").build());
            AtomicBoolean done = new AtomicBoolean();
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                Random random = new Random(5);
                for (int batch = 0; batch < 300; batch++) {
                    List<Point> points = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        points.add(Point.of(PointId.of(i), vector(random))
                                .withPayload("{\"batch\": " + batch + ", \"n\": " + i + "}"));
                    }
                    c.upsertAll(points);
                }
                done.set(true);
            });
            List<CompletableFuture<Integer>> readers = new ArrayList<>();
            for (int r = 0; r < 2; r++) {
                int seed = r;
                readers.add(CompletableFuture.supplyAsync(() -> {
                    Random random = new Random(seed);
                    int searches = 0;
                    while (!done.get() || searches < 50) {
                        List<Hit> all = c.search(request(vector(random), "n >= 0 AND n < 20"))
                                .hits();
                        assertThat(all.size()).isIn(0, 20);
                        assertThat(all.stream()
                                        .map(hit -> hit.payload()
                                                .orElseThrow()
                                                .json()
                                                .replaceAll(", \"n.*", ""))
                                        .distinct()
                                        .count())
                                .isLessThanOrEqualTo(1);
                        int batch = random.nextInt(300);
                        assertThat(c.search(request(vector(random), "batch = " + batch))
                                        .hits()
                                        .size())
                                .isIn(0, 20);
                        searches++;
                    }
                    return searches;
                }));
            }
            writer.get();
            for (CompletableFuture<Integer> reader : readers) {
                assertThat(reader.get()).isGreaterThanOrEqualTo(50);
            }
            assertThat(c.search(request(vector(new Random(1)), "batch = 299")).hits())
                    .hasSize(20);
            assertThat(c.statistics().payloadIndexes().segments()).isLessThan(20);
        }
    }
}
