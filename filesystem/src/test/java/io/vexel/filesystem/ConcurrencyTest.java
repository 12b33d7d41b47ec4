package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Many threads commit while others read; what was acknowledged must be in every later image of the device. */
final class ConcurrencyTest {

    private static final int WRITERS = 16;
    private static final int READERS = 4;
    private static final int COMMITS = Boolean.getBoolean("vexel.deep") ? 4000 : 150;
    private static final int ROW = 700;

    /** Rows that are written at once, most of them straight to fresh blocks, and how often a writer does that. */
    private static final int BATCH = 64;

    private static final int BATCHES = 30;

    private final SparseDevice device = new SparseDevice(96 << 20);
    private final AtomicLongArray acknowledged = new AtomicLongArray(WRITERS);
    private final long[] inodes = new long[WRITERS];

    @Test
    void writersAndReaders_together_seeOnlyWholeRows() throws Exception {
        Mkfs.format(device, FormatOptions.defaults().withJournalBlocks(512));
        MountOptions options = new MountOptions(false, new MemoryBudget(24 << 20), TimeSource.SYSTEM);
        AtomicBoolean stop = new AtomicBoolean();
        try (FileSystem volume = FileSystem.open(device, options);
                ExecutorService threads = Executors.newFixedThreadPool(WRITERS + READERS)) {
            for (int i = 0; i < WRITERS; i++) {
                int n = i;
                volume.update(tx -> inodes[n] = tx.createFile(FileSystem.ROOT, "w" + n, FileKind.VECTOR));
            }
            List<Future<Void>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int n = i;
                writers.add(threads.submit(task(() -> write(volume, n))));
            }
            List<Future<Void>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                int n = i;
                readers.add(threads.submit(task(() -> read(volume, n, stop))));
            }
            for (int round = 0; round < 5; round++) {
                checkImage();
            }
            for (Future<Void> writer : writers) {
                writer.get();
            }
            stop.set(true);
            for (Future<Void> reader : readers) {
                reader.get();
            }
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
        assertThat(options.budget().usedBytes()).isZero();
    }

    private interface Work {
        void run() throws Exception;
    }

    private static Callable<Void> task(Work work) {
        return () -> {
            work.run();
            return null;
        };
    }

    private static MemorySegment row(int writer, long number) {
        byte[] bytes = new byte[ROW];
        java.util.Arrays.fill(bytes, (byte) (writer * 31 + number * 7 + 1));
        return MemorySegment.ofArray(bytes);
    }

    private static MemorySegment rows(int writer, long first, int count) {
        MemorySegment all = MemorySegment.ofArray(new byte[count * ROW]);
        for (int i = 0; i < count; i++) {
            all.asSlice((long) i * ROW, ROW).copyFrom(row(writer, first + i));
        }
        return all;
    }

    private void write(FileSystem volume, int writer) {
        long number = 0;
        for (int i = 0; i < COMMITS; i++) {
            boolean large = i % 10 == 9 && i < BATCHES * 10;
            int count = large ? BATCH : 1;
            MemorySegment rows = rows(writer, number, count);
            long offset = number * ROW;
            int step = i;
            PlannedWrite planned = new PlannedWrite(inodes[writer], offset, rows);
            volume.awaitDurable(volume.apply(List.of(planned), tx -> {
                tx.write(inodes[writer], offset, rows);
                if (step % 10 == 3) {
                    tx.createFile(FileSystem.ROOT, "t" + writer, FileKind.REGULAR);
                } else if (step % 10 == 7) {
                    tx.unlink(FileSystem.ROOT, "t" + writer);
                }
            }));
            number += count;
            acknowledged.set(writer, number);
        }
    }

    private void read(FileSystem volume, int reader, AtomicBoolean stop) {
        while (!stop.get()) {
            for (int writer = reader; writer < WRITERS; writer += READERS) {
                checkRows(volume, writer, inodes[writer], acknowledged.get(writer));
            }
        }
    }

    private static void checkRows(FileSystem volume, int writer, long inode, long least) {
        long size = volume.stat(inode).size();
        assertThat(size % ROW).isZero();
        assertThat(size).isGreaterThanOrEqualTo(least * ROW);
        MemorySegment all = MemorySegment.ofArray(new byte[(int) size]);
        assertThat(volume.read(inode, 0, all)).isEqualTo(size);
        for (long i = 0; i < size / ROW; i++) {
            assertThat(all.asSlice(i * ROW, ROW).mismatch(row(writer, i))).isEqualTo(-1);
        }
    }

    /** The device between two writes, as if the machine stopped there with nothing in flight. */
    private void checkImage() {
        long[] least = new long[WRITERS];
        for (int i = 0; i < WRITERS; i++) {
            least[i] = acknowledged.get(i);
        }
        SparseDevice image = device.quietCopy();
        try (FileSystem volume = FileSystem.open(image, MountOptions.defaults())) {
            for (int i = 0; i < WRITERS; i++) {
                checkRows(volume, i, inodes[i], least[i]);
            }
        }
        assertThat(Fsck.check(image, FsckOptions.defaults()).findings()).isEmpty();
    }

    /** Space that an unlink in flight frees is there for the next writer, once it is durable: the volume is not full. */
    @Test
    void write_whileTheCommitThatFreesItsSpaceIsInFlight_waitsForIt() throws Exception {
        PausingDevice pausing = new PausingDevice(device);
        Mkfs.format(pausing, FormatOptions.defaults());
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (FileSystem volume = FileSystem.open(pausing, MountOptions.defaults())) {
            VolumeInfo info = volume.info();
            byte[] contents = new byte[(int) ((info.freeBlocks() - 32) * info.blockSize())];
            volume.update(tx -> tx.write(
                    tx.createFile(FileSystem.ROOT, "old", FileKind.REGULAR), 0, MemorySegment.ofArray(contents)));
            pausing.pause();
            Thread deleting = started(failure, () -> volume.update(tx -> tx.unlink(FileSystem.ROOT, "old")));
            pausing.awaitFlush();
            Thread writing = started(
                    failure,
                    () -> volume.update(tx -> tx.write(
                            tx.createFile(FileSystem.ROOT, "new", FileKind.REGULAR),
                            0,
                            MemorySegment.ofArray(contents))));
            while (writing.isAlive() && writing.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            pausing.resume();
            deleting.join();
            writing.join();
            assertThat(failure.get()).isNull();
            assertThat(volume.lookup(FileSystem.ROOT, "new")).isPresent();
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    private static Thread started(AtomicReference<Throwable> failure, Runnable work) {
        return Thread.ofPlatform()
                .uncaughtExceptionHandler((_, e) -> failure.set(e))
                .start(work);
    }

    @Test
    void memory_tooSmallForATransaction_refusesItAndKeepsWorking() {
        Mkfs.format(device, FormatOptions.defaults());
        MountOptions options = new MountOptions(false, new MemoryBudget(4 << 20), TimeSource.SYSTEM);
        try (FileSystem volume = FileSystem.open(device, options)) {
            int[] made = new int[1];
            try {
                volume.update(tx -> {
                    for (; made[0] < 200_000; made[0]++) {
                        tx.createFile(FileSystem.ROOT, "f" + made[0], FileKind.REGULAR);
                    }
                });
            } catch (CapacityException e) {
                made[0] = 0;
            }
            assertThat(made[0]).isZero();
            assertThat(volume.stat(FileSystem.ROOT).size()).isZero();
            for (int i = 0; i < 2000; i++) {
                int n = i;
                volume.apply(tx -> tx.createFile(FileSystem.ROOT, "f" + n, FileKind.REGULAR));
            }
            assertThat(volume.stat(FileSystem.ROOT).size()).isEqualTo(2000);
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }
}
