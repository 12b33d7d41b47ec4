package io.vexel.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.DeviceException;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads together through a ring of the kernel, with a kernel that does less than it is asked to. */
class ReadRingTest {

    private static final int SECTOR = 512;
    private static final int SECTORS = 4096;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int ENOMEM = 12;
    private static final long SEED = 20_260_801L;

    @TempDir
    Path directory;

    private final Arena arena = Arena.ofShared();
    private final MemoryBudget budget = new MemoryBudget(64 << 20);
    private byte[] contents = {};

    @BeforeEach
    void make() throws Exception {
        Assumptions.assumeTrue(ReadRings.supported(), "this process has no io_uring");
        contents = new byte[SECTOR * SECTORS];
        new Random(SEED).nextBytes(contents);
        Files.write(path(), contents);
    }

    @AfterEach
    void free() {
        arena.close();
        assertThat(budget.usedBytes()).isZero();
    }

    private Path path() {
        return directory.resolve("image");
    }

    private FileDevice open(ReadRing.Enter enter) {
        FileDevice device = FileDevice.open(path(), FileDeviceOptions.readOnly().withBudget(budget), enter);
        assertThat(device.overlapsReads()).isTrue();
        return device;
    }

    /** Random reads, in native memory except for each seventh. */
    private final class Batch {
        final long[] offsets;
        final MemorySegment[] targets;

        Batch(Random random, int count) {
            offsets = new long[count];
            targets = new MemorySegment[count];
            for (int i = 0; i < count; i++) {
                int sectors = random.nextInt(9);
                offsets[i] = (long) SECTOR * random.nextInt(SECTORS - sectors + 1);
                targets[i] = i % 7 == 6
                        ? MemorySegment.ofArray(new byte[sectors * SECTOR])
                        : arena.allocate((long) sectors * SECTOR, SECTOR);
            }
        }

        boolean isRight() {
            return IntStream.range(0, offsets.length).allMatch(i -> {
                int from = (int) offsets[i];
                byte[] expected = Arrays.copyOfRange(contents, from, from + (int) targets[i].byteSize());
                return Arrays.equals(expected, targets[i].toArray(ValueLayout.JAVA_BYTE));
            });
        }
    }

    private boolean readsRightly(FileDevice device, long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            Batch batch = new Batch(random, random.nextInt(3 * ReadRing.MOST_READS));
            device.readMany(batch.offsets, batch.targets, batch.offsets.length);
            if (!batch.isRight()) {
                return false;
            }
        }
        return true;
    }

    @Test
    void readMany_anyNumberOfReads_givesWhatEachAloneGives() {
        try (FileDevice device = open(ReadRing::callEnter)) {
            assertThat(readsRightly(device, SEED)).isTrue();
            assertThat(budget.usedBytes()).isPositive();
        }
    }

    @Test
    void readMany_systemStartsFewAndIsInterrupted_goesOnUntilAllAreRead() {
        Random whims = new Random(SEED);
        ReadRing.Enter moody = (ring, toStart, toAwait, state) -> switch (whims.nextInt(4)) {
            case 0 -> -EINTR;
            case 1 -> ReadRing.callEnter(ring, Math.min(toStart, 1), Math.min(toAwait, 1), state);
            case 2 -> ReadRing.callEnter(ring, toStart, 0, state);
            default -> ReadRing.callEnter(ring, toStart, toAwait, state);
        };
        try (FileDevice device = open(moody)) {
            assertThat(readsRightly(device, SEED)).isTrue();
        }
    }

    @Test
    void readMany_systemStartsNoMore_readsTheRestOneByOne() {
        for (int error : new int[] {EAGAIN, ENOMEM, 0}) {
            for (int before = 0; before < 4; before++) {
                int[] calls = {before};
                ReadRing.Enter tired = (ring, toStart, toAwait, state) -> {
                    if (toStart > 0 && calls[0]-- <= 0) {
                        return -error;
                    }
                    int start = Math.min(toStart, 5);
                    return ReadRing.callEnter(ring, start, Math.min(toAwait, start), state);
                };
                try (FileDevice device = open(tired)) {
                    assertThat(readsRightly(device, SEED))
                            .as("error %d after %d calls", error, before)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void readMany_waitingFails_waitsAllTheSame() {
        int[] calls = {0};
        ReadRing.Enter deaf = (ring, toStart, toAwait, state) ->
                toStart > 0 ? ReadRing.callEnter(ring, toStart, 0, state) : -(++calls[0] % 2 == 0 ? ENOMEM : EAGAIN);
        try (FileDevice device = open(deaf)) {
            assertThat(readsRightly(device, SEED)).isTrue();
        }
    }

    @Test
    void readMany_oneOfThemFails_isTheErrorOfThatRead() throws Exception {
        try (FileDevice device = open(ReadRing::callEnter)) {
            Batch batch = new Batch(new Random(SEED), 20);
            Arrays.setAll(batch.offsets, i -> (long) i * 4096);
            Arrays.setAll(batch.targets, i -> arena.allocate(4096, SECTOR));
            batch.targets[11] = MemorySegment.ofAddress(4096).reinterpret(4096);
            batch.targets[17] = batch.targets[11];
            assertThatThrownBy(() -> device.readMany(batch.offsets, batch.targets, 20))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("offset=" + 11 * 4096)
                    .hasMessageContaining("bad address");
            // The ring is none the worse for it.
            Batch sound = new Batch(new Random(SEED + 1), 20);
            device.readMany(sound.offsets, sound.targets, 20);
            assertThat(sound.isRight()).isTrue();
        }
    }

    @Test
    void readMany_fileWasCutShort_isTheErrorOfTheFirstReadBehindTheEnd() throws Exception {
        try (FileDevice device = open(ReadRing::callEnter)) {
            try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE)) {
                channel.truncate(100 * SECTOR + 10);
            }
            long[] offsets = {0, 99 * SECTOR, 98 * SECTOR, 1000 * SECTOR};
            MemorySegment[] targets = new MemorySegment[4];
            Arrays.setAll(targets, i -> arena.allocate(2 * SECTOR, SECTOR));
            assertThatThrownBy(() -> device.readMany(offsets, targets, 4))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("offset=" + 99 * SECTOR)
                    .hasMessageContaining("ends early");
        }
    }

    @Test
    void readMany_interruptedThread_isNotDisturbed() {
        try (FileDevice device = open(ReadRing::callEnter)) {
            Thread.currentThread().interrupt();
            assertThat(readsRightly(device, SEED)).isTrue();
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void readMany_noMemoryForARing_readsOneByOne() {
        FileDeviceOptions options = FileDeviceOptions.readOnly().withBudget(new MemoryBudget(4096));
        try (FileDevice device = FileDevice.open(path(), options)) {
            Batch batch = new Batch(new Random(SEED), 5);
            device.readMany(batch.offsets, batch.targets, 5);
            assertThat(batch.isRight()).isTrue();
        }
    }

    @Test
    void readMany_moreThreadsThanRings_allReadRightly() throws Exception {
        int threads = ReadRings.MOST + 4;
        try (FileDevice device = open(ReadRing::callEnter);
                ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                long seed = SEED + t;
                tasks.add(() -> readsRightly(device, seed));
            }
            for (Future<Boolean> result : executor.invokeAll(tasks)) {
                assertThat(result.get()).isTrue();
            }
        }
    }

    @Test
    void rings_moreThanMost_areRefusedUntilOneComesBack() {
        ReadRings rings = new ReadRings(budget, ReadRing::callEnter);
        List<ReadRing> lent = new ArrayList<>();
        for (int i = 0; i < ReadRings.MOST; i++) {
            lent.add(rings.take());
        }
        assertThat(lent).doesNotContainNull();
        assertThat(rings.take()).isNull();
        rings.giveBack(lent.removeLast(), false);
        assertThat(rings.existing()).isEqualTo(ReadRings.MOST - 1);
        lent.add(rings.take());
        lent.forEach(ring -> rings.giveBack(ring, true));
        rings.close();
        assertThat(rings.existing()).isZero();
    }

    @Test
    void device_withoutOverlap_hasNoRings() {
        FileDeviceOptions options =
                FileDeviceOptions.readOnly().withOverlapReads(false).withBudget(budget);
        try (FileDevice device = FileDevice.open(path(), options)) {
            assertThat(device.overlapsReads()).isFalse();
            Batch batch = new Batch(new Random(SEED), 6);
            device.readMany(batch.offsets, batch.targets, 6);
            assertThat(batch.isRight()).isTrue();
            assertThat(budget.usedBytes()).isZero();
        }
    }
}
