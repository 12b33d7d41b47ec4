package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What a collection must hold, and whether its answers are right. Components are small integers, so that distances are exact and many are equal; half of the ids are texts, and every point has a number and some words.
 */
final class PointModel {

    static final FieldIndex NUMBERS = FieldIndex.parse("n:range");

    static final String NAME = "points";

    private static final List<String> WORDS =
            List.of("ash", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan", "yew");
    private static final int K = 10;
    private static final int NUMBERS_COUNT = 10;
    private static final int MOST_COMPONENT = 12;

    private final int dimension;
    private final Map<PointId, Row> rows = new LinkedHashMap<>();

    PointModel(int dimension) {
        this.dimension = dimension;
    }

    CollectionSpec spec() {
        return new CollectionSpec(
                NAME,
                dimension,
                Metric.L2,
                ElementType.FLOAT32,
                List.of(FieldIndex.parse("n:keyword"), FieldIndex.parse("t:text")));
    }

    /** A point, and what its payload says. */
    record Row(Point point, int number, Set<String> words) {

        double distanceTo(VectorData.Floats query) {
            VectorData.Floats vector = (VectorData.Floats) point.vector();
            double sum = 0;
            for (int i = 0; i < query.dimension(); i++) {
                double difference = query.get(i) - vector.get(i);
                sum += difference * difference;
            }
            return Math.sqrt(sum);
        }
    }

    /** One thing to ask a collection. */
    record Question(String what, Consumer<Collection> ask) {}

    static PointId id(int number) {
        return number % 2 == 0 ? PointId.of(number) : PointId.of("point-" + number);
    }

    /** What the point with that number is in a version. */
    Row row(int number, int version) {
        Random random = new Random(31L * number + version);
        int n = random.nextInt(NUMBERS_COUNT);
        String first = WORDS.get(random.nextInt(WORDS.size()));
        String second = WORDS.get(random.nextInt(WORDS.size()));
        Point point = Point.of(id(number), vector(random))
                .withPayload("{\"n\": " + n + ", \"t\": \"" + first + " " + second + "\"}");
        return new Row(point, n, Set.of(first).equals(Set.of(second)) ? Set.of(first) : Set.of(first, second));
    }

    private VectorData vector(Random random) {
        float[] components = new float[dimension];
        for (int i = 0; i < components.length; i++) {
            components[i] = random.nextInt(2 * MOST_COMPONENT + 1) - MOST_COMPONENT;
        }
        return VectorData.of(components);
    }

    List<Row> rows(int from, int to, int version) {
        List<Row> result = new ArrayList<>();
        for (int number = from; number < to; number++) {
            result.add(row(number, version));
        }
        return result;
    }

    static List<PointId> ids(int from, int to) {
        List<PointId> result = new ArrayList<>();
        for (int number = from; number < to; number++) {
            result.add(id(number));
        }
        return result;
    }

    int size() {
        return rows.size();
    }

    void put(List<Row> batch) {
        batch.forEach(row -> rows.put(row.point.id(), row));
    }

    void remove(List<PointId> ids) {
        ids.forEach(rows::remove);
    }

    Optional<Row> get(PointId id) {
        return Optional.ofNullable(rows.get(id));
    }

    Set<PointId> ids() {
        return rows.keySet();
    }

    // ---- questions

    /** All kinds of questions. */
    List<Question> questions(int seed) {
        Random random = new Random(seed);
        VectorData.Floats query = (VectorData.Floats) vector(random);
        VectorData.Floats other = (VectorData.Floats) vector(random);
        int n = random.nextInt(NUMBERS_COUNT);
        String word = WORDS.get(random.nextInt(WORDS.size()));
        List<Question> questions = new ArrayList<>();
        questions.add(new Question("count", c -> assertThat(c.count()).isEqualTo(size())));
        questions.add(new Question("exact search", c -> exact(c, query, Optional.empty(), _ -> true)));
        questions.add(new Question("search", c -> nearest(c, query, Optional.empty(), _ -> true)));
        questions.add(new Question(
                "exact search, n = " + n, c -> exact(c, query, Optional.of("n = " + n), row -> row.number == n)));
        questions.add(new Question(
                "search, n < " + n, c -> nearest(c, other, Optional.of("n < " + n), row -> row.number < n)));
        questions.add(new Question("search within a radius", c -> within(c, query, 6 * Math.sqrt(dimension))));
        questions.add(new Question("search for several", c -> batch(c, query, other)));
        questions.add(new Question("search for words", c -> words(c, word, "oak")));
        questions.add(new Question("search for words and a vector", c -> hybrid(c, query, word)));
        if (!rows.isEmpty()) {
            PointId like = List.copyOf(rows.keySet()).get(random.nextInt(rows.size()));
            questions.add(new Question("search like a point", c -> like(c, like)));
        }
        questions.add(new Question("get", c -> get(c, random.nextInt(1_000))));
        questions.add(new Question("scan", this::scan));
        return questions;
    }

    private List<Row> sorted(VectorData.Floats query, Predicate<Row> which) {
        return rows.values().stream()
                .filter(which)
                .sorted(Comparator.comparingDouble((Row row) -> row.distanceTo(query))
                        .thenComparing(row -> row.point.id()))
                .toList();
    }

    private void checkSame(List<Hit> hits, List<Row> expected, VectorData.Floats query) {
        assertThat(hits)
                .extracting(Hit::id)
                .containsExactlyElementsOf(
                        expected.stream().map(row -> row.point.id()).toList());
        checkTrue(hits, query);
    }

    /** Each hit is a point as it is, at its true distance, and none is there twice. */
    private void checkTrue(List<Hit> hits, VectorData.Floats query) {
        Set<PointId> seen = new HashSet<>();
        double last = 0;
        for (Hit hit : hits) {
            Row row = rows.get(hit.id());
            assertThat(row).as("the point %s", hit.id()).isNotNull();
            assertThat(seen.add(hit.id())).as("%s once", hit.id()).isTrue();
            assertThat(hit.distance()).as("distance of %s", hit.id()).isEqualTo(row.distanceTo(query));
            assertThat(hit.distance()).isGreaterThanOrEqualTo(last);
            assertThat(hit.vector()).contains(row.point.vector());
            assertThat(hit.payload()).isEqualTo(row.point.payload());
            last = hit.distance();
        }
    }

    private static SearchRequest.Builder asked(VectorData query, Optional<String> filter) {
        SearchRequest.Builder builder =
                SearchRequest.builder(query).k(K).includeVectors().includePayloads();
        filter.ifPresent(builder::filter);
        return builder;
    }

    private void exact(Collection c, VectorData.Floats query, Optional<String> filter, Predicate<Row> which) {
        List<Hit> hits =
                c.search(asked(query, filter).exact().threads(2).build()).hits();
        checkSame(hits, sorted(query, which).stream().limit(K).toList(), query);
    }

    /** What an index finds need not be the nearest, but k there are. */
    private void nearest(Collection c, VectorData.Floats query, Optional<String> filter, Predicate<Row> which) {
        SearchResult result = c.search(asked(query, filter).ef(40).build());
        long matches = rows.values().stream().filter(which).count();
        assertThat(result.hits()).as(result.plan().explain()).hasSize((int) Math.min(K, matches));
        checkTrue(result.hits(), query);
        assertThat(result.hits()).allMatch(hit -> which.test(rows.get(hit.id())));
        if (result.plan().isExact()) {
            checkSame(result.hits(), sorted(query, which).stream().limit(K).toList(), query);
        }
    }

    private void within(Collection c, VectorData.Floats query, double radius) {
        List<Hit> hits = c.search(SearchRequest.builder(query)
                        .radius(radius)
                        .includeVectors()
                        .includePayloads()
                        .build())
                .hits();
        checkSame(hits, sorted(query, row -> row.distanceTo(query) <= radius), query);
    }

    private void batch(Collection c, VectorData.Floats first, VectorData.Floats second) {
        List<List<Hit>> hits = c.searchBatch(SearchRequest.builder(List.of(first, second))
                        .k(K)
                        .threads(2)
                        .includeVectors()
                        .includePayloads()
                        .build())
                .hits();
        assertThat(hits).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(hits.get(i)).hasSize(Math.min(K, size()));
            checkTrue(hits.get(i), i == 0 ? first : second);
        }
    }

    private void words(Collection c, String one, String another) {
        List<Hit> hits = c.search(
                        SearchRequest.keywords("t", one + " " + another).k(K).build())
                .hits();
        Predicate<Row> has = row -> row.words.contains(one) || row.words.contains(another);
        assertThat(hits)
                .hasSize((int) Math.min(K, rows.values().stream().filter(has).count()));
        assertThat(hits).extracting(Hit::id).doesNotHaveDuplicates();
        assertThat(hits).allMatch(hit -> get(hit.id()).filter(has).isPresent());
        assertThat(hits.stream().map(hit -> -hit.score().orElseThrow()).toList())
                .as("scores")
                .isSorted();
    }

    private void hybrid(Collection c, VectorData.Floats query, String word) {
        List<Hit> hits = c.search(
                        SearchRequest.builder(query).k(K).text("t", word).build())
                .hits();
        assertThat(hits).hasSize(Math.min(K, size()));
        assertThat(hits).extracting(Hit::id).doesNotHaveDuplicates();
        assertThat(hits)
                .allMatch(hit -> get(hit.id())
                        .filter(row -> row.distanceTo(query) == hit.distance())
                        .isPresent());
    }

    private void like(Collection c, PointId id) {
        VectorData.Floats query = (VectorData.Floats) rows.get(id).point.vector();
        List<Hit> hits = c.search(SearchRequest.like(id)
                        .k(K)
                        .includeVectors()
                        .includePayloads()
                        .build())
                .hits();
        assertThat(hits)
                .hasSize(Math.min(K, size() - 1))
                .noneMatch(hit -> hit.id().equals(id));
        checkTrue(hits, query);
    }

    private void get(Collection c, int first) {
        List<PointId> ids = ids(first, first + 40);
        List<Optional<Point>> expected =
                ids.stream().map(id -> get(id).map(Row::point)).toList();
        assertThat(c.getAll(ids)).isEqualTo(expected);
    }

    private void scan(Collection c) {
        Map<PointId, Point> found = scanned(c);
        assertThat(found.keySet()).isEqualTo(rows.keySet());
        found.forEach((id, point) -> assertThat(point).isEqualTo(rows.get(id).point));
    }

    /** All points, each once. */
    static Map<PointId, Point> scanned(Collection c) {
        Map<PointId, Point> found = new LinkedHashMap<>();
        ScanRequest request = ScanRequest.first(700);
        ScanPage page = c.scan(request);
        while (true) {
            page.points()
                    .forEach(point -> assertThat(found.put(point.id(), point))
                            .as("%s once", point.id())
                            .isNull());
            if (page.next().isEmpty()) {
                return found;
            }
            page = c.scan(request.after(page.next().get()));
        }
    }
}
