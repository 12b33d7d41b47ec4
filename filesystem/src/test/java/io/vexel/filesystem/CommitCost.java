package io.vexel.filesystem;

import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** Measures the processor time of one durable commit on a device in memory. Run by hand; the argument is a number of rounds. */
final class CommitCost {

    private static final int COMMITS = 20_000;

    private CommitCost() {}

    private static long processorNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toNanos();
    }

    public static void main(String[] arguments) {
        SparseDevice device = new SparseDevice(1L << 30);
        Mkfs.format(device, FormatOptions.defaults());
        try (FileSystem volume =
                FileSystem.open(device, new MountOptions(false, new MemoryBudget(1 << 30), TimeSource.SYSTEM))) {
            long[] inode = new long[2];
            volume.update(tx -> {
                inode[0] = tx.createFile(FileSystem.ROOT, "vectors", FileKind.VECTOR);
                inode[1] = tx.createFile(FileSystem.ROOT, "ids", FileKind.REGULAR);
            });
            long n = 0;
            for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
                long written = device.bytesWritten.get();
                long cpu = processorNanos();
                for (int i = 0; i < COMMITS; i++) {
                    long row = n++;
                    MemorySegment vector = FileSystemTest.bytes(row, 512);
                    MemorySegment entry = vector.asSlice(0, 40);
                    volume.update(tx -> {
                        tx.write(inode[0], row * 512, vector);
                        tx.write(inode[1], row * 40, entry);
                    });
                }
                cpu = processorNanos() - cpu;
                System.out.printf(
                        "%.1f us and %d bytes a commit%n",
                        cpu / 1e3 / COMMITS, (device.bytesWritten.get() - written) / COMMITS);
            }
        }
    }
}
