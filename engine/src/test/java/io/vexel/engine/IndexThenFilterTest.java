package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.MountOptions;
import io.vexel.index.Combination;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Filtered searches that take more rows from an index than are wanted, and read payloads afterwards; against scans. */
class IndexThenFilterTest {

    private static final int DIMENSION = 12;
    private static final int POINTS = 3_000;
    private static final int CLUSTERS = 37;
    private static final int K = 10;

    /** So thorough that the index finds nearly all that a scan finds. */
    private static final int EF = 100;

    private static final int QUERIES = 12;

    private static Volume open() {
        return open(new SimulatedDevice(Disks.formatted(64L << 20, 4096, 5), 5).withoutLog());
    }

    private static Volume open(SimulatedDevice device) {
        return Volume.open(device, Disks.withoutIndexThreads(MemoryBudget.unlimited()));
    }

    private static VectorData vector(int number) {
        return Disks.clustered(DIMENSION, number);
    }

    private static int n(int number) {
        return new SplittableRandom(number).nextInt(1_000);
    }

    /** A tenth has no payload; {@code n} is scattered, {@code cluster} tells where the point lies. */
    private static Point point(int number) {
        Point point = Point.of(PointId.of(number), vector(number));
        int n = n(number);
        return n % 10 == 3
                ? point
                : point.withPayload("{\"n\": " + n + ", \"color\": \"c" + number % 4 + "\", \"cluster\": "
                        + number % CLUSTERS + ", \"title\": \"w" + number % 7 + " common\"}");
    }

    private static List<Point> points(int from, int to) {
        return IntStream.range(from, to).mapToObj(IndexThenFilterTest::point).toList();
    }

    private static Collection fill(Volume volume, IndexKind kind) {
        Collection c = volume.createCollection(CollectionSpec.builder("c")
                .dimension(DIMENSION)
                .metric(Metric.L2)
                .keywordIndex("color")
                .textIndex("title")
                .build());
        c.createIndex(IndexSpec.parse(kind, Map.of()));
        c.upsertAll(points(0, POINTS));
        c.awaitIndexed();
        return c;
    }

    private static SearchRequest.Builder nearest(int query, String filter) {
        return SearchRequest.builder(vector(1_000_000 + query)).k(K).ef(EF).filter(filter);
    }

    /** As many hits as a scan finds, in the same order, each at its distance; returns how many are the same. */
    private static int sameAsScan(Collection c, Supplier<SearchRequest.Builder> request, SearchResult found) {
        SearchResult exact = c.search(request.get().exact().build());
        assertThat(found.hits()).hasSameSizeAs(exact.hits());
        List<Hit> all =
                c.search(request.get().k(SearchRequest.ALL).exact().build()).hits();
        assertThat(all).containsSubsequence(found.hits());
        return (int) found.hits().stream().filter(exact.hits()::contains).count();
    }

    /** One of the queries at most may have too few among the nearest. */
    private static void assertAsScan(Collection c, String filter) {
        int same = 0;
        int again = 0;
        for (int q = 0; q < QUERIES; q++) {
            int query = q;
            SearchResult found = c.search(nearest(q, filter).build());
            again += found.plan().kind() == SearchPlan.Kind.INDEX_THEN_FILTER ? 0 : 1;
            same += sameAsScan(c, () -> nearest(query, filter), found);
        }
        assertThat(again).as(filter).isLessThanOrEqualTo(1);
        assertThat(same).as(filter).isGreaterThanOrEqualTo(least(c));
    }

    /** Tables find less, with a filter and without. */
    private static int least(Collection c) {
        return QUERIES * K * (c.indexStatus().kind() == IndexKind.LSH ? 70 : 97) / 100;
    }

    @ParameterizedTest
    @EnumSource(names = {"GRAPH", "HNSW", "LSH"})
    void search_whereOnlyPayloadsTell_findsWhatAScanFinds(IndexKind kind) {
        try (Volume volume = open()) {
            Collection c = fill(volume, kind);
            for (String filter : List.of(
                    "n < 900",
                    "n >= 500",
                    "n < 250",
                    "NOT n < 500",
                    "NOT EXISTS n OR n > 300",
                    "color IN (\"c1\", \"c2\") AND n < 600",
                    "color = \"c3\" OR n < 500")) {
                assertAsScan(c, filter);
            }
            c.deleteAll(IntStream.range(0, POINTS / 3)
                    .<PointId>mapToObj(PointId::of)
                    .toList());
            c.upsertAll(points(POINTS, POINTS + 600));
            assertThat(c.indexStatus().tailRows()).isEqualTo(600);
            assertAsScan(c, "n < 500");
            assertAsScan(c, "color IN (\"c1\", \"c2\") AND n < 600");
            assertThat(c.search(SearchRequest.builder(vector(POINTS + 5))
                                    .k(1)
                                    .filter("n >= 0")
                                    .build())
                            .hits())
                    .as("in the tail")
                    .extracting(Hit::distance)
                    .containsExactly(0.0);
        }
    }

    /** A walk that asks the filter on the way asks about the ef rows that it closes at least. */
    @Test
    void search_readsPayloadsOfTheNearestAndNoMore() {
        try (Volume volume = open()) {
            Collection c = fill(volume, IndexKind.GRAPH);
            // The first search looks at a sample.
            c.search(nearest(0, "n < 500").build());
            for (int q = 0; q < QUERIES; q++) {
                SearchResult found = c.search(nearest(q, "n < 500").build());
                assertThat(found.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_THEN_FILTER);
                assertThat(found.plan().fetched()).isBetween(25, 50);
                PointId last = found.hits().getLast().id();
                List<PointId> all =
                        c
                                .search(SearchRequest.builder(vector(1_000_000 + q))
                                        .k(200)
                                        .exact()
                                        .build())
                                .hits()
                                .stream()
                                .map(Hit::id)
                                .toList();
                long payloads = all.subList(0, all.indexOf(last) + 1).stream()
                        .filter(id -> c.get(id).orElseThrow().payload().isPresent())
                        .count();
                assertThat(found.cost().payloadsChecked()).as("query %d", q).isEqualTo(payloads);
            }
        }
    }

    /** Nearly all points fulfil the filter, but none near the query does. */
    @ParameterizedTest
    @EnumSource(names = {"GRAPH", "HNSW", "LSH"})
    void search_whereTheNearestDoNotFulfilTheFilter_asksTheIndexWithIt(IndexKind kind) {
        try (Volume volume = open()) {
            Collection c = fill(volume, kind);
            int same = 0;
            for (int q = 0; q < QUERIES; q++) {
                int query = q;
                String filter = "cluster != " + (1_000_000 + q) % CLUSTERS + " AND n >= 0";
                SearchResult found = c.search(nearest(q, filter).build());
                assertThat(found.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
                assertThat(found.plan().fetched()).isZero();
                assertThat(found.plan().explain())
                        .contains("too few fulfilled the filter, so the index was asked with it");
                same += sameAsScan(c, () -> nearest(query, filter), found);
            }
            assertThat(same).isGreaterThanOrEqualTo(least(c));
        }
    }

    @Test
    void searchBatch_asksAgainOnlyForQueriesWithTooFew() {
        try (Volume volume = open()) {
            Collection c = fill(volume, IndexKind.GRAPH);
            List<VectorData> queries = IntStream.range(0, CLUSTERS)
                    .mapToObj(q -> vector(2_000_000 + q))
                    .toList();
            int apart = 2_000_000 % CLUSTERS;
            UnaryOperator<SearchRequest.Builder> asked =
                    builder -> builder.k(K).ef(EF).threads(2).filter("cluster != " + apart + " AND n >= 0");
            BatchSearchResult batch =
                    c.searchBatch(asked.apply(SearchRequest.builder(queries)).build());
            assertThat(batch.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
            assertThat(batch.plan().explain()).contains("to 1 of 37 vectors too few fulfilled the filter");
            for (int q = 0; q < CLUSTERS; q++) {
                SearchResult alone = c.search(
                        asked.apply(SearchRequest.builder(queries.get(q))).build());
                assertThat(alone.plan().kind())
                        .isEqualTo(q == 0 ? SearchPlan.Kind.INDEX_AND_TAIL : SearchPlan.Kind.INDEX_THEN_FILTER);
                assertThat(batch.hits().get(q)).as("query %d", q).isEqualTo(alone.hits());
            }
        }
    }

    @Test
    void search_withFewerMatchesThanWanted_findsAllOfThem() {
        try (Volume volume = open()) {
            Collection c = fill(volume, IndexKind.GRAPH);
            SearchResult few = c.search(nearest(1, "n = 500").build());
            assertThat(few.hits())
                    .hasSize((int)
                            IntStream.range(0, POINTS).filter(i -> n(i) == 500).count())
                    .hasSizeBetween(1, K - 1);
            assertThat(few.plan().isExact()).isTrue();
        }
    }

    @Test
    void search_withinARadius_endsWithIt() {
        try (Volume volume = open()) {
            Collection c = fill(volume, IndexKind.GRAPH);
            c.search(nearest(0, "n < 500").build());
            for (int q = 0; q < QUERIES; q++) {
                int query = q;
                List<Hit> hits = c.search(nearest(q, "n < 500").exact().build()).hits();
                double radius = hits.get(3).distance();
                SearchResult some =
                        c.search(nearest(q, "n < 500").radius(radius).build());
                assertThat(some.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_THEN_FILTER);
                sameAsScan(c, () -> nearest(query, "n < 500").radius(radius), some);
                SearchResult none = c.search(nearest(q, "n < 500").radius(1e-3).build());
                assertThat(none.hits()).isEmpty();
                assertThat(none.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_THEN_FILTER);
                assertThat(none.cost().payloadsChecked()).isZero();
            }
        }
    }

    /** Kinds of searches that are made of several, or leave a point out. */
    @Test
    void search_ofOtherKinds_findsWhatAScanFinds() {
        try (Volume volume = open()) {
            Collection c = fill(volume, IndexKind.GRAPH);
            VectorData one = vector(1_000_001);
            VectorData two = vector(1_000_002);
            int same = 0;
            for (Supplier<SearchRequest.Builder> kind : List.<Supplier<SearchRequest.Builder>>of(
                    () -> SearchRequest.like(PointId.of(80)).k(K),
                    () -> SearchRequest.builder(one).k(K).text("title", "w3"),
                    () -> SearchRequest.builder(List.of(one, two)).k(K).fuse(Fusion.reciprocalRank(60)),
                    () -> SearchRequest.builder(List.of(one, two)).k(K).combine(Combination.MIN))) {
                SearchResult found =
                        c.search(kind.get().ef(EF).filter("n < 600").build());
                SearchResult exact =
                        c.search(kind.get().exact().filter("n < 600").build());
                assertThat(found.plan().kind()).as(found.plan().explain()).isEqualTo(SearchPlan.Kind.INDEX_THEN_FILTER);
                assertThat(found.hits()).hasSize(K).extracting(Hit::id).doesNotContain(PointId.of(80));
                same += (int)
                        found.hits().stream().filter(exact.hits()::contains).count();
            }
            assertThat(same).isGreaterThanOrEqualTo(4 * K - 2);
        }
    }

    /** A payload that is no JSON any more fails the searches that have to read it, and no other; nobody takes the index for damaged. */
    @Test
    void search_thatComesUponADamagedPayload_saysSoAndDoesNotBlameTheIndex() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(64L << 20, 4096, 5), 5).withoutLog();
        try (Volume volume = open(device)) {
            fill(volume, IndexKind.GRAPH).checkpointIndex();
        }
        device = new SimulatedDevice(device.image(), 6).withoutLog();
        int damaged = IntStream.range(40, POINTS)
                .filter(i -> point(i).payload().isPresent())
                .findFirst()
                .orElseThrow();
        damagePayload(device, "{\"n\": " + n(damaged) + ",", "\"cluster\": " + damaged % CLUSTERS + ",");
        try (Volume volume = open(new SimulatedDevice(device.image(), 7).withoutLog())) {
            Collection c = volume.collection("c");
            UnaryOperator<SearchRequest.Builder> asked = builder -> builder.k(K).filter("n < 950");
            SearchRequest near =
                    asked.apply(SearchRequest.builder(vector(damaged))).build();
            SearchRequest far =
                    asked.apply(SearchRequest.builder(vector(damaged + 1))).build();
            assertThatThrownBy(() -> c.search(near))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("payload");
            SearchResult found = c.search(far);
            assertThat(found.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_THEN_FILTER);
            assertThat(found.hits()).hasSize(K);
            assertThat(c.indexStatus().problem()).isEmpty();
        }
    }

    /** A walk reads payloads of rows that are not among the nearest, and a scan does not: then the search is answered, and the index is not to blame. */
    @Test
    void search_whoseWalkComesUponADamagedPayload_doesNotBlameTheIndex() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(64L << 20, 4096, 5), 5).withoutLog();
        SplittableRandom random = new SplittableRandom(POINTS);
        Set<Integer> sample =
                IntStream.range(0, 1_000).mapToObj(_ -> random.nextInt(POINTS)).collect(Collectors.toSet());
        int damaged = -1;
        VectorData query = vector(0);
        try (Volume volume = open(device)) {
            Collection c = fill(volume, IndexKind.GRAPH);
            for (int i = POINTS - 1; damaged < 0; i--) {
                query = vector(CLUSTERS * 10_000 + i % CLUSTERS);
                List<PointId> nearest = c
                        .search(SearchRequest.builder(query).k(20).exact().build())
                        .hits()
                        .stream()
                        .map(Hit::id)
                        .toList();
                if (point(i).payload().isPresent() && !sample.contains(i) && nearest.indexOf(PointId.of(i)) > 9) {
                    damaged = i;
                }
            }
            c.checkpointIndex();
        }
        device = new SimulatedDevice(device.image(), 6).withoutLog();
        damagePayload(device, "{\"n\": " + n(damaged) + ",", "\"cluster\": " + damaged % CLUSTERS + ",");
        try (Volume volume = open(new SimulatedDevice(device.image(), 7).withoutLog())) {
            Collection c = volume.collection("c");
            SearchResult found = c.search(SearchRequest.builder(query)
                    .k(5)
                    .ef(500)
                    .filter("cluster = " + damaged % CLUSTERS)
                    .build());
            assertThat(found.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_THEN_SCAN);
            assertThat(found.plan().explain()).contains("a payload is damaged");
            assertThat(found.hits()).hasSize(5);
            assertThat(c.indexStatus().problem()).isEmpty();
            assertThat(c.search(SearchRequest.builder(query).k(5).build())
                            .plan()
                            .kind())
                    .isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
        }
    }

    /** Writes over the first byte of the payload with these parts. */
    private static void damagePayload(SimulatedDevice device, String start, String part) {
        try (FileSystem files = FileSystem.open(device, MountOptions.defaults())) {
            long collections =
                    files.lookup(FileSystem.ROOT, "collections").orElseThrow().inode();
            long directory = files.lookup(collections, "c").orElseThrow().inode();
            long payloads = files.lookup(directory, "payloads").orElseThrow().inode();
            byte[] bytes = new byte[(int) files.stat(payloads).size()];
            files.read(payloads, 0, MemorySegment.ofArray(bytes));
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            List<Integer> found = new ArrayList<>();
            for (int at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1)) {
                if (text.substring(at, text.indexOf('}', at)).contains(part)) {
                    found.add(at);
                }
            }
            assertThat(found).hasSize(1);
            files.update(transaction ->
                    transaction.write(payloads, found.getFirst(), MemorySegment.ofArray(new byte[] {'?'})));
        }
    }
}
