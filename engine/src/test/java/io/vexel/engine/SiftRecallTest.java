package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Exact search over 9,000 real vectors finds what the ground truth that came with them says. */
class SiftRecallTest {

    private static final int K = 100;
    private static final Path ROOT = Path.of(System.getProperty("vexel.root", "."));
    private static final List<Path> PLACES =
            List.of(ROOT.resolve("cli/src/main/resources/io/vexel/cli/demo"), ROOT.resolve("../shared/data"));

    private static ByteBuffer file(String name) throws IOException {
        for (Path place : PLACES) {
            if (Files.exists(place.resolve(name))) {
                return ByteBuffer.wrap(Files.readAllBytes(place.resolve(name))).order(ByteOrder.LITTLE_ENDIAN);
            }
        }
        Assumptions.abort("the data set is not here: " + name);
        throw new IllegalStateException();
    }

    private static List<VectorData> vectors(String name) throws IOException {
        ByteBuffer bytes = file(name);
        List<VectorData> result = new ArrayList<>();
        while (bytes.hasRemaining()) {
            float[] components = new float[bytes.getInt()];
            for (int i = 0; i < components.length; i++) {
                components[i] = bytes.get() & 0xFF;
            }
            result.add(VectorData.of(components));
        }
        return result;
    }

    private static List<Set<PointId>> groundTruth() throws IOException {
        ByteBuffer bytes = file("sift9k_groundtruth.ivecs");
        List<Set<PointId>> result = new ArrayList<>();
        while (bytes.hasRemaining()) {
            Set<PointId> ids = new HashSet<>();
            for (int n = bytes.getInt(); n > 0; n--) {
                ids.add(PointId.of(bytes.getInt()));
            }
            result.add(ids);
        }
        return result;
    }

    @Test
    void exactSearch_overSift_findsEveryNeighbourOfTheGroundTruth() throws IOException {
        List<VectorData> base = vectors("sift9k_base.bvecs");
        List<VectorData> queries = vectors("sift9k_query.bvecs");
        List<Set<PointId>> truth = groundTruth();
        try (Volume volume = Volume.inMemory(64L << 20)) {
            Collection sift = volume.createCollection(new CollectionSpec("sift", 128, Metric.L2));
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < base.size(); i++) {
                points.add(Point.of(PointId.of(i), base.get(i)));
            }
            sift.upsertAll(points);
            BatchSearchResult found = sift.searchBatch(
                    SearchRequest.builder(queries).k(K).exact().allCores().build());
            for (int q = 0; q < queries.size(); q++) {
                List<Hit> hits = found.hits().get(q);
                double last = hits.getLast().distance();
                Set<PointId> missed = new HashSet<>(truth.get(q));
                hits.forEach(hit -> missed.remove(hit.id()));
                VectorData query = queries.get(q);
                assertThat(missed)
                        .as("query " + q + ": missed ids may only tie with the last hit")
                        .allMatch(id -> distance(query, base.get((int) ((PointId.Numeric) id).value())) == last);
                assertThat(hits).hasSize(K);
            }
            assertThat(found.cost().vectorsCompared()).isEqualTo((long) base.size() * queries.size());
            SearchResult alone = sift.search(
                    SearchRequest.builder(queries.get(7)).k(K).exact().build());
            assertThat(alone.hits()).isEqualTo(found.hits().get(7));
        }
    }

    private static double distance(VectorData a, VectorData b) {
        long sum = 0;
        for (int i = 0; i < a.dimension(); i++) {
            long difference = (long) (((VectorData.Floats) a).get(i) - ((VectorData.Floats) b).get(i));
            sum += difference * difference;
        }
        return Math.sqrt(sum);
    }
}
