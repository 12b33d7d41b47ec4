package io.vexel.bench.life;

import io.vexel.base.TimeSource;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.RowFile;
import io.vexel.bench.engine.RowVolume;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Kills a writer, opens what it left, and compares that with twins of the same rows whose writers were not killed. */
final class CrashPhase {

    /** Two graphs of the same rows that several threads build differ by chance. */
    static final int TWINS = 3;

    private static final int CHECKED_AT_ONCE = 1_000;

    private final Dataset data;
    private final LifePlan plan;
    private final LifeRecall recall;

    CrashPhase(Dataset data, LifePlan plan) {
        this.data = data;
        this.plan = plan;
        this.recall = new LifeRecall(data);
    }

    LifeResult.Crash run(Path directory) {
        Path image = directory.resolve("crash.vexel");
        Path file = directory.resolve("rows");
        int rows = data.base().length;
        RowFile.write(file, data.base());
        RowVolume.format(image, rows, data.dimension());
        long acknowledged = KilledUpserts.run(image, file, rows, data.metric(), plan);
        TimeSource time = TimeSource.SYSTEM;
        long start = time.nanoTime();
        try (Volume volume = RowVolume.open(image, plan.indexThreads())) {
            long open = time.nanoTime() - start;
            Collection collection = volume.collection(RowVolume.COLLECTION);
            start = time.nanoTime();
            long saved = collection
                    .loadIndex()
                    .checkpoint()
                    .map(IndexStatus.Checkpoint::watermark)
                    .orElse(0L);
            IndexWait.awaitIndexed(collection);
            long indexed = time.nanoTime() - start;
            long found = collection.count();
            long lost = acknowledged - intact(collection, (int) acknowledged);
            double share = recall.of(collection);
            return new LifeResult.Crash(
                    acknowledged, found, lost, open, found - saved, indexed, share, twinRecall(directory, (int) found));
        }
    }

    /** How many of the first rows are there, with the vectors they were given. */
    private long intact(Collection collection, int rows) {
        long intact = 0;
        for (int from = 0; from < rows; from += CHECKED_AT_ONCE) {
            int first = from;
            List<PointId> ids = IntStream.range(from, Math.min(rows, from + CHECKED_AT_ONCE))
                    .<PointId>mapToObj(PointId::of)
                    .toList();
            List<Optional<Point>> points = collection.getAll(ids);
            intact += IntStream.range(0, ids.size())
                    .filter(i -> points.get(i)
                            .filter(point -> point.vector().equals(VectorData.of(data.base()[first + i])))
                            .isPresent())
                    .count();
        }
        return intact;
    }

    /** Mean over the twins. */
    private double twinRecall(Path directory, int rows) {
        return IntStream.range(0, TWINS)
                .mapToDouble(twin -> recallOf(directory.resolve("twin%d.vexel".formatted(twin)), rows))
                .average()
                .orElseThrow();
    }

    private double recallOf(Path image, int rows) {
        RowVolume.format(image, rows, data.dimension());
        try (Volume volume = RowVolume.open(image, plan.indexThreads())) {
            Collection collection = RowVolume.create(volume, data.dimension(), data.metric());
            for (int row = 0; row < rows; ) {
                row += RowVolume.upsert(collection, data.base(), row, rows, plan.batch());
            }
            IndexWait.awaitIndexed(collection);
            return recall.of(collection);
        }
    }
}
