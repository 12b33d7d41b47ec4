package io.vexel.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.base.ClosedException;
import io.vexel.device.BlockDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The contract of {@link BlockDevice} as tests; a subclass for each implementation supplies the devices. */
public abstract class BlockDeviceConformance {

    private static final long SIZE = 4L << 20;
    private static final long SEED = 20_260_701L;

    private final List<BlockDevice> opened = new ArrayList<>();

    /** A writable device of zeros with that many bytes. */
    protected abstract BlockDevice create(long bytes) throws Exception;

    /** The same contents read-only; null where the implementation has no such thing. Called after the device was closed. */
    protected abstract BlockDevice reopenReadOnly() throws Exception;

    /** Gives back what {@link #create} took beside the device, which is closed by then. */
    protected void release() {
        // Most implementations take nothing else.
    }

    @AfterEach
    void closeAll() {
        opened.forEach(BlockDevice::close);
        release();
    }

    private BlockDevice device() throws Exception {
        BlockDevice device = create(SIZE);
        opened.add(device);
        return device;
    }

    @Test
    void geometry_fresh_isWholeSectors() throws Exception {
        BlockDevice device = device();
        assertThat(device.size()).isEqualTo(SIZE);
        assertThat(Integer.bitCount(device.sectorSize())).isOne();
        assertThat(device.size() % device.sectorSize()).isZero();
        assertThat(device.readOnly()).isFalse();
        assertThat(device.name()).isNotBlank();
    }

    @Test
    void read_neverWritten_isZeros() throws Exception {
        BlockDevice device = device();
        byte[] bytes = new byte[64 * 1024];
        new Random(SEED).nextBytes(bytes);
        device.read(SIZE - bytes.length, MemorySegment.ofArray(bytes));
        assertThat(bytes).containsOnly(0);
    }

    @Test
    void write_anyBufferKind_readsBackThroughAnyOther() throws Exception {
        BlockDevice device = device();
        Random random = new Random(SEED);
        try (Arena arena = Arena.ofShared()) {
            for (int round = 0; round < 60; round++) {
                int length = device.sectorSize() * (1 + random.nextInt(40));
                long offset =
                        (long) device.sectorSize() * random.nextInt((int) ((SIZE - length) / device.sectorSize()) + 1);
                byte[] data = new byte[length];
                random.nextBytes(data);
                device.write(offset, buffer(arena, round % 4, data));
                MemorySegment target = buffer(arena, (round / 4) % 4, new byte[length]);
                device.read(offset, target);
                assertThat(target.toArray(ValueLayout.JAVA_BYTE))
                        .as("seed=%d round=%d", SEED, round)
                        .isEqualTo(data);
            }
        }
    }

    /** Heap, heap inside a larger array, native aligned, native unaligned. */
    private static MemorySegment buffer(Arena arena, int kind, byte[] contents) {
        MemorySegment segment = switch (kind) {
            case 0 -> MemorySegment.ofArray(new byte[contents.length]);
            case 1 -> MemorySegment.ofArray(new byte[contents.length + 7]).asSlice(3, contents.length);
            case 2 -> arena.allocate(contents.length, 65536);
            default -> arena.allocate(contents.length + 1, 65536).asSlice(1);
        };
        MemorySegment.copy(contents, 0, segment, ValueLayout.JAVA_BYTE, 0, contents.length);
        return segment;
    }

    @Test
    void write_randomSequence_matchesArray() throws Exception {
        BlockDevice device = device();
        byte[] model = new byte[(int) SIZE];
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            int length = device.sectorSize() * (1 + random.nextInt(64));
            int offset = device.sectorSize() * random.nextInt((int) ((SIZE - length) / device.sectorSize()) + 1);
            byte[] data = new byte[length];
            random.nextBytes(data);
            device.write(offset, MemorySegment.ofArray(data));
            System.arraycopy(data, 0, model, offset, length);
            if (random.nextInt(10) == 0) {
                device.flush();
            }
        }
        byte[] all = new byte[(int) SIZE];
        device.read(0, MemorySegment.ofArray(all));
        assertThat(java.util.Arrays.equals(all, model)).as("seed=%d", SEED).isTrue();
    }

    @Test
    void write_readOnlySource_isAccepted() throws Exception {
        BlockDevice device = device();
        byte[] data = new byte[device.sectorSize()];
        new Random(SEED).nextBytes(data);
        device.write(0, MemorySegment.ofArray(data).asReadOnly());
        byte[] back = new byte[data.length];
        device.read(0, MemorySegment.ofArray(back));
        assertThat(back).isEqualTo(data);
    }

    @Test
    void transfer_unalignedOrOutOfBounds_isRefusedAndWritesNothing() throws Exception {
        BlockDevice device = device();
        int sector = device.sectorSize();
        MemorySegment ones = MemorySegment.ofArray(new byte[2 * sector]).fill((byte) 1);
        for (long offset : new long[] {1, sector - 1, sector + 1}) {
            assertRefused(device, offset, ones.asSlice(0, sector));
        }
        assertRefused(device, 0, ones.asSlice(0, sector - 1));
        assertRefused(device, 0, ones.asSlice(0, 1));
        assertRefused(device, -sector, ones);
        assertRefused(device, SIZE, ones);
        assertRefused(device, SIZE - sector, ones);
        assertRefused(device, Long.MAX_VALUE / sector * sector, ones);
        byte[] all = new byte[(int) SIZE];
        device.read(0, MemorySegment.ofArray(all));
        assertThat(all).containsOnly(0);
    }

    private static void assertRefused(BlockDevice device, long offset, MemorySegment buffer) {
        assertThatThrownBy(() -> device.read(offset, buffer))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("offset=" + offset)
                .hasMessageContaining("allowed");
        assertThatThrownBy(() -> device.write(offset, buffer)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.discard(offset, buffer.byteSize()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void transfer_wrongBuffer_isRefused() throws Exception {
        BlockDevice device = device();
        int sector = device.sectorSize();
        assertThatThrownBy(() -> device.read(0, MemorySegment.ofArray(new long[sector / 8])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.write(0, MemorySegment.ofArray(new float[sector / 4])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        device.read(0, MemorySegment.ofArray(new byte[sector]).asReadOnly()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readMany_anyReads_giveWhatEachAloneGives() throws Exception {
        BlockDevice device = device();
        int sector = device.sectorSize();
        byte[] model = new byte[(int) SIZE];
        Random random = new Random(SEED);
        random.nextBytes(model);
        device.write(0, MemorySegment.ofArray(model));
        try (Arena arena = Arena.ofConfined()) {
            for (int count : new int[] {0, 1, 2, 16, 63, 64, 65, 200}) {
                long[] offsets = new long[count];
                MemorySegment[] targets = new MemorySegment[count];
                for (int i = 0; i < count; i++) {
                    int length = sector * random.nextInt(4);
                    offsets[i] = (long) sector * random.nextInt((int) ((SIZE - length) / sector) + 1);
                    targets[i] = buffer(arena, random.nextInt(4), new byte[length]);
                }
                device.readMany(offsets, targets, count);
                for (int i = 0; i < count; i++) {
                    int from = (int) offsets[i];
                    assertThat(targets[i].toArray(ValueLayout.JAVA_BYTE))
                            .as("seed=%d read %d of %d", SEED, i, count)
                            .isEqualTo(Arrays.copyOfRange(model, from, from + (int) targets[i].byteSize()));
                }
            }
        }
    }

    @Test
    void readMany_oneThatIsNotAllowed_isRefusedAndReadsNothing() throws Exception {
        BlockDevice device = device();
        int sector = device.sectorSize();
        byte[] first = new byte[sector];
        Arrays.fill(first, (byte) 9);
        MemorySegment good = MemorySegment.ofArray(first);
        MemorySegment other = MemorySegment.ofArray(new byte[sector]);
        assertThatThrownBy(() -> device.readMany(new long[] {0, 1}, new MemorySegment[] {good, other}, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("offset=1 ");
        assertThatThrownBy(() -> device.readMany(new long[] {0, SIZE}, new MemorySegment[] {good, other}, 2))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.readMany(new long[] {0, 0}, new MemorySegment[] {good, other.asReadOnly()}, 2))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.readMany(new long[1], new MemorySegment[] {good}, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("count=2");
        assertThat(first).containsOnly(9);
    }

    @Test
    void transfer_empty_doesNothing() throws Exception {
        BlockDevice device = device();
        device.write(0, MemorySegment.ofArray(new byte[0]));
        device.read(SIZE, MemorySegment.ofArray(new byte[0]));
        device.discard(0, 0);
    }

    @Test
    void discard_neighbours_stay() throws Exception {
        BlockDevice device = device();
        byte[] data = new byte[(int) SIZE];
        new Random(SEED).nextBytes(data);
        device.write(0, MemorySegment.ofArray(data));
        int from = 512 * 1024;
        int length = 1024 * 1024;
        device.discard(from, length);
        byte[] back = new byte[data.length];
        device.read(0, MemorySegment.ofArray(back));
        assertThat(java.util.Arrays.equals(back, 0, from, data, 0, from)).isTrue();
        assertThat(java.util.Arrays.equals(back, from + length, back.length, data, from + length, data.length))
                .isTrue();
        device.write(from, MemorySegment.ofArray(data).asSlice(from, length));
        device.read(0, MemorySegment.ofArray(back));
        assertThat(java.util.Arrays.equals(back, data)).isTrue();
    }

    @Test
    void close_everyLaterCall_isClosed() throws Exception {
        BlockDevice device = device();
        MemorySegment sector = MemorySegment.ofArray(new byte[device.sectorSize()]);
        device.close();
        device.close();
        assertThatThrownBy(() -> device.read(0, sector)).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> device.readMany(new long[2], new MemorySegment[] {sector, sector}, 2))
                .isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> device.write(0, sector)).isInstanceOf(ClosedException.class);
        assertThatThrownBy(device::flush).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> device.discard(0, sector.byteSize())).isInstanceOf(ClosedException.class);
    }

    @Test
    void readOnly_writing_isRefusedAndReadingWorks() throws Exception {
        BlockDevice device = device();
        byte[] data = new byte[device.sectorSize()];
        new Random(SEED).nextBytes(data);
        device.write(device.sectorSize(), MemorySegment.ofArray(data));
        device.flush();
        device.close();
        BlockDevice reader = reopenReadOnly();
        Assumptions.assumeTrue(reader != null, "the implementation has no read-only form");
        opened.add(reader);
        byte[] back = new byte[data.length];
        reader.read(reader.sectorSize(), MemorySegment.ofArray(back));
        assertThat(back).isEqualTo(data);
        assertThat(reader.readOnly()).isTrue();
        assertThatThrownBy(() -> reader.write(0, MemorySegment.ofArray(data))).isInstanceOf(AccessException.class);
        assertThatThrownBy(() -> reader.discard(0, data.length)).isInstanceOf(AccessException.class);
        reader.flush();
    }

    @Test
    void concurrentWriters_ownRanges_allArrive() throws Exception {
        BlockDevice device = device();
        int threads = 8;
        int share = (int) (SIZE / threads);
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            long from = (long) t * share;
            Random random = new Random(SEED + t);
            tasks.add(() -> writeOwnRange(device, from, share, random));
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (Future<Boolean> result : executor.invokeAll(tasks)) {
                assertThat(result.get()).as("seed=%d", SEED).isTrue();
            }
        }
    }

    private static boolean writeOwnRange(BlockDevice device, long from, int share, Random random) {
        byte[] model = new byte[share];
        byte[] back = new byte[share];
        for (int round = 0; round < 50; round++) {
            int length = device.sectorSize() * (1 + random.nextInt(8));
            int at = device.sectorSize() * random.nextInt((share - length) / device.sectorSize() + 1);
            byte[] data = new byte[length];
            random.nextBytes(data);
            device.write(from + at, MemorySegment.ofArray(data));
            System.arraycopy(data, 0, model, at, length);
            if (round % 10 == 0) {
                device.flush();
            }
        }
        device.read(from, MemorySegment.ofArray(back));
        return java.util.Arrays.equals(model, back);
    }

    @Test
    void close_whileOthersRead_lendsThemEitherDataOrClosed() throws Exception {
        BlockDevice device = device();
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            tasks.add(() -> readUntilClosed(device));
            tasks.add(() -> readManyUntilClosed(device));
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            List<Future<Boolean>> results = new ArrayList<>();
            tasks.forEach(task -> results.add(executor.submit(task)));
            device.close();
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        }
    }

    private static boolean readUntilClosed(BlockDevice device) {
        byte[] buffer = new byte[device.sectorSize()];
        try {
            while (true) {
                device.read(0, MemorySegment.ofArray(buffer));
            }
        } catch (ClosedException e) {
            return true;
        }
    }

    private static boolean readManyUntilClosed(BlockDevice device) {
        int count = 8;
        try (Arena arena = Arena.ofConfined()) {
            long[] offsets = new long[count];
            MemorySegment[] targets = new MemorySegment[count];
            for (int i = 0; i < count; i++) {
                offsets[i] = (long) i * device.sectorSize();
                targets[i] = arena.allocate(device.sectorSize(), 4096);
            }
            while (true) {
                device.readMany(offsets, targets, count);
            }
        } catch (ClosedException e) {
            return true;
        }
    }
}
