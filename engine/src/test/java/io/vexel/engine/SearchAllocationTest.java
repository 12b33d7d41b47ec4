package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.distance.Metric;
import io.vexel.testkit.AllocationMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a warm search allocates: hits, plan, cost and the request's parts, and nothing that grows with the collection or the matches. */
class SearchAllocationTest {

    private static final int DIMENSION = 16;
    private static final int ROWS = 4_000;
    private static final int SEARCHES = 500;
    private static final Volume VOLUME = Volume.inMemory(64 << 20);
    private static Collection collection;

    @BeforeAll
    static void fill() {
        Random random = new Random(3);
        collection = VOLUME.createCollection(CollectionSpec.builder("c")
                .dimension(DIMENSION)
                .metric(Metric.L2)
                .rangeIndex("u")
                .build());
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            points.add(Point.of(i, vector(random)).withPayload("{\"u\": " + random.nextInt(1_000) + "}"));
        }
        collection.upsertAll(points);
        collection.awaitIndexed();
    }

    @AfterAll
    static void close() {
        VOLUME.close();
    }

    private static float[] vector(Random random) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    /** Of 1,000; the largest share is walked for, the next compared by code, the least alone. */
    @ParameterizedTest
    @CsvSource({"1000,INDEX_AND_TAIL", "950,INDEX_AND_TAIL", "400,MATCHES_BY_CODE", "50,MATCHES_ALONE"})
    void search_whenWarm_allocatesAFewKilobytes(int below, SearchPlan.Kind kind) {
        var builder = SearchRequest.builder(vector(new Random(4))).k(10);
        SearchRequest request = below < 1_000 ? builder.filter("u < " + below).build() : builder.build();
        assertThat(collection.search(request).plan().kind()).isEqualTo(kind);
        long enough = 12_000L * SEARCHES;
        long bytes = AllocationMeter.bytesOnceCompiled(enough, () -> {
            for (int i = 0; i < SEARCHES; i++) {
                collection.search(request);
            }
        });
        assertThat(bytes).isLessThanOrEqualTo(enough);
    }
}
