package io.vexel.bench.life;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.engine.RowVolume;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import io.vexel.filesystem.VolumeInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Deletes half of the points and stores them again, several times, and compares what the collection then takes and finds with a twin that was
 * filled once.
 */
final class ChurnPhase {

    static final int TIMES = 5;

    private final Dataset data;
    private final LifePlan plan;
    private final LifeRecall recall;

    ChurnPhase(Dataset data, LifePlan plan) {
        this.data = data;
        this.plan = plan;
        this.recall = new LifeRecall(data);
    }

    /**
     * What a collection takes of its volume, and how much it finds.
     *
     * @param empty bytes of the volume without it
     */
    private record Held(long empty, long bytes, double recall) {}

    LifeResult.Churn run(Path directory) {
        Held twin = held(directory.resolve("churn-twin.vexel"), 0);
        Path image = directory.resolve("churn.vexel");
        Held left = held(image, TIMES);
        try (Volume volume = RowVolume.open(image, plan.indexThreads())) {
            Collection collection = volume.collection(RowVolume.COLLECTION);
            collection.compact();
            IndexWait.awaitIndexed(collection);
            collection.checkpointIndex();
            // From the empty volume: the background may have compacted a part before.
            long compacted = usedBytes(volume) - left.empty;
            return new LifeResult.Churn(
                    (double) left.bytes / twin.bytes,
                    (double) compacted / twin.bytes,
                    left.recall,
                    recall.of(collection),
                    twin.recall);
        }
    }

    private Held held(Path image, int times) {
        RowVolume.format(image, data.base().length, data.dimension());
        try (Volume volume = RowVolume.open(image, plan.indexThreads())) {
            long empty = usedBytes(volume);
            Collection collection = RowVolume.create(volume, data.dimension(), data.metric());
            for (int row = 0; row < data.base().length; ) {
                row += RowVolume.upsert(collection, data.base(), row, data.base().length, plan.batch());
            }
            IndexWait.awaitIndexed(collection);
            SplittableRandom random = new SplittableRandom(plan.seed());
            for (int time = 0; time < times; time++) {
                replaceHalf(collection, random);
            }
            collection.checkpointIndex();
            return new Held(empty, usedBytes(volume) - empty, recall.of(collection));
        }
    }

    private void replaceHalf(Collection collection, SplittableRandom random) {
        List<Integer> rows = new ArrayList<>();
        for (int row = 0; row < data.base().length; row++) {
            if (random.nextBoolean()) {
                rows.add(row);
            }
        }
        for (List<Integer> batch : batches(rows)) {
            collection.deleteAll(
                    batch.stream().<PointId>map(row -> PointId.of(row)).toList());
        }
        IndexWait.awaitIndexed(collection);
        for (List<Integer> batch : batches(rows)) {
            collection.upsertAll(
                    batch.stream().map(row -> Point.of(row, data.base()[row])).toList());
        }
        IndexWait.awaitIndexed(collection);
    }

    private List<List<Integer>> batches(List<Integer> rows) {
        List<List<Integer>> batches = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += plan.batch()) {
            batches.add(rows.subList(from, Math.min(rows.size(), from + plan.batch())));
        }
        return batches;
    }

    private static long usedBytes(Volume volume) {
        VolumeInfo info = volume.info();
        return (info.totalBlocks() - info.freeBlocks()) * info.blockSize();
    }
}
