package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.distance.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a calibration promises is held by queries that are no rows. */
class CalibratorTest {

    private static final Path DATA = Path.of(System.getProperty("vexel.root", "."), "..", "shared", "data");
    private static final double[] TARGETS = {0.9, 0.95, 0.99};
    private static final double MARGIN = 0.01;
    private static final int QUERIES = 200;

    private static DerivedIndex index(VectorRows rows, IndexKind kind) {
        long[] sample = new long[500];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = (long) i * rows.rowCount() / sample.length;
        }
        DerivedIndex index = IndexSpec.parse(kind, Map.of()).create(rows.context(), sample);
        rows.insert(index, 0, rows.rowCount());
        return index;
    }

    private static Calibration measure(VectorRows rows, DerivedIndex index, RowFilter live) {
        return Calibrator.measure(index, rows.context(), live, rows.rowCount(), Cancellation.NONE)
                .orElseThrow();
    }

    private static void assertHeld(VectorRows rows, DerivedIndex index, RowFilter live, int... ks) {
        Calibration calibration = measure(rows, index, live);
        for (int k : ks) {
            SearchRequest like = SearchRequest.nearest(rows.vector(), k).withLive(live);
            for (double target : TARGETS) {
                Optional<Calibration.Choice> choice = calibration.choose(target, k);
                if (choice.isEmpty()) {
                    // A scan is the answer where a walk that finds so much would be dearer; never for less.
                    assertThat(target).as("k=%d of %s", k, calibration).isEqualTo(0.99);
                    continue;
                }
                int ef = choice.get().ef();
                assertThat(rows.recall(index, like, Effort.of(ef), QUERIES))
                        .as("k=%d target=%s ef=%d of %s", k, target, ef, calibration)
                        .isGreaterThanOrEqualTo(target - MARGIN);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"GRAPH,L2", "GRAPH,COSINE", "HNSW,L2", "HNSW,DOT"})
    void choose_forClusteredRows_givesNewQueriesTheRecall(IndexKind kind, Metric metric) {
        try (VectorRows rows = new VectorRows(metric, 32, 2_500, 17);
                DerivedIndex index = index(rows, kind)) {
            assertHeld(rows, index, RowFilter.ALL, 1, 10, 30, 100);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IndexKind.class,
            names = {"GRAPH", "HNSW"})
    void choose_afterManyDeletes_givesNewQueriesTheRecall(IndexKind kind) {
        RowFilter live = ordinal -> ordinal % 5 < 2;
        try (VectorRows rows = new VectorRows(Metric.L2, 24, 3_000, 23);
                DerivedIndex index = index(rows, kind)) {
            assertHeld(rows, index, live, 1, 10);
            index.sweep(live, Cancellation.NONE);
            assertHeld(rows, index, live, 1, 10);
            assertThat(measure(rows, index, live).rows()).isEqualTo(1_200);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IndexKind.class,
            names = {"GRAPH", "HNSW", "LSH"})
    void searchWithout_aRow_findsTheOthersAndLeavesTheIndexAsItWas(IndexKind kind) {
        try (VectorRows rows = new VectorRows(Metric.L2, 16, 1_000, 29);
                DerivedIndex index = index(rows, kind)) {
            for (int row = 0; row < 1_000; row += 37) {
                float[] elements = new float[16];
                rows.rows.elementType().read(io.vexel.memory.raw.RawMemory.ALL, rows.rows.address(row), elements);
                SearchRequest request = SearchRequest.nearest(QueryVector.of(elements), 10);
                Effort all = Effort.of(1_000);
                int left = row;
                assertThat(index.searchWithout(request, all, row)
                                .neighbors()
                                .getFirst()
                                .hits())
                        .as("row=%d", row)
                        .hasSize(10)
                        .noneMatch(hit -> hit.ordinal() == left);
                assertThat(index.search(request, all).neighbors().getFirst().ordinal(0))
                        .isEqualTo(row);
            }
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        }
    }

    @Test
    void measure_ofFewRows_isNothing() {
        try (VectorRows rows = new VectorRows(Metric.L2, 8, 60, 31);
                DerivedIndex index = index(rows, IndexKind.HNSW)) {
            assertThat(Calibrator.measure(index, rows.context(), RowFilter.ALL, 60, Cancellation.NONE))
                    .isEmpty();
            assertThat(Calibrator.measure(index, rows.context(), RowFilter.ALL, 0, Cancellation.NONE))
                    .isEmpty();
            assertThat(Calibrator.measure(index, rows.context(), _ -> false, 60, Cancellation.NONE))
                    .isEmpty();
        }
    }

    @Test
    void measure_cancelledAnywhere_endsAndLeavesTheIndexUsable() {
        try (VectorRows rows = new VectorRows(Metric.L2, 8, 500, 37);
                DerivedIndex index = index(rows, IndexKind.GRAPH)) {
            for (int checks = 0; checks < 2_000; checks = 2 * checks + 1) {
                AtomicInteger left = new AtomicInteger(checks);
                Cancellation after = () -> {
                    if (left.getAndDecrement() == 0) {
                        throw new CancellationException("enough");
                    }
                };
                assertThatThrownBy(() -> Calibrator.measure(index, rows.context(), RowFilter.ALL, 500, after))
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("enough");
            }
            assertHeld(rows, index, RowFilter.ALL, 10);
        }
    }

    /** Real vectors, the first of each set, with queries that are not among them. */
    @ParameterizedTest
    @CsvSource({
        "text128,fvecs,GRAPH",
        "text128,fvecs,HNSW",
        "sift9k,bvecs,GRAPH",
        "sift9k,bvecs,HNSW",
        "mnist784,bvecs,GRAPH"
    })
    void choose_forRealVectors_givesTheirQueriesTheRecall(String set, String format, IndexKind kind)
            throws IOException {
        Path base = DATA.resolve(set + "_base." + format);
        Assumptions.assumeTrue(Files.isReadable(base), "no data set beside the repository");
        List<QueryVector> vectors = read(base, 3_000);
        List<QueryVector> queries = read(DATA.resolve(set + "_query." + format), QUERIES);
        try (VectorRows rows = new VectorRows(Metric.L2, vectors.getFirst().dimension(), vectors.size(), 1)) {
            for (int r = 0; r < vectors.size(); r++) {
                rows.rows.set(r, vectors.get(r));
            }
            try (DerivedIndex index = index(rows, kind)) {
                Calibration calibration = measure(rows, index, RowFilter.ALL);
                for (int k : new int[] {1, 10, 100}) {
                    List<Neighbors> truth = rows.flat()
                            .search(SearchRequest.nearest(queries, k))
                            .neighbors();
                    for (double target : TARGETS) {
                        int ef = calibration.choose(target, k).orElseThrow().ef();
                        assertThat(recall(index, queries, truth, ef))
                                .as("k=%d target=%s ef=%d of %s", k, target, ef, calibration)
                                .isGreaterThanOrEqualTo(target - MARGIN);
                    }
                }
            }
        }
    }

    private static double recall(DerivedIndex index, List<QueryVector> queries, List<Neighbors> truth, int ef) {
        double found = 0;
        for (int q = 0; q < queries.size(); q++) {
            int k = truth.get(q).size();
            double farthest = truth.get(q).distance(k - 1);
            long hits = index.search(SearchRequest.nearest(queries.get(q), k), Effort.of(ef))
                    .neighbors()
                    .getFirst()
                    .hits()
                    .filter(hit -> hit.distance() <= farthest)
                    .count();
            found += (double) Math.min(k, hits) / k;
        }
        return found / queries.size();
    }

    private static List<QueryVector> read(Path file, int most) throws IOException {
        boolean floats = file.toString().endsWith("fvecs");
        List<QueryVector> vectors = new ArrayList<>();
        try (var channel = Files.newByteChannel(file)) {
            ByteBuffer bytes =
                    ByteBuffer.allocate((int) Math.min(channel.size(), 8 << 20)).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
            bytes.flip();
            while (vectors.size() < most && bytes.remaining() >= Integer.BYTES) {
                float[] elements = new float[bytes.getInt()];
                if (bytes.remaining() < elements.length * (floats ? Float.BYTES : 1)) {
                    break;
                }
                for (int i = 0; i < elements.length; i++) {
                    elements[i] = floats ? bytes.getFloat() : bytes.get() & 0xFF;
                }
                vectors.add(QueryVector.of(elements));
            }
        }
        return vectors;
    }
}
