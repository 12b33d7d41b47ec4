package io.vexel.engine;

import io.vexel.base.Bytes;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.distance.Metric;
import io.vexel.filesystem.BackupOptions;
import io.vexel.filesystem.BackupResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures backups beside a plain copy of as many bytes, and what they do to durable upserts. Run by hand: arguments are a directory, the rows in thousands,
 * and the rounds.
 */
final class BackupSpeed {

    private static final int DIMENSION = 128;
    private static final int BATCH = 1_000;
    private static final int CHUNK = 1 << 20;

    private final Path directory;
    private final SplittableRandom random = new SplittableRandom(46);
    private final AtomicLong nextId = new AtomicLong();

    private BackupSpeed(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        new BackupSpeed(Path.of(arguments[0])).run(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    }

    private void run(int thousands, int rounds) throws Exception {
        Path path = directory.resolve("speed.vexel");
        Volume.format(path, FormatSpec.ofBytes(16 * Bytes.GIB));
        VolumeOptions options =
                VolumeOptions.builder().budgetBytes(Bytes.GIB).indexThreads(0).build();
        try (Volume volume = Volume.open(path, options)) {
            Collection points = volume.createCollection(new CollectionSpec("points", DIMENSION, Metric.L2));
            for (int i = 0; i < thousands; i++) {
                points.upsertAll(batch());
            }
            for (int round = 0; round <= rounds; round++) {
                round(volume, points, round);
            }
        } finally {
            Files.deleteIfExists(path);
        }
    }

    private List<Point> batch() {
        List<Point> result = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            float[] components = new float[DIMENSION];
            for (int c = 0; c < DIMENSION; c++) {
                components[c] = (float) random.nextDouble();
            }
            result.add(Point.of(nextId.getAndIncrement(), components));
        }
        return result;
    }

    private void round(Volume volume, Collection points, int round) throws Exception {
        Path copy = directory.resolve("copy.vexel");
        long begin = System.nanoTime();
        BackupResult quiet = volume.backup(copy);
        double alone = rate(quiet.copiedBytes(), begin);
        begin = System.nanoTime();
        plainCopy(copy, directory.resolve("plain"), quiet.copiedBytes());
        double plain = rate(quiet.copiedBytes(), begin);
        Files.delete(copy);
        Files.delete(directory.resolve("plain"));
        double before = upserts(points, 40);
        AtomicBoolean stop = new AtomicBoolean();
        List<Double> beside = new ArrayList<>();
        Thread backups = Thread.ofPlatform().start(() -> {
            try {
                while (!stop.get()) {
                    long started = System.nanoTime();
                    BackupResult result = volume.backup(copy, BackupOptions.defaults());
                    beside.add(rate(result.copiedBytes(), started));
                    Files.delete(copy);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        double during = upserts(points, 40);
        stop.set(true);
        backups.join();
        double after = upserts(points, 40);
        System.out.printf(
                "round %d: %d MiB: backup %.0f MB/s, plain copy %.0f MB/s (%.2f); upserts %.0f, beside backups %.0f,"
                        + " again %.0f rows/s (%.2f); backups beside upserts %s MB/s%n",
                round,
                quiet.copiedBytes() >> 20,
                alone,
                plain,
                alone / plain,
                before,
                during,
                after,
                2 * during / (before + after),
                beside.stream().map(rate -> "%.0f".formatted(rate)).toList());
    }

    private static double rate(long bytes, long begin) {
        return bytes * 1e3 / (System.nanoTime() - begin);
    }

    /** Rows a second, durable, a batch at a time. */
    private double upserts(Collection points, int batches) {
        List<List<Point>> made = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            made.add(batch());
        }
        long begin = System.nanoTime();
        made.forEach(points::upsertAll);
        return batches * BATCH * 1e9 / (System.nanoTime() - begin);
    }

    /** Reads so many bytes of data, from where the copy has most of it, and writes them to a durable file, through the page cache of the system. */
    private static void plainCopy(Path from, Path to, long bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel target = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long vectorArea = source.size() / 100 * 4;
            for (long done = 0; done < bytes; done += CHUNK) {
                buffer.clear();
                source.read(buffer, vectorArea + done);
                buffer.flip();
                target.write(buffer, done);
            }
            target.force(true);
        }
    }
}
