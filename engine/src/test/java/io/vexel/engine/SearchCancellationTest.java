package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.Combination;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches of all kinds that are ended by their request, or by an interrupt, at each of the points at which they ask. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SearchCancellationTest {

    private static final int POINTS = 2_400;

    /** As many stops of one search are tried. */
    private static final int MOST_STOPS = 40;

    private static Collection fill(Volume volume, int dimension) {
        Collection c = volume.createCollection(CollectionSpec.builder("c")
                .dimension(dimension)
                .metric(Metric.L2)
                .textIndex("title")
                .build());
        List<Point> points = new ArrayList<>();
        for (int id = 0; id < POINTS; id++) {
            points.add(Point.of(PointId.of(id), Disks.clustered(dimension, id))
                    .withPayload("{\"n\": " + id % 10 + ", \"title\": \"w" + id % 7 + " common\"}"));
        }
        c.upsertAll(points);
        return c;
    }

    private static VectorData query(int dimension, int seed) {
        return Disks.clustered(dimension, 1_000_000 + seed);
    }

    /** Requests of all kinds, each with a new builder. */
    private static Map<String, Supplier<SearchRequest.Builder>> kinds(int dimension) {
        List<VectorData> several = List.of(query(dimension, 1), query(dimension, 2), query(dimension, 3));
        VectorData one = query(dimension, 1);
        Map<String, Supplier<SearchRequest.Builder>> kinds = new LinkedHashMap<>();
        kinds.put("top-k", () -> SearchRequest.builder(one));
        kinds.put("thorough", () -> SearchRequest.builder(one).ef(250));
        kinds.put("range", () -> SearchRequest.builder(one).radius(1e9));
        kinds.put("filtered", () -> SearchRequest.builder(one).filter("n < 5"));
        kinds.put("exact", () -> SearchRequest.builder(one).exact());
        kinds.put("threads", () -> SearchRequest.builder(one).exact().threads(2));
        kinds.put("like", () -> SearchRequest.like(PointId.of(77)));
        kinds.put("words", () -> SearchRequest.keywords("title", "w3 common"));
        kinds.put("hybrid", () -> SearchRequest.builder(one).text("title", "w3"));
        kinds.put("combined", () -> SearchRequest.builder(several).combine(Combination.SUM));
        kinds.put("fused", () -> SearchRequest.builder(several).fuse(Fusion.reciprocalRank(60)));
        kinds.put("batch", () -> SearchRequest.builder(several));
        kinds.put("batch on threads", () -> SearchRequest.builder(several).threads(2));
        return kinds;
    }

    private static List<List<Hit>> search(Collection c, String kind, SearchRequest request) {
        return kind.startsWith("batch")
                ? c.searchBatch(request).hits()
                : List.of(c.search(request).hits());
    }

    @ParameterizedTest
    @CsvSource({"flat,24", "graph,300", "graph,24", "hnsw,24", "lsh,24"})
    void search_cancelledAtAnyQuestion_endsThereAndLeavesNothing(String index, int dimension) {
        try (Volume volume = Volume.inMemory(256 << 20)) {
            Collection c = fill(volume, dimension);
            if (index.equals("flat")) {
                c.dropIndex();
            } else {
                c.createIndex(IndexSpec.parse(IndexKind.parse(index), Map.of()));
                assertThat(c.awaitIndexed().problem()).isEmpty();
            }
            kinds(dimension).forEach((kind, builder) -> stopEverywhere(c, kind, builder));
            // A search that had not left would be waited for.
            c.dropIndex();
            assertThat(volume.memory().usedByOwner().keySet()).noneMatch(owner -> owner.endsWith("index"));
        }
    }

    private static void stopEverywhere(Collection c, String kind, Supplier<SearchRequest.Builder> builder) {
        List<List<Hit>> expected = search(c, kind, builder.get().build());
        AtomicLong asked = new AtomicLong();
        SearchRequest counting =
                builder.get().cancellation(() -> asked.incrementAndGet() < 0).build();
        assertThat(search(c, kind, counting)).as(kind).isEqualTo(expected);
        long questions = asked.get();
        assertThat(questions).as(kind).isPositive();
        for (long last = 1; last <= questions; last += Math.max(1, questions / MOST_STOPS)) {
            long stop = last;
            AtomicLong left = new AtomicLong();
            SearchRequest stopped = builder.get()
                    .cancellation(() -> left.incrementAndGet() >= stop)
                    .build();
            assertThatThrownBy(() -> search(c, kind, stopped))
                    .as(kind + ", question " + last + " of " + questions)
                    .isInstanceOf(CancellationException.class)
                    .isNotInstanceOf(SearchTimeoutException.class)
                    .hasMessage("the search was cancelled");
        }
        assertThat(search(c, kind, builder.get().build())).as(kind).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flat", "graph"})
    void search_byAnInterruptedThread_endsAndLeavesTheInterrupt(String index) {
        try (Volume volume = Volume.inMemory(256 << 20)) {
            Collection c = fill(volume, 24);
            c.awaitIndexed();
            if (index.equals("flat")) {
                c.dropIndex();
            }
            kinds(24).forEach((kind, builder) -> {
                List<List<Hit>> expected = search(c, kind, builder.get().build());
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> search(c, kind, builder.get().build()))
                        .as(kind)
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("the search was interrupted");
                assertThat(Thread.interrupted()).as(kind).isTrue();
                assertThat(search(c, kind, builder.get().build())).as(kind).isEqualTo(expected);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE / 1_000_000_000, 1_000_000_000})
    void timeout_longerThanAnybodyWaits_isNone(long seconds) {
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Collection c = fill(volume, 2);
            Duration timeout = Duration.ofSeconds(seconds);
            assertThat(c.search(SearchRequest.builder(1, 2).timeout(timeout).build())
                            .hits())
                    .hasSize(10);
        }
    }

    /** Where walks go by estimates: each part of the search looks at the clock. */
    @ParameterizedTest
    @ValueSource(ints = {24, 300})
    void timeout_ofAWalk_endsIt(int dimension) {
        try (Volume volume = Volume.inMemory(256 << 20)) {
            Collection c = fill(volume, dimension);
            c.awaitIndexed();
            SearchRequest request = SearchRequest.builder(query(dimension, 1))
                    .ef(250)
                    .timeout(Duration.ofNanos(1))
                    .build();
            assertThatThrownBy(() -> c.search(request))
                    .isInstanceOfSatisfying(
                            SearchTimeoutException.class,
                            e -> assertThat(e.timeout()).isEqualTo(Duration.ofNanos(1)));
        }
    }

    /** What is stored with an index is what it searches with when a request says nothing. */
    @Test
    void search_withoutEf_takesTheEfSearchOfTheIndex() {
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Collection c = fill(volume, 24);
            for (int efSearch : new int[] {50, 200, 7}) {
                c.createIndex(
                        IndexSpec.parse(IndexKind.HNSW, Map.of("ef_search", Integer.toString(efSearch), "m", "8")));
                assertThat(c.awaitIndexed().problem()).isEmpty();
                SearchRequest request = SearchRequest.builder(query(24, 1)).k(5).build();
                assertThat(c.search(request).plan().ef()).isEqualTo(Math.max(efSearch, 10));
                assertThat(c.search(SearchRequest.builder(query(24, 1)).ef(90).build())
                                .plan()
                                .ef())
                        .isEqualTo(90);
            }
        }
    }
}
