package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several ranges of a file at once mean what each alone means. */
final class ReadManyTest {

    private static final long SEED = 20_261_129;
    private static final int FILE_BYTES = 3 << 20;
    private static final int HOLE_FROM = 1 << 20;
    private static final int HOLE_BYTES = 200_000;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final byte[] contents = new byte[FILE_BYTES];
    private long inode;

    /** A volume with a file of random bytes that has a hole, on a device that has been closed once. */
    private DiskImage image(int blockSize) {
        SimulatedDevice device = SimulatedDevice.zeros(64 << 20, SEED).withoutLog();
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(blockSize));
        random.nextBytes(contents);
        Arrays.fill(contents, HOLE_FROM, HOLE_FROM + HOLE_BYTES, (byte) 0);
        try (FileSystem files = FileSystem.open(new UnclosedDevice(device), MountOptions.defaults())) {
            files.update(tx -> {
                inode = tx.createFile(FileSystem.ROOT, "rows", FileKind.VECTOR);
                MemorySegment bytes = MemorySegment.ofArray(contents);
                tx.write(inode, 0, bytes.asSlice(0, HOLE_FROM));
                tx.write(inode, HOLE_FROM + HOLE_BYTES, bytes.asSlice(HOLE_FROM + HOLE_BYTES));
            });
        }
        return device.image();
    }

    private static FileSystem open(SimulatedDevice device, long budgetBytes) {
        return FileSystem.open(
                new UnclosedDevice(device), new MountOptions(false, new MemoryBudget(budgetBytes), TimeSource.SYSTEM));
    }

    /** Ranges of a file, and what they are to hold. */
    private final class Ranges {
        final long[] offsets;
        final MemorySegment[] targets;

        Ranges(SplittableRandom choice, int count, int mostBytes) {
            offsets = new long[count];
            targets = new MemorySegment[count];
            for (int i = 0; i < count; i++) {
                offsets[i] = choice.nextInt(FILE_BYTES + 5_000);
                targets[i] = MemorySegment.ofArray(new byte[choice.nextInt(mostBytes + 1)]);
            }
        }

        void read(FileSystem files) {
            long[] got = files.readMany(inode, offsets, targets, offsets.length);
            for (int i = 0; i < got.length; i++) {
                int from = (int) Math.min(offsets[i], FILE_BYTES);
                int end = (int) Math.min(offsets[i] + targets[i].byteSize(), FILE_BYTES);
                assertThat(got[i]).as("range %d", i).isEqualTo(Math.max(0, end - from));
                assertThat(targets[i].asSlice(0, got[i]).toArray(ValueLayout.JAVA_BYTE))
                        .as("seed=%d range %d at %d", SEED, i, offsets[i])
                        .isEqualTo(Arrays.copyOfRange(contents, from, from + (int) got[i]));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1024, 1000000", "4096, 2000000", "4096, 64000000", "65536, 64000000"})
    void readMany_randomRanges_areThoseOfTheFile(int blockSize, long budgetBytes) {
        SimulatedDevice device = new SimulatedDevice(image(blockSize), SEED);
        try (FileSystem files = open(device, Math.max(budgetBytes, 200L * blockSize))) {
            for (int round = 0; round < 30; round++) {
                new Ranges(random, random.nextInt(40), round % 3 == 0 ? 100_000 : 4_000).read(files);
            }
        }
    }

    @Test
    void readMany_bytesNotDurableYet_areThere() {
        SimulatedDevice device = new SimulatedDevice(image(4096), SEED);
        try (FileSystem files = open(device, 64 << 20)) {
            for (int round = 0; round < 20; round++) {
                byte[] change = new byte[random.nextInt(1, 9_000)];
                random.nextBytes(change);
                int at = random.nextInt(FILE_BYTES - change.length);
                System.arraycopy(change, 0, contents, at, change.length);
                files.apply(tx -> tx.write(inode, at, MemorySegment.ofArray(change)));
                Ranges ranges = new Ranges(random, 20, 4_000);
                ranges.offsets[7] = at;
                ranges.read(files);
            }
        }
    }

    @Test
    void readMany_damageInOneOfThem_isReportedWithItsBlock() {
        DiskImage image = image(4096);
        try (FileSystem files = open(new SimulatedDevice(image, SEED), 64 << 20)) {
            Ranges sound = new Ranges(random, 12, 4_000);
            sound.offsets[5] = 40_000;
            sound.targets[5] = MemorySegment.ofArray(new byte[3_000]);
            sound.read(files);
        }
        // The first block of the file is found by its contents.
        long block = blockOf(image, 0);
        long damaged = block + 40_000 / 4096;
        SimulatedDevice device = new SimulatedDevice(image, SEED);
        device.inject(FaultRule.onRange(Fault.BIT_FLIP, damaged * 4096, 4096));
        try (FileSystem files = open(device, 64 << 20)) {
            long[] offsets = {9 * 4096 * 3, 40_000, 0, 40_900};
            MemorySegment[] targets = new MemorySegment[4];
            Arrays.setAll(targets, i -> MemorySegment.ofArray(new byte[3_000]));
            assertThatThrownBy(() -> files.readMany(inode, offsets, targets, 4))
                    .isInstanceOf(CorruptionException.class)
                    .extracting(e -> ((CorruptionException) e).block())
                    .isEqualTo(damaged);
            device.healAll();
            files.readMany(inode, offsets, targets, 4);
            assertThat(targets[1].toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(Arrays.copyOfRange(contents, 40_000, 43_000));
        }
    }

    private long blockOf(DiskImage image, int offset) {
        MemorySegment block = MemorySegment.ofArray(new byte[4096]);
        SimulatedDevice device = new SimulatedDevice(image, SEED);
        for (long at = 0; at < device.size(); at += 4096) {
            device.read(at, block);
            if (block.mismatch(MemorySegment.ofArray(contents).asSlice(offset, 4096)) < 0) {
                return at / 4096;
            }
        }
        throw new AssertionError("the file is not on the device");
    }

    @Test
    void readMany_badSector_isTheErrorOfItsBlockAndTheOthersAreReadable() {
        DiskImage image = image(4096);
        long bad = blockOf(image, 0) + 3;
        SimulatedDevice device = new SimulatedDevice(image, SEED);
        device.inject(FaultRule.onRange(Fault.READ_ERROR, bad * 4096, 512));
        try (FileSystem files = open(device, 64 << 20)) {
            long[] offsets = {5 * 4096, 3 * 4096 + 100, 8 * 4096};
            MemorySegment[] targets = new MemorySegment[3];
            Arrays.setAll(targets, i -> MemorySegment.ofArray(new byte[500]));
            assertThatThrownBy(() -> files.readMany(inode, offsets, targets, 3))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("offset=" + bad * 4096);
            offsets[1] = 4 * 4096;
            files.readMany(inode, offsets, targets, 3);
            assertThat(targets[1].toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(Arrays.copyOfRange(contents, 4 * 4096, 4 * 4096 + 500));
        }
    }

    @Test
    void readMany_nthReadFails_isAnErrorOrRight() {
        DiskImage image = image(4096);
        int refused = 0;
        for (int n = 0; n < 40; n++) {
            for (FaultRule rule : List.of(
                    FaultRule.onCall(Fault.READ_ERROR, n),
                    FaultRule.afterCall(Fault.READ_ERROR, n),
                    FaultRule.onCall(Fault.BIT_FLIP, n))) {
                SimulatedDevice device = new SimulatedDevice(image, SEED);
                try (FileSystem files = open(device, 8 << 20)) {
                    device.inject(rule);
                    Ranges ranges = new Ranges(new SplittableRandom(SEED + n), 16, 4_000);
                    try {
                        ranges.read(files);
                    } catch (VexelException e) {
                        refused++;
                    }
                    device.healAll();
                    ranges.read(files);
                }
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void readMany_besideAWriterAndOtherReaders_isAlwaysRight() throws Exception {
        SimulatedDevice device = new SimulatedDevice(image(4096), SEED);
        AtomicBoolean stop = new AtomicBoolean();
        try (FileSystem files = open(device, 4 << 20);
                ExecutorService executor = Executors.newFixedThreadPool(4)) {
            Future<?> writer = executor.submit(() -> {
                long[] other = new long[1];
                files.update(tx -> other[0] = tx.createFile(FileSystem.ROOT, "other", FileKind.REGULAR));
                byte[] bytes = new byte[5_000];
                for (int i = 0; !stop.get(); i++) {
                    long at = (i % 200) * 5_000L;
                    files.update(tx -> tx.write(other[0], at, MemorySegment.ofArray(bytes)));
                }
            });
            List<Callable<Boolean>> readers = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                SplittableRandom own = random.split();
                readers.add(() -> {
                    for (int round = 0; round < 60; round++) {
                        new Ranges(own, 16, 4_000).read(files);
                    }
                    return true;
                });
            }
            try {
                for (Future<Boolean> reader : executor.invokeAll(readers)) {
                    assertThat(reader.get()).isTrue();
                }
            } finally {
                stop.set(true);
            }
            writer.get();
        }
    }

    @Test
    void readMany_directoryOrTooMany_isRefused() {
        SimulatedDevice device = new SimulatedDevice(image(4096), SEED);
        try (FileSystem files = open(device, 8 << 20)) {
            MemorySegment[] target = {MemorySegment.ofArray(new byte[10])};
            assertThatThrownBy(() -> files.readMany(FileSystem.ROOT, new long[1], target, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> files.readMany(inode, new long[1], target, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("count=2");
            assertThatThrownBy(() -> files.readMany(inode, new long[] {-1}, target, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("offset=-1");
        }
    }
}
