package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.ClosedException;
import io.vexel.base.DeviceException;
import io.vexel.base.VexelException;
import io.vexel.device.DeviceAccess;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.CrashEnumeration;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a failing device may do to a volume: make it refuse, never make it lie. */
class FaultTest {

    private static final long SEED = Long.getLong("vexel.seed", 7);
    private static final int ROUNDS = 16;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final MountOptions WRITE = new MountOptions(false, MemoryBudget.unlimited(), new SimulatedClock());
    private static final MountOptions READ = new MountOptions(true, MemoryBudget.unlimited(), new SimulatedClock());

    private static DiskImage fresh() {
        SimulatedDevice device = SimulatedDevice.zeros(17L << 20, SEED).withoutLog();
        Mkfs.format(
                device,
                FormatOptions.defaults()
                        .withBlockSize(1024)
                        .withJournalBlocks(160)
                        .withIdentity(new UUID(3, 4), SEED),
                new SimulatedClock());
        return device.image();
    }

    /** A run that a fault may end early. */
    private record Run(
            SimulatedDevice device, FileSystem volume, CrashTrace trace, SeededWorkload workload, boolean failed) {}

    private static Run run(DiskImage image, FaultRule rule) {
        SimulatedDevice device = new SimulatedDevice(image, SEED);
        CrashTrace trace = new CrashTrace(device, "");
        FileSystem volume = FileSystem.open(new UnclosedDevice(device), WRITE);
        SeededWorkload workload = new SeededWorkload(SEED, volume);
        device.inject(rule);
        try {
            workload.run(ROUNDS, trace);
            return new Run(device, volume, trace, workload, false);
        } catch (VexelException e) {
            return new Run(device, volume, trace, workload, true);
        }
    }

    /** How many calls of the kind a run without faults makes. */
    private static int calls(DiskImage image, Fault fault) {
        Run run = run(image, FaultRule.onCall(Fault.SLOW, Long.MAX_VALUE));
        run.volume().detach();
        long flushes = run.trace().history().operations().stream()
                .filter(operation -> operation instanceof io.vexel.testkit.DeviceOperation.Flush)
                .count();
        long all = run.trace().history().length();
        return (int) (fault == Fault.FLUSH_ERROR ? flushes : all - flushes);
    }

    private static int step() {
        return DEEP ? 1 : 3;
    }

    @ParameterizedTest
    @EnumSource(names = {"WRITE_ERROR", "GARBAGE_IN_FLIGHT", "DEVICE_FULL", "FLUSH_ERROR"})
    void write_fails_poisonsAndKeepsWhatWasAcknowledged(Fault fault) {
        DiskImage image = fresh();
        int failures = 0;
        for (int call = 0; call < calls(image, fault); call += step()) {
            String context = fault + " at call " + call;
            Run run = run(
                    image,
                    fault == Fault.DEVICE_FULL ? FaultRule.afterCall(fault, call) : FaultRule.onCall(fault, call));
            if (run.failed()) {
                failures++;
                requirePoisonedOrUndone(run, context);
            }
            run.volume().detach();
            CrashEnumeration.Outcome outcome = CrashEnumeration.atEnd(
                    run.trace(), FaultTest::recover, new CrashEnumeration.Options(SEED + call, 4, 0, 0));
            assertThat(outcome.violation()).as(context).isEmpty();
        }
        assertThat(failures).isPositive();
    }

    /** A write straight to its place fails with its transaction only; anything else ends all writing until the next mount. */
    private static void requirePoisonedOrUndone(Run run, String context) {
        run.device().healAll();
        String seen = VolumeText.of(run.volume());
        if (run.volume().isWritable()) {
            run.volume().update(transaction -> transaction.createFile(FileSystem.ROOT, "later", FileKind.REGULAR));
            run.volume().update(transaction -> transaction.unlink(FileSystem.ROOT, "later"));
            assertThat(VolumeText.of(run.volume())).as(context).isEqualTo(seen);
        } else {
            int before = run.device().logPosition();
            assertThatThrownBy(() -> run.volume()
                            .update(transaction -> transaction.createFile(FileSystem.ROOT, "later", FileKind.REGULAR)))
                    .as(context)
                    .isInstanceOfAny(ClosedException.class, DeviceException.class);
            assertThat(run.device().logPosition()).as(context).isEqualTo(before);
        }
    }

    private static String recover(SimulatedDevice device, long salt) {
        FsckReport report = Fsck.check(device, FsckOptions.defaults());
        if (!report.clean()) {
            throw new AssertionError(report.findings().toString());
        }
        try (FileSystem volume = FileSystem.open(device, WRITE)) {
            return VolumeText.of(volume);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOST_WRITE", "MISDIRECTED_WRITE", "TORN_WRITE"})
    void write_failsSilently_isSeenOrHarmless(Fault fault) {
        DiskImage image = fresh();
        int seen = 0;
        for (int call = 0; call < calls(image, fault); call += step()) {
            String context = fault + " at call " + call;
            Run run = run(image, FaultRule.onCall(fault, call));
            boolean refused = run.failed();
            try {
                run.volume().close();
            } catch (VexelException e) {
                refused = true;
            }
            boolean clean = Fsck.check(new SimulatedDevice(run.device().image(), 1), FsckOptions.defaults())
                    .clean();
            refused |= !readsRightOrRefuses(
                    run.device().image(), run.workload().model().describe(), context);
            assertThat(clean && refused && !run.failed())
                    .as("%s: fsck sees nothing", context)
                    .isFalse();
            seen += clean ? 0 : 1;
        }
        if (fault != Fault.MISDIRECTED_WRITE) {
            assertThat(seen).as("silent faults that fsck saw").isPositive();
        }
    }

    /** True when everything reads as expected; false when the volume refuses; anything else fails. */
    private static boolean readsRightOrRefuses(DiskImage image, String expected, String context) {
        SimulatedDevice device = new SimulatedDevice(image, SEED).withoutLog();
        try (FileSystem volume = FileSystem.open(device, READ)) {
            assertThat(VolumeText.of(volume)).as(context).isEqualTo(expected);
            return true;
        } catch (VexelException e) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"READ_ERROR", "BIT_FLIP"})
    void read_everyBlockBad_refusesOrReadsRight(Fault fault) {
        Run run = run(fresh(), FaultRule.onCall(Fault.SLOW, Long.MAX_VALUE));
        String expected = run.workload().model().describe();
        run.volume().close();
        DiskImage image = run.device().image();
        Tamper tamper = new Tamper(image.copy());
        int refused = 0;
        for (long block = 0; block < tamper.geometry.totalBlocks; block++) {
            boolean journal = tamper.geometry.regions.journal().contains(block);
            boolean used = !tamper.geometry.covered(block) || tamper.checkEntry(block) != 0;
            if (!used || (journal && block % 16 != 0)) {
                continue;
            }
            SimulatedDevice device = new SimulatedDevice(image, SEED, DeviceAccess.READ_ONLY, new SimulatedClock());
            device.inject(FaultRule.onRange(fault, tamper.geometry.offset(block), 1024));
            String context = fault + " in block " + block;
            try (FileSystem volume = FileSystem.open(device, READ)) {
                assertThat(VolumeText.of(volume)).as(context).isEqualTo(expected);
            } catch (VexelException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(30);
    }

    @Test
    void device_slow_changesNothingButTheClock() {
        SimulatedClock clock = new SimulatedClock();
        SimulatedDevice device = new SimulatedDevice(fresh(), SEED, DeviceAccess.READ_WRITE, clock);
        device.inject(FaultRule.onRange(Fault.SLOW, 0, Long.MAX_VALUE));
        CrashTrace trace = new CrashTrace(device, "");
        MountOptions options = new MountOptions(false, MemoryBudget.unlimited(), clock);
        try (FileSystem volume = FileSystem.open(new UnclosedDevice(device), options)) {
            SeededWorkload workload = new SeededWorkload(SEED, volume);
            workload.run(ROUNDS, trace);
            assertThat(VolumeText.of(volume)).isEqualTo(workload.model().describe());
        }
        assertThat(clock.nanoTime()).isGreaterThan(100L * 1_000_000_000);
        assertThat(Fsck.check(device, FsckOptions.defaults()).clean()).isTrue();
    }
}
