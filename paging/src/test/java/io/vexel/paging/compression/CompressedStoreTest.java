package io.vexel.paging.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.testkit.SimulatedClock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressedStoreTest {

    private static final long SEED = 20_261_127;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int PAGE = 4096;

    private final MemoryBudget budget = new MemoryBudget(24 * Bytes.MIB);

    private PageAllocator allocator() {
        return PageAllocator.create(
                budget, PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 16 * Bytes.MIB, 0, 0)));
    }

    private CompressedStore store(PageAllocator allocator, Compression way, long mostBytes) {
        // Interpreted code may take longer than any sensible budget of time.
        CompressionOptions patient = new CompressionOptions(way, PAGE, mostBytes, Long.MAX_VALUE);
        return CompressedStore.create(patient, budget, allocator, TimeSource.SYSTEM);
    }

    private static Blocks.Kind kind(SplittableRandom random) {
        return Blocks.Kind.values()[random.nextInt(Blocks.Kind.values().length)];
    }

    /** Against a map: what is kept is what was stored, indices are unique, and memory comes back. */
    @ParameterizedTest
    @EnumSource
    void store_randomRun_isWhatAMapIs(Compression way) {
        for (int round = 0; round < (DEEP ? 100 : 3); round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            long most = round % 2 == 0 ? 128 * Bytes.KIB : 4 * Bytes.MIB;
            try (PageAllocator allocator = allocator();
                    CompressedStore store = store(allocator, way, most);
                    Arena arena = Arena.ofConfined()) {
                MemorySegment page = arena.allocate(PAGE);
                Map<Integer, byte[]> kept = new HashMap<>();
                List<Integer> indices = new ArrayList<>();
                for (int i = 0; i < 3_000; i++) {
                    int choice = random.nextInt(10);
                    if (choice < 5) {
                        byte[] block = Blocks.block(kind(random), PAGE, random);
                        Blocks.put(page, block);
                        PageClass pageClass = PageClass.values()[random.nextInt(PageClass.values().length)];
                        int index = store.store(pageClass, i, page);
                        if (index >= 0) {
                            assertThat(kept.put(index, block)).isNull();
                            assertThat(store.owner(index)).isEqualTo(i);
                            indices.add(index);
                        }
                    } else if (!indices.isEmpty()) {
                        int at = random.nextInt(indices.size());
                        int index = indices.get(at);
                        store.load(index, page);
                        assertThat(Blocks.get(page, PAGE)).isEqualTo(kept.get(index));
                        if (choice == 5) {
                            store.renew(index);
                        } else if (choice > 6) {
                            store.free(index);
                            kept.remove(index);
                            indices.remove(at);
                        }
                    }
                    assertThat(store.statistics().heldBytes()).isLessThanOrEqualTo(most);
                }
                assertThat(store.statistics().pages()).isEqualTo(kept.size());
                indices.forEach(store::free);
                assertThat(store.statistics().heldBytes()).isZero();
                assertThat(store.oldest()).isEqualTo(CompressedStore.NONE);
            }
            assertThat(budget.usedByOwner()).isEmpty();
        }
    }

    @Test
    void store_pagesOfOneWord_takesNoMemory() {
        try (PageAllocator allocator = allocator();
                CompressedStore store = store(allocator, Compression.NONE, Bytes.MIB);
                Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE);
            for (int value = 0; value < 100; value++) {
                page.fill((byte) value);
                int index = store.store(PageClass.BYTES, value, page);
                page.fill((byte) -1);
                store.load(index, page);
                assertThat(Blocks.get(page, PAGE)).containsOnly((byte) value);
            }
            assertThat(store.statistics().samePages()).isEqualTo(100);
            assertThat(store.statistics().heldBytes()).isZero();
            assertThat(store.oldest()).isEqualTo(CompressedStore.NONE);
            page.fill((byte) 3);
            page.set(java.lang.foreign.ValueLayout.JAVA_BYTE, PAGE - 1, (byte) 4);
            assertThat(store.store(PageClass.BYTES, 0, page)).isEqualTo(CompressedStore.NONE);
        }
    }

    /** The floats of vectors are noise for the most part; bytes in a few values, or sorted numbers, are not. */
    @Test
    void store_floatsAndNoise_areNotKeptAndOthersAre() {
        SplittableRandom random = new SplittableRandom(SEED);
        try (PageAllocator allocator = allocator();
                CompressedStore store = store(allocator, Compression.LZ4, 4 * Bytes.MIB);
                Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE);
            for (int i = 0; i < 50; i++) {
                Blocks.put(page, Blocks.block(Blocks.Kind.GAUSSIAN_FLOATS, PAGE, random));
                assertThat(store.store(PageClass.WORDS, 0, page)).isEqualTo(CompressedStore.NONE);
            }
            CompressionStatistics.Work work = store.statistics().work();
            assertThat(work.poor() + work.poorBySample() + work.skipped()).isEqualTo(50);
            assertThat(work.skipped()).as("tried ever less").isGreaterThan(30);
            for (int i = 0; i < 50; i++) {
                Blocks.put(page, Blocks.block(Blocks.Kind.ASCENDING, PAGE, random));
                assertThat(store.store(PageClass.ASCENDING, 0, page)).isNotNegative();
            }
            assertThat(store.statistics().ratio()).isGreaterThan(2);
        }
    }

    @Test
    void store_codecTakesTooLong_isLeftAloneForAWhile() {
        SplittableRandom random = new SplittableRandom(SEED);
        try (PageAllocator allocator = allocator();
                CompressedStore store = CompressedStore.create(
                        CompressionOptions.of(Compression.LZ4, PAGE, Bytes.MIB),
                        budget,
                        allocator,
                        SimulatedClock.ticking(1_000_000));
                Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE);
            for (int i = 0; i < 200; i++) {
                Blocks.put(page, Blocks.block(Blocks.Kind.TEXT, PAGE, random));
                store.store(PageClass.BYTES, 0, page);
            }
            CompressionStatistics.Work work = store.statistics().work();
            assertThat(work.overTime()).isBetween(4L, 30L);
            assertThat(work.skipped()).isEqualTo(200 - work.overTime());
        }
    }

    @Test
    void statistics_ofTime_areThatOfCompressingAndDecompressing() {
        SplittableRandom random = new SplittableRandom(SEED);
        CompressionOptions patient = new CompressionOptions(Compression.LZ4, PAGE, Bytes.MIB, Long.MAX_VALUE);
        try (PageAllocator allocator = allocator();
                CompressedStore store =
                        CompressedStore.create(patient, budget, allocator, SimulatedClock.ticking(1_000));
                Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE);
            Blocks.put(page, Blocks.block(Blocks.Kind.ASCENDING, PAGE, random));
            int index = store.store(PageClass.ASCENDING, 0, page);
            Blocks.put(page, Blocks.block(Blocks.Kind.GAUSSIAN_FLOATS, PAGE, random));
            assertThat(store.store(PageClass.WORDS, 0, page)).isEqualTo(CompressedStore.NONE);
            assertThat(store.statistics().work().nanosIn())
                    .as("the poor one, too")
                    .isEqualTo(2_000);
            assertThat(store.statistics().work().nanosOut()).isZero();
            for (int i = 0; i < 3; i++) {
                store.load(index, page);
            }
            assertThat(store.statistics().work().nanosOut()).isEqualTo(3_000);
            assertThat(store.statistics().work().nanosIn()).isEqualTo(2_000);
            assertThat(store.statistics().work().loaded()).isEqualTo(3);
        }
    }

    @Test
    void auto_pagesThatZstandardMakesSmaller_areCompressedByIt() {
        SplittableRandom random = new SplittableRandom(SEED);
        try (PageAllocator allocator = allocator();
                CompressedStore lz4 = store(allocator, Compression.LZ4, 4 * Bytes.MIB);
                CompressedStore auto = store(allocator, Compression.AUTO, 4 * Bytes.MIB);
                Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE);
            for (int i = 0; i < 300; i++) {
                Blocks.put(page, Blocks.block(Blocks.Kind.SMALL_FLOATS, PAGE, random));
                assertThat(lz4.store(PageClass.WORDS, 0, page)).isNotNegative();
                assertThat(auto.store(PageClass.WORDS, 0, page)).isNotNegative();
            }
            assertThat(auto.statistics().ratio())
                    .isGreaterThan(1.1 * lz4.statistics().ratio());
        }
    }

    @Test
    void store_noMemory_saysFullAndKeepsWhatItHas() {
        SplittableRandom random = new SplittableRandom(SEED);
        try (PageAllocator allocator = allocator();
                CompressedStore store = store(allocator, Compression.LZ4, 4 * Bytes.MIB);
                Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE);
            byte[] first = Blocks.block(Blocks.Kind.ASCENDING, PAGE, random);
            Blocks.put(page, first);
            int kept = store.store(PageClass.ASCENDING, 0, page);
            long left = budget.availableBytes();
            budget.reserve("other", left);
            int full = 0;
            for (int i = 0; i < 100; i++) {
                Blocks.put(page, Blocks.block(Blocks.Kind.ASCENDING, PAGE, random));
                full += store.store(PageClass.ASCENDING, 0, page) == CompressedStore.FULL ? 1 : 0;
            }
            assertThat(full).isPositive();
            assertThat(store.statistics().work().full()).isEqualTo(full);
            budget.release("other", left);
            store.load(kept, page);
            assertThat(Blocks.get(page, PAGE)).isEqualTo(first);
        }
        assertThat(budget.usedByOwner()).isEmpty();
    }

    @Test
    void store_threadsWithPagesOfTheirOwn_findWhatTheyStored() throws Exception {
        try (PageAllocator allocator = allocator();
                CompressedStore store = store(allocator, Compression.AUTO, 256 * Bytes.KIB)) {
            try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
                List<Future<?>> threads = new ArrayList<>();
                for (int thread = 0; thread < 3; thread++) {
                    long seed = SEED + thread;
                    threads.add(executor.submit(() -> work(store, seed)));
                }
                for (Future<?> thread : threads) {
                    thread.get();
                }
            }
            assertThat(store.statistics().pages()).isZero();
        }
    }

    private static void work(CompressedStore store, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<Integer, byte[]> kept = new HashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE);
            for (int i = 0; i < 1_500; i++) {
                if (kept.size() < 20 && random.nextBoolean()) {
                    byte[] block = Blocks.block(kind(random), PAGE, random);
                    Blocks.put(page, block);
                    int index = store.store(PageClass.WORDS, 0, page);
                    if (index >= 0) {
                        kept.put(index, block);
                    }
                } else if (!kept.isEmpty()) {
                    int index = kept.keySet().iterator().next();
                    store.load(index, page);
                    assertThat(Blocks.get(page, PAGE)).isEqualTo(kept.remove(index));
                    store.free(index);
                }
            }
        }
        kept.keySet().forEach(store::free);
    }

    @Test
    void store_wrongCalls_areRefused() {
        assertThatThrownBy(() -> CompressionOptions.of(Compression.LZ4, 2048, 1))
                .hasMessageContaining("pageBytes=2048");
        assertThatThrownBy(() -> Compression.parse("gzip"))
                .hasMessage("compression=gzip, allowed: none, lz4, zstd, lzo, auto");
        assertThat(Compression.parse("auto")).isEqualTo(Compression.AUTO);
        try (PageAllocator allocator = allocator();
                CompressedStore store = store(allocator, Compression.LZ4, Bytes.MIB);
                Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE);
            assertThatThrownBy(() -> store.load(0, page)).hasMessageContaining("index=0");
            int index = store.store(PageClass.BYTES, 1, page);
            store.free(index);
            assertThatThrownBy(() -> store.free(index)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> store.owner(-1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> store.store(PageClass.BYTES, 1, MemorySegment.ofArray(new byte[PAGE])))
                    .hasMessageContaining("native=false");
        }
        MemoryBudget small = new MemoryBudget(5 * Bytes.MIB);
        try (PageAllocator allocator = PageAllocator.create(
                small, PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 4 * Bytes.MIB, 0, 0)))) {
            long left = small.availableBytes();
            small.reserve("other", left);
            assertThatThrownBy(() -> CompressedStore.create(
                            CompressionOptions.of(Compression.LZ4, PAGE, Bytes.MIB),
                            small,
                            allocator,
                            TimeSource.SYSTEM))
                    .isInstanceOf(CapacityException.class);
            small.release("other", left);
        }
        assertThat(small.usedByOwner()).isEmpty();
    }
}
