package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.util.SplittableRandom;
import java.util.UUID;

/** A volume with a workload, of which backups are made step by step in one thread, with changes wherever another thread could make some. */
final class BackupRig implements AutoCloseable {

    static final long BYTES = 17L << 20;

    final SimulatedDevice medium;
    final HookedDevice device;
    final FileSystem volume;
    final CrashTrace trace;
    final SeededWorkload workload;
    private final SplittableRandom random;

    BackupRig(long seed, int journalBlocks, int heavyPercent) {
        this(seed, fresh(seed, journalBlocks), heavyPercent, MemoryBudget.unlimited());
    }

    BackupRig(long seed, DiskImage image, int heavyPercent, MemoryBudget budget) {
        medium = new SimulatedDevice(image, seed);
        device = new HookedDevice(medium);
        volume = FileSystem.open(device, new MountOptions(false, budget, new SimulatedClock()));
        trace = new CrashTrace(medium, "");
        workload = new SeededWorkload(seed, volume, heavyPercent);
        random = new SplittableRandom(seed ^ 0x6261636B);
    }

    static DiskImage fresh(long seed, int journalBlocks) {
        SimulatedDevice device = SimulatedDevice.zeros(BYTES, seed).withoutLog();
        FormatOptions options = FormatOptions.defaults()
                .withBlockSize(1024)
                .withJournalBlocks(journalBlocks)
                .withIdentity(new UUID(seed, ~seed), seed);
        Mkfs.format(device, options, new SimulatedClock());
        return device.image();
    }

    /** Where a copy may go. */
    static SimulatedDevice target() {
        return SimulatedDevice.zeros(BYTES, 1);
    }

    String state() {
        return workload.model().describe();
    }

    /** As many changes as come, and no backup. */
    void work(int rounds) {
        workload.run(rounds, trace);
    }

    /**
     * Makes a backup. Before and after each read of it, and between its steps, there are changes, one time in {@code oneIn}.
     *
     * @param blocks that are read at once
     */
    BackupResult backup(BlockDevice target, int blocks, int oneIn) {
        return backup(target, blocks, () -> {
            if (random.nextInt(oneIn) == 0) {
                change();
            }
        });
    }

    /** As the other; between is run where another thread could come between. */
    BackupResult backup(BlockDevice target, int blocks, Runnable between) {
        boolean[] begun = new boolean[1];
        BackupOptions options = BackupOptions.defaults().withProgress((_, _, _) -> {
            if (!begun[0]) {
                begun[0] = true;
                device.arm(between);
            }
            device.call();
        });
        try {
            return volume.backup(target, options, blocks * volume.info().blockSize());
        } finally {
            device.disarm();
        }
    }

    private void change() {
        if (random.nextBoolean()) {
            work(1);
        } else {
            workload.apply(trace);
        }
    }

    /** The state in a copy, which is whole, clean and empty of commits to be replayed. */
    static String copied(DiskImage copy) {
        SimulatedDevice device = new SimulatedDevice(copy, 0);
        FsckReport report = Fsck.check(device, FsckOptions.defaults());
        assertThat(report.clean() && report.complete())
                .as(report.findings().toString())
                .isTrue();
        MountOptions reading = new MountOptions(true, MemoryBudget.unlimited(), new SimulatedClock());
        try (FileSystem volume = FileSystem.open(device, reading)) {
            assertThat(volume.replayedCommits()).isZero();
            assertThat(volume.warnings()).isEmpty();
            assertThat(FileSystem.describeOwner(device)).isEmpty();
            return VolumeText.of(volume);
        }
    }

    @Override
    public void close() {
        volume.close();
    }
}
