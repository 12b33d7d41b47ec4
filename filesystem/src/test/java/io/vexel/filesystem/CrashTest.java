package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.FormatVersionException;
import io.vexel.device.DeviceAccess;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.CrashEnumeration;
import io.vexel.testkit.CrashSubject;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The crash model: whatever operation the power fails at, the volume mounts, fsck finds nothing, every acknowledged transaction is there
 * and every other one whole or absent. And the proof that this would be seen: each planted fault is found.
 */
class CrashTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final long FIRST_SEED = Long.getLong("vexel.seed", 20_261_120);
    private static final long STATES = DEEP ? 5_000_000 : 50_000;
    private static final long VOLUME_BYTES = 17L << 20;
    private static final long CROWDED_FREE_BLOCKS = 500;
    private static final int ROUNDS = 60;
    private static final int BUG_SEEDS = 9;
    private static final CrashSubject SUBJECT = CrashTest::recover;

    @AfterEach
    void unplant() {
        DurabilityBug.planted = null;
    }

    /** What a run has beside its seed. */
    private enum Setting {
        /** A journal that two large records fill. */
        SHORT_JOURNAL(96, 35),
        /** A journal that is checkpointed often. */
        USUAL(160, 0),
        /** So little free space that blocks are used again soon after they were freed. */
        CROWDED(160, 0);

        private final int journalBlocks;
        private final int heavyPercent;

        Setting(int journalBlocks, int heavyPercent) {
            this.journalBlocks = journalBlocks;
            this.heavyPercent = heavyPercent;
        }

        static Setting of(long seed) {
            return values()[(int) Math.floorMod(seed, (long) values().length)];
        }
    }

    private static FormatOptions format(long seed) {
        return FormatOptions.defaults()
                .withBlockSize(1024)
                .withJournalBlocks(Setting.of(seed).journalBlocks)
                .withIdentity(new UUID(seed, ~seed), seed);
    }

    private static MountOptions mount(boolean readOnly) {
        return new MountOptions(readOnly, MemoryBudget.unlimited(), new SimulatedClock());
    }

    /** A fresh volume, full or empty, as it lies on the medium. */
    private static DiskImage fresh(long seed) {
        SimulatedDevice device = SimulatedDevice.zeros(VOLUME_BYTES, seed).withoutLog();
        Mkfs.format(device, format(seed), new SimulatedClock());
        if (Setting.of(seed) == Setting.CROWDED) {
            try (FileSystem volume = FileSystem.open(new UnclosedDevice(device), mount(false))) {
                fill(volume);
            }
        }
        return device.image();
    }

    private static void fill(FileSystem volume) {
        long inode = volume.lookup(FileSystem.ROOT, VolumeText.FILLER)
                .map(DirectoryEntry::inode)
                .orElseGet(() -> {
                    long[] made = new long[1];
                    volume.update(transaction ->
                            made[0] = transaction.createFile(FileSystem.ROOT, VolumeText.FILLER, FileKind.REGULAR));
                    return made[0];
                });
        byte[] part = new byte[1 << 16];
        java.util.Arrays.fill(part, (byte) 1);
        for (long at = 0; volume.info().freeBlocks() > CROWDED_FREE_BLOCKS; at += part.length) {
            long offset = at;
            volume.update(transaction -> transaction.write(inode, offset, MemorySegment.ofArray(part)));
        }
    }

    /** Runs a workload with a clean remount half-way; at the end the volume is closed or left as it is, as the seed says. */
    private static CrashTrace run(long seed, int rounds) {
        SimulatedDevice device = new SimulatedDevice(fresh(seed), seed);
        CrashTrace trace = new CrashTrace(device, "");
        FileSystem volume = FileSystem.open(new UnclosedDevice(device), mount(false));
        SeededWorkload workload = new SeededWorkload(seed, volume, Setting.of(seed).heavyPercent);
        workload.run(rounds / 2, trace);
        if (seed % 4 < 2) {
            volume.close();
        } else {
            volume.detach();
        }
        volume = FileSystem.open(new UnclosedDevice(device), mount(false));
        workload.remounted(volume);
        workload.run(rounds / 2, trace);
        if (seed % 2 == 0) {
            volume.close();
        } else {
            volume.detach();
        }
        return trace;
    }

    private static String recover(SimulatedDevice device, long salt) {
        requireClean(device, "before recovery");
        String text;
        if (Math.floorMod(salt, 16) == 0) {
            requireReadOnlyMountWritesNothing(device);
        }
        try (FileSystem volume = FileSystem.open(device, mount(false))) {
            text = VolumeText.of(volume);
        }
        DiskImage recovered = device.image();
        requireClean(new SimulatedDevice(recovered, salt).withoutLog(), "after recovery");
        if (Math.floorMod(salt, 16) == 1) {
            requireUsable(recovered, salt, text);
        }
        return text;
    }

    private static void requireClean(SimulatedDevice device, String when) {
        // What METADATA leaves out, the contents of files, is read with its checksums by the walk through the volume.
        FsckReport report = Fsck.check(device, FsckOptions.defaults().withScope(FsckScope.METADATA));
        if (!report.clean() || !report.complete()) {
            throw new AssertionError("fsck " + when + ": " + report.findings());
        }
    }

    private static void requireReadOnlyMountWritesNothing(SimulatedDevice device) {
        int before = device.logPosition();
        SimulatedDevice reader = new SimulatedDevice(device.image(), 0, DeviceAccess.READ_ONLY, new SimulatedClock());
        String seen;
        try (FileSystem volume = FileSystem.open(reader, mount(true))) {
            seen = VolumeText.of(volume);
        }
        SimulatedDevice writer = new SimulatedDevice(device.image(), 0).withoutLog();
        try (FileSystem volume = FileSystem.open(writer, mount(false))) {
            if (!VolumeText.of(volume).equals(seen)) {
                throw new AssertionError("a read-only mount saw something else: " + seen);
            }
        }
        if (device.logPosition() != before) {
            throw new AssertionError("a read-only mount wrote");
        }
    }

    /** What recovery left must also be fit for more work: new files must not land on old ones. */
    private static void requireUsable(DiskImage recovered, long salt, String before) {
        SimulatedDevice device = new SimulatedDevice(recovered, salt).withoutLog();
        try (FileSystem volume = FileSystem.open(device, mount(false))) {
            for (FileKind kind : new FileKind[] {FileKind.REGULAR, FileKind.VECTOR}) {
                String name = "probe " + kind;
                volume.update(transaction -> transaction.createFile(FileSystem.ROOT, name, kind));
                long inode = volume.lookup(FileSystem.ROOT, name).orElseThrow().inode();
                try {
                    volume.update(transaction -> transaction.write(inode, 0, MemorySegment.ofArray(new byte[40_000])));
                } catch (CapacityException e) {
                    // A crowded volume may have no room; the file then stays empty.
                    if (volume.stat(inode).size() != 0) {
                        throw new AssertionError("a refused write left something", e);
                    }
                }
                volume.update(transaction -> transaction.unlink(FileSystem.ROOT, name));
            }
            if (!VolumeText.of(volume).equals(before)) {
                throw new AssertionError("work after recovery changed what was there");
            }
        }
        requireClean(new SimulatedDevice(device.image(), salt).withoutLog(), "after more work");
    }

    @Test
    void crash_anywhere_losesNothingAcknowledged() {
        long begin = System.nanoTime();
        long states = 0;
        long inRecovery = 0;
        long runs = 0;
        for (long seed = FIRST_SEED; states < STATES; seed++, runs++) {
            CrashEnumeration.Outcome outcome =
                    CrashEnumeration.run(run(seed, ROUNDS), SUBJECT, new CrashEnumeration.Options(seed, 6, 3, 8));
            states += outcome.states();
            inRecovery += outcome.recoveryStates();
            assertThat(outcome.violation()).isEmpty();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.printf(
                "crash enumeration: seeds %d..%d, %d states (%d inside recoveries), %.1f s, %.0f states/s%n",
                FIRST_SEED, FIRST_SEED + runs - 1, states, inRecovery, seconds, states / seconds);
        assertThat(states).isGreaterThanOrEqualTo(STATES);
        assertThat(inRecovery).isPositive();
    }

    @Test
    void crash_insideFormat_leavesNoVolumeOrAWholeOne() {
        SimulatedDevice device = SimulatedDevice.zeros(VOLUME_BYTES, FIRST_SEED);
        CrashTrace trace = new CrashTrace(device, "no volume");
        trace.begins("");
        Mkfs.format(device, format(FIRST_SEED), new SimulatedClock());
        trace.acknowledged();
        CrashEnumeration.Outcome outcome = CrashEnumeration.run(
                trace,
                (crashed, _) -> {
                    try (FileSystem volume = FileSystem.open(crashed, mount(false))) {
                        // Opened, perhaps by a copy of the superblock: then it is a whole volume and an empty one.
                        return VolumeText.of(volume);
                    } catch (FormatVersionException e) {
                        return "no volume";
                    }
                },
                new CrashEnumeration.Options(FIRST_SEED, 30, 20, 8));
        assertThat(outcome.violation()).isEmpty();
        assertThat(outcome.states()).isGreaterThan(100);
    }

    @ParameterizedTest
    @EnumSource(DurabilityBug.class)
    void crash_withPlantedBug_isFound(DurabilityBug bug) {
        DurabilityBug.planted = bug;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + BUG_SEEDS; seed++) {
            CrashEnumeration.Outcome outcome;
            try {
                outcome = CrashEnumeration.run(run(seed, ROUNDS), SUBJECT, new CrashEnumeration.Options(seed, 6, 3, 8));
            } catch (CorruptionException | AssertionError e) {
                System.out.println(bug + ": seen without a crash, seed " + seed + ": " + e);
                return;
            }
            if (outcome.violation().isPresent()) {
                System.out.println(bug + ": seen after " + outcome.states() + " states, "
                        + outcome.violation().get().lines().findFirst().orElseThrow());
                return;
            }
        }
        assertThat(false).as("the planted bug %s was not seen", bug).isTrue();
    }
}
