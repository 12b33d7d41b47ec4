package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.CrashEnumeration;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever operation the power fails at while swap files are made, written, closed and left: the volume mounts with what was acknowledged, fsck finds
 * nothing wrong before, and after one mount no block is held by what is gone.
 */
final class SwapFileCrashTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final long FIRST_SEED = Long.getLong("vexel.seed", 20_261_129);
    private static final long STATES = Long.getLong("vexel.states", DEEP ? 500_000 : 3_000);
    private static final long VOLUME_BYTES = 17L << 20;
    private static final int STEPS = 24;
    private static final long RECOVERY_BYTES = 8L << 20;

    private static MountOptions mount() {
        return new MountOptions(false, MemoryBudget.unlimited(), new SimulatedClock());
    }

    private static MountOptions recovery() {
        return new MountOptions(false, MemoryBudget.forOneThread(RECOVERY_BYTES), new SimulatedClock());
    }

    private static CrashTrace run(long seed) {
        SimulatedDevice blank = SimulatedDevice.zeros(VOLUME_BYTES, seed).withoutLog();
        FormatOptions format = FormatOptions.defaults()
                .withBlockSize(1024)
                .withJournalBlocks(96)
                .withIdentity(new UUID(seed, ~seed), seed);
        Mkfs.format(blank, format, new SimulatedClock());
        SimulatedDevice device = new SimulatedDevice(blank.image(), seed);
        CrashTrace trace = new CrashTrace(device, "");
        SplittableRandom random = new SplittableRandom(seed);
        FileSystem volume = FileSystem.open(new UnclosedDevice(device), mount());
        SeededWorkload workload = new SeededWorkload(seed, volume);
        @Nullable BlockDevice swap = null;
        for (int step = 0; step < STEPS; step++) {
            swap = swapSome(volume, swap, random);
            workload.run(1, trace);
            if (step == STEPS / 2) {
                leave(volume, random.nextBoolean());
                swap = null;
                volume = FileSystem.open(new UnclosedDevice(device), mount());
                workload.remounted(volume);
            }
        }
        leave(volume, random.nextBoolean());
        return trace;
    }

    private static @Nullable BlockDevice swapSome(
            FileSystem volume, @Nullable BlockDevice swap, SplittableRandom random) {
        if (swap == null) {
            return volume.createSwapFile(1024L * (1 + random.nextInt(2_000)));
        }
        for (int i = 0; i < 3; i++) {
            byte[] page = new byte[1024];
            random.nextBytes(page);
            swap.write(1024L * random.nextLong(swap.size() / 1024), MemorySegment.ofArray(page));
        }
        if (random.nextInt(4) == 0) {
            swap.close();
            return null;
        }
        return swap;
    }

    private static void leave(FileSystem volume, boolean closed) {
        if (closed) {
            volume.close();
        } else {
            volume.detach();
        }
    }

    private static String recover(SimulatedDevice device, long salt) {
        FsckReport before = check(device);
        if (!before.clean() || !before.complete()) {
            throw new AssertionError("fsck before recovery: " + before.findings());
        }
        String text;
        try (FileSystem volume = FileSystem.open(device, recovery())) {
            text = VolumeText.of(volume);
        }
        FsckReport after = check(new SimulatedDevice(device.image(), salt).withoutLog());
        if (!after.findings().isEmpty() || !after.complete()) {
            throw new AssertionError("fsck after recovery: " + after.findings());
        }
        return text;
    }

    private static FsckReport check(SimulatedDevice device) {
        return Fsck.check(
                device,
                FsckOptions.defaults()
                        .withScope(FsckScope.METADATA)
                        .withBudget(MemoryBudget.forOneThread(RECOVERY_BYTES)));
    }

    @Test
    void crash_anywhereWithSwapInUse_losesNothingAndLeavesNothingBehind() {
        long states = 0;
        long seed = FIRST_SEED;
        while (states < STATES) {
            CrashEnumeration.Outcome outcome = CrashEnumeration.run(
                    run(seed), SwapFileCrashTest::recover, new CrashEnumeration.Options(seed, 4, 3, 6));
            states += outcome.states();
            assertThat(outcome.violation()).isEmpty();
            seed++;
        }
        System.out.printf("crashes with swap in use: seeds %d..%d, %d states%n", FIRST_SEED, seed - 1, states);
    }
}
