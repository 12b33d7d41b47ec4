package io.vexel.bench.data;

import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import io.vexel.cli.file.CsvShape;
import io.vexel.cli.file.FileFormat;
import io.vexel.cli.file.Input;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import io.vexel.distance.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The files {@code NAME_base}, {@code NAME_query} (fvecs or bvecs) and, where it is there, {@code NAME_groundtruth.ivecs}. */
final class VecsVectors {

    private VecsVectors() {}

    /** The rows of a file, and whether it holds more than were read. */
    private record Rows(List<float[]> rows, boolean cut) {

        float[][] array() {
            return rows.toArray(float[][]::new);
        }
    }

    static Vectors read(Path name, DatasetRequest request) {
        Path baseFile = find(name, "_base");
        Path queryFile = find(name, "_query");
        Rows base = readRows(baseFile, request.limit().orElse(Integer.MAX_VALUE));
        Vectors vectors = Vectors.of(
                request.metric().orElse(Metric.L2),
                base.array(),
                readRows(queryFile, Integer.MAX_VALUE).array());
        Path truth = Path.of(name + "_groundtruth.ivecs");
        return base.cut() || !Files.exists(truth) ? vectors : vectors.withTruth(readTruth(truth));
    }

    private static Path find(Path name, String part) {
        List<Path> candidates = List.of(Path.of(name + part + ".fvecs"), Path.of(name + part + ".bvecs"));
        List<Path> there = candidates.stream().filter(Files::exists).toList();
        if (there.size() > 1) {
            throw new ProtocolException(name + ": expected one file of " + part.substring(1) + " vectors, found both "
                    + there.get(0) + " and " + there.get(1));
        }
        return there.stream()
                .findFirst()
                .orElseThrow(() -> new NotFoundException("there is no " + candidates.get(0) + " or .bvecs, and no "
                        + name + ".hdf5 (a data set is DIR/NAME, or synthetic:ROWSxDIMENSION)"));
    }

    private static Rows readRows(Path file, int limit) {
        FileFormat format = FileFormat.ofName(file.toString()).orElseThrow();
        List<float[]> rows = new ArrayList<>();
        try (RowReader reader = format.reader(Input.open(file), CsvShape.AUTOMATIC)) {
            Optional<Row> row = reader.next();
            for (; row.isPresent() && rows.size() < limit; row = reader.next()) {
                rows.add(row.get().components());
            }
            return new Rows(rows, row.isPresent());
        }
    }

    private static int[][] readTruth(Path file) {
        float[][] rows = readRows(file, Integer.MAX_VALUE).array();
        int[][] truth = new int[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            truth[i] = new int[rows[i].length];
            for (int j = 0; j < truth[i].length; j++) {
                truth[i][j] = (int) rows[i][j];
            }
        }
        return truth;
    }
}
