package io.vexel.bench.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import io.vexel.base.VexelException;
import io.vexel.distance.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HdfVectorsTest {

    @TempDir
    Path directory;

    private final float[][] train = VecsFiles.random(3, 30, 5);
    private final float[][] test = VecsFiles.random(4, 4, 5);
    private final int[][] neighbors = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {0, 1, 2}};

    private Path write(String name, Map<String, Object> parts, Optional<String> distance) {
        Path file = directory.resolve(name);
        try (WritableHdfFile hdf = HdfFile.write(file)) {
            parts.forEach(hdf::putDataset);
            distance.ifPresent(text -> hdf.putAttribute("distance", text));
        }
        return file;
    }

    private Map<String, Object> parts() {
        return Map.of("train", train, "test", test, "neighbors", neighbors);
    }

    private static Dataset load(Path file, int k) {
        return Datasets.load(new DatasetRequest(file.toString(), Optional.empty(), OptionalInt.empty(), k));
    }

    @Test
    void hdf5_annBenchmarksLayout_isRead() {
        Path file = write("x.hdf5", parts(), Optional.of("euclidean"));
        Dataset data = load(file, 3);
        assertThat(data.base()).isDeepEqualTo(train);
        assertThat(data.queries()).isDeepEqualTo(test);
        assertThat(data.truth()).isDeepEqualTo(neighbors);
        assertThat(data.metric()).isEqualTo(Metric.L2);
        // Also by its name without the ending, as files of vectors are.
        assertThat(load(directory.resolve("x"), 3).base()).isDeepEqualTo(train);
    }

    @Test
    void hdf5_wideNumbers_areNarrowed() {
        double[][] wide = {{1, 2}, {3, 4}};
        Path file = write(
                "x.hdf5",
                Map.of("train", wide, "test", wide, "neighbors", new long[][] {{0L}, {1L}}),
                Optional.of("euclidean"));
        Dataset data = load(file, 1);
        assertThat(data.base()[1]).containsExactly(3, 4);
        assertThat(data.truth()).isDeepEqualTo(new int[][] {{0}, {1}});
    }

    @Test
    void hdf5_cutByTheLimit_losesItsGroundTruth() {
        Path file = write("x.hdf5", parts(), Optional.of("euclidean"));
        Dataset data = Datasets.load(new DatasetRequest(file.toString(), Optional.empty(), OptionalInt.of(10), 3));
        assertThat(data.base()).hasDimensions(10, 5);
        assertThat(data.truthOrigin()).isEqualTo("computed by exact search");
    }

    @ParameterizedTest
    @CsvSource({"a.hdf5,angular,COSINE", "glove-25-angular.hdf5,,COSINE", "x-dot.h5,,DOT", "x-angular.hdf5,euclidean,L2"
    })
    void hdf5_metric_isThatOfTheAttributeOrTheName(String name, String attribute, Metric metric) {
        assertThat(load(write(name, parts(), Optional.ofNullable(attribute)), 3).originalMetric())
                .isEqualTo(metric);
    }

    @Test
    void hdf5_unknownMetric_isRefusedUnlessOneIsGiven() {
        Path file = write("x-jaccard.hdf5", parts(), Optional.empty());
        assertThatThrownBy(() -> load(file, 3))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("found jaccard");
        assertThat(Datasets.load(new DatasetRequest(file.toString(), Optional.of(Metric.L2), OptionalInt.empty(), 3))
                        .metric())
                .isEqualTo(Metric.L2);
    }

    @Test
    void hdf5_missingOrWrongParts_areNamed() {
        Path lacking = write("a.hdf5", Map.of("train", train), Optional.of("euclidean"));
        assertThatThrownBy(() -> load(lacking, 3))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("expected a data set test, found train");
        Path wrong = write("b.hdf5", Map.of("train", neighbors, "test", test), Optional.of("euclidean"));
        assertThatThrownBy(() -> load(wrong, 3))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("train: expected 32- or 64-bit floats, found int[][]");
        Path flat = write("c.hdf5", Map.of("train", new float[3], "test", test), Optional.of("euclidean"));
        assertThatThrownBy(() -> load(flat, 3))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("train: expected two dimensions, found [3]");
        assertThatThrownBy(() -> load(directory.resolve("none.hdf5"), 3)).isInstanceOf(NotFoundException.class);
    }

    @Test
    void hdf5_damagedFiles_loadOrAreRefused() throws IOException {
        Random random = new Random(20_260_103);
        Path file = write("x.hdf5", parts(), Optional.of("euclidean"));
        byte[] whole = Files.readAllBytes(file);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            Files.write(file, Damage.of(random, whole));
            try {
                load(file, 3);
            } catch (VexelException e) {
                refused++;
                assertThat(e).isInstanceOf(ProtocolException.class);
            }
        }
        assertThat(refused).isGreaterThan(30);
    }
}
