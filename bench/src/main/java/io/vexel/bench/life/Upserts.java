package io.vexel.bench.life;

import io.vexel.base.Bytes;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Point;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.FormatSpec;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;

/** What the phases do alike: a volume with one collection, a batch of rows whose numbers are their ids, the wait for the index. */
final class Upserts {

    static final String COLLECTION = "life";

    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private Upserts() {}

    /** Formats a volume that has room for those rows and their index several times over. */
    static void format(Path image, long rows, int dimension) {
        long bytes = rows * dimension * Float.BYTES;
        Volume.format(image, FormatSpec.ofBytes(Bytes.roundUp(8 * bytes + Bytes.GIB, Bytes.MIB)));
    }

    static Volume open(Path image, int indexThreads) {
        return Volume.open(
                image, VolumeOptions.builder().indexThreads(indexThreads).build());
    }

    static Collection create(Volume volume, int dimension, Metric metric) {
        return volume.createCollection(CollectionSpec.builder(COLLECTION)
                .dimension(dimension)
                .metric(metric)
                .build());
    }

    /** Upserts the rows from {@code from} on, at most {@code batch} and none from {@code end} on; returns how many. Durable then. */
    static int batch(Collection collection, float[][] rows, int from, int end, int batch) {
        int to = Math.min(end, from + batch);
        List<Point> points = new ArrayList<>(to - from);
        for (int row = from; row < to; row++) {
            points.add(Point.of(row, rows[row]));
        }
        collection.upsertAll(points);
        return to - from;
    }

    /**
     * Returns when all rows are in the index, or there are too few for one.
     *
     * @throws IllegalStateException when the index says what keeps it from taking them
     */
    static void awaitIndexed(Collection collection) {
        checkHealthy(collection.awaitIndexed());
    }

    /**
     * Returns when no more than {@code most} rows are outside the index, which may still be measuring its recall, or when there are
     * too few for one.
     *
     * @throws IllegalStateException when the index says what keeps it from taking them
     */
    static void awaitShortTail(Collection collection, int most) {
        while (collection.tailRows() > most) {
            IndexStatus status = collection.indexStatus();
            checkHealthy(status);
            if (status.phase() == IndexStatus.Phase.NONE) {
                // Perhaps it is about to be made.
                awaitIndexed(collection);
                return;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted while the index caught up");
            }
        }
    }

    private static void checkHealthy(IndexStatus status) {
        status.problem()
                .or(() -> status.shortage().map(IndexStatus.Shortage::text))
                .ifPresent(text -> {
                    throw new IllegalStateException("the index does not take rows: " + text);
                });
    }
}
