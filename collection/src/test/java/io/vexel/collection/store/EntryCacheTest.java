package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.slab.LeakReport;
import io.vexel.memory.slab.SlabAllocator;
import io.vexel.memory.slab.SlabOptions;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Entries are what was put, whole, or not there; and every byte of memory goes back. */
class EntryCacheTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int ENTRY_BYTES = 808;
    private static final long SPAN = PageAllocator.SPAN_BYTES;

    /** A cache over a budget of its own, whose objects must all be back when it is closed. */
    private static final class Fixture implements AutoCloseable {

        final MemoryBudget budget;
        final List<LeakReport> leaks = new ArrayList<>();
        final PageAllocator pages;
        final SlabAllocator objects;
        final EntryCache cache;

        Fixture(int entries, long budgetBytes, BooleanSupplier refusal) {
            budget = new MemoryBudget(budgetBytes);
            pages = PageAllocator.create(
                    budget,
                    PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, budgetBytes, 0, 0))
                            .withRefusal(refusal));
            objects = SlabAllocator.createReclaimable(
                    pages, SlabOptions.standard().withSeed(1).reportingLeaksTo(leaks::add));
            cache = new EntryCache(
                    ENTRY_BYTES,
                    entries,
                    new EntryCache.Memory(objects, pages, () -> budget.availableForCaches() >= SPAN));
        }

        Fixture(int entries, long budgetBytes) {
            this(entries, budgetBytes, () -> false);
        }

        @Override
        public void close() {
            assertThat(cache.objectStatistics().objects().active()).isEqualTo(cache.used());
            cache.close();
            objects.close();
            pages.close();
            assertThat(leaks).isEmpty();
            assertThat(budget.usedBytes()).isZero();
        }
    }

    private static MemorySegment bytes(long key, long version) {
        long[] longs = new long[ENTRY_BYTES / Long.BYTES];
        Arrays.setAll(longs, i -> key * 1_000_003 + version * 31 + i);
        return MemorySegment.ofArray(longs);
    }

    private static MemorySegment empty() {
        return MemorySegment.ofArray(new long[ENTRY_BYTES / Long.BYTES]);
    }

    private static boolean isOf(MemorySegment found, long key, long version) {
        return found.mismatch(bytes(key, version)) < 0;
    }

    @Test
    void put_entry_isFoundWholeAndInParts() {
        try (Fixture fixture = new Fixture(10, 16 * Bytes.MIB)) {
            fixture.cache.put(7, bytes(7, 1), fixture.cache.era());
            MemorySegment found = empty();
            assertThat(fixture.cache.copy(7, 0, found)).isTrue();
            assertThat(isOf(found, 7, 1)).isTrue();
            MemorySegment part = MemorySegment.ofArray(new long[3]);
            assertThat(fixture.cache.copy(7, 80, part)).isTrue();
            assertThat(part.get(ValueLayout.JAVA_LONG_UNALIGNED, 0))
                    .isEqualTo(bytes(7, 1).get(ValueLayout.JAVA_LONG_UNALIGNED, 80));
            assertThat(fixture.cache.copy(8, 0, found)).isFalse();
        }
    }

    @Test
    void put_whatWasReadBeforeSomethingWasForgotten_isNotTaken() {
        try (Fixture fixture = new Fixture(10, 16 * Bytes.MIB)) {
            long before = fixture.cache.era();
            fixture.cache.forget(7, 8);
            fixture.cache.put(7, bytes(7, 1), before);
            assertThat(fixture.cache.used()).isZero();
            fixture.cache.put(7, bytes(7, 2), fixture.cache.era());
            assertThat(fixture.cache.used()).isOne();
        }
    }

    @Test
    void put_moreThanThereIsMemoryFor_takesThePlaceOfOthers() {
        try (Fixture fixture = new Fixture(100_000, 9 * Bytes.MIB)) {
            for (long key = 0; key < 20_000; key++) {
                fixture.cache.put(key, bytes(key, 1), fixture.cache.era());
            }
            // Two spans, of which some pages hold words of slots.
            assertThat(fixture.cache.used()).isBetween(9_000, 2 * (int) SPAN / ENTRY_BYTES);
            assertThat(fixture.cache.evictions()).isEqualTo(20_000 - fixture.cache.used());
            assertThat(fixture.cache.isFull()).isTrue();
        }
    }

    @Test
    void giveWay_someBytes_emptiesAsManySpans() {
        try (Fixture fixture = new Fixture(100_000, 64 * Bytes.MIB)) {
            for (long key = 0; key < 40_000; key++) {
                fixture.cache.put(key, bytes(key, 1), fixture.cache.era());
            }
            long before = fixture.budget.usedBytes();
            fixture.cache.giveWay(SPAN + 1);
            assertThat(fixture.pages.trim(Long.MAX_VALUE)).isBetween(2 * SPAN, 3 * SPAN);
            assertThat(before - fixture.budget.usedBytes()).isBetween(2 * SPAN, 3 * SPAN);
            assertThat(fixture.cache.used()).isGreaterThan(40_000 - 3 * (int) SPAN / ENTRY_BYTES);
        }
    }

    /** Also the last span, in which the words of slots lie; and the cache goes on afterwards. */
    @Test
    void giveWay_everything_leavesNoPage() {
        try (Fixture fixture = new Fixture(100_000, 64 * Bytes.MIB)) {
            for (int round = 1; round <= 3; round++) {
                for (long key = 0; key < 20_000 * (round - 1) + 10; key++) {
                    fixture.cache.put(key, bytes(key, round), fixture.cache.era());
                }
                MemorySegment found = empty();
                assertThat(fixture.cache.copy(7, 0, found)).isTrue();
                assertThat(isOf(found, 7, round)).isTrue();
                if (round == 2) {
                    // Entries left before, and the words of their slots stayed.
                    fixture.cache.forget(0, Long.MAX_VALUE);
                }
                fixture.cache.giveWay(Long.MAX_VALUE / 2);
                fixture.pages.trim(Long.MAX_VALUE);
                assertThat(fixture.cache.used()).isZero();
                assertThat(fixture.pages.chargedBytes()).isZero();
                assertThat(fixture.cache.copy(7, 0, found)).isFalse();
            }
        }
    }

    @Test
    void randomOperations_agreeWithATwin() {
        for (long seed = 1; seed <= (DEEP ? 200 : 12); seed++) {
            Random random = new Random(seed);
            try (Fixture fixture = new Fixture(1 + random.nextInt(3_000), (5 + random.nextInt(12)) * Bytes.MIB)) {
                new Model(fixture, random, "seed " + seed).run(DEEP ? 20_000 : 6_000);
            }
        }
    }

    /** The twin knows what each key holds at home, and what was read for it and not put yet. */
    private static final class Model {

        private record Read(long key, long version, long era) {}

        private final Fixture fixture;
        private final EntryCache cache;
        private final Random random;
        private final String name;
        private final Map<Long, Long> home = new HashMap<>();
        private final ArrayDeque<Read> underWay = new ArrayDeque<>();
        private final int keys;
        private long hog;

        Model(Fixture fixture, Random random, String name) {
            this.fixture = fixture;
            this.cache = fixture.cache;
            this.random = random;
            this.name = name;
            this.keys = 1 + random.nextInt(2 * cache.most() + 20);
        }

        void run(int steps) {
            for (int step = 0; step < steps; step++) {
                long key = random.nextInt(keys);
                switch (random.nextInt(100)) {
                    case 0, 1 -> forget(key, key + 1 + random.nextInt(random.nextBoolean() ? 3 : keys));
                    case 2 -> cache.giveWay(1 + random.nextLong(2 * SPAN));
                    case 3 -> hog();
                    default -> ask(key);
                }
                if (underWay.size() > 3) {
                    put(underWay.remove());
                }
                assertThat(cache.used()).as(name).isBetween(0, cache.most());
            }
            releaseHog();
        }

        private void releaseHog() {
            if (hog > 0) {
                fixture.budget.release("hog", hog);
                hog = 0;
            }
        }

        private void ask(long key) {
            MemorySegment found = empty();
            if (cache.copy(key, 0, found)) {
                assertThat(isOf(found, key, home.getOrDefault(key, 0L)))
                        .as(name + ", key " + key)
                        .isTrue();
            } else {
                underWay.add(new Read(key, home.getOrDefault(key, 0L), cache.era()));
            }
        }

        private void put(Read read) {
            int before = cache.used();
            long evicted = cache.evictions();
            boolean stale = read.era != cache.era();
            cache.put(read.key, bytes(read.key, read.version), read.era);
            assertThat(cache.used() - before + cache.evictions() - evicted)
                    .as(name)
                    .isBetween(0L, stale ? 0L : 1L);
        }

        private void forget(long first, long end) {
            for (long key = first; key < end; key++) {
                home.merge(key, 1L, Long::sum);
            }
            cache.forget(first, end);
            for (long key = first; key < end; key++) {
                assertThat(cache.copy(key, 0, empty())).as(name).isFalse();
            }
        }

        private void hog() {
            releaseHog();
            long wanted = random.nextLong(1 + fixture.budget.availableBytes());
            hog = fixture.budget.tryReserve("hog", wanted) ? wanted : 0;
        }
    }

    @Test
    void allocationsThatFail_onceOrForGood_leaveRightEntriesAndNoLeak() {
        for (boolean forGood : new boolean[] {false, true}) {
            for (int failing = 0; failing < (DEEP ? 400 : 40); failing++) {
                AtomicInteger calls = new AtomicInteger();
                int nth = failing;
                BooleanSupplier refusal = () -> {
                    int call = calls.getAndIncrement();
                    return forGood ? call >= nth : call == nth;
                };
                Random random = new Random(failing);
                try (Fixture fixture = new Fixture(2_000, 12 * Bytes.MIB, refusal)) {
                    new Model(fixture, random, "fails " + failing).run(2_000);
                }
            }
        }
    }

    /**
     * Readers, who bring in what they miss, beside somebody who changes what keys hold at home and has them forgotten, and somebody who wants the
     * memory: what is copied is whole, of its key, and not older than the last time that it was forgotten.
     */
    @Test
    void readersForgetAndNeedOfMemory_atOnce_neverGiveAWrongEntry() throws Exception {
        int rounds = DEEP ? 2_000_000 : 60_000;
        int keys = 3_000;
        AtomicLongArray home = new AtomicLongArray(keys);
        AtomicLongArray forgotten = new AtomicLongArray(keys);
        AtomicLong hits = new AtomicLong();
        AtomicInteger readersLeft = new AtomicInteger(2);
        try (Fixture fixture = new Fixture(1_000, 10 * Bytes.MIB);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            EntryCache cache = fixture.cache;
            List<Callable<Void>> work = new ArrayList<>();
            for (int reader = 0; reader < 2; reader++) {
                Random random = new Random(reader);
                work.add(() -> {
                    try {
                        for (int i = 0; i < rounds || (hits.get() == 0 && i < 100L * rounds); i++) {
                            int key = random.nextInt(random.nextBoolean() ? 100 : keys);
                            hits.addAndGet(readOrBring(cache, key, home, forgotten));
                        }
                    } finally {
                        readersLeft.decrementAndGet();
                    }
                    return null;
                });
            }
            work.add(() -> {
                Random random = new Random(7);
                while (readersLeft.get() > 0) {
                    int key = random.nextInt(keys);
                    long version = home.incrementAndGet(key);
                    cache.forget(key, key + 1);
                    forgotten.set(key, version);
                }
                return null;
            });
            work.add(() -> {
                while (readersLeft.get() > 0) {
                    cache.giveWay(1);
                    fixture.pages.trim(Long.MAX_VALUE);
                    Thread.yield();
                }
                return null;
            });
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
            assertThat(hits.get()).isPositive();
        }
    }

    /** Returns 1 when the key was there. */
    private static int readOrBring(EntryCache cache, int key, AtomicLongArray home, AtomicLongArray forgotten) {
        long least = forgotten.get(key);
        MemorySegment found = empty();
        if (cache.copy(key, 0, found)) {
            long first = found.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            long version = (first - key * 1_000_003L) / 31;
            assertThat(version).as("key " + key).isGreaterThanOrEqualTo(least);
            assertThat(isOf(found, key, version)).as("key " + key).isTrue();
            return 1;
        }
        long era = cache.era();
        long version = home.get(key);
        cache.put(key, bytes(key, version), era);
        return 0;
    }
}
