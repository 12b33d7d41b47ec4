package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Replay of what a device should not hold: bytes that change while they are read, and wrong meaning under right checksums. */
class JournalReaderTest {

    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 20_000 : 600;
    private static final int COMMITS = 24;
    private static final MountOptions READ = new MountOptions(true, MemoryBudget.unlimited(), new SimulatedClock());
    private static final MountOptions WRITE = new MountOptions(false, MemoryBudget.unlimited(), new SimulatedClock());

    private final Set<String> states = new HashSet<>();
    private final DiskImage image = notClosed();
    private final Geometry geometry = new Tamper(image).geometry;
    private final long ring = JournalLayout.ringOffset(geometry);

    private DiskImage notClosed() {
        SimulatedDevice device = SimulatedDevice.zeros(17L << 20, 1).withoutLog();
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(1024).withJournalBlocks(512), new SimulatedClock());
        FileSystem volume = FileSystem.open(new UnclosedDevice(device), WRITE);
        states.add(VolumeText.of(volume));
        for (int i = 0; i < COMMITS; i++) {
            byte[] contents = new byte[900];
            new SplittableRandom(i).nextBytes(contents);
            String name = "f" + i;
            int gone = i - 3;
            volume.update(body -> {
                long inode = body.createFile(FileSystem.ROOT, name, FileKind.REGULAR);
                body.write(inode, 0, MemorySegment.ofArray(contents));
                if (gone >= 0 && gone % 4 == 0) {
                    body.unlink(FileSystem.ROOT, "f" + gone);
                }
            });
            states.add(VolumeText.of(volume));
        }
        volume.detach();
        return device.image();
    }

    /** A record in the ring, which no record of this image wraps around. */
    private record At(long offset, int bytes) {}

    private List<At> records() {
        List<At> result = new ArrayList<>();
        long offset = ring;
        MemorySegment head = MemorySegment.ofArray(image.bytes(offset, JournalLayout.RECORD_HEADER_BYTES));
        while (head.get(Layouts.U32, JournalLayout.RECORD_MAGIC_AT) == JournalLayout.RECORD_MAGIC) {
            int bytes = head.get(Layouts.U32, JournalLayout.RECORD_BYTES_AT);
            result.add(new At(offset, bytes));
            offset += bytes;
            head = MemorySegment.ofArray(image.bytes(offset, JournalLayout.RECORD_HEADER_BYTES));
        }
        return result;
    }

    @Test
    void image_asItIs_holdsRecordsAndReplaysToTheNewestCommit() {
        assertThat(records()).hasSizeGreaterThanOrEqualTo(COMMITS);
        assertThat(states).hasSize(COMMITS + 1);
        try (FileSystem volume = FileSystem.open(new SimulatedDevice(image, 1), READ)) {
            assertThat(volume.replayedCommits()).isGreaterThanOrEqualTo(COMMITS);
            assertThat(states).contains(VolumeText.of(volume));
        }
    }

    /** A record is read when it is looked for and again when it is applied; one flipped bit in either must not get through. */
    @Test
    void replay_aBitFlipsInOneRead_leavesACommitOrRefuses() {
        List<At> records = records();
        long used = records.getLast().offset() + records.getLast().bytes() - ring;
        int refused = 0;
        for (long seed = 0; seed < ROUNDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            SimulatedDevice device = new SimulatedDevice(image, seed);
            device.inject(new FaultRule(Fault.BIT_FLIP, ring + random.nextLong(used), 1, random.nextInt(4), 1));
            try (FileSystem volume = FileSystem.open(device, READ)) {
                assertThat(states).as("seed=%d", seed).contains(VolumeText.of(volume));
            } catch (CorruptionException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(ROUNDS / 20);
    }

    @Test
    void replay_randomMeaningUnderARightChecksum_refusesOrMountsAndSparesTheHead() {
        List<At> records = records();
        for (long seed = 0; seed < ROUNDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            At record = records.get(random.nextInt(records.size()));
            DiskImage changed = image.copy();
            seal(changed, record, bytes -> {
                for (int i = random.nextInt(1, 5); i > 0; i--) {
                    int limit = random.nextBoolean() ? JournalLayout.RECORD_HEADER_BYTES + 160 : record.bytes();
                    int at = random.nextInt(JournalLayout.RECORD_BYTES_AT, limit);
                    bytes.set(Layouts.U8, at, (byte) (random.nextBoolean() ? 0 : random.nextInt(256)));
                }
            });
            requireNoCrash(changed, "seed=" + seed);
        }
    }

    private void seal(DiskImage target, At record, Consumer<MemorySegment> change) {
        MemorySegment bytes = MemorySegment.ofArray(target.bytes(record.offset(), record.bytes()));
        change.accept(bytes);
        bytes.set(Layouts.U32, JournalLayout.RECORD_CRC_AT, 0);
        long sequence = bytes.get(Layouts.U64, JournalLayout.RECORD_SEQUENCE_AT);
        bytes.set(Layouts.U32, JournalLayout.RECORD_CRC_AT, Crc32c.of(geometry.volumeKey, sequence, bytes));
        target.put(record.offset(), bytes.toArray(Layouts.U8));
    }

    @Test
    void slot_randomMeaningUnderARightChecksum_refusesOrMounts() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int number = random.nextInt(2);
            DiskImage changed = image.copy();
            long offset = Journal.slotOffset(geometry, number);
            MemorySegment bytes = MemorySegment.ofArray(changed.bytes(offset, JournalLayout.SLOT_BYTES));
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                bytes.set(Layouts.U8, random.nextInt(8, 40), (byte) random.nextInt(256));
            }
            bytes.set(Layouts.U32, JournalLayout.SLOT_MAGIC_AT, JournalLayout.SLOT_MAGIC);
            bytes.set(Layouts.U32, JournalLayout.SLOT_CRC_AT, 0);
            long sequence = bytes.get(Layouts.U64, JournalLayout.SLOT_SEQUENCE_AT);
            bytes.set(Layouts.U32, JournalLayout.SLOT_CRC_AT, Crc32c.of(geometry.volumeKey ^ number, sequence, bytes));
            changed.put(offset, bytes.toArray(Layouts.U8));
            requireNoCrash(changed, "seed=" + seed);
        }
    }

    /** Checks, mounts, reads everything, unmounts: nothing but findings and operating errors, and nothing written over the superblock. */
    private void requireNoCrash(DiskImage changed, String what) {
        byte[] superblock = changed.bytes(0, Superblock.BYTES);
        try {
            Fsck.check(new SimulatedDevice(changed, 1).withoutLog(), FsckOptions.defaults());
        } catch (RuntimeException | Error e) {
            throw new AssertionError(what + " fsck", e);
        }
        for (MountOptions options : List.of(READ, WRITE)) {
            SimulatedDevice device = new SimulatedDevice(changed, 1).withoutLog();
            try (FileSystem volume = FileSystem.open(device, options)) {
                VolumeText.of(volume);
            } catch (VexelException e) {
                assertThat(e.getMessage()).as(what).isNotBlank();
            } catch (RuntimeException | Error e) {
                throw new AssertionError(what, e);
            }
            assertThat(device.image().bytes(0, Superblock.BYTES)).as(what).isEqualTo(superblock);
        }
    }

    @Test
    void replay_anEntryForTheSuperblock_isRefused() {
        DiskImage changed = image.copy();
        seal(changed, records().getLast(), bytes -> bytes.set(Layouts.U64, JournalLayout.RECORD_HEADER_BYTES, 0));
        assertThatThrownBy(() -> FileSystem.open(new SimulatedDevice(changed, 1), WRITE))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("entry that is none");
        requireNoCrash(changed, "an entry for block 0");
    }
}
