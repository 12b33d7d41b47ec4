package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockCacheTest {

    private static final int BLOCK = 4096;
    private static final String OTHER = "other";
    private static final long SEED = 20_261_128;

    private final AtomicInteger loads = new AtomicInteger();

    private void load(long block, MemorySegment target) {
        loads.incrementAndGet();
        target.fill((byte) block);
    }

    private BlockCache cache(MemoryBudget budget, BlockCache.Sizes sizes) {
        return new BlockCache(BLOCK, budget, this::load, sizes);
    }

    private static void requireContents(Frame frame, long block) {
        assertThat(frame.data.get(Layouts.U8, 0)).isEqualTo((byte) block);
        assertThat(frame.data.get(Layouts.U8, frame.data.byteSize() - 1)).isEqualTo((byte) block);
    }

    private static void touch(BlockCache cache, long from, long to) {
        for (long block = from; block < to; block++) {
            Frame frame = cache.pin(block);
            requireContents(frame, block);
            cache.unpin(frame);
        }
    }

    /** Whoever comes after a failed load tries again; a frame that never gets ready would hold it up for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pin_afterALoadFailed_loadsAgain(boolean error) throws Exception {
        BlockCache.Loader loader = (block, target) -> {
            if (loads.getAndIncrement() == 0) {
                if (error) {
                    throw new StackOverflowError("planted");
                }
                throw new IllegalStateException("planted");
            }
            target.fill((byte) block);
        };
        try (BlockCache cache = new BlockCache(1024, MemoryBudget.unlimited(), loader, new BlockCache.Sizes(8, 8, 8))) {
            assertThatThrownBy(() -> cache.pin(5)).hasMessage("planted");
            Frame frame = CompletableFuture.supplyAsync(() -> cache.pin(5)).get(60, TimeUnit.SECONDS);
            assertThat(frame.data.get(Layouts.U8, 0)).isEqualTo((byte) 5);
            assertThat(loads).hasValue(2);
            cache.unpin(frame);
        }
    }

    /** A block's worth of memory is enough for a block. */
    @Test
    void pin_littleMemory_takesAllThereIs() {
        MemoryBudget budget = new MemoryBudget(25 * BLOCK + 100);
        try (BlockCache cache = cache(budget, new BlockCache.Sizes(4, 100, 100))) {
            List<Frame> pinned = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                pinned.add(cache.pin(i));
            }
            assertThat(budget.availableBytes()).isEqualTo(100);
            assertThatThrownBy(() -> cache.pin(25))
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("requested=4096 available=100");
            assertThat(cache.attainableFrames()).isEqualTo(25);
            cache.unpin(pinned.removeFirst());
            pinned.add(cache.pin(25));
            for (int i = 0; i < 25; i++) {
                requireContents(pinned.get(i), i + 1);
            }
            pinned.forEach(cache::unpin);
        }
        assertThat(budget.usedBytes()).isZero();
        assertThat(budget.shrinkers()).isEmpty();
    }

    @Test
    void pin_asManyFramesAsThereMayBe_evictsOrRefuses() {
        try (BlockCache cache = cache(MemoryBudget.unlimited(), new BlockCache.Sizes(2, 4, 8))) {
            touch(cache, 0, 100);
            Frame[] pinned = IntStream.range(100, 108).mapToObj(cache::pin).toArray(Frame[]::new);
            assertThatThrownBy(() -> cache.pin(108))
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("requested=4096 available=0");
            cache.unpin(pinned[3]);
            cache.unpin(cache.pin(108));
            assertThat(loads).hasValue(109);
            Arrays.stream(pinned).filter(frame -> frame != pinned[3]).forEach(cache::unpin);
        }
    }

    /** Who needs memory gets all but what the cache needs itself, and what is in use stays as it is. */
    @ParameterizedTest
    @ValueSource(ints = {1024, 4096, 16_384})
    void shrink_framesInUse_givesTheOthers(int blockSize) {
        int unit = Math.max(BLOCK, blockSize);
        MemoryBudget budget = new MemoryBudget(64L * blockSize);
        try (BlockCache cache = new BlockCache(blockSize, budget, this::load, new BlockCache.Sizes(16, 64, 64))) {
            touch(cache, 0, 64);
            assertThat(budget.availableBytes()).isZero();
            assertThat(budget.reclaimableBytes()).isEqualTo(48L * blockSize);
            Frame pinned = cache.pin(1);
            Frame journaled = cache.pin(9);
            cache.setJournaled(journaled, true);
            cache.unpin(journaled);
            Frame changed = cache.pin(17);
            cache.setBefore(changed, cache.copyOf(changed.data));
            cache.unpin(changed);

            budget.reserve(OTHER, 48L * blockSize);
            assertThatThrownBy(() -> budget.reserve(OTHER, unit)).isInstanceOf(CapacityException.class);
            assertThat(budget.usedByOwner()).containsEntry(BlockCache.NAME, 16L * blockSize);
            assertThat(budget.reclaimableBytes()).isZero();
            int before = loads.get();
            for (long block : List.of(1, 9, 17)) {
                Frame frame = cache.pin(block);
                requireContents(frame, block);
                cache.unpin(frame);
            }
            assertThat(loads).hasValue(before);
            requireContents(changed.before == null ? changed : changed.before, 17);
            touch(cache, 20, 60);
            assertThat(budget.usedByOwner()).containsEntry(BlockCache.NAME, 16L * blockSize);
            cache.unpin(pinned);

            budget.release(OTHER, 48L * blockSize);
            touch(cache, 0, 64);
            assertThat(budget.availableBytes()).isZero();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Blocks that are asked for again and again stay, others leave. */
    @Test
    void shrink_someBlocksUsedOften_leavesThem() {
        MemoryBudget budget = new MemoryBudget(64 * BLOCK);
        try (BlockCache cache = cache(budget, new BlockCache.Sizes(8, 64, 64))) {
            touch(cache, 0, 64);
            // Takes the second chances away, and frees frames that the next blocks take.
            budget.reserve(OTHER, 8 * BLOCK);
            budget.release(OTHER, 8 * BLOCK);
            touch(cache, 100, 108);
            budget.reserve(OTHER, 40 * BLOCK);
            int before = loads.get();
            touch(cache, 100, 108);
            assertThat(loads).hasValue(before);
        }
    }

    /** Memory that others hold only until they are asked is to be had for a block, too. */
    @Test
    void pin_othersCanGive_asksThem() {
        MemoryBudget budget = new MemoryBudget(64 * BLOCK);
        try (BlockCache cache = cache(budget, new BlockCache.Sizes(4, 64, 64));
                BlockCache neighbor = cache(budget, new BlockCache.Sizes(4, 64, 64))) {
            touch(neighbor, 0, 64);
            assertThat(budget.availableBytes()).isZero();
            List<Frame> pinned = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                pinned.add(cache.pin(i));
            }
            assertThat(budget.usedByOwner()).containsEntry(BlockCache.NAME, 64L * BLOCK);
            assertThatThrownBy(() -> cache.pin(60)).isInstanceOf(CapacityException.class);
            pinned.forEach(cache::unpin);
        }
    }

    /** Frames that are clean but few are not taken from others; those that are wanted for a while are. */
    @Test
    void pin_othersHoldTheMemory_evictsItsOwn() {
        MemoryBudget budget = new MemoryBudget(64 * BLOCK);
        try (BlockCache cache = cache(budget, new BlockCache.Sizes(4, 32, 64));
                BlockCache neighbor = cache(budget, new BlockCache.Sizes(4, 60, 60))) {
            touch(cache, 0, 4);
            touch(neighbor, 0, 60);
            int before = loads.get();
            touch(cache, 4, 20);
            assertThat(loads).hasValue(before + 16);
            touch(neighbor, 0, 60);
            assertThat(loads).hasValue(before + 16);
        }
    }

    @Test
    void shrink_whileABlockIsLoaded_leavesItsFrame() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        MemoryBudget budget = new MemoryBudget(16 * BLOCK);
        BlockCache.Loader slow = (block, target) -> {
            loading.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            target.fill((byte) block);
        };
        try (BlockCache cache = new BlockCache(BLOCK, budget, slow, new BlockCache.Sizes(0, 16, 16))) {
            Future<Frame> pinned = CompletableFuture.supplyAsync(() -> cache.pin(3));
            loading.await();
            budget.reserve(OTHER, 15 * BLOCK);
            assertThatThrownBy(() -> budget.reserve(OTHER, BLOCK)).isInstanceOf(CapacityException.class);
            goOn.countDown();
            Frame frame = pinned.get(60, TimeUnit.SECONDS);
            requireContents(frame, 3);
            cache.unpin(frame);
            budget.reserve(OTHER, BLOCK);
            assertThat(budget.usedByOwner()).doesNotContainKey(BlockCache.NAME);
        }
    }

    @Test
    void checkpointWanted_refusedWhileTheJournalHoldsFrames_untilThereAreNone() {
        MemoryBudget budget = new MemoryBudget(8 * BLOCK);
        try (BlockCache cache = cache(budget, new BlockCache.Sizes(8, 8, 8))) {
            List<Frame> journaled = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                journaled.add(cache.pin(i));
            }
            assertThatThrownBy(() -> cache.pin(8)).isInstanceOf(CapacityException.class);
            assertThat(cache.checkpointWanted()).isFalse();
            journaled.forEach(frame -> {
                cache.setJournaled(frame, true);
                cache.unpin(frame);
            });
            assertThatThrownBy(() -> cache.pin(8)).isInstanceOf(CapacityException.class);
            assertThat(cache.checkpointWanted()).isTrue();
            journaled.forEach(frame -> cache.setJournaled(frame, false));
            assertThat(cache.checkpointWanted()).isFalse();
            touch(cache, 8, 9);
        }
    }

    /** Any reservation may be refused: then a block is evicted, or the call ends in the error, with nothing lost. */
    @Test
    void pin_nthReservationRefused_evictsOrRefuses() {
        int outcomes = 0;
        for (int nth = 1; nth <= 40; nth++) {
            for (boolean forGood : new boolean[] {false, true}) {
                outcomes += refusing(nth, forGood);
            }
        }
        assertThat(outcomes).as("pins that were refused").isPositive();
    }

    private int refusing(int nth, boolean forGood) {
        AtomicLong reservations = new AtomicLong();
        MemoryBudget budget = MemoryBudget.withRefusal(32 * BLOCK, (_, _) -> {
            long count = reservations.incrementAndGet();
            return forGood ? count >= nth : count == nth;
        });
        SplittableRandom random = new SplittableRandom(SEED + nth);
        int refused = 0;
        try (BlockCache cache = cache(budget, new BlockCache.Sizes(4, 24, 32))) {
            Deque<Frame> pinned = new ArrayDeque<>();
            Deque<Frame> copies = new ArrayDeque<>();
            for (int i = 0; i < 200; i++) {
                int block = random.nextInt(64);
                try {
                    if (random.nextInt(4) == 0) {
                        copies.add(cache.copyOf(MemorySegment.ofArray(new byte[BLOCK])));
                    } else {
                        Frame frame = cache.pin(block);
                        requireContents(frame, block);
                        pinned.add(frame);
                    }
                } catch (CapacityException e) {
                    refused++;
                }
                while (!pinned.isEmpty() && random.nextInt(3) > 0) {
                    cache.unpin(pinned.remove());
                }
                while (copies.size() > 2) {
                    cache.release(copies.remove());
                }
            }
            pinned.forEach(cache::unpin);
            copies.forEach(cache::release);
        }
        assertThat(budget.usedBytes()).isZero();
        return refused;
    }

    /** Threads that use blocks beside such as take memory and give it back: no block is ever refused, since so many frames are left to the cache. */
    @ParameterizedTest
    @ValueSource(ints = {1024, 4096})
    void shrink_besideUsers_neverRefusesNorSpoilsABlock(int blockSize) throws Exception {
        MemoryBudget budget = new MemoryBudget(96L * blockSize);
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (BlockCache cache = new BlockCache(blockSize, budget, this::load, new BlockCache.Sizes(32, 64, 96))) {
            touch(cache, 0, 32);
            List<Future<?>> others = IntStream.range(0, 2)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> takeAndGive(budget, SEED + i, stop)))
                    .toList();
            List<Future<?>> users = IntStream.range(0, 4)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> use(cache, i)))
                    .toList();
            for (Future<?> user : users) {
                user.get();
            }
            stop.set(true);
            for (Future<?> other : others) {
                other.get();
            }
            touch(cache, 0, 256);
        } finally {
            stop.set(true);
            threads.shutdown();
        }
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(budget.usedBytes()).isZero();
    }

    private static void takeAndGive(MemoryBudget budget, long seed, AtomicBoolean stop) {
        SplittableRandom random = new SplittableRandom(seed);
        while (!stop.get()) {
            long bytes = random.nextLong(1, budget.limitBytes() / 2);
            try {
                budget.reserve(OTHER, bytes);
                budget.release(OTHER, bytes);
            } catch (CapacityException e) {
                assertThat(e.resource()).contains(OTHER);
            }
        }
    }

    /** At most two blocks pinned, one copy, and two blocks of the journal at a time, of the blocks that belong to the user. */
    private static void use(BlockCache cache, int user) {
        SplittableRandom random = new SplittableRandom(SEED - user);
        Deque<Frame> journaled = new ArrayDeque<>();
        for (int i = 0; i < 5_000; i++) {
            long own = 4 * random.nextLong(64) + user;
            Frame frame = cache.pin(own);
            requireContents(frame, own);
            long other = random.nextLong(256);
            Frame second = cache.pin(other);
            requireContents(second, other);
            cache.unpin(second);
            Frame copy = cache.copyOf(frame.data);
            requireContents(copy, own);
            cache.release(copy);
            if (!journaled.contains(frame)) {
                cache.setJournaled(frame, true);
                journaled.add(frame);
            }
            cache.unpin(frame);
            if (journaled.size() > 2) {
                Frame clean = journaled.remove();
                requireContents(clean, clean.block);
                cache.setJournaled(clean, false);
            }
            cache.pinMany(new long[] {own, other}, 2, each -> {
                requireContents(each, each.block);
                cache.unpin(each);
            });
        }
        journaled.forEach(frame -> cache.setJournaled(frame, false));
    }
}
