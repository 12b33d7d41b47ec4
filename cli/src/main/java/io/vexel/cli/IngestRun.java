package io.vexel.cli;

import io.vexel.cli.terminal.Figures;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.PendingWrite;
import io.vexel.engine.Volume;
import io.vexel.filesystem.VolumeInfo;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Rounds of writing: the disk alone, batches, single upserts of one and of many threads. The first round runs code that is not compiled
 * yet, so what it measures is told apart.
 */
final class IngestRun {

    private static final int PENDING_BATCHES = 2;

    private final IngestRows rows;
    private final Plan plan;
    private final Measured diskBytes = new Measured();
    private final Measured syncs = new Measured();
    private final Measured batchRows = new Measured();
    private final Measured batchBytes = new Measured();
    private final Measured single = new Measured();
    private final Measured many = new Measured();
    private final Measured overhead = new Measured();

    /**
     * What a round does.
     *
     * @param batchRows rows of a transaction
     * @param manyThreads threads of the second kind of single upserts
     * @param singleNanos how long each kind of single upserts runs, and the fdatasync calls
     */
    record Plan(int batchRows, int manyThreads, long singleNanos) {}

    /**
     * A line of the report.
     *
     * @param key in JSON
     * @param values of all rounds, the cold one first
     */
    record Line(String what, String key, Measured values, int decimals, String unit) {}

    IngestRun(IngestRows rows, Plan plan) {
        this.rows = rows;
        this.plan = plan;
    }

    /** One round in a collection that is made and dropped. */
    void round(Volume volume, String name, DiskProbe probe) {
        diskBytes.add(probe.writeBytesPerSecond() / 1e6);
        VolumeInfo before = volume.info();
        Collection collection = volume.createCollection(CollectionSpec.builder(name)
                .dimension(rows.dimension())
                .metric(Metric.L2)
                .build());
        // What is measured is the way of a write to the disk, and not how fast an index follows.
        collection.dropIndex();
        try {
            long nanos = importBatches(collection);
            batchRows.add(Figures.perSecond(rows.count(), nanos));
            batchBytes.add(Figures.perSecond(rows.vectorBytes(), nanos) / 1e6);
            VolumeInfo after = volume.info();
            double used = (before.freeBlocks() - after.freeBlocks()) * (double) after.blockSize();
            overhead.add((used / rows.vectorBytes() - 1) * 100);
            syncs.add(probe.syncsPerSecond(plan.singleNanos()));
            AtomicLong next = new AtomicLong(rows.count());
            single.add(upserts(collection, next, 1));
            many.add(upserts(collection, next, plan.manyThreads()));
        } finally {
            volume.drop(name);
        }
    }

    private long importBatches(Collection collection) {
        Deque<PendingWrite> waiting = new ArrayDeque<>();
        long start = System.nanoTime();
        for (int from = 0; from < rows.count(); from += plan.batchRows()) {
            List<Point> batch = rows.points().subList(from, Math.min(rows.count(), from + plan.batchRows()));
            waiting.add(collection.submitUpsert(batch));
            if (waiting.size() > PENDING_BATCHES) {
                waiting.remove().await();
            }
        }
        waiting.forEach(PendingWrite::await);
        return System.nanoTime() - start;
    }

    /** Acknowledged upserts of single points a second, each of a new id. */
    private double upserts(Collection collection, AtomicLong next, int threads) {
        long start = System.nanoTime();
        long end = start + plan.singleNanos();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Long>> counts = IntStream.range(0, threads)
                    .mapToObj(_ -> executor.submit(() -> upsertUntil(collection, next, end)))
                    .toList();
            long total = 0;
            for (Future<Long> count : counts) {
                total += count.get();
            }
            return Figures.perSecond(total, System.nanoTime() - start);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.util.concurrent.CancellationException("interrupted while writing");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
        }
    }

    private long upsertUntil(Collection collection, AtomicLong next, long end) {
        long count = 0;
        do {
            long number = next.getAndIncrement();
            collection.upsertAll(List.of(Point.of(PointId.of(number), rows.vector(number))));
            count++;
        } while (System.nanoTime() < end);
        return count;
    }

    List<Line> lines() {
        return List.of(
                new Line("disk, large writes", "diskMegabytesPerSecond", diskBytes, 0, "MB/s"),
                new Line("import, vectors", "importRowsPerSecond", batchRows, 0, "rows/s"),
                new Line("import, bytes", "importMegabytesPerSecond", batchBytes, 0, "MB/s"),
                new Line("import / disk", "importToDisk", batchBytes.ratioTo(diskBytes), 2, "x"),
                new Line("disk, fdatasync", "syncsPerSecond", syncs, 0, "/s"),
                new Line("upserts, 1 thread", "singleUpsertsPerSecond", single, 0, "/s"),
                new Line("upserts / fdatasync", "singleToSyncs", single.ratioTo(syncs), 2, "x"),
                new Line("upserts, " + plan.manyThreads() + " threads", "manyUpsertsPerSecond", many, 0, "/s"),
                new Line("upserts / fdatasync", "manyToSyncs", many.ratioTo(syncs), 2, "x"),
                new Line("space beside vectors", "overheadPercent", overhead, 2, "%"));
    }
}
