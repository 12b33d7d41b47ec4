package io.vexel.bench.life;

import io.vexel.bench.data.RowFile;
import io.vexel.bench.engine.RowVolume;
import io.vexel.cli.KilledProcess;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * A process that upserts batch after batch and tells the number of rows that are durable after each, until it is killed; it never ends
 * by itself while its standard input is open, so that the kill always meets it.
 */
public final class KilledUpserts {

    /** The index is saved once after this share of the rows, so that the kill meets an index with a checkpoint and rows above it. */
    private static final double CHECKPOINT_SHARE = 0.375;

    private KilledUpserts() {}

    /** Upserts; the arguments are the volume, the file of rows, the metric, the size of a batch and the number of index threads. */
    public static void main(String[] args) throws IOException {
        float[][] rows = RowFile.read(Path.of(args[1]));
        int batch = Integer.parseInt(args[3]);
        try (Volume volume = RowVolume.open(Path.of(args[0]), Integer.parseInt(args[4]))) {
            Collection collection = RowVolume.create(volume, rows[0].length, Metric.parse(args[2]));
            boolean saved = false;
            for (int row = 0; row < rows.length; ) {
                row += RowVolume.upsert(collection, rows, row, rows.length, batch);
                if (!saved && row >= CHECKPOINT_SHARE * rows.length) {
                    IndexWait.awaitIndexed(collection);
                    collection.checkpointIndex();
                    saved = true;
                }
                System.out.println(row);
                System.out.flush();
            }
            while (System.in.read() >= 0) {
                Thread.onSpinWait();
            }
        }
    }

    /**
     * Runs such a process on a formatted volume and kills it (SIGKILL) somewhere between a half and three quarters of the rows.
     *
     * @param file of {@link RowFile}
     * @return the rows that it had acknowledged, all with numbers below
     */
    static long run(Path volume, Path file, int rows, Metric metric, LifePlan plan) {
        SplittableRandom random = new SplittableRandom(plan.seed());
        long moment = random.nextLong(rows / 2, Math.max(rows / 2 + 1, rows * 3L / 4));
        List<String> command = KilledProcess.java(
                "-XX:MaxRAMPercentage=50",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KilledUpserts.class.getName(),
                volume.toString(),
                file.toString(),
                metric.label(),
                String.valueOf(plan.batch()),
                String.valueOf(plan.indexThreads()));
        long start = System.nanoTime();
        LongConsumer withinABatch = acknowledged -> {
            // Not always at the start of a batch: somewhere within the next one.
            long ofBatch = (System.nanoTime() - start) * plan.batch() / Math.max(1, acknowledged);
            LockSupport.parkNanos(random.nextLong(1 + ofBatch));
        };
        return KilledProcess.run(command, file.resolveSibling("writer.err"), "", moment, withinABatch)
                .acknowledged();
    }
}
