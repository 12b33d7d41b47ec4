package io.vexel.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PreservationTest {

    private static final long SEED = Long.getLong("vexel.seed", 46);
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 600;
    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 2_000 : 20;

    private final MemoryBudget budget = new MemoryBudget(64 << 20);
    private final MemoryDevice medium = MemoryDevice.create((long) BLOCKS * BLOCK, budget);
    private final PreservingDevice device = new PreservingDevice(medium);
    private MemoryDevice copy = MemoryDevice.create((long) BLOCKS * BLOCK, budget);

    private Preservation begin(long from, long end) {
        BlockMarks marks = new BlockMarks(budget, "marks", BLOCKS);
        marks.add(from, end);
        Preservation begun =
                new Preservation(device, copy, marks, BLOCK, Region.allocate(budget, "preservation", 4 * BLOCK));
        device.begin(begun);
        return begun;
    }

    private void end(Preservation begun) {
        device.end();
        begun.close();
    }

    private void write(BlockDevice to, int block, int blocks, long value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate((long) blocks * BLOCK, BLOCK);
            for (long at = 0; at < bytes.byteSize(); at += Long.BYTES) {
                bytes.set(ValueLayout.JAVA_LONG, at, value);
            }
            to.write((long) block * BLOCK, bytes);
        }
    }

    /** What is in a block: one value, everywhere. */
    private static long value(MemorySegment blocks, int block) {
        long value = blocks.get(ValueLayout.JAVA_LONG, (long) block * BLOCK);
        for (long at = 0; at < BLOCK; at += Long.BYTES) {
            assertThat(blocks.get(ValueLayout.JAVA_LONG, (long) block * BLOCK + at))
                    .isEqualTo(value);
        }
        return value;
    }

    @Test
    void write_preservesWhatIsMarkedAndWasNotTaken_once() {
        write(device, 0, 20, 1);
        Preservation begun = begin(4, 16);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment blocks = arena.allocate(20L * BLOCK, BLOCK);
            begun.take(6L * BLOCK, blocks.asSlice(0, 2 * BLOCK));
            assertThat(value(blocks, 0) + value(blocks, 1)).isEqualTo(2);
            write(device, 0, 10, 2);
            assertThat(begun.preservedBytes()).isEqualTo(4 * BLOCK);
            write(device, 0, 10, 3);
            device.discard(8L * BLOCK, 4 * BLOCK);
            assertThat(begun.preservedBytes()).isEqualTo(6 * BLOCK);
            copy.read(0, blocks);
            for (int block = 0; block < 20; block++) {
                boolean preserved = block >= 4 && block < 12 && block != 6 && block != 7;
                assertThat(value(blocks, block)).as("block " + block).isEqualTo(preserved ? 1 : 0);
            }
            begun.take(8L * BLOCK, blocks.asSlice(0, 8 * BLOCK));
            for (int block = 0; block < 8; block++) {
                assertThat(value(blocks, block)).isEqualTo(1);
            }
        }
        end(begun);
        write(device, 0, 20, 4);
        begun.requireSound();
    }

    @Test
    void begin_besideAnother_isRefused() {
        Preservation begun = begin(0, 10);
        assertThatThrownBy(() -> device.begin(begun)).isInstanceOf(IllegalStateException.class);
        end(begun);
        end(begin(0, 10));
    }

    @Test
    void copy_fails_goesToWhoTakes_andNotToTheWriter() {
        write(device, 0, 20, 1);
        Preservation begun = begin(0, 20);
        copy.close();
        write(device, 3, 1, 2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(BLOCK, BLOCK);
            device.read(3L * BLOCK, block);
            assertThat(value(block, 0)).isEqualTo(2);
            assertThatThrownBy(() -> begun.take(9L * BLOCK, block)).hasMessageContaining("closed");
        }
        write(device, 9, 1, 2);
        assertThat(begun.preservedBytes()).isZero();
        end(begun);
    }

    /** Threads overwrite while blocks are taken: what is taken is what was there when it began, and not torn. */
    @Test
    void take_besideWriters_givesWhatWasThere() throws Exception {
        long preserved = 0;
        for (int round = 0; round < ROUNDS; round++) {
            copy.close();
            copy = MemoryDevice.create((long) BLOCKS * BLOCK, budget);
            for (int block = 0; block < BLOCKS; block++) {
                write(device, block, 1, round * 1_000_000L + block);
            }
            Preservation begun = begin(0, BLOCKS);
            AtomicBoolean stop = new AtomicBoolean();
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                List<Future<?>> writers = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    SplittableRandom random = new SplittableRandom(SEED + round * 2L + i);
                    writers.add(threads.submit(() -> {
                        while (!stop.get()) {
                            int first = random.nextInt(BLOCKS - 8);
                            write(device, first, 1 + random.nextInt(8), -1 - random.nextInt(1000));
                        }
                    }));
                }
                try {
                    takeAll(begun, round);
                } finally {
                    stop.set(true);
                }
                for (Future<?> writer : writers) {
                    writer.get();
                }
            }
            preserved += begun.preservedBytes();
            end(begun);
        }
        assertThat(preserved).isPositive();
        copy.close();
        device.close();
        assertThat(budget.usedBytes()).isZero();
    }

    private void takeAll(Preservation begun, int round) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment run = arena.allocate(10L * BLOCK, BLOCK);
            for (int block = 0; block < BLOCKS; block += 10) {
                begun.take((long) block * BLOCK, run);
                for (int i = 0; i < 10; i++) {
                    assertThat(value(run, i)).isEqualTo(round * 1_000_000L + block + i);
                }
            }
        }
    }

    @Test
    void read_ofTheSourceByAWriter_fails_isToldToWhoTakes() {
        MemoryDevice broken = MemoryDevice.create((long) BLOCKS * BLOCK, budget);
        broken.close();
        BlockMarks marks = new BlockMarks(budget, "marks", BLOCKS);
        marks.add(0, 10);
        Region buffer = Region.allocate(budget, "preservation", BLOCK);
        Preservation begun = new Preservation(broken, copy, marks, BLOCK, buffer);
        device.begin(begun);
        write(device, 0, 1, 7);
        assertThatThrownBy(begun::requireSound).hasMessageContaining("closed");
        end(begun);
    }
}
