package io.vexel.filesystem;

import io.vexel.base.Bytes;
import io.vexel.base.TimeSource;
import io.vexel.device.BlockDevice;
import io.vexel.device.DirectIo;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Measures what a durable commit costs beside the device's own flush. Run by hand: arguments are a directory and a DirectIo name. */
final class CommitSpeed {

    private static final int ROW = 512;
    private static final int ENTRY = 40;
    private static final int COMMITS = 1000;

    private CommitSpeed() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        CommitCost.main(new String[] {"4"}); // so that what follows is compiled code
        Path file = Path.of(arguments[0], "commit-speed.vexel");
        FileDeviceOptions options = FileDeviceOptions.readWrite().withDirectIo(DirectIo.valueOf(arguments[1]));
        Files.deleteIfExists(file);
        try (FileDevice device = FileDevice.create(file, 4 * Bytes.GIB, options)) {
            System.out.printf("sector=%d direct=%s%n", device.sectorSize(), device.direct());
            System.out.printf("flush          %8.0f /s%n", flushRate(device));
            long start = System.nanoTime();
            Mkfs.format(device, FormatOptions.defaults());
            System.out.printf("format         %8.1f ms%n", (System.nanoTime() - start) / 1e6);
            FileSystem volume =
                    FileSystem.open(device, new MountOptions(false, new MemoryBudget(1 << 30), TimeSource.SYSTEM));
            run(volume, device);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static void run(FileSystem volume, BlockDevice device) throws InterruptedException {
        long[] inode = new long[2];
        volume.update(tx -> {
            inode[0] = tx.createFile(FileSystem.ROOT, "vectors", FileKind.VECTOR);
            inode[1] = tx.createFile(FileSystem.ROOT, "ids", FileKind.REGULAR);
        });
        AtomicLong rows = new AtomicLong();
        for (int threads : new int[] {1, 1, 1, 1, 16, 16, 16, 4}) {
            double before = flushRateAt(device, 3 * Bytes.GIB);
            double rate = upserts(volume, inode, rows, threads);
            double flushes = (before + flushRateAt(device, 3 * Bytes.GIB)) / 2;
            System.out.printf(
                    "upserts %2d thr  %8.0f /s = %.2f x flush rate %.0f /s%n", threads, rate, rate / flushes, flushes);
        }
        System.out.printf("apply only     %8.0f /s%n", applies(volume, inode, rows));
        batches(volume, inode, rows);
        reads(volume, inode[0]);
        volume.close();
    }

    private static double flushRate(BlockDevice device) {
        flushRateAt(device, 3 * Bytes.GIB);
        return flushRateAt(device, 3 * Bytes.GIB);
    }

    private static double flushRateAt(BlockDevice device, long offset) {
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "bench", 4096)) {
            MemorySegment page = region.segment();
            long start = System.nanoTime();
            for (int i = 0; i < COMMITS; i++) {
                page.set(Layouts.U64, 0, i);
                device.write(offset + (i % 8192) * 4096L, page);
                device.flush();
            }
            return COMMITS / ((System.nanoTime() - start) / 1e9);
        }
    }

    private static double upserts(FileSystem volume, long[] inode, AtomicLong rows, int threads)
            throws InterruptedException {
        int each = (threads == 1 ? COMMITS : 4 * COMMITS) / threads;
        List<Thread> running = new ArrayList<>();
        long start = System.nanoTime();
        for (int t = 0; t < threads; t++) {
            running.add(Thread.ofPlatform().start(() -> {
                byte[] row = new byte[ROW];
                byte[] entry = new byte[ENTRY];
                for (int i = 0; i < each; i++) {
                    java.util.Arrays.fill(row, (byte) i);
                    volume.update(tx -> {
                        long n = rows.getAndIncrement();
                        tx.write(inode[0], n * ROW, MemorySegment.ofArray(row));
                        tx.write(inode[1], n * ENTRY, MemorySegment.ofArray(entry));
                    });
                }
            }));
        }
        for (Thread thread : running) {
            thread.join();
        }
        return (double) each * threads / ((System.nanoTime() - start) / 1e9);
    }

    private static double applies(FileSystem volume, long[] inode, AtomicLong rows) {
        byte[] row = new byte[ROW];
        byte[] entry = new byte[ENTRY];
        int count = 100_000;
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            row[i % ROW]++;
            entry[i % ENTRY]++;
            volume.apply(tx -> {
                long n = rows.getAndIncrement();
                tx.write(inode[0], n * ROW, MemorySegment.ofArray(row));
                tx.write(inode[1], n * ENTRY, MemorySegment.ofArray(entry));
            });
        }
        volume.update(tx -> {});
        return count / ((System.nanoTime() - start) / 1e9);
    }

    private static void batches(FileSystem volume, long[] inode, AtomicLong rows) {
        int batch = 10_000;
        MemorySegment vectors = FileSystemTest.bytes(1, batch * ROW);
        MemorySegment entries = FileSystemTest.bytes(2, batch * ENTRY);
        for (int round = 0; round < 3; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                volume.update(tx -> {
                    long n = rows.getAndAdd(batch);
                    tx.write(inode[0], n * ROW, vectors);
                    tx.write(inode[1], n * ENTRY, entries);
                });
            }
            System.out.printf("batches        %8.0f rows/s%n", 20 * batch / ((System.nanoTime() - start) / 1e9));
        }
    }

    private static void reads(FileSystem volume, long inode) {
        long size = volume.stat(inode).size();
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "bench", 64 << 20)) {
            for (int round = 0; round < 3; round++) {
                long start = System.nanoTime();
                long done = volume.read(inode, 0, region.segment());
                System.out.printf(
                        "read           %8.0f MB/s of %d%n", done / 1e6 / ((System.nanoTime() - start) / 1e9), size);
            }
        }
    }
}
