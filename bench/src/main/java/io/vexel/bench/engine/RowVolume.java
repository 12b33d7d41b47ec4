package io.vexel.bench.engine;

import io.vexel.base.Bytes;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.FormatSpec;
import io.vexel.engine.Hit;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** A volume in a file with one collection, whose points are rows: the number of a row is its id. All through the public API. */
public final class RowVolume {

    /** Its collection. */
    public static final String COLLECTION = "bench";

    private static final int BATCH = 10_000;

    /** Bytes a row that its index and its id may take, several times over. */
    private static final long BESIDE_VECTOR_BYTES = 4096;

    private RowVolume() {}

    /** Formats a volume that has room for so many rows and their index several times over. */
    public static void format(Path image, long rows, int dimension) {
        long rowBytes = 8L * dimension * Float.BYTES + BESIDE_VECTOR_BYTES;
        Volume.format(image, FormatSpec.ofBytes(Bytes.roundUp(rows * rowBytes + Bytes.GIB, Bytes.MIB)));
    }

    /** Opens it; what nobody says here is as an embedder gets it. */
    public static Volume open(Path image, int indexThreads) {
        return Volume.open(
                image, VolumeOptions.builder().indexThreads(indexThreads).build());
    }

    /** How its collection is made, when nothing is added. */
    public static CollectionSpec.Builder spec(int dimension, Metric metric) {
        return CollectionSpec.builder(COLLECTION).dimension(dimension).metric(metric);
    }

    /** Makes the collection. */
    public static Collection create(Volume volume, int dimension, Metric metric) {
        return volume.createCollection(spec(dimension, metric).build());
    }

    /** Upserts the rows from {@code from} on, at most {@code batch} and none from {@code end} on; returns how many. Durable then. */
    public static int upsert(Collection collection, float[][] rows, int from, int end, int batch) {
        int to = Math.min(end, from + batch);
        List<Point> points = IntStream.range(from, to)
                .mapToObj(row -> Point.of(row, rows[row]))
                .toList();
        collection.upsertAll(points);
        return points.size();
    }

    /** Upserts all rows, {@value #BATCH} at a time. */
    public static void upsertAll(Collection collection, float[][] rows) {
        for (int row = 0; row < rows.length; ) {
            row += upsert(collection, rows, row, rows.length, BATCH);
        }
    }

    /** The row of a hit. */
    public static int row(Hit hit) {
        return (int) ((PointId.Numeric) hit.id()).value();
    }

    /** The rows of hits, in their order. */
    public static int[] rows(List<Hit> hits) {
        int[] rows = new int[hits.size()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row(hits.get(i));
        }
        return rows;
    }
}
