package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.base.CorruptionException;
import io.vexel.device.DeviceAccess;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fate;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.History;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A journal record that rots in the middle: acknowledged commits stand behind it, and a mount must not pass over them in silence.
 */
class JournalDamageTest {

    /** Fixed: how full the journal stands after a number of commits follows from where a volume's names are hashed to. */
    private static final UUID IDENTITY = new UUID(1, 2);

    private static final long KEY = 5;
    private static final MountOptions READ = new MountOptions(true, MemoryBudget.unlimited(), new SimulatedClock());
    private static final MountOptions WRITE = new MountOptions(false, MemoryBudget.unlimited(), new SimulatedClock());

    /** A volume that was left mounted, and its state after each commit. */
    private record Left(DiskImage image, Geometry geometry, TreeMap<Long, String> states) {

        /** Each commit makes a file, and most drop an older one; a journal of 64 blocks goes round every dozen commits. */
        static Left after(int commits, long journalBlocks) {
            SimulatedDevice device = SimulatedDevice.zeros(17L << 20, 1).withoutLog();
            Mkfs.format(
                    device,
                    FormatOptions.defaults()
                            .withBlockSize(1024)
                            .withJournalBlocks(journalBlocks)
                            .withIdentity(IDENTITY, KEY),
                    new SimulatedClock());
            FileSystem volume = FileSystem.open(new UnclosedDevice(device), WRITE);
            TreeMap<Long, String> states = new TreeMap<>();
            for (int i = 0; i < commits; i++) {
                byte[] contents = new byte[900];
                new SplittableRandom(i).nextBytes(contents);
                String name = "f" + i;
                String gone = "f" + (i - 3);
                boolean drop = i % 4 != 0 && i > 3;
                volume.update(body -> {
                    long inode = body.createFile(FileSystem.ROOT, name, FileKind.REGULAR);
                    body.write(inode, 0, MemorySegment.ofArray(contents));
                    if (drop) {
                        body.unlink(FileSystem.ROOT, gone);
                    }
                });
                states.put(volume.durableCommit(), VolumeText.of(volume));
            }
            volume.detach();
            DiskImage image = device.image();
            return new Left(image, new Tamper(image).geometry, states);
        }

        /** The live records, found without their checksums. */
        List<Record> records() {
            List<Record> result = new ArrayList<>();
            JournalReader.Slot slot;
            try (JournalReader reader =
                    new JournalReader(new SimulatedDevice(image, 1), geometry, MemoryBudget.unlimited())) {
                slot = reader.readSlot();
            }
            long sequence = slot.tailSequence();
            long position = slot.tail();
            long last = states.lastKey();
            while (sequence <= last) {
                MemorySegment head = MemorySegment.ofArray(
                        image.bytes(JournalLayout.ringOffset(geometry) + position, JournalLayout.RECORD_HEADER_BYTES));
                int bytes = head.get(Layouts.U32, JournalLayout.RECORD_BYTES_AT);
                result.add(new Record(sequence, position, bytes));
                position = (position + bytes) % JournalLayout.ringBytes(geometry);
                sequence++;
            }
            return result;
        }

        /** A copy with one bit of the record flipped. */
        DiskImage flipped(Record record, int at, int bit) {
            DiskImage copy = image.copy();
            long position = (record.position() + at) % JournalLayout.ringBytes(geometry);
            long offset = JournalLayout.ringOffset(geometry) + position;
            copy.put(offset, new byte[] {(byte) (copy.bytes(offset, 1)[0] ^ 1 << bit)});
            return copy;
        }

        long block(Record record) {
            return JournalLayout.block(geometry, record.position());
        }

        /** What a mount as of the commit before the record shows. */
        String before(Record record) {
            return states.containsKey(record.sequence() - 1) ? states.get(record.sequence() - 1) : "";
        }
    }

    private record Record(long sequence, long position, int bytes) {}

    private static String mounted(DiskImage image, MountOptions options) {
        try (FileSystem volume = FileSystem.open(new SimulatedDevice(image, 1), options)) {
            return VolumeText.of(volume);
        }
    }

    /** Places in a record: each field of its header, its tags, somewhere in its payload, its last byte. */
    private static List<Integer> places(Record record, SplittableRandom random) {
        return List.of(
                JournalLayout.RECORD_MAGIC_AT,
                JournalLayout.RECORD_CRC_AT + 2,
                JournalLayout.RECORD_SEQUENCE_AT,
                JournalLayout.RECORD_SEQUENCE_AT + 7,
                JournalLayout.RECORD_BYTES_AT + 1,
                JournalLayout.RECORD_ENTRIES_AT,
                JournalLayout.RECORD_HEADER_BYTES,
                random.nextInt(JournalLayout.RECORD_HEADER_BYTES, record.bytes()),
                record.bytes() - 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 67, 150})
    void mount_aBitFlippedInARecordThatOthersFollow_isRefusedAndWritesNothing(int commits) {
        Left left = Left.after(commits, 64);
        List<Record> records = left.records();
        assertThat(records).hasSizeGreaterThan(2);
        SplittableRandom random = new SplittableRandom(commits);
        for (Record record : records.subList(0, records.size() - 1)) {
            for (int at : places(record, random)) {
                SimulatedDevice device = new SimulatedDevice(left.flipped(record, at, random.nextInt(8)), 1);
                assertThatThrownBy(() -> FileSystem.open(device, WRITE))
                        .as("%s at %d", record, at)
                        .isInstanceOf(CorruptionException.class)
                        .hasMessageContaining("journal record " + record.sequence() + " is damaged")
                        .hasMessageContaining(
                                (record.sequence() + 1) + ".." + left.states().lastKey())
                        .hasMessageContaining("block=" + left.block(record));
                assertThat(device.logPosition()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 67, 150})
    void mount_aBitFlippedInTheLastRecord_replaysToTheOneBefore(int commits) {
        Left left = Left.after(commits, 64);
        Record last = left.records().getLast();
        SplittableRandom random = new SplittableRandom(commits);
        for (int at : places(last, random)) {
            DiskImage image = left.flipped(last, at, random.nextInt(8));
            assertThat(mounted(image, READ)).isEqualTo(left.before(last));
            assertThat(mounted(image, WRITE)).isEqualTo(left.before(last));
        }
    }

    /** The journal was left after each of many commits: old laps lie before, behind and under the live records. */
    @Test
    void mount_recordsOfEarlierLapsLieAround_goesByTheLiveOnes() {
        boolean wrapped = false;
        for (int commits = 1; commits <= 60; commits++) {
            Left left = Left.after(commits, 64);
            assertThat(mounted(left.image(), READ))
                    .isEqualTo(left.states().lastEntry().getValue());
            assertThat(Fsck.check(new SimulatedDevice(left.image(), 1), FsckOptions.defaults())
                            .errors())
                    .isZero();
            wrapped |= left.records().stream()
                    .anyMatch(record -> record.position() + record.bytes() > JournalLayout.ringBytes(left.geometry()));
        }
        assertThat(wrapped).isTrue();
    }

    @Test
    void fsck_aRecordThatOthersFollowIsDamaged_saysWhatACutWouldLose() {
        Left left = Left.after(24, 512);
        Record record = left.records().get(10);
        DiskImage image = left.flipped(record, 100, 3);
        FsckReport report = Fsck.check(new SimulatedDevice(image, 1), FsckOptions.defaults());
        assertThat(report.errors()).isEqualTo(1);
        FsckFinding finding = report.findings().stream()
                .filter(found -> found.severity() == FsckFinding.Severity.ERROR)
                .findFirst()
                .orElseThrow();
        assertThat(finding.block()).hasValue(left.block(record));
        assertThat(finding.text())
                .contains("journal record " + record.sequence() + " is damaged or missing")
                .contains("Z to 20")
                .endsWith("which loses the commits " + record.sequence() + ".."
                        + left.states().lastKey());
        Record last = left.records().getLast();
        assertThat(Fsck.check(new SimulatedDevice(left.flipped(last, 100, 3), 1), FsckOptions.defaults())
                        .errors())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 512})
    void cut_atAnyDamagedRecord_mountsAsOfTheCommitBefore(long journalBlocks) {
        Left left = Left.after(40, journalBlocks);
        List<Record> records = left.records();
        for (Record record : records.subList(0, records.size() - 1)) {
            SimulatedDevice device = new SimulatedDevice(left.flipped(record, 80, 1), 1);
            JournalCut.Loss seen =
                    JournalCut.find(device, MemoryBudget.unlimited()).orElseThrow();
            assertThat(device.logPosition()).isZero();
            assertThat(JournalCut.make(device, MemoryBudget.unlimited())).hasValue(seen);
            assertThat(seen.block()).isEqualTo(left.block(record));
            assertThat(seen.firstCommit()).isEqualTo(record.sequence());
            assertThat(seen.lastCommit()).isEqualTo(left.states().lastKey());
            assertThat(seen.wholeRecords()).isEqualTo((int) (seen.lastCommit() - seen.firstCommit()));
            assertThat(seen.describe())
                    .contains(seen.firstCommit() + ".." + seen.lastCommit())
                    .contains("block " + seen.block());
            DiskImage image = device.image();
            if (record.sequence() > left.states().firstKey()) {
                assertThat(mounted(image, WRITE)).isEqualTo(left.before(record));
            }
            FsckReport report = Fsck.check(new SimulatedDevice(image, 1), FsckOptions.defaults());
            assertThat(report.findings().stream().filter(found -> found.text().contains("journal record")))
                    .isEmpty();
            assertThat(JournalCut.make(new SimulatedDevice(image, 1), MemoryBudget.unlimited()))
                    .isEmpty();
        }
    }

    @Test
    void cut_aSoundVolume_writesNothing() {
        SimulatedDevice device = new SimulatedDevice(Left.after(24, 512).image(), 1);
        assertThat(JournalCut.make(device, MemoryBudget.unlimited())).isEmpty();
        assertThat(device.logPosition()).isZero();
    }

    @Test
    void cut_aReadOnlyDevice_isRefused() {
        Left left = Left.after(6, 512);
        DiskImage image = left.flipped(left.records().getFirst(), 80, 1);
        SimulatedDevice device = new SimulatedDevice(image, 1, DeviceAccess.READ_ONLY, new SimulatedClock());
        assertThatThrownBy(() -> JournalCut.make(device, MemoryBudget.unlimited()))
                .isInstanceOf(AccessException.class);
    }

    @Test
    void cut_leavesNothingToMount_isRefusedAndWritesNothing() {
        Left left = Left.after(24, 512);
        DiskImage image = left.flipped(left.records().getFirst(), 80, 1);
        long state = left.geometry().offset(left.geometry().regions.state().start());
        image.put(state, new byte[left.geometry().blockSize]);
        SimulatedDevice device = new SimulatedDevice(image, 1);
        assertThatThrownBy(() -> JournalCut.make(device, MemoryBudget.unlimited()))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("was not cut");
        assertThat(device.logPosition()).isZero();
    }

    /** The power fails while the cut is made: it is refused as before, or cut; making it again ends it. */
    @Test
    void cut_crashAnywhere_isRefusedAsBeforeOrCut() {
        Left left = Left.after(24, 512);
        Record record = left.records().get(12);
        SimulatedDevice device = new SimulatedDevice(left.flipped(record, 80, 1), 1);
        JournalCut.make(device, MemoryBudget.unlimited());
        History history = device.history();
        SplittableRandom random = new SplittableRandom(5);
        int refused = 0;
        for (int position = 0; position <= history.length(); position++) {
            List<Fate> fates = new ArrayList<>();
            for (int i = history.inFlight(position).size(); i > 0; i--) {
                fates.add(random.nextBoolean() ? new Fate.Landed() : new Fate.Torn(random.nextLong(), 20));
            }
            DiskImage crashed = history.crash(position, fates);
            try {
                assertThat(mounted(crashed, READ)).isEqualTo(left.before(record));
            } catch (CorruptionException e) {
                refused++;
                SimulatedDevice again = new SimulatedDevice(crashed, 1);
                assertThat(JournalCut.make(again, MemoryBudget.unlimited())).isPresent();
                assertThat(mounted(again.image(), READ)).isEqualTo(left.before(record));
            }
        }
        assertThat(refused).isPositive().isLessThanOrEqualTo(history.length());
    }

    /** A sector of the free part of the ring that cannot be read is no reason to refuse; one in a later record hides no other. */
    @Test
    void mount_aBadSectorBehindTheEnd_isPassedOver() {
        Left left = Left.after(24, 512);
        List<Record> records = left.records();
        Record last = records.getLast();
        long ring = JournalLayout.ringOffset(left.geometry());
        SimulatedDevice device = new SimulatedDevice(left.image(), 1);
        device.inject(FaultRule.onRange(Fault.READ_ERROR, ring + last.position() + last.bytes() + 4096, 512));
        try (FileSystem volume = FileSystem.open(device, READ)) {
            assertThat(VolumeText.of(volume))
                    .isEqualTo(left.states().lastEntry().getValue());
        }
        SimulatedDevice damaged = new SimulatedDevice(left.flipped(records.get(4), 80, 1), 1);
        damaged.inject(FaultRule.onRange(Fault.READ_ERROR, ring + records.get(5).position(), 512));
        assertThatThrownBy(() -> FileSystem.open(damaged, READ))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("of " + records.get(6).sequence() + ".." + last.sequence());
    }
}
