package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.NotFoundException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.Combination;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several vectors, words, both, and points like a point, against a naive twin over a plain map. */
class SearchKindsTest {

    private static final String[] VOCABULARY = {"red", "blue", "shoes", "hat", "Zürich", "42", "the", "of"};

    private static final CollectionSpec SPEC = CollectionSpec.builder("c")
            .dimension(2)
            .metric(Metric.L1)
            .textIndex("title")
            .keywordIndex("n")
            .build();

    /** A collection and its twin. Components are small integers, so that distances are exact and many are equal. */
    private static final class Twin {
        final Map<PointId, Point> points = new LinkedHashMap<>();
        final Map<PointId, List<String>> words = new HashMap<>();
        final Map<PointId, Integer> numbers = new HashMap<>();
        final Random random;
        final Collection collection;

        Twin(Random random, Collection collection) {
            this.random = random;
            this.collection = collection;
        }

        void write() {
            Map<PointId, Point> batch = new LinkedHashMap<>();
            for (int i = random.nextInt(200); i >= 0; i--) {
                PointId id = PointId.of(random.nextInt(400));
                batch.put(id, point(id));
            }
            collection.upsertAll(List.copyOf(batch.values()));
            points.putAll(batch);
            List<PointId> gone = new ArrayList<>();
            for (int i = random.nextInt(30); i >= 0; i--) {
                gone.add(PointId.of(random.nextInt(400)));
            }
            collection.deleteAll(gone);
            gone.forEach(points::remove);
        }

        private Point point(PointId id) {
            int n = random.nextInt(3);
            List<String> some = new ArrayList<>();
            for (int i = random.nextInt(9); i > 0; i--) {
                some.add(VOCABULARY[(int) (VOCABULARY.length * random.nextDouble() * random.nextDouble())]);
            }
            words.put(id, some.stream().map(String::toLowerCase).toList());
            numbers.put(id, n);
            String title = switch (random.nextInt(3)) {
                case 0 -> "\"" + String.join(" ", some) + "\"";
                case 1 -> "\"" + String.join(", ", some).toUpperCase(java.util.Locale.ROOT) + "!\"";
                default -> "[\"" + String.join("\", 7, \"", some) + "\"]";
            };
            return Point.of(id, vector()).withPayload("{\"n\": " + n + ", \"title\": " + title + "}");
        }

        VectorData vector() {
            return VectorData.of(random.nextInt(12), random.nextInt(12));
        }

        static double distance(VectorData a, VectorData b) {
            float[] x = ((VectorData.Floats) a).toArray();
            float[] y = ((VectorData.Floats) b).toArray();
            return Math.abs(x[0] - y[0]) + Math.abs(x[1] - y[1]);
        }

        /** BM25 as the books have it. */
        Map<PointId, Double> scores(String text) {
            Set<String> wanted =
                    new LinkedHashSet<>(Arrays.asList(text.toLowerCase().split(" ")));
            List<List<String>> documents = points.keySet().stream()
                    .map(words::get)
                    .filter(document -> !document.isEmpty())
                    .toList();
            double mean = documents.stream().mapToInt(List::size).sum() / (double) documents.size();
            Map<PointId, Double> scores = new HashMap<>();
            for (PointId id : points.keySet()) {
                List<String> document = words.get(id);
                double score = 0;
                for (String word : wanted) {
                    double often = document.stream().filter(word::equals).count();
                    double with = documents.stream()
                            .filter(some -> some.contains(word))
                            .count();
                    double weight = Math.log(1 + (documents.size() - with + 0.5) / (with + 0.5));
                    double norm = 1.2 * (1 - 0.75 + 0.75 * document.size() / mean);
                    score += often == 0 ? 0 : weight * often * (1.2 + 1) / (often + norm);
                }
                if (score > 0) {
                    scores.put(id, score);
                }
            }
            return scores;
        }

        /** The ids in the order of the values, smaller first, then of the ids. */
        List<PointId> ranked(Map<PointId, Double> values, int most) {
            return values.entrySet().stream()
                    .filter(entry -> accepts(entry.getKey()))
                    .sorted(Comparator.comparingDouble((Map.Entry<PointId, Double> entry) -> entry.getValue())
                            .thenComparing(Map.Entry::getKey))
                    .limit(most)
                    .map(Map.Entry::getKey)
                    .toList();
        }

        int wantedNumber = -1;

        boolean accepts(PointId id) {
            return wantedNumber < 0 || numbers.get(id) == wantedNumber;
        }

        Map<PointId, Double> distances(VectorData... queries) {
            return combined(Combination.MIN, queries);
        }

        Map<PointId, Double> combined(Combination how, VectorData... queries) {
            Map<PointId, Double> result = new HashMap<>();
            points.forEach((id, point) -> {
                double[] each = Arrays.stream(queries)
                        .mapToDouble(query -> distance(query, point.vector()))
                        .toArray();
                result.put(
                        id,
                        switch (how) {
                            case MIN -> Arrays.stream(each).min().orElseThrow();
                            case MAX -> Arrays.stream(each).max().orElseThrow();
                            case SUM -> Arrays.stream(each).sum();
                        });
            });
            return result;
        }

        Map<PointId, Double> negated(Map<PointId, Double> values) {
            Map<PointId, Double> result = new HashMap<>();
            values.forEach((id, value) -> result.put(id, -value));
            return result;
        }

        Map<PointId, Double> reciprocal(int constant, List<List<PointId>> lists) {
            Map<PointId, Double> sums = new HashMap<>();
            for (List<PointId> list : lists) {
                for (int i = 0; i < list.size(); i++) {
                    sums.merge(list.get(i), 1.0 / (constant + i + 1), Double::sum);
                }
            }
            return sums;
        }
    }

    private static void check(List<Hit> hits, List<PointId> expected, Map<PointId, Double> distances) {
        assertThat(hits.stream().map(Hit::id)).isEqualTo(expected);
        for (Hit hit : hits) {
            assertThat(hit.distance()).isEqualTo(distances.get(hit.id()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void search_ofEveryKind_equalsTheNaiveTwin(long seed) {
        Random random = new Random(seed);
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Twin twin = new Twin(random, volume.createCollection(SPEC));
            for (int step = 0; step < 15; step++) {
                twin.write();
                for (int n = -1; n < 3; n += 2) {
                    twin.wantedNumber = n;
                    combinations(twin);
                    keywords(twin);
                    fusions(twin);
                    likes(twin);
                }
            }
        }
    }

    private static SearchRequest.Builder filtered(Twin twin, SearchRequest.Builder builder) {
        if (twin.wantedNumber >= 0) {
            builder.filter("n = " + twin.wantedNumber);
        }
        return builder.k(1 + twin.random.nextInt(30)).threads(1 + twin.random.nextInt(2));
    }

    private static void combinations(Twin twin) {
        VectorData[] queries = {twin.vector(), twin.vector(), twin.vector()};
        for (Combination how : Combination.values()) {
            SearchRequest request = filtered(twin, SearchRequest.builder(List.of(queries)))
                    .combine(how)
                    .radius(14)
                    .build();
            Map<PointId, Double> combined = twin.combined(how, queries);
            combined.values().removeIf(distance -> distance > 14);
            List<Hit> hits = twin.collection.search(request).hits();
            check(hits, twin.ranked(combined, request.k()), combined);
            assertThat(hits).allMatch(hit -> hit.score().isEmpty());
        }
    }

    private static void keywords(Twin twin) {
        String words = VOCABULARY[twin.random.nextInt(8)] + " " + VOCABULARY[twin.random.nextInt(8)] + " missing";
        SearchRequest request =
                filtered(twin, SearchRequest.keywords("title", words)).build();
        SearchResult result = twin.collection.search(request);
        Map<PointId, Double> scores = twin.scores(words);
        assertThat(result.hits().stream().map(Hit::id)).isEqualTo(twin.ranked(twin.negated(scores), request.k()));
        for (Hit hit : result.hits()) {
            assertThat(hit.score()).isEqualTo(OptionalDouble.of(scores.get(hit.id())));
            assertThat(hit.distance()).isNaN();
        }
        assertThat(result.cost().vectorsCompared()).isZero();
        assertThat(result.plan().kind()).isEqualTo(SearchPlan.Kind.WORDS_ALONE);
        assertThat(result.plan().keywords()).contains(words(words, scores.size()));
        assertThat(result.plan().fusion()).isEmpty();
    }

    private static KeywordPlan words(String text, int matches) {
        Set<String> distinct =
                new LinkedHashSet<>(Arrays.asList(text.toLowerCase().split(" ")));
        return new KeywordPlan(FieldPath.parse("title"), List.copyOf(distinct), matches, 0);
    }

    private static void fusions(Twin twin) {
        VectorData a = twin.vector();
        VectorData b = twin.vector();
        String words = "blue hat";
        int depth = 1 + twin.random.nextInt(60);
        SearchRequest ranks = filtered(twin, SearchRequest.builder(List.of(a, b)))
                .text("title", words)
                .fuse(Fusion.reciprocalRank(7).withDepth(depth))
                .build();
        int cut = Math.max(depth, ranks.k());
        Map<PointId, Double> sums = twin.reciprocal(
                7,
                List.of(
                        twin.ranked(twin.distances(a), cut),
                        twin.ranked(twin.distances(b), cut),
                        twin.ranked(twin.negated(twin.scores(words)), cut)));
        SearchResult result = twin.collection.search(ranks);
        List<Hit> hits = result.hits();
        assertThat(result.plan().keywords())
                .contains(words(words, twin.scores(words).size()));
        assertThat(result.plan().fusion())
                .contains(new FusionPlan(3, Fusion.reciprocalRank(7).withDepth(depth), cut));
        check(hits, twin.ranked(twin.negated(sums), ranks.k()), twin.distances(a, b));
        assertThat(hits).allMatch(hit -> hit.score().getAsDouble() == sums.get(hit.id()));
        weighted(twin, a, words, depth);
    }

    private static void weighted(Twin twin, VectorData query, String words, int depth) {
        SearchRequest request = filtered(twin, SearchRequest.builder(query))
                .text("title", words)
                .fuse(Fusion.weighted(0.25).withDepth(depth))
                .build();
        int cut = Math.max(depth, request.k());
        Map<PointId, Double> sums = new HashMap<>();
        addShares(twin, sums, twin.distances(query), cut, 0.25);
        addShares(twin, sums, twin.negated(twin.scores(words)), cut, 0.75);
        check(
                twin.collection.search(request).hits(),
                twin.ranked(twin.negated(sums), request.k()),
                twin.distances(query));
    }

    private static void addShares(
            Twin twin, Map<PointId, Double> sums, Map<PointId, Double> values, int cut, double weight) {
        List<PointId> list = twin.ranked(values, cut);
        for (PointId id : list) {
            double first = values.get(list.getFirst());
            double last = values.get(list.getLast());
            double share = first == last ? 1 : (last - values.get(id)) / (last - first);
            sums.merge(id, weight * share, Double::sum);
        }
    }

    private static void likes(Twin twin) {
        PointId id = twin.points.keySet().iterator().next();
        Map<PointId, Double> distances = twin.distances(twin.points.get(id).vector());
        Map<PointId, Double> others = new HashMap<>(distances);
        others.remove(id);
        SearchRequest request = filtered(twin, SearchRequest.like(id)).build();
        check(twin.collection.search(request).hits(), twin.ranked(others, request.k()), distances);
        Map<PointId, Double> scores = twin.negated(twin.scores("shoes"));
        scores.remove(id);
        SearchRequest both =
                filtered(twin, SearchRequest.like(id)).text("title", "shoes").build();
        int cut = Math.max(Fusion.DEFAULT_DEPTH, both.k());
        Map<PointId, Double> sums = twin.reciprocal(60, List.of(twin.ranked(others, cut), twin.ranked(scores, cut)));
        check(twin.collection.search(both).hits(), twin.ranked(twin.negated(sums), both.k()), distances);
    }

    @Test
    void explain_searchByWords_saysWhatTheyFoundAndHowListsBecameOne() {
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Collection c = volume.createCollection(SPEC);
            c.upsert(
                    Point.of(1, 0, 0).withPayload("{\"n\": 1, \"title\": \"Red shoes\"}"),
                    Point.of(2, 1, 0).withPayload("{\"n\": 2, \"title\": \"red hat\"}"),
                    Point.of(3, 2, 0).withPayload("{\"n\": 2, \"title\": \"blue\"}"));
            SearchRequest.Builder near = SearchRequest.builder(0, 0).filter("n = 2");
            SearchPlan hybrid =
                    c.search(near.text("title", "RED, red shoes!").build()).plan();
            assertThat(hybrid.explain())
                    .endsWith("; words \"red\", \"shoes\" in title: in 2 points at least one"
                            + "; 2 lists of at most 100 points fused by reciprocal rank with constant 60");
            SearchPlan weighted =
                    c.search(near.fuse(Fusion.weighted(0.25)).build()).plan();
            assertThat(weighted.explain()).endsWith("fused by weights, 0.25 for distances and 0.75 for words");
            SearchPlan alone =
                    c.search(SearchRequest.keywords("title", "blue").build()).plan();
            assertThat(alone.explain())
                    .isEqualTo("no vectors compared; words alone; word \"blue\" in title: in 1 points");
            assertThat(c.search(SearchRequest.builder(0, 0).build()).plan().keywords())
                    .isEmpty();
        }
    }

    @Test
    void build_ofWhatMakesNoSense_isRefused() {
        VectorData query = VectorData.of(1, 2);
        assertThatThrownBy(() ->
                        SearchRequest.builder(query).combine(Combination.MAX).build())
                .hasMessage("combine with vectors=1, allowed: 2 or more");
        assertThatThrownBy(() -> SearchRequest.builder(query)
                        .fuse(Fusion.reciprocalRank(60))
                        .build())
                .hasMessage("fuse with lists=1, allowed: 2 or more");
        assertThatThrownBy(() -> SearchRequest.builder(List.of(query, query))
                        .fuse(Fusion.weighted(0.5))
                        .build())
                .hasMessageContaining("vector lists=2 without words");
        assertThatThrownBy(() -> Fusion.weighted(1.5)).hasMessage("vectorWeight=1.5, allowed: 0..1");
        assertThatThrownBy(() -> Fusion.reciprocalRank(-1)).hasMessageContaining("constant=-1");
    }

    @Test
    void search_forWhatIsNotThere_isNamed() {
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Collection c = volume.createCollection(SPEC);
            assertThat(c.search(SearchRequest.keywords("title", "red").build()).hits())
                    .isEmpty();
            assertThatThrownBy(() ->
                            c.search(SearchRequest.like(PointId.of("gone")).build()))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("gone");
            assertThatThrownBy(() -> c.search(SearchRequest.keywords("n", "1").build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("text field=n, allowed: a field with a text index, of [title]");
            assertThatThrownBy(
                            () -> c.search(SearchRequest.keywords("title", "?!").build()))
                    .hasMessageContaining("at least one letter or digit");
            VectorData query = VectorData.of(1, 2);
            assertThatThrownBy(() -> c.search(
                            SearchRequest.builder(List.of(query, query)).build()))
                    .hasMessageContaining("queries=2");
            assertThatThrownBy(() -> c.searchBatch(
                            SearchRequest.builder(query).text("title", "x").build()))
                    .hasMessageContaining("allowed in a batch: vectors alone");
        }
    }

    @Test
    void search_pastItsTimeout_saysSo() {
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Twin twin = new Twin(new Random(1), volume.createCollection(SPEC));
            twin.write();
            for (SearchRequest.Builder builder : List.of(
                    SearchRequest.builder(1, 2),
                    SearchRequest.keywords("title", "red"),
                    SearchRequest.builder(List.of(VectorData.of(1, 2), VectorData.of(3, 4)))
                            .combine(Combination.SUM))) {
                assertThatThrownBy(() -> twin.collection.search(
                                builder.timeout(Duration.ZERO).build()))
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("the search took longer than its timeout of PT0S");
            }
        }
    }

    @Test
    void keywords_whenTheBudgetHasNoRoom_areFoundByReadingPayloads() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(4 * Disks.SMALL, 4096, 4), 4).withoutLog();
        MemoryBudget budget = new MemoryBudget(1L << 30);
        VolumeOptions tight = VolumeOptions.builder()
                .budget(budget)
                .time(new SimulatedClock())
                .build();
        try (Volume volume = Volume.open(device, tight)) {
            Twin twin = new Twin(new Random(1), volume.createCollection(SPEC));
            twin.write();
            budget.reserve("others", budget.availableBytes() - 1_000);
            SearchResult result = twin.collection.search(
                    SearchRequest.keywords("title", "red").k(20).build());
            Map<PointId, Double> scores = twin.scores("red");
            assertThat(result.hits().stream().map(Hit::id)).isEqualTo(twin.ranked(twin.negated(scores), 20));
            assertThat(result.hits()).allMatch(hit -> hit.score().equals(OptionalDouble.of(scores.get(hit.id()))));
            KeywordPlan plan = result.plan().keywords().orElseThrow();
            assertThat(plan.matches()).isEqualTo(scores.size());
            assertThat(plan.payloadsRead()).isPositive().isEqualTo(result.cost().payloadsChecked());
            assertThat(result.plan().explain())
                    .contains("by reading " + plan.payloadsRead()
                            + " payloads, as there is no memory for the text index");
        }
    }

    @Test
    void keywords_whileOthersWrite_seeWholeBatchesOnly() throws Exception {
        try (Volume volume = Volume.inMemory(128 << 20)) {
            Collection c = volume.createCollection(SPEC);
            AtomicBoolean done = new AtomicBoolean();
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                for (int batch = 0; batch < 300; batch++) {
                    List<Point> points = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        points.add(Point.of(i, batch, i).withPayload("{\"title\": \"red batch" + batch + "\"}"));
                    }
                    c.upsertAll(points);
                }
                done.set(true);
            });
            int searches = 0;
            while (!done.get() || searches < 50) {
                SearchRequest request = SearchRequest.keywords("title", "red")
                        .k(100)
                        .includePayloads()
                        .build();
                List<Hit> hits = c.search(request).hits();
                assertThat(hits.size()).isIn(0, 20);
                assertThat(hits.stream().map(Hit::payload).distinct().count()).isLessThanOrEqualTo(1);
                assertThat(hits.stream().map(Hit::score).distinct().count()).isLessThanOrEqualTo(1);
                searches++;
            }
            writer.get();
            assertThat(c.search(SearchRequest.keywords("title", "batch299")
                                    .k(100)
                                    .build())
                            .hits())
                    .hasSize(20);
        }
    }
}
