package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.ConflictException;
import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.base.FormatVersionException;
import io.vexel.device.BlockDevice;
import io.vexel.device.DeviceAccess;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.CrashEnumeration;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.ReservationFaults;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A backup is the volume at one moment, whatever happens to the volume, the target and the backup meanwhile; and nothing happens to the volume. */
@Timeout(value = 1_800, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BackupTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final long SEED = Long.getLong("vexel.seed", 20_261_129);
    private static final int SEEDS = DEEP ? 400 : 4;
    private static final int STARTS = 30;
    private static final int[] JOURNALS = {64, 96, 160};
    private static final int[] READ_AT_ONCE = {1, 7, 64, 1024};

    private static BackupRig rig(long seed) {
        int kind = (int) Math.floorMod(seed, (long) JOURNALS.length);
        return new BackupRig(seed, JOURNALS[kind], kind == 1 ? 35 : 5);
    }

    // ---- the moment

    /** After each transaction of a workload, durable or not, with the rest of it between the steps of the backup. */
    @Test
    void backup_begunAfterAnyTransaction_hasExactlyWhatWasAppliedBefore() {
        long changed = 0;
        long preserved = 0;
        for (long seed = SEED; seed < SEED + SEEDS; seed++) {
            try (BackupRig rig = rig(seed)) {
                SplittableRandom random = new SplittableRandom(seed);
                for (int start = 0; start < STARTS; start++) {
                    if (random.nextBoolean()) {
                        rig.work(1);
                    } else {
                        rig.workload.apply(rig.trace);
                    }
                    String expected = rig.state();
                    SimulatedDevice target = BackupRig.target();
                    int blocks = READ_AT_ONCE[random.nextInt(READ_AT_ONCE.length)];
                    BackupResult result = rig.backup(target, blocks, 1 + random.nextInt(60));
                    assertThat(BackupRig.copied(target.image()))
                            .as("seed " + seed + " start " + start)
                            .isEqualTo(expected);
                    assertThat(VolumeText.of(rig.volume)).isEqualTo(rig.state());
                    changed += rig.state().equals(expected) ? 0 : 1;
                    preserved += result.preservedBytes();
                }
            }
        }
        System.out.printf(
                "backups beside changes: seeds %d..%d, %d of %d, %d bytes preserved%n",
                SEED, SEED + SEEDS - 1, changed, SEEDS * STARTS, preserved);
        assertThat(changed).isGreaterThan(SEEDS * STARTS / 3);
        assertThat(preserved).isPositive();
    }

    /** The changes of the test above are such that a copy of the device in order, beside them, is no volume of one moment. */
    @Test
    void copyInOrder_besideTheSameChanges_isFoundToBeNone() {
        int wrong = 0;
        for (long seed = SEED; seed < SEED + 4; seed++) {
            try (BackupRig rig = rig(seed)) {
                rig.work(20);
                String expected = rig.state();
                DiskImage copy = DiskImage.zeros(BackupRig.BYTES);
                for (long at = 0; at < BackupRig.BYTES; at += 1 << 16) {
                    copy.put(at, rig.medium.image().bytes(at, 1 << 16));
                    if (at % (1 << 19) == 0) {
                        rig.work(1);
                    }
                }
                wrong += isCopyOf(copy, expected) ? 0 : 1;
            }
        }
        assertThat(wrong).isEqualTo(4);
    }

    private static boolean isCopyOf(DiskImage copy, String expected) {
        try {
            return BackupRig.copied(copy).equals(expected);
        } catch (AssertionError | CorruptionException e) {
            return false;
        }
    }

    @Test
    void copy_isAVolumeToWorkWith() {
        SimulatedDevice target = BackupRig.target();
        VolumeInfo before;
        String expected;
        try (BackupRig rig = rig(SEED)) {
            rig.work(30);
            expected = rig.state();
            BackupResult result = rig.backup(target, 64, 10);
            before = rig.volume.info();
            assertThat(result.commit()).isLessThan(before.commitNumber());
            assertThat(result.copiedBytes()).isBetween(1024L, BackupRig.BYTES / 2);
            assertThat(result.verified()).isFalse();
        }
        SimulatedDevice copy = new SimulatedDevice(target.image(), SEED);
        CrashTrace trace = new CrashTrace(copy, expected);
        try (FileSystem volume = FileSystem.open(new UnclosedDevice(copy), writing())) {
            assertThat(volume.info().uuid()).isEqualTo(before.uuid());
            assertThat(volume.info().totalBlocks()).isEqualTo(before.totalBlocks());
            assertThat(volume.info().journalBlocks()).isEqualTo(before.journalBlocks());
            volume.update(transaction -> {
                long file = transaction.createFile(FileSystem.ROOT, "later", FileKind.REGULAR);
                transaction.write(file, 0, MemorySegment.ofArray(new byte[100_000]));
            });
            volume.update(transaction -> transaction.unlink(FileSystem.ROOT, "later"));
        }
        // The same contents at every moment of that work, or those with the file.
        CrashEnumeration.Outcome outcome = CrashEnumeration.run(
                trace,
                (crashed, _) -> {
                    try (FileSystem volume = FileSystem.open(crashed, writing())) {
                        volume.lookup(FileSystem.ROOT, "later")
                                .ifPresent(_ -> volume.update(tx -> tx.unlink(FileSystem.ROOT, "later")));
                        return VolumeText.of(volume);
                    }
                },
                new CrashEnumeration.Options(SEED, 2, 0, 0));
        assertThat(outcome.violation()).isEmpty();
    }

    private static MountOptions writing() {
        return new MountOptions(false, MemoryBudget.unlimited(), new SimulatedClock());
    }

    private static MountOptions reading() {
        return new MountOptions(true, MemoryBudget.unlimited(), new SimulatedClock());
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 2048, 4096, 16384, 65536})
    void backup_ofAnyBlockSize_isWhole(int blockSize) {
        for (int sector : new int[] {512, 4096}) {
            if (sector > blockSize) {
                continue;
            }
            SparseDevice device = new SparseDevice(300L << 20, sector);
            Mkfs.format(device, FormatOptions.defaults().withBlockSize(blockSize));
            SparseDevice target = new SparseDevice(device.size(), sector);
            String expected;
            try (FileSystem volume = FileSystem.open(device, writing())) {
                for (int i = 0; i < 5; i++) {
                    int number = i;
                    byte[] bytes = new byte[50_000 * (i + 1)];
                    new SplittableRandom(i).nextBytes(bytes);
                    volume.update(transaction -> transaction.write(
                            transaction.createFile(FileSystem.ROOT, "f" + number, FileKind.VECTOR),
                            0,
                            MemorySegment.ofArray(bytes)));
                }
                expected = VolumeText.of(volume);
                volume.backup(target, BackupOptions.defaults().withVerification());
            }
            assertThat(Fsck.check(target, FsckOptions.defaults()).findings()).isEmpty();
            try (FileSystem copy = FileSystem.open(target, reading())) {
                assertThat(VolumeText.of(copy)).isEqualTo(expected);
            }
        }
    }

    /** What is free is neither read nor written, however large the volume is. */
    @Test
    void backup_ofALargeVolume_takesWhatIsUsed() {
        SparseDevice device = new SparseDevice(2L << 40);
        Mkfs.format(device, FormatOptions.defaults());
        SparseDevice target = new SparseDevice(device.size());
        MemoryBudget budget = new MemoryBudget(256 << 20);
        try (FileSystem volume = FileSystem.open(device, new MountOptions(false, budget, new SimulatedClock()))) {
            volume.update(transaction -> transaction.write(
                    transaction.createFile(FileSystem.ROOT, "f", FileKind.VECTOR),
                    0,
                    MemorySegment.ofArray(new byte[3 << 20])));
            long used = budget.usedBytes();
            volume.backup(target, BackupOptions.defaults());
            assertThat(budget.usedBytes()).isEqualTo(used);
        }
        assertThat(target.bytesWritten.get()).isLessThan(8 << 20);
        assertThat(target.chunkBytes()).isLessThan(16 << 20);
        assertThat(Fsck.check(target, FsckOptions.defaults()).findings()).isEmpty();
    }

    /** Swap is written past all locks, to blocks that no copy needs; what was freed since the moment, and is swapped to, is preserved. */
    @Test
    void backup_besideSwap_isWholeAndLeavesSwapAlone() {
        try (BackupRig rig = rig(SEED + 2)) {
            rig.work(10);
            String expected = rig.state();
            BlockDevice before = rig.volume.createSwapFile(64 << 10);
            AtomicReference<BlockDevice> during = new AtomicReference<>();
            SimulatedDevice target = BackupRig.target();
            MemorySegment page = MemorySegment.ofArray(new byte[64 << 10]);
            page.fill((byte) 9);
            rig.backup(target, 4, () -> {
                if (during.get() == null) {
                    rig.work(5);
                    during.set(rig.volume.createSwapFile(64 << 10));
                    during.get().write(0, page);
                }
                before.write(0, page);
            });
            assertThat(BackupRig.copied(target.image())).isEqualTo(expected);
            for (BlockDevice swap : List.of(before, during.get())) {
                MemorySegment found = MemorySegment.ofArray(new byte[64 << 10]);
                swap.read(0, found);
                assertThat(found.mismatch(page)).isEqualTo(-1);
                swap.close();
            }
        }
    }

    // ---- crashes

    /** The source's power fails at any moment of a run with backups in it. */
    @Test
    void crashOfTheVolume_besideABackup_losesNothingAcknowledged() {
        long states = 0;
        for (long seed = SEED; seed < SEED + (DEEP ? 60 : 2); seed++) {
            BackupRig rig = rig(seed);
            for (int i = 0; i < 2; i++) {
                rig.work(3);
                rig.backup(BackupRig.target(), 16, 25);
            }
            rig.volume.detach();
            CrashEnumeration.Outcome outcome =
                    CrashEnumeration.run(rig.trace, BackupTest::recovered, new CrashEnumeration.Options(seed, 1, 1, 2));
            assertThat(outcome.violation()).isEmpty();
            states += outcome.states();
        }
        assertThat(states).isGreaterThan(500);
    }

    private static String recovered(SimulatedDevice device, long salt) {
        FsckReport report = Fsck.check(device, FsckOptions.defaults().withScope(FsckScope.METADATA));
        if (!report.clean() || !report.complete()) {
            throw new AssertionError(report.findings().toString());
        }
        try (FileSystem volume = FileSystem.open(device, writing())) {
            return VolumeText.of(volume);
        }
    }

    /** The target's power fails at any moment: there is no volume, or the whole one. */
    @Test
    void crashOfTheTarget_leavesNoVolumeOrAWholeOne() {
        try (BackupRig rig = rig(SEED + 2)) {
            rig.work(12);
            SimulatedDevice target = BackupRig.target();
            CrashTrace trace = new CrashTrace(target, "no volume");
            trace.begins(rig.state());
            rig.backup(target, 64, 8);
            trace.acknowledged();
            CrashEnumeration.Outcome outcome = CrashEnumeration.run(
                    trace,
                    (crashed, salt) -> {
                        try (FileSystem volume = FileSystem.open(crashed, writing())) {
                            return VolumeText.of(volume);
                        } catch (FormatVersionException e) {
                            return "no volume";
                        }
                    },
                    new CrashEnumeration.Options(SEED, 4, 0, 0));
            assertThat(outcome.violation()).isEmpty();
            assertThat(outcome.states()).isGreaterThan(100);
        }
    }

    // ---- faults

    private static void requireUnharmed(BackupRig rig) {
        rig.work(2);
        assertThat(rig.volume.isWritable()).isTrue();
        assertThat(VolumeText.of(rig.volume)).isEqualTo(rig.state());
        SimulatedDevice target = BackupRig.target();
        String expected = rig.state();
        rig.backup(target, 64, 1000);
        assertThat(BackupRig.copied(target.image())).isEqualTo(expected);
    }

    private static void requireNoVolume(SimulatedDevice target) {
        assertThatThrownBy(() -> FileSystem.open(new SimulatedDevice(target.image(), 0), reading()))
                .isInstanceOf(FormatVersionException.class);
    }

    /** Whoever makes it: the copier, or a change that preserves. */
    @ParameterizedTest
    @EnumSource(names = {"WRITE_ERROR", "DEVICE_FULL", "FLUSH_ERROR", "READ_ERROR"})
    void operationOfTheTarget_fails_failsTheBackupAlone(Fault fault) {
        int failures = 0;
        boolean struck = true;
        for (int call = 0; struck; call += DEEP || fault == Fault.READ_ERROR || fault == Fault.FLUSH_ERROR ? 1 : 5) {
            try (BackupRig rig = rig(SEED)) {
                rig.work(10);
                SimulatedDevice target = BackupRig.target();
                target.inject(
                        fault == Fault.DEVICE_FULL ? FaultRule.afterCall(fault, call) : FaultRule.onCall(fault, call));
                String expected = rig.state();
                struck = false;
                try {
                    rig.backup(target, 16, fault == Fault.READ_ERROR ? 2 : 6);
                    assertThat(BackupRig.copied(target.image())).isEqualTo(expected);
                } catch (DeviceException e) {
                    struck = true;
                    failures++;
                }
                requireUnharmed(rig);
            }
        }
        assertThat(failures).as("failures of " + fault).isPositive();
    }

    /** Reads of the source by the copier, and by changes that preserve. */
    @Test
    void readOfTheVolume_fails_failsTheBackupAlone() {
        int failures = 0;
        boolean struck = true;
        for (int call = 0; struck; call += DEEP ? 1 : 4) {
            try (BackupRig rig = rig(SEED)) {
                rig.work(10);
                SimulatedDevice target = BackupRig.target();
                VolumeText.of(rig.volume); // so that nobody but the backup reads
                struck = false;
                rig.medium.inject(FaultRule.onCall(Fault.READ_ERROR, call));
                try {
                    rig.backup(target, 16, 6);
                } catch (DeviceException e) {
                    struck = true;
                    failures++;
                    requireNoVolume(target);
                } finally {
                    rig.medium.healAll();
                }
                requireUnharmed(rig);
            }
        }
        assertThat(failures).isGreaterThan(10);
    }

    /** Any block that a copy needs: there is none of a damaged volume, and the error names the block. */
    @Test
    void blockOfTheVolume_isDamaged_isNamed() {
        BackupRig rig = rig(SEED);
        rig.work(25);
        rig.close();
        DiskImage clean = rig.medium.image();
        SplittableRandom random = new SplittableRandom(SEED);
        Tamper tamper = new Tamper(clean.copy());
        List<Long> blocks = new ArrayList<>(tamper.metadataBlocks());
        for (long block = tamper.geometry.metadataEnd; block < tamper.geometry.totalBlocks; block++) {
            if (tamper.geometry.covered(block) && tamper.checkEntry(block) != 0) {
                blocks.add(block);
            }
        }
        assertThat(blocks.size()).isGreaterThan(100);
        int named = 0;
        for (int i = 0; i < blocks.size(); i += DEEP ? 1 : 5) {
            long block = blocks.get(i);
            DiskImage image = clean.copy();
            image.flipBit(block * 1024 + 48 + random.nextInt(900), random.nextInt(8));
            SimulatedDevice target = BackupRig.target();
            try (FileSystem volume = FileSystem.open(new SimulatedDevice(image, 0), writing())) {
                volume.backup(target, BackupOptions.defaults());
                throw new AssertionError("block " + block + " was damaged, and the copy was made");
            } catch (CorruptionException e) {
                named += e.block() == block ? 1 : 0;
            }
            requireNoVolume(target);
        }
        // Those of the group table and the root table are found by their digest, and when the volume is opened.
        assertThat(named).isGreaterThan(blocks.size() / (DEEP ? 1 : 5) - 10);
    }

    /** What the target says that it wrote, and did not, is found when the copy is read once more. */
    @ParameterizedTest
    @EnumSource(names = {"LOST_WRITE", "MISDIRECTED_WRITE", "TORN_WRITE"})
    void writeOfTheTarget_failsSilently_isFoundByVerification(Fault fault) {
        int found = 0;
        for (int call = 0; call < 60; call += DEEP ? 1 : 8) {
            try (BackupRig rig = rig(SEED)) {
                rig.work(10);
                SimulatedDevice target = new SimulatedDevice(DiskImage.zeros(BackupRig.BYTES), call);
                target.inject(FaultRule.onCall(fault, call));
                String expected = rig.state();
                try {
                    BackupResult result =
                            rig.volume.backup(target, BackupOptions.defaults().withVerification(), 16 << 10);
                    assertThat(result.verified()).isTrue();
                    assertThat(BackupRig.copied(target.image())).isEqualTo(expected);
                } catch (CorruptionException e) {
                    found++;
                }
            }
        }
        assertThat(found).isPositive();
    }

    @Test
    void memory_isRefused_refusesTheBackupAlone() {
        ReservationFaults faults = ReservationFaults.of(Backup.OWNER::equals);
        MemoryBudget budget = MemoryBudget.withRefusal(64 << 20, faults);
        try (BackupRig rig = new BackupRig(SEED, BackupRig.fresh(SEED, 160), 0, budget)) {
            rig.work(10);
            int refused = 0;
            for (int after = 0; ; after++) {
                SimulatedDevice target = BackupRig.target();
                faults.refuseOnce(after);
                try {
                    rig.volume.backup(target, BackupOptions.defaults());
                    break;
                } catch (CapacityException e) {
                    assertThat(e.isAboutMemory()).isTrue();
                    refused++;
                    requireNoVolume(target);
                }
                assertThat(budget.usedByOwner()).doesNotContainKey(Backup.OWNER);
                rig.work(1);
            }
            assertThat(refused).isGreaterThanOrEqualTo(4);
            faults.heal();
            requireUnharmed(rig);
            assertThat(budget.usedByOwner().getOrDefault(Backup.OWNER, 0L)).isZero();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    // ---- who may, and who ends it

    @Test
    void backup_ofAVolumeOpenForReading_hasWhatItsJournalBringsBack() {
        BackupRig rig = rig(SEED + 2);
        rig.work(25);
        String expected = rig.state();
        rig.volume.detach();
        DiskImage left = rig.medium.image();
        SimulatedDevice device = new SimulatedDevice(left, 0, DeviceAccess.READ_ONLY, new SimulatedClock());
        SimulatedDevice target = BackupRig.target();
        try (FileSystem volume = FileSystem.open(device, reading())) {
            assertThat(volume.replayedCommits()).isPositive();
            BackupResult result = volume.backup(target, BackupOptions.defaults().withVerification());
            assertThat(result.commit()).isEqualTo(volume.info().commitNumber());
            assertThat(result.preservedBytes()).isZero();
        }
        assertThat(device.logPosition()).isZero();
        assertThat(BackupRig.copied(target.image())).isEqualTo(expected);
    }

    @Test
    void backup_ofAVolumeWhoseCommitFailed_isRefused() {
        BackupRig rig = rig(SEED);
        rig.work(5);
        rig.medium.inject(FaultRule.onCall(Fault.FLUSH_ERROR, 0));
        assertThatThrownBy(() -> rig.work(1)).isInstanceOf(DeviceException.class);
        SimulatedDevice target = BackupRig.target();
        assertThatThrownBy(() -> rig.volume.backup(target, BackupOptions.defaults()))
                .isInstanceOf(ClosedException.class)
                .hasMessageContaining("a commit failed");
        assertThat(target.logPosition()).isZero();
        assertThatThrownBy(() -> target.flush()).isInstanceOf(ClosedException.class);
        rig.close();
    }

    @Test
    void backup_ofAVolumeWhoseCommitFailsMeanwhile_isStillThatOfItsMoment() {
        BackupRig rig = rig(SEED);
        rig.work(10);
        String expected = rig.state();
        SimulatedDevice target = BackupRig.target();
        int[] calls = new int[1];
        rig.backup(target, 16, () -> {
            if (++calls[0] == 5) {
                rig.medium.inject(FaultRule.onCall(Fault.FLUSH_ERROR, 0));
                assertThatThrownBy(() -> rig.work(1)).isInstanceOf(DeviceException.class);
            }
        });
        assertThat(rig.volume.isWritable()).isFalse();
        assertThat(BackupRig.copied(target.image())).isEqualTo(expected);
        rig.close();
    }

    @Test
    void backup_besideAnother_isRefused() {
        try (BackupRig rig = rig(SEED)) {
            rig.work(5);
            SimulatedDevice second = BackupRig.target();
            rig.backup(
                    BackupRig.target(),
                    1024,
                    () -> assertThatThrownBy(() -> rig.volume.backup(second, BackupOptions.defaults()))
                            .isInstanceOf(ConflictException.class)
                            .hasMessageContaining("is being made already"));
            assertThat(second.logPosition()).isZero();
            requireUnharmed(rig);
        }
    }

    @Test
    void target_thatDoesNotFit_isRefused() {
        try (BackupRig rig = rig(SEED)) {
            SimulatedDevice larger = SimulatedDevice.zeros(BackupRig.BYTES + 512, 0);
            assertThatThrownBy(() -> rig.volume.backup(larger, BackupOptions.defaults()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("target=17826304 bytes, allowed: 17825792");
            SparseDevice coarse = new SparseDevice(BackupRig.BYTES, 4096);
            assertThatThrownBy(() -> rig.volume.backup(coarse, BackupOptions.defaults()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("target=sectors of 4096 bytes, allowed: at most 1024");
            requireUnharmed(rig);
        }
    }

    @Test
    void unknownReadOnlyFeature_refusesABackup() {
        BackupRig rig = rig(SEED);
        rig.close();
        DiskImage image = rig.medium.image();
        MemorySegment head = MemorySegment.ofArray(image.bytes(0, Superblock.BYTES));
        head.set(Layouts.U64, Superblock.READ_ONLY_AT, 4);
        head.set(Layouts.U32, Superblock.CRC_AT, 0);
        head.set(Layouts.U32, Superblock.CRC_AT, io.vexel.base.Crc32c.of(head));
        image.put(0, head.toArray(Layouts.U8));
        try (FileSystem volume = FileSystem.open(new SimulatedDevice(image, 0), reading())) {
            assertThatThrownBy(() -> volume.backup(BackupRig.target(), BackupOptions.defaults()))
                    .isInstanceOf(AccessException.class)
                    .hasMessageContaining("0x4");
        }
    }

    @Test
    void listener_throws_endsTheBackupWherever() {
        int ended = 0;
        boolean done = false;
        for (int step = 0; !done; step++) {
            try (BackupRig rig = rig(SEED)) {
                rig.work(8);
                SimulatedDevice target = BackupRig.target();
                int[] left = {step};
                try {
                    rig.volume.backup(
                            target,
                            BackupOptions.defaults().withVerification().withProgress((_, at, total) -> {
                                assertThat(at).isBetween(0L, total);
                                if (left[0]-- == 0) {
                                    throw new CancellationException("enough");
                                }
                            }),
                            64 << 10);
                    done = true;
                } catch (CancellationException e) {
                    ended++;
                    assertThat(e).hasMessage("enough");
                }
                requireUnharmed(rig);
            }
        }
        assertThat(ended).isGreaterThan(5);
    }

    @Test
    void interrupt_endsTheBackup_andStays() {
        try (BackupRig rig = rig(SEED)) {
            rig.work(8);
            SimulatedDevice target = BackupRig.target();
            BackupOptions options = BackupOptions.defaults()
                    .withProgress((_, _, _) -> Thread.currentThread().interrupt());
            assertThatThrownBy(() -> rig.volume.backup(target, options))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            requireNoVolume(target);
            requireUnharmed(rig);
        }
    }

    @Test
    void close_endsABackup_andWaitsForIt() throws InterruptedException {
        MemoryBudget budget = new MemoryBudget(64 << 20);
        BackupRig rig = new BackupRig(SEED, BackupRig.fresh(SEED, 160), 0, budget);
        rig.work(10);
        String expected = rig.state();
        SimulatedDevice target = BackupRig.target();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread closing = Thread.ofPlatform()
                .uncaughtExceptionHandler((_, e) -> failure.set(e))
                .unstarted(() -> {
                    rig.volume.close();
                    assertThat(budget.usedBytes()).isZero();
                });
        BackupOptions options = BackupOptions.defaults().withProgress((_, _, _) -> {
            if (closing.getState() == Thread.State.NEW) {
                closing.start();
                while (closing.isAlive() && closing.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
            }
        });
        assertThatThrownBy(() -> rig.volume.backup(target, options, 1024))
                .isInstanceOf(ClosedException.class)
                .hasMessageContaining("is closed");
        closing.join();
        assertThat(failure.get()).isNull();
        requireNoVolume(target);
        assertThat(BackupRig.copied(rig.medium.image())).isEqualTo(expected);
        SimulatedDevice late = BackupRig.target();
        assertThatThrownBy(() -> rig.volume.backup(late, BackupOptions.defaults()))
                .isInstanceOf(ClosedException.class);
    }

    @Test
    void close_byTheListener_isRefused() {
        try (BackupRig rig = rig(SEED)) {
            rig.work(4);
            SimulatedDevice target = BackupRig.target();
            String expected = rig.state();
            rig.backup(
                    target,
                    1024,
                    () -> assertThatThrownBy(rig.volume::close)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("listener of a backup"));
            assertThat(BackupRig.copied(target.image())).isEqualTo(expected);
            requireUnharmed(rig);
        }
    }
}
