package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** SIFT descriptors with exact ground truth, where they lie beside the repository. */
class RealVectorsTest {

    private static final Path DATA = Path.of(System.getProperty("vexel.root", "."), "..", "shared", "data");
    private static final int TRUTH = 100;

    /** Components are integers below 256, which every type of floats holds exactly. */
    @ParameterizedTest
    @EnumSource(value = ElementType.class, names = "BIT", mode = EnumSource.Mode.EXCLUDE)
    void search_siftVectors_findsAllTrueNeighbors(ElementType type) throws IOException {
        Path base = DATA.resolve("sift9k_base.bvecs");
        Assumptions.assumeTrue(Files.isReadable(base), "no data set beside the repository");
        List<QueryVector> vectors = bvecs(base);
        List<QueryVector> queries = bvecs(DATA.resolve("sift9k_query.bvecs"));
        List<int[]> truth = ivecs(DATA.resolve("sift9k_groundtruth.ivecs"));
        try (Rows rows = new Rows(type, 128, vectors.size(), 1024);
                ExecutorService pool = Executors.newFixedThreadPool(1)) {
            for (int r = 0; r < vectors.size(); r++) {
                rows.set(r, vectors.get(r));
            }
            FlatIndex index = new FlatIndex(Metric.L2, rows.elementType(), 128, rows, TimeSource.SYSTEM);
            SearchRequest request = SearchRequest.nearest(queries, TRUTH).withParallelism(new Parallelism(2, pool));
            List<Neighbors> found = index.search(request).neighbors();
            for (int q = 0; q < queries.size(); q++) {
                double farthest = distance(vectors.get(truth.get(q)[TRUTH - 1]), queries.get(q));
                assertThat(found.get(q).hits().map(Neighbors.Hit::distance))
                        .as("query=%d", q)
                        .hasSize(TRUTH)
                        .allMatch(d -> d <= farthest);
                assertThat(found.get(q).hits().toList())
                        .isEqualTo(index.search(SearchRequest.nearest(queries.get(q), TRUTH))
                                .neighbors()
                                .getFirst()
                                .hits()
                                .toList());
            }
        }
    }

    /** What each kind finds of the true ten nearest at these efforts; the second is what was measured, less a margin. */
    @ParameterizedTest
    @CsvSource({"HNSW,50,0.95", "HNSW,100,0.97", "LSH,64,0.72"})
    void derivedIndex_siftVectors_reachesItsRecall(IndexKind kind, int ef, double least) throws IOException {
        Path base = DATA.resolve("sift9k_base.bvecs");
        Assumptions.assumeTrue(Files.isReadable(base), "no data set beside the repository");
        List<QueryVector> vectors = bvecs(base);
        try (VectorRows rows = new VectorRows(Metric.L2, 128, vectors.size(), 1)) {
            long[] sample = new long[500];
            for (int r = 0; r < vectors.size(); r++) {
                rows.rows.set(r, vectors.get(r));
                sample[r % sample.length] = r;
            }
            long found = 0;
            List<QueryVector> queries = bvecs(DATA.resolve("sift9k_query.bvecs"));
            try (DerivedIndex index = IndexSpec.parse(kind, Map.of()).create(rows.context(), sample)) {
                rows.insert(index, 0, rows.rowCount());
                for (QueryVector query : queries) {
                    SearchRequest request = SearchRequest.nearest(query, 10);
                    double worst =
                            rows.flat().search(request).neighbors().getFirst().distance(9);
                    found += index.search(request, Effort.of(ef))
                            .neighbors()
                            .getFirst()
                            .hits()
                            .filter(hit -> hit.distance() <= worst)
                            .limit(10)
                            .count();
                }
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            }
            assertThat(found / (10.0 * queries.size())).as("recall@10").isGreaterThanOrEqualTo(least);
        }
    }

    private static double distance(QueryVector a, QueryVector b) {
        double sum = 0;
        for (int i = 0; i < a.dimension(); i++) {
            double difference = a.floats()[i] - b.floats()[i];
            sum += difference * difference;
        }
        return Math.sqrt(sum);
    }

    private static List<QueryVector> bvecs(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<QueryVector> vectors = new ArrayList<>();
        while (bytes.hasRemaining()) {
            float[] elements = new float[bytes.getInt()];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = bytes.get() & 0xFF;
            }
            vectors.add(QueryVector.of(elements));
        }
        return vectors;
    }

    private static List<int[]> ivecs(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<int[]> vectors = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int[] elements = new int[bytes.getInt()];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = bytes.getInt();
            }
            vectors.add(elements);
        }
        return vectors;
    }
}
