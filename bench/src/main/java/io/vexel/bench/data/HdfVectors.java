package io.vexel.bench.data;

import io.jhdf.HdfFile;
import io.jhdf.api.Attribute;
import io.jhdf.api.Dataset;
import io.jhdf.api.Node;
import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import io.vexel.base.VexelException;
import io.vexel.distance.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An HDF5 file in the layout of ann-benchmarks: data sets {@code train}, {@code test} and perhaps {@code neighbors}, and an attribute
 * {@code distance}; where that is missing, the end of the file's name says it.
 */
final class HdfVectors {

    private static final Map<String, Metric> METRICS = Map.of(
            "euclidean",
            Metric.L2,
            "l2",
            Metric.L2,
            "angular",
            Metric.COSINE,
            "cosine",
            Metric.COSINE,
            "dot",
            Metric.DOT,
            "ip",
            Metric.DOT);

    private final Path path;
    private final HdfFile file;

    private HdfVectors(Path path, HdfFile file) {
        this.path = path;
        this.file = file;
    }

    static Vectors read(Path path, DatasetRequest request) {
        if (!Files.isRegularFile(path)) {
            throw new NotFoundException(path + ": no such file");
        }
        // The library meets damage with whatever its parsing runs into, errors of the JVM with it.
        try (HdfFile file = new HdfFile(path)) {
            return new HdfVectors(path, file).read(request);
        } catch (VexelException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw new ProtocolException(path + ": expected an HDF5 file, found damage: " + e, e);
        }
    }

    private Vectors read(DatasetRequest request) {
        Metric metric = request.metric().orElseGet(this::metric);
        float[][] all = floats("train");
        int count = Math.min(all.length, request.limit().orElse(Integer.MAX_VALUE));
        Vectors vectors = Vectors.of(metric, Arrays.copyOf(all, count), floats("test"));
        boolean complete = count == all.length && file.getChildren().containsKey("neighbors");
        return complete ? vectors.withTruth(integers("neighbors")) : vectors;
    }

    private Metric metric() {
        Attribute attribute = file.getAttributes().get("distance");
        String fileName = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        String name = attribute != null
                ? String.valueOf(attribute.getData())
                : fileName.replaceAll("\\.(hdf5|h5)$", "").replaceAll(".*-", "");
        return Optional.ofNullable(METRICS.get(name.toLowerCase(Locale.ROOT)))
                .orElseThrow(() -> new ProtocolException(path
                        + ": expected the attribute distance to be euclidean, angular or dot, found " + name
                        + "; --metric sets one"));
    }

    private Object data(String name) {
        Node node = file.getChildren().get(name);
        if (!(node instanceof Dataset dataset)) {
            throw new ProtocolException(path + ": expected a data set " + name + ", found "
                    + String.join(", ", file.getChildren().keySet()));
        }
        if (dataset.getDimensions().length != 2) {
            throw new ProtocolException(path + ": " + name + ": expected two dimensions, found "
                    + Arrays.toString(dataset.getDimensions()));
        }
        return dataset.getData();
    }

    private float[][] floats(String name) {
        return switch (data(name)) {
            case float[][] rows -> rows;
            case double[][] rows -> {
                float[][] result = new float[rows.length][];
                for (int i = 0; i < rows.length; i++) {
                    result[i] = new float[rows[i].length];
                    for (int j = 0; j < rows[i].length; j++) {
                        result[i][j] = (float) rows[i][j];
                    }
                }
                yield result;
            }
            case Object other -> throw wrongType(name, "32- or 64-bit floats", other);
        };
    }

    private int[][] integers(String name) {
        return switch (data(name)) {
            case int[][] rows -> rows;
            case long[][] rows ->
                Arrays.stream(rows)
                        .map(row -> Arrays.stream(row).mapToInt(this::index).toArray())
                        .toArray(int[][]::new);
            case Object other -> throw wrongType(name, "32- or 64-bit integers", other);
        };
    }

    private int index(long value) {
        if (value != (int) value) {
            throw new ProtocolException(path + ": neighbors: expected row numbers, found " + value);
        }
        return (int) value;
    }

    private ProtocolException wrongType(String name, String expected, Object found) {
        return new ProtocolException(path + ": " + name + ": expected " + expected + ", found "
                + found.getClass().getSimpleName());
    }
}
