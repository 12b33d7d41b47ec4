package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.ConflictException;
import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.base.NotFoundException;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FileSystemTest {

    private static final long SIZE = 64 << 20;

    private static SparseDevice formatted(int blockSize) {
        SparseDevice device = new SparseDevice(SIZE);
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(blockSize));
        return device;
    }

    private static FileSystem open(SparseDevice device) {
        return FileSystem.open(device, MountOptions.defaults());
    }

    static MemorySegment bytes(long seed, int length) {
        byte[] result = new byte[length];
        new Random(seed).nextBytes(result);
        return MemorySegment.ofArray(result);
    }

    static byte[] read(FileSystem volume, long inode, long offset, int length) {
        MemorySegment target = MemorySegment.ofArray(new byte[length]);
        long count = volume.read(inode, offset, target);
        return target.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 2048, 4096, 8192, 16384, 32768, 65536})
    void file_writtenAndReopened_readsTheSame(int blockSize) {
        SparseDevice device = formatted(blockSize);
        MemorySegment small = bytes(1, 1000);
        MemorySegment large = bytes(2, 3_000_001);
        long[] inodes = new long[2];
        try (FileSystem volume = open(device)) {
            volume.update(tx -> {
                inodes[0] = tx.createFile(FileSystem.ROOT, "small", FileKind.REGULAR);
                inodes[1] = tx.createFile(FileSystem.ROOT, "large", FileKind.VECTOR);
                tx.write(inodes[0], 17, small);
                tx.write(inodes[1], 0, large);
            });
            assertThat(read(volume, inodes[1], 0, 4_000_000)).isEqualTo(large.toArray(ValueLayout.JAVA_BYTE));
        }
        try (FileSystem volume = open(device)) {
            assertThat(volume.replayedCommits()).isZero();
            assertThat(volume.lookup(FileSystem.ROOT, "large").orElseThrow().inode())
                    .isEqualTo(inodes[1]);
            assertThat(read(volume, inodes[0], 17, 2000)).isEqualTo(small.toArray(ValueLayout.JAVA_BYTE));
            assertThat(read(volume, inodes[0], 0, 17)).isEqualTo(new byte[17]);
            assertThat(read(volume, inodes[1], 0, 4_000_000)).isEqualTo(large.toArray(ValueLayout.JAVA_BYTE));
            assertThat(read(volume, inodes[1], 2_999_990, 100))
                    .isEqualTo(large.asSlice(2_999_990).toArray(ValueLayout.JAVA_BYTE));
            assertThat(volume.stat(inodes[1]).size()).isEqualTo(3_000_001);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 4096, 65536})
    void volume_notClosed_isReplayed(int blockSize) {
        SparseDevice device = formatted(blockSize);
        FileSystem volume = open(device);
        for (int i = 0; i < 50; i++) {
            int n = i;
            volume.update(tx -> {
                long inode = tx.createFile(FileSystem.ROOT, "f" + n, FileKind.REGULAR);
                tx.write(inode, 0, bytes(n, 100 * n));
            });
        }
        SparseDevice crashed = device.copy();
        try (FileSystem again = open(crashed)) {
            assertThat(again.replayedCommits()).isPositive();
            for (int i = 0; i < 50; i++) {
                long inode =
                        again.lookup(FileSystem.ROOT, "f" + i).orElseThrow().inode();
                assertThat(read(again, inode, 0, 10_000))
                        .isEqualTo(bytes(i, 100 * i).toArray(ValueLayout.JAVA_BYTE));
            }
        }
        try (FileSystem again = open(crashed)) {
            assertThat(again.replayedCommits()).isZero();
            assertThat(again.stat(FileSystem.ROOT).size()).isEqualTo(50);
        }
    }

    @Test
    void readOnlyMount_ofVolumeNotClosed_replaysIntoMemoryOnly() {
        SparseDevice device = formatted(4096);
        FileSystem volume = open(device);
        volume.update(tx -> tx.createDirectory(FileSystem.ROOT, "d"));
        SparseDevice crashed = device.copy();
        long before = crashed.bytesWritten.get();
        MountOptions options = new MountOptions(true, MemoryBudget.unlimited(), TimeSource.SYSTEM);
        try (FileSystem again = FileSystem.open(crashed, options)) {
            assertThat(again.lookup(FileSystem.ROOT, "d")).isPresent();
            assertThatThrownBy(() -> again.update(tx -> tx.createDirectory(FileSystem.ROOT, "e")))
                    .isInstanceOf(io.vexel.base.AccessException.class);
        }
        assertThat(crashed.bytesWritten.get()).isEqualTo(before);
    }

    @Test
    void body_thatThrows_leavesNothing() {
        SparseDevice device = formatted(4096);
        try (FileSystem volume = open(device)) {
            long[] inode = new long[1];
            volume.apply(tx -> {
                inode[0] = tx.createFile(FileSystem.ROOT, "kept", FileKind.REGULAR);
                tx.write(inode[0], 0, bytes(5, 100_000));
            });
            VolumeInfo info = volume.info();
            assertThatThrownBy(() -> volume.apply(tx -> {
                        long other = tx.createFile(FileSystem.ROOT, "gone", FileKind.REGULAR);
                        tx.write(other, 0, bytes(6, 200_000));
                        tx.write(inode[0], 10, bytes(7, 50));
                        tx.write(inode[0], 100_000, bytes(7, 150_000));
                        tx.unlink(FileSystem.ROOT, "kept");
                        throw new IllegalArgumentException("stop");
                    }))
                    .hasMessage("stop");
            assertThat(volume.info()).isEqualTo(info);
            assertThat(volume.lookup(FileSystem.ROOT, "gone")).isEmpty();
            assertThat(read(volume, inode[0], 0, 200_000))
                    .isEqualTo(bytes(5, 100_000).toArray(ValueLayout.JAVA_BYTE));
        }
        try (FileSystem volume = open(device)) {
            long inode = volume.lookup(FileSystem.ROOT, "kept").orElseThrow().inode();
            assertThat(read(volume, inode, 0, 200_000))
                    .isEqualTo(bytes(5, 100_000).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void names_linkRenameUnlink_followTheContract() {
        SparseDevice device = formatted(4096);
        try (FileSystem volume = open(device)) {
            long[] ids = new long[4];
            volume.update(tx -> {
                ids[0] = tx.createDirectory(FileSystem.ROOT, "a");
                ids[1] = tx.createDirectory(ids[0], "b");
                ids[2] = tx.createFile(ids[1], "f", FileKind.REGULAR);
                tx.link(ids[2], FileSystem.ROOT, "g");
                ids[3] = tx.createFile(FileSystem.ROOT, "h", FileKind.REGULAR);
            });
            assertThat(volume.stat(ids[2]).links()).isEqualTo(2);
            assertThatThrownBy(() -> volume.update(tx -> tx.rename(FileSystem.ROOT, "a", ids[1], "x")))
                    .isInstanceOf(ConflictException.class);
            assertThatThrownBy(() -> volume.update(tx -> tx.unlink(FileSystem.ROOT, "a")))
                    .isInstanceOf(ConflictException.class);
            assertThatThrownBy(() -> volume.update(tx -> tx.createDirectory(FileSystem.ROOT, "g")))
                    .isInstanceOf(ConflictException.class);
            assertThatThrownBy(() -> volume.update(tx -> tx.unlink(FileSystem.ROOT, "none")))
                    .isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> volume.update(tx -> tx.createDirectory(FileSystem.ROOT, "x/y")))
                    .isInstanceOf(IllegalArgumentException.class);
            volume.update(tx -> tx.rename(FileSystem.ROOT, "h", ids[1], "f"));
            assertThat(volume.stat(ids[2]).links()).isEqualTo(1);
            assertThat(volume.lookup(ids[1], "f").orElseThrow().inode()).isEqualTo(ids[3]);
            volume.update(tx -> tx.unlink(FileSystem.ROOT, "g"));
            assertThatThrownBy(() -> volume.stat(ids[2])).isInstanceOf(NotFoundException.class);
            volume.update(tx -> tx.rename(ids[0], "b", FileSystem.ROOT, "b2"));
            assertThat(volume.list(FileSystem.ROOT, Optional.empty(), 10))
                    .extracting(DirectoryEntry::name)
                    .containsExactlyInAnyOrder("a", "b2");
        }
    }

    @Test
    void space_afterEverythingWasRemoved_isAllFreeAgain() {
        SparseDevice device = formatted(4096);
        VolumeInfo fresh;
        try (FileSystem volume = open(device)) {
            fresh = volume.info();
            for (int round = 0; round < 3; round++) {
                long[] inode = new long[1];
                volume.update(tx -> inode[0] = tx.createFile(FileSystem.ROOT, "big", FileKind.VECTOR));
                MemorySegment piece = bytes(9, 1 << 20);
                for (int i = 0; i < 40; i++) {
                    long offset = (long) i << 20;
                    volume.apply(tx -> tx.write(inode[0], offset, piece));
                }
                volume.update(tx -> tx.unlink(FileSystem.ROOT, "big"));
            }
        }
        try (FileSystem volume = open(device)) {
            assertThat(volume.info().freeBlocks()).isEqualTo(fresh.freeBlocks());
            assertThat(volume.info().freeInodes()).isEqualTo(fresh.freeInodes());
        }
    }

    @Test
    void write_beyondFreeSpace_isRefusedAndUndone() {
        SparseDevice device = formatted(4096);
        try (FileSystem volume = open(device)) {
            long[] inode = new long[1];
            volume.update(tx -> inode[0] = tx.createFile(FileSystem.ROOT, "big", FileKind.REGULAR));
            MemorySegment piece = bytes(9, 4 << 20);
            long written = 0;
            boolean full = false;
            while (!full) {
                long offset = written;
                try {
                    volume.apply(tx -> tx.write(inode[0], offset, piece));
                    written += piece.byteSize();
                } catch (CapacityException e) {
                    full = true;
                }
            }
            assertThat(written).isGreaterThan(40 << 20);
            assertThat(volume.stat(inode[0]).size()).isEqualTo(written);
            volume.update(tx -> tx.truncate(inode[0], 100));
            volume.update(tx -> tx.write(inode[0], 100, piece));
            assertThat(read(volume, inode[0], 100, 4 << 20)).isEqualTo(piece.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void discard_ofAPart_readsAsZerosAndGivesBackItsBlocks() {
        try (FileSystem volume = open(formatted(4096))) {
            long[] inode = new long[1];
            volume.update(tx -> inode[0] = tx.createFile(FileSystem.ROOT, "f", FileKind.REGULAR));
            MemorySegment contents = bytes(3, 1 << 20);
            volume.update(tx -> tx.write(inode[0], 0, contents));
            long held = volume.stat(inode[0]).blocks();
            long free = volume.info().freeBlocks();
            volume.update(tx -> tx.discard(inode[0], 4095, 3 * 4096));
            assertThat(volume.stat(inode[0]).blocks()).isEqualTo(held - 2);
            assertThat(volume.info().freeBlocks()).isEqualTo(free + 2);
            assertThat(volume.stat(inode[0]).size()).isEqualTo(1 << 20);
            byte[] expected = contents.toArray(ValueLayout.JAVA_BYTE);
            java.util.Arrays.fill(expected, 4096, 3 * 4096, (byte) 0);
            assertThat(read(volume, inode[0], 0, 1 << 20)).isEqualTo(expected);
            assertThat(volume.allocatedBytes(inode[0], 0, 1 << 20)).isEqualTo((1 << 20) - 2 * 4096);
            assertThat(volume.allocatedBytes(inode[0], 4000, 8192 + 200)).isEqualTo(96 + 104);
            assertThat(volume.allocatedBytes(inode[0], 4097, 100)).isZero();
            volume.update(tx -> tx.discard(inode[0], 0, 1L << 40));
            assertThat(volume.allocatedBytes(inode[0], 0, 1L << 40)).isZero();
            assertThat(volume.stat(inode[0]).blocks()).isZero();
            assertThat(read(volume, inode[0], 0, 1 << 20)).isEqualTo(new byte[1 << 20]);
        }
    }

    @Test
    void commit_ofOneSmallChange_costsOneFlushAndOneUnit() {
        SparseDevice device = formatted(4096);
        try (FileSystem volume = open(device)) {
            long[] inode = new long[1];
            volume.update(tx -> inode[0] = tx.createFile(FileSystem.ROOT, "log", FileKind.REGULAR));
            AtomicLong offset = new AtomicLong();
            volume.update(tx -> tx.write(inode[0], offset.getAndAdd(512), bytes(1, 512)));
            volume.update(tx -> tx.write(inode[0], offset.getAndAdd(512), bytes(1, 512)));
            long flushes = device.flushes.get();
            long bytes = device.bytesWritten.get();
            volume.update(tx -> tx.write(inode[0], offset.getAndAdd(512), bytes(1, 512)));
            assertThat(device.flushes.get() - flushes).isEqualTo(1);
            assertThat(device.bytesWritten.get() - bytes).isLessThanOrEqualTo(4096);
        }
    }

    @Test
    void flush_thatFails_poisonsTheVolumeButReadsGoOn() {
        SparseDevice device = formatted(4096);
        FileSystem volume = open(device);
        long[] inode = new long[1];
        volume.update(tx -> {
            inode[0] = tx.createFile(FileSystem.ROOT, "f", FileKind.REGULAR);
            tx.write(inode[0], 0, bytes(3, 500));
        });
        device.failAfterMore(1);
        assertThatThrownBy(() -> volume.update(tx -> tx.createDirectory(FileSystem.ROOT, "d")))
                .isInstanceOf(DeviceException.class);
        device.heal();
        assertThatThrownBy(() -> volume.update(tx -> tx.createDirectory(FileSystem.ROOT, "e")))
                .isInstanceOf(ClosedException.class);
        assertThat(read(volume, inode[0], 0, 500)).isEqualTo(bytes(3, 500).toArray(ValueLayout.JAVA_BYTE));
        assertThat(volume.isWritable()).isFalse();
        volume.close();
    }

    @Test
    void contents_withOneBitFlipped_areRefused() {
        SparseDevice device = formatted(4096);
        long[] inode = new long[1];
        try (FileSystem volume = open(device)) {
            volume.update(tx -> {
                inode[0] = tx.createFile(FileSystem.ROOT, "v", FileKind.VECTOR);
                tx.write(inode[0], 0, bytes(3, 1 << 20));
            });
        }
        MemorySegment whole = MemorySegment.ofArray(new byte[(int) SIZE]);
        device.read(0, whole);
        byte[] needle = bytes(3, 1 << 20).asSlice(500_000, 32).toArray(ValueLayout.JAVA_BYTE);
        long at = find(whole, needle);
        MemorySegment sector = whole.asSlice(at / 512 * 512, 512);
        sector.set(ValueLayout.JAVA_BYTE, at % 512, (byte) (needle[0] ^ 1));
        device.write(at / 512 * 512, sector);
        try (FileSystem volume = open(device)) {
            assertThatThrownBy(() -> read(volume, inode[0], 0, 1 << 20)).isInstanceOf(CorruptionException.class);
            assertThat(read(volume, inode[0], 0, 100_000)).hasSize(100_000);
        }
    }

    private static long find(MemorySegment whole, byte[] needle) {
        MemorySegment wanted = MemorySegment.ofArray(needle);
        for (long at = 0; at + needle.length <= whole.byteSize(); at += 32) {
            if (MemorySegment.mismatch(whole, at, at + needle.length, wanted, 0, needle.length) < 0) {
                return at;
            }
        }
        throw new AssertionError("contents are nowhere on the device");
    }

    @Test
    void overwrite_ofLargeRange_keepsOldContentsUntilCommitted() {
        SparseDevice device = formatted(4096);
        long[] inode = new long[1];
        FileSystem volume = open(device);
        volume.update(tx -> {
            inode[0] = tx.createFile(FileSystem.ROOT, "v", FileKind.REGULAR);
            tx.write(inode[0], 0, bytes(1, 1 << 20));
        });
        volume.apply(tx -> tx.write(inode[0], 0, bytes(2, 1 << 20)));
        SparseDevice crashed = device.copy();
        try (FileSystem again = open(crashed)) {
            assertThat(read(again, inode[0], 0, 1 << 20))
                    .isEqualTo(bytes(1, 1 << 20).toArray(ValueLayout.JAVA_BYTE));
        }
        assertThat(read(volume, inode[0], 0, 1 << 20))
                .isEqualTo(bytes(2, 1 << 20).toArray(ValueLayout.JAVA_BYTE));
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 4096})
    void name_ofFullLength_fitsEveryBlockSize(int blockSize) {
        SparseDevice device = formatted(blockSize);
        try (FileSystem volume = open(device)) {
            volume.update(tx -> {
                for (int i = 0; i < 100; i++) {
                    tx.createFile(
                            FileSystem.ROOT,
                            i + "y".repeat(255 - Integer.toString(i).length()),
                            FileKind.REGULAR);
                }
            });
            assertThat(volume.list(FileSystem.ROOT, Optional.empty(), 1000)).hasSize(100);
            assertThatThrownBy(() -> volume.update(tx -> tx.createDirectory(FileSystem.ROOT, "y".repeat(256))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    @Test
    void list_inPages_givesEveryNameOnce() {
        SparseDevice device = formatted(1024);
        try (FileSystem volume = open(device)) {
            for (int i = 0; i < 300; i++) {
                int n = i;
                volume.apply(tx -> tx.createFile(FileSystem.ROOT, "x".repeat(n % 200) + n, FileKind.REGULAR));
            }
            List<String> all = new java.util.ArrayList<>();
            Optional<String> after = Optional.empty();
            while (true) {
                List<DirectoryEntry> page = volume.list(FileSystem.ROOT, after, 7);
                if (page.isEmpty()) {
                    break;
                }
                page.forEach(entry -> all.add(entry.name()));
                after = Optional.of(all.getLast());
            }
            assertThat(all).hasSize(300).doesNotHaveDuplicates();
        }
    }

    @Test
    void write_ofNothing_changesNoSize() {
        try (FileSystem volume = open(formatted(4096))) {
            long[] inode = new long[1];
            volume.update(tx -> {
                inode[0] = tx.createFile(FileSystem.ROOT, "empty", FileKind.REGULAR);
                tx.write(inode[0], 5_000, MemorySegment.ofArray(new byte[0]));
            });
            assertThat(volume.stat(inode[0]).size()).isZero();
        }
    }

    /** Every allocation of a mount with a journal to replay fails in turn; none may leave anything in the budget. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void open_withEveryBudget_givesBackWhatItTook(boolean readOnly) {
        SimulatedDevice device = SimulatedDevice.zeros(17L << 20, 3).withoutLog();
        Mkfs.format(device, FormatOptions.defaults());
        FileSystem left = FileSystem.open(new UnclosedDevice(device), MountOptions.defaults());
        left.update(tx -> tx.createFile(FileSystem.ROOT, "replayed", FileKind.REGULAR));
        left.detach();
        int refused = 0;
        boolean opened = false;
        for (long bytes = 4096; !opened; bytes += 16 << 10) {
            MemoryBudget budget = new MemoryBudget(bytes);
            MountOptions options = new MountOptions(readOnly, budget, TimeSource.SYSTEM);
            SimulatedDevice copy = new SimulatedDevice(device.image(), 4).withoutLog();
            try (FileSystem volume = FileSystem.open(copy, options)) {
                assertThat(volume.lookup(FileSystem.ROOT, "replayed")).isPresent();
                opened = true;
            } catch (CapacityException e) {
                refused++;
            }
            assertThat(budget.usedBytes())
                    .as("budget of %d bytes: %s", bytes, budget.usedByOwner())
                    .isZero();
        }
        assertThat(refused).isPositive();
    }
}
