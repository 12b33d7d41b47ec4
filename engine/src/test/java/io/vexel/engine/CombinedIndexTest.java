package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.Combination;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Combined distances with candidates from an index, beside the comparison of every row. */
class CombinedIndexTest {

    private static final int ROWS = Boolean.getBoolean("vexel.deep") ? 30_000 : 12_000;
    private static final int DIMENSION = 24;
    private static final int CLUSTERS = 40;
    private static final int QUERIES = 30;
    private static final int K = 5;
    private static final Volume VOLUME = Volume.inMemory(512L << 20);

    @AfterAll
    static void close() {
        VOLUME.close();
    }

    static Stream<Arguments> metrics() {
        return Stream.of(Metric.L2, Metric.COSINE, Metric.DOT).map(Arguments::of);
    }

    private static float[] center(int cluster) {
        SplittableRandom random = new SplittableRandom(cluster);
        float[] center = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            center[i] = (float) random.nextGaussian();
        }
        return center;
    }

    private static float[] near(float[] center, double spread, SplittableRandom random) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) (center[i] + spread * random.nextGaussian());
        }
        return vector;
    }

    private static Collection collection(Metric metric) {
        if (VOLUME.listCollections().contains(metric.label())) {
            return VOLUME.collection(metric.label());
        }
        Collection made = VOLUME.createCollection(CollectionSpec.builder(metric.label())
                .dimension(DIMENSION)
                .metric(metric)
                .keywordIndex("half")
                .build());
        SplittableRandom random = new SplittableRandom(1);
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            points.add(Point.of(PointId.of(i), VectorData.of(near(center(i % CLUSTERS), 0.4, random)))
                    .withPayload("{\"half\": " + i % 2 + "}"));
        }
        made.upsertAll(points);
        made.awaitIndexed();
        return made;
    }

    private static SearchRequest.Builder request(List<VectorData> vectors, Combination how) {
        return SearchRequest.builder(vectors).combine(how).k(K);
    }

    /** Two or three vectors, of one cluster or of as many. */
    private static List<VectorData> vectors(SplittableRandom random, boolean together) {
        int cluster = random.nextInt(CLUSTERS);
        List<VectorData> vectors = new ArrayList<>();
        for (int i = 2 + random.nextInt(2); i > 0; i--) {
            float[] center = center(together ? cluster : random.nextInt(CLUSTERS));
            vectors.add(VectorData.of(near(center, 0.4, random)));
        }
        return vectors;
    }

    private static int common(SearchResult some, SearchResult all) {
        Set<PointId> wanted = new HashSet<>();
        all.hits().forEach(hit -> wanted.add(hit.id()));
        return (int)
                some.hits().stream().filter(hit -> wanted.contains(hit.id())).count();
    }

    @ParameterizedTest
    @MethodSource("metrics")
    void combined_withAnIndex_findsNearlyAllAndComparesFewRows(Metric metric) {
        Collection c = collection(metric);
        for (Combination how : Combination.values()) {
            for (boolean together : new boolean[] {true, false}) {
                SplittableRandom random = new SplittableRandom(how.ordinal());
                int found = 0;
                int indexed = 0;
                long compared = 0;
                for (int q = 0; q < QUERIES; q++) {
                    List<VectorData> vectors = vectors(random, together);
                    SearchResult exact = c.search(request(vectors, how).exact().build());
                    SearchResult result = c.search(request(vectors, how).build());
                    assertThat(exact.plan().kind()).isEqualTo(SearchPlan.Kind.EXACT_SCAN);
                    assertThat(result.hits()).hasSize(K);
                    found += common(result, exact);
                    if (result.plan().kind() == SearchPlan.Kind.INDEX_AND_TAIL) {
                        indexed++;
                        compared += result.cost().vectorsCompared();
                        assertThat(result.plan().explain()).contains("ranked by their combined distances");
                    } else {
                        assertThat(result.hits()).isEqualTo(exact.hits());
                    }
                }
                System.out.printf(
                        "%s %s %s: recall %.3f, %d of %d by the index, %d of %d compared%n",
                        metric.label(),
                        how,
                        together ? "together" : "apart",
                        found / (double) (K * QUERIES),
                        indexed,
                        QUERIES,
                        indexed == 0 ? 0 : compared / indexed,
                        ROWS);
                assertThat(found / (double) (K * QUERIES)).isGreaterThanOrEqualTo(0.95);
                boolean always = how == Combination.MIN || (how == Combination.SUM && metric != Metric.L2);
                if (always) {
                    assertThat(indexed).isEqualTo(QUERIES);
                }
            }
        }
    }

    @Test
    void combined_underAFilter_findsMatchesOnly() {
        Collection c = collection(Metric.L2);
        SplittableRandom random = new SplittableRandom(9);
        int found = 0;
        for (int q = 0; q < QUERIES; q++) {
            List<VectorData> vectors = vectors(random, q % 2 == 0);
            SearchRequest.Builder filtered =
                    request(vectors, Combination.values()[q % 3]).filter("half = 1");
            SearchResult result = c.search(filtered.build());
            assertThat(result.hits()).hasSize(K).allMatch(hit -> ((PointId.Numeric) hit.id()).value() % 2 == 1);
            found += common(result, c.search(filtered.exact().build()));
        }
        assertThat(found / (double) (K * QUERIES)).isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void combined_sums_sayForWhichVectorsTheIndexWasWalked() {
        Collection c = collection(Metric.COSINE);
        List<VectorData> vectors = vectors(new SplittableRandom(9), false);
        SearchRequest.Builder sums = request(vectors, Combination.SUM);
        String wanted = "for vectors that lean to each of " + vectors.size() + " vectors and one between";
        assertThat(c.search(sums.build()).plan().explain()).contains("ef 640").contains(wanted);
        SearchPlan told = c.search(sums.ef(100).build()).plan();
        assertThat(told.explain()).contains("ef 100").contains(wanted);
    }

    @Test
    void combined_thatNamesARecallOrARadius_comparesEveryRow() {
        Collection c = collection(Metric.L2);
        List<VectorData> vectors = vectors(new SplittableRandom(9), true);
        SearchRequest recall =
                request(vectors, Combination.SUM).recallTarget(0.9).build();
        SearchRequest radius = request(vectors, Combination.SUM).radius(9).build();
        for (SearchRequest request : List.of(recall, radius)) {
            assertThat(c.search(request).plan().explain())
                    .startsWith("exact scan of " + ROWS + " rows; distances are combined");
        }
    }
}
