package io.vexel.bench.life;

import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;

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
        try (Volume volume = Upserts.open(Path.of(args[0]), Integer.parseInt(args[4]))) {
            Collection collection = Upserts.create(volume, rows[0].length, Metric.parse(args[2]));
            boolean saved = false;
            for (int row = 0; row < rows.length; ) {
                row += Upserts.batch(collection, rows, row, rows.length, batch);
                if (!saved && row >= CHECKPOINT_SHARE * rows.length) {
                    Upserts.awaitIndexed(collection);
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
        Path errors = file.resolveSibling("writer.err");
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:MaxRAMPercentage=50",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KilledUpserts.class.getName(),
                volume.toString(),
                file.toString(),
                metric.label(),
                String.valueOf(plan.batch()),
                String.valueOf(plan.indexThreads()));
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                long start = System.nanoTime();
                long acknowledged = read(lines, moment);
                // Not always at the start of a batch: somewhere within the next one.
                long ofBatch = (System.nanoTime() - start) * plan.batch() / Math.max(1, acknowledged);
                LockSupport.parkNanos(random.nextLong(1 + ofBatch));
                // Through the handle: the process's own method would close the pipe, and what stands in it.
                process.toHandle().destroyForcibly();
                acknowledged = Math.max(acknowledged, read(lines, Long.MAX_VALUE));
                int exit = process.waitFor();
                if (acknowledged < moment) {
                    throw new IllegalStateException("the writer ended with exit code " + exit + " after " + acknowledged
                            + " rows: " + Files.readString(errors).strip());
                }
                return acknowledged;
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the writer cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while the writer ran");
        }
    }

    private static long read(BufferedReader lines, long rows) throws IOException {
        long acknowledged = 0;
        while (acknowledged < rows) {
            String line = lines.readLine();
            // A last line that the kill has cut is a smaller number.
            if (line == null || !line.matches("\\d{1,10}")) {
                break;
            }
            acknowledged = Math.max(acknowledged, Long.parseLong(line));
        }
        return acknowledged;
    }
}
