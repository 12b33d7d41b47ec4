package io.vexel.cli;

import io.vexel.base.ProtocolException;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import io.vexel.collection.Point;
import io.vexel.collection.VectorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Points to be written by a benchmark, all in memory, so that no file is read while the clock runs.
 *
 * @param points with their number as id
 */
record IngestRows(List<Point> points, int dimension) {

    private static final int RANDOM_ROWS = 100_000;
    private static final int RANDOM_DIMENSION = 128;
    private static final long SEED = 1;

    static IngestRows load(Verb verb, Optional<String> file, FileChoice choice) {
        return file.isPresent() ? read(verb, file.get(), choice) : random();
    }

    private static IngestRows read(Verb verb, String file, FileChoice choice) {
        List<Point> points = new ArrayList<>();
        try (RowReader reader = choice.open(verb, file)) {
            for (Optional<Row> row = reader.next(); row.isPresent(); row = reader.next()) {
                points.add(Point.of(row.get().number(), row.get().components()));
            }
        }
        if (points.isEmpty()) {
            throw new ProtocolException(file + ": expected vectors, found none");
        }
        return new IngestRows(points, points.getFirst().vector().dimension());
    }

    private static IngestRows random() {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Point> points = new ArrayList<>(RANDOM_ROWS);
        for (int i = 0; i < RANDOM_ROWS; i++) {
            float[] components = new float[RANDOM_DIMENSION];
            for (int j = 0; j < components.length; j++) {
                components[j] = (float) random.nextGaussian();
            }
            points.add(Point.of(i, components));
        }
        return new IngestRows(points, RANDOM_DIMENSION);
    }

    int count() {
        return points.size();
    }

    VectorData vector(long number) {
        return points.get((int) (number % points.size())).vector();
    }

    long vectorBytes() {
        return (long) count() * dimension * Float.BYTES;
    }
}
