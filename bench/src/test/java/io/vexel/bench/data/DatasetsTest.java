package io.vexel.bench.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import io.vexel.base.VexelException;
import io.vexel.distance.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetsTest {

    private static final int K = 3;

    @TempDir
    Path directory;

    private Path name;
    private final float[][] base = VecsFiles.random(1, 50, 6);
    private final float[][] queries = VecsFiles.random(2, 7, 6);

    @BeforeEach
    void writeFiles() throws IOException {
        name = directory.resolve("set");
        VecsFiles.fvecs(file("_base.fvecs"), base);
        VecsFiles.fvecs(file("_query.fvecs"), queries);
    }

    private Path file(String ending) {
        return Path.of(name + ending);
    }

    private DatasetRequest request() {
        return new DatasetRequest(name.toString(), Optional.empty(), OptionalInt.empty(), K);
    }

    private Dataset load() {
        return Datasets.load(request());
    }

    private Dataset load(Metric metric) {
        return Datasets.load(new DatasetRequest(name.toString(), Optional.of(metric), OptionalInt.empty(), K));
    }

    private static int[][] naive(Metric metric, float[][] base, float[][] queries, int k) {
        return Arrays.stream(queries)
                .map(query -> IntStream.range(0, base.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(id -> Distances.of(metric, query, base[id])))
                        .limit(k)
                        .mapToInt(Integer::intValue)
                        .toArray())
                .toArray(int[][]::new);
    }

    @Test
    void vecs_withoutGroundTruth_getItByExactSearch() {
        Dataset data = load();
        assertThat(data.name()).isEqualTo("set");
        assertThat(data.base()).isDeepEqualTo(base);
        assertThat(data.queries()).isDeepEqualTo(queries);
        assertThat(data.truth()).isDeepEqualTo(naive(Metric.L2, base, queries, K));
        assertThat(data.truthOrigin()).isEqualTo("computed by exact search");
        assertThat(data.rawBytesPerVector()).isEqualTo(24);
    }

    @Test
    void vecs_withGroundTruth_keepIt() throws IOException {
        int[][] truth = new int[queries.length][];
        Arrays.setAll(truth, query -> new int[] {query, query + 1, query + 2, query + 3});
        VecsFiles.ivecs(file("_groundtruth.ivecs"), truth);
        Dataset data = load();
        assertThat(data.truth()).isDeepEqualTo(truth);
        assertThat(data.truthOrigin()).isEqualTo("of the data set");
    }

    @Test
    void vecs_cutByTheLimit_getTheGroundTruthOfWhatIsLeft() throws IOException {
        int[][] truth = new int[queries.length][K];
        VecsFiles.ivecs(file("_groundtruth.ivecs"), truth);
        Dataset data = Datasets.load(new DatasetRequest(name.toString(), Optional.empty(), OptionalInt.of(20), K));
        assertThat(data.base()).isDeepEqualTo(Arrays.copyOf(base, 20));
        assertThat(data.truth()).isDeepEqualTo(naive(Metric.L2, data.base(), queries, K));
        // A limit that cuts nothing leaves the ground truth as it is.
        Dataset whole =
                Datasets.load(new DatasetRequest(name.toString(), Optional.empty(), OptionalInt.of(base.length), K));
        assertThat(whole.truth()).isDeepEqualTo(truth);
    }

    @Test
    void bvecs_areBytesWithoutSign() throws IOException {
        Files.delete(file("_base.fvecs"));
        VecsFiles.bvecs(file("_base.bvecs"), new int[] {255, 0, 1, 2, 3, 4}, new int[] {1, 1, 1, 1, 1, 1}, new int[6]);
        assertThat(load().base()[0]).containsExactly(255, 0, 1, 2, 3, 4);
    }

    @Test
    void cosine_vectors_getLengthOneAndAreComparedByL2() {
        Dataset data = load(Metric.COSINE);
        assertThat(data.metric()).isEqualTo(Metric.L2);
        assertThat(data.originalMetric()).isEqualTo(Metric.COSINE);
        for (float[] row : data.base()) {
            assertThat(-Distances.of(Metric.DOT, row, row)).isCloseTo(1, within(1e-6));
        }
        assertThat(data.truth()).isDeepEqualTo(naive(Metric.DOT, data.base(), data.queries(), K));
    }

    @Test
    void dot_groundTruth_isByTheInnerProduct() {
        assertThat(load(Metric.DOT).truth()).isDeepEqualTo(naive(Metric.DOT, base, queries, K));
    }

    @Test
    void cosine_zeroVector_isNamed() throws IOException {
        base[17] = new float[6];
        VecsFiles.fvecs(file("_base.fvecs"), base);
        assertThat(load().base()).hasDimensions(50, 6);
        assertThatThrownBy(() -> load(Metric.COSINE))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("base row 17: expected a direction");
    }

    @Test
    void vecs_notFinite_isNamed() throws IOException {
        queries[4][2] = Float.NaN;
        VecsFiles.fvecs(file("_query.fvecs"), queries);
        assertThatThrownBy(this::load)
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("query row 4: expected finite numbers, found NaN");
    }

    @Test
    void vecs_partsThatDoNotFit_areRefused() throws IOException {
        VecsFiles.fvecs(file("_query.fvecs"), new float[5]);
        assertThatThrownBy(this::load)
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("expected queries of dimension 6 as the base has, found 5");
        Files.write(file("_query.fvecs"), new byte[0]);
        assertThatThrownBy(this::load)
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("expected at least one query row");
    }

    @Test
    void vecs_missingOrAmbiguous_areRefusedByName() throws IOException {
        VecsFiles.bvecs(file("_base.bvecs"), new int[6]);
        assertThatThrownBy(this::load).isInstanceOf(ProtocolException.class).hasMessageContaining("found both");
        Files.delete(file("_base.bvecs"));
        Files.delete(file("_query.fvecs"));
        assertThatThrownBy(this::load)
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining(file("_query.fvecs").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,1,50 | in 0..49, found 50",
                "0,-1,2 | in 0..49, found -1",
                "0,1    | expected at least k = 3 true neighbors of query 0, found 2"
            })
    void groundTruth_thatCannotBe_isRefused(String list, String message) throws IOException {
        int[] row = Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
        int[][] truth = new int[queries.length][];
        Arrays.fill(truth, row);
        VecsFiles.ivecs(file("_groundtruth.ivecs"), truth);
        assertThatThrownBy(this::load).isInstanceOf(ProtocolException.class).hasMessageContaining(message);
    }

    @Test
    void groundTruth_ofTooFewQueries_isRefused() throws IOException {
        VecsFiles.ivecs(file("_groundtruth.ivecs"), new int[] {0, 1, 2});
        assertThatThrownBy(this::load)
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("for each of 7 queries, found 1");
    }

    @Test
    void request_notAllowed_isRefused() {
        assertThatThrownBy(() -> load(Metric.HAMMING))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("metric=hamming, allowed: l2, cosine, dot");
        assertThatThrownBy(() ->
                        Datasets.load(new DatasetRequest(name.toString(), Optional.empty(), OptionalInt.empty(), 51)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("k=51, allowed: at most the 50 base rows");
    }

    @Test
    void synthetic_sameText_isTheSameSet() {
        var request = new DatasetRequest("synthetic:2500x12", Optional.empty(), OptionalInt.empty(), 10);
        Dataset data = Datasets.load(request);
        assertThat(data.base()).hasDimensions(2500, 12);
        assertThat(data.queries()).hasDimensions(1000, 12);
        assertThat(data.base()).isDeepEqualTo(Datasets.load(request).base());
        Dataset cut = Datasets.load(new DatasetRequest("synthetic:2500x12", Optional.empty(), OptionalInt.of(100), 10));
        assertThat(cut.base()).isDeepEqualTo(Arrays.copyOf(data.base(), 100));
        assertThat(cut.queries()).isDeepEqualTo(data.queries());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "synthetic:",
                "synthetic:10",
                "synthetic:0x4",
                "synthetic:10x0",
                "synthetic:10x4097",
                "synthetic:ax3"
            })
    void synthetic_otherForms_areRefused(String text) {
        assertThatThrownBy(() -> Datasets.load(new DatasetRequest(text, Optional.empty(), OptionalInt.empty(), 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed");
    }

    @Test
    void vecs_damagedFiles_loadOrAreRefused() throws IOException {
        Random random = new Random(20_260_102);
        int[][] truth = new int[queries.length][K];
        VecsFiles.ivecs(file("_groundtruth.ivecs"), truth);
        String[] endings = {"_base.fvecs", "_query.fvecs", "_groundtruth.ivecs"};
        int refused = 0;
        for (int i = 0; i < 600; i++) {
            Path victim = file(endings[random.nextInt(endings.length)]);
            byte[] whole = Files.readAllBytes(victim);
            Files.write(victim, Damage.of(random, whole));
            try {
                load();
            } catch (VexelException e) {
                refused++;
                assertThat(e).isInstanceOf(ProtocolException.class);
            }
            Files.write(victim, whole);
        }
        assertThat(refused).isGreaterThan(100);
    }
}
