package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Crc32c;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What stands at the front of a volume, read from bytes that nobody wrote like that. */
class SuperblockTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    /** A superblock whose checksum is right and whose numbers are not: everybody refuses it, and nobody breaks on it. */
    @Test
    void superblock_randomMeaningUnderARightChecksum_isRefusedOrRead() {
        SimulatedDevice device = SimulatedDevice.zeros(17L << 20, 5).withoutLog();
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(1024), new SimulatedClock());
        DiskImage good = device.image();
        int refused = 0;
        int rounds = DEEP ? 50_000 : 2_000;
        for (long seed = 0; seed < rounds; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            DiskImage changed = good.copy();
            MemorySegment bytes = MemorySegment.ofArray(changed.bytes(0, Superblock.BYTES));
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                int at = random.nextInt(Superblock.VERSION_AT, Superblock.COPY_OFFSET_AT);
                bytes.set(Layouts.U8, at, (byte) (random.nextBoolean() ? 0 : random.nextInt(256)));
            }
            bytes.set(Layouts.U32, Superblock.CRC_AT, 0);
            bytes.set(Layouts.U32, Superblock.CRC_AT, Crc32c.of(bytes));
            changed.put(0, bytes.toArray(Layouts.U8));
            String what = "seed=" + seed;
            try {
                Fsck.check(new SimulatedDevice(changed, 1).withoutLog(), FsckOptions.defaults());
            } catch (RuntimeException | Error e) {
                throw new AssertionError(what + " fsck", e);
            }
            for (boolean readOnly : new boolean[] {true, false}) {
                MountOptions options = new MountOptions(readOnly, new MemoryBudget(64 << 20), new SimulatedClock());
                try (FileSystem volume = FileSystem.open(new SimulatedDevice(changed, 1).withoutLog(), options)) {
                    VolumeText.of(volume);
                } catch (VexelException e) {
                    refused++;
                } catch (RuntimeException | Error e) {
                    throw new AssertionError(what, e);
                }
            }
        }
        assertThat(refused).isGreaterThan(rounds);
    }

    @Test
    void owner_anyBytes_isDescribedOrNobody() {
        int described = 0;
        for (long seed = 0; seed < 5_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            SimulatedDevice device = SimulatedDevice.zeros(1 << 16, 1);
            OwnerRecord.write(device, random.nextLong());
            MemorySegment record = MemorySegment.ofArray(device.image().bytes(Geometry.OWNER_OFFSET, 4096));
            for (int i = random.nextInt(4); i > 0; i--) {
                record.set(Layouts.U8, random.nextInt(8, 40), (byte) random.nextInt(256));
            }
            record.set(Layouts.U32, 4, 0);
            record.set(Layouts.U32, 4, Crc32c.of(0, 0, record));
            MemorySegment head = MemorySegment.ofArray(new byte[1 << 16]);
            head.asSlice(Geometry.OWNER_OFFSET, 4096).copyFrom(record);
            try {
                Optional<String> who = FileSystem.describeOwner(head);
                described += who.isPresent() ? 1 : 0;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
        assertThat(described).isPositive();
    }
}
