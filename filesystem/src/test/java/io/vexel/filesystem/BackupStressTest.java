package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One backup after another beside threads that overwrite, replace and remove. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BackupStressTest {

    private static final int BACKUPS = Boolean.getBoolean("vexel.deep") ? 400 : 8;
    private static final int WRITERS = 3;
    private static final int WRITES_MEANWHILE = 6;
    private static final int SMALL_BYTES = 3_000;
    private static final int LARGE_BYTES = 200_000;

    /** Per writer: the last write that was acknowledged, and the last one begun. */
    private final AtomicLongArray acknowledged = new AtomicLongArray(WRITERS);

    private final AtomicLongArray begun = new AtomicLongArray(WRITERS);
    private final AtomicBoolean stop = new AtomicBoolean();

    @Test
    void backups_besideWriters_areOfOneMomentEach() throws Exception {
        SparseDevice device = new SparseDevice(64 << 20);
        Mkfs.format(device, FormatOptions.defaults().withJournalBlocks(64));
        MemoryBudget budget = new MemoryBudget(32 << 20);
        long preserved = 0;
        try (FileSystem volume = FileSystem.open(device, new MountOptions(false, budget, TimeSource.SYSTEM));
                ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<Void>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                Callable<Void> work = () -> {
                    write(volume, writer);
                    return null;
                };
                writers.add(threads.submit(work));
            }
            try {
                for (int i = 0; i < BACKUPS; i++) {
                    preserved += backup(volume, device.size());
                }
            } finally {
                stop.set(true);
            }
            for (Future<Void> writer : writers) {
                writer.get();
            }
        }
        assertThat(budget.usedBytes()).isZero();
        assertThat(preserved).isPositive();
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    /** Each write changes a small file in place, a large one wholly, and which of two names there is. */
    private void write(FileSystem volume, int writer) {
        long[] files = new long[2];
        volume.update(transaction -> {
            files[0] = transaction.createFile(FileSystem.ROOT, "small" + writer, FileKind.REGULAR);
            files[1] = transaction.createFile(FileSystem.ROOT, "large" + writer, FileKind.VECTOR);
        });
        for (long number = 1; !stop.get(); number++) {
            long now = number;
            begun.set(writer, now);
            volume.update(transaction -> {
                transaction.write(files[0], 0, contents(writer, now, SMALL_BYTES));
                transaction.write(files[1], 0, contents(writer, now, LARGE_BYTES));
                transaction.createFile(FileSystem.ROOT, name(writer, now), FileKind.REGULAR);
                if (now > 1) {
                    transaction.unlink(FileSystem.ROOT, name(writer, now - 1));
                }
            });
            acknowledged.set(writer, now);
        }
    }

    private static String name(int writer, long number) {
        return "w" + writer + "-" + number;
    }

    private static MemorySegment contents(int writer, long number, int bytes) {
        MemorySegment result = MemorySegment.ofArray(new byte[bytes]);
        for (int at = 0; at < bytes; at += Long.BYTES) {
            result.set(Layouts.U64, at, number * 31 + writer);
        }
        return result;
    }

    private long backup(FileSystem volume, long bytes) {
        long[] least = new long[WRITERS];
        long[] most = new long[WRITERS];
        for (int i = 0; i < WRITERS; i++) {
            least[i] = acknowledged.get(i);
        }
        SparseDevice target = new SparseDevice(bytes);
        boolean[] begins = {true};
        BackupOptions options = BackupOptions.defaults().withProgress((_, _, _) -> {
            if (begins[0]) {
                begins[0] = false;
                for (int i = 0; i < WRITERS; i++) {
                    most[i] = begun.get(i);
                }
                awaitWrites(most);
            }
        });
        BackupResult result = volume.backup(target, options, 8192);
        assertThat(Fsck.check(target, FsckOptions.defaults()).errors()).isZero();
        try (FileSystem copy = FileSystem.open(target, MountOptions.defaults())) {
            for (int i = 0; i < WRITERS; i++) {
                check(copy, i, least[i], most[i]);
            }
        }
        return result.preservedBytes();
    }

    /** So many that there is a checkpoint among them, with nearly everything still to be copied. */
    private void awaitWrites(long[] from) {
        for (int i = 0; i < WRITERS; i++) {
            while (acknowledged.get(i) < from[i] + WRITES_MEANWHILE) {
                Thread.onSpinWait();
            }
        }
    }

    private static void check(FileSystem copy, int writer, long least, long most) {
        if (copy.lookup(FileSystem.ROOT, "small" + writer).isEmpty()) {
            assertThat(least).isZero();
            return;
        }
        long small =
                copy.lookup(FileSystem.ROOT, "small" + writer).orElseThrow().inode();
        long large =
                copy.lookup(FileSystem.ROOT, "large" + writer).orElseThrow().inode();
        if (copy.stat(small).size() == 0) {
            assertThat(least).isZero();
            return;
        }
        MemorySegment found = MemorySegment.ofArray(new byte[SMALL_BYTES]);
        copy.read(small, 0, found);
        long number = (found.get(Layouts.U64, 0) - writer) / 31;
        assertThat(number).isBetween(least, most);
        assertThat(found.mismatch(contents(writer, number, SMALL_BYTES))).isEqualTo(-1);
        MemorySegment all = MemorySegment.ofArray(new byte[LARGE_BYTES]);
        copy.read(large, 0, all);
        assertThat(all.mismatch(contents(writer, number, LARGE_BYTES))).isEqualTo(-1);
        for (long other = Math.max(1, number - 2); other < number + 2; other++) {
            assertThat(copy.lookup(FileSystem.ROOT, name(writer, other)).isPresent())
                    .isEqualTo(other == number);
        }
    }
}
