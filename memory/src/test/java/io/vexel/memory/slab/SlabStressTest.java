package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads that free each other's objects, and the same objects at once, beside one that shrinks the cache. */
class SlabStressTest {

    private static final int STEPS = Boolean.getBoolean("vexel.deep") ? 2_000_000 : 40_000;
    private static final int THREADS = 4;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void threads_freeingEachOthersObjects_neverShareOne(boolean checked) throws Exception {
        SlabFlag[] flags =
                checked ? new SlabFlag[] {SlabFlag.POISON, SlabFlag.RED_ZONE, SlabFlag.QUARANTINE} : new SlabFlag[0];
        try (Fixture fixture = new Fixture(flags);
                ExecutorService platform = Executors.newCachedThreadPool();
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 72));
            List<ArrayBlockingQueue<Long>> mailboxes = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                mailboxes.add(new ArrayBlockingQueue<>(256));
            }
            AtomicBoolean done = new AtomicBoolean();
            Future<?> disturber = platform.submit(() -> {
                while (!done.get()) {
                    fixture.budget.reclaim(1 << 20);
                }
            });
            List<Future<Long>> workers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int own = i;
                Callable<Long> work = () -> work(cache, own, mailboxes);
                workers.add((i % 2 == 0 ? platform : virtual).submit(work));
            }
            long objects = 0;
            try {
                for (Future<Long> worker : workers) {
                    objects += worker.get();
                }
            } finally {
                done.set(true);
            }
            disturber.get();
            assertThat(objects).isPositive();
            mailboxes.forEach(box -> box.forEach(cache::free));
            assertThat(cache.used().isEmpty()).isTrue();
            SlabStatistics statistics = cache.statistics();
            assertThat(statistics.objects().active()).isZero();
            assertThat(statistics.events().allocations()).isEqualTo(objects);
            cache.shrink(Long.MAX_VALUE);
            assertThat(cache.statistics().slabs().total()).isZero();
            assertThat(fixture.misuses).isEmpty();
        }
    }

    /** Writes its number into objects, finds it there again, and sends half of them to another thread to free. */
    private static long work(SlabCache cache, int own, List<ArrayBlockingQueue<Long>> mailboxes) {
        Random random = new Random(own);
        Deque<Long> live = new ArrayDeque<>();
        long objects = 0;
        try (Magazine magazine = cache.magazine()) {
            for (int step = 0; step < STEPS; step++) {
                boolean ownMagazine = random.nextBoolean();
                if (live.size() < 300) {
                    long handle = ownMagazine ? magazine.allocate() : cache.allocate();
                    long address = cache.address(handle);
                    RawMemory.ALL.set(ValueLayout.JAVA_LONG, address, handle);
                    RawMemory.ALL.set(ValueLayout.JAVA_LONG, address + 64, own);
                    live.add(handle);
                    objects++;
                } else {
                    long handle = random.nextBoolean() ? live.pollFirst() : live.pollLast();
                    long address = cache.address(handle);
                    if (RawMemory.ALL.get(ValueLayout.JAVA_LONG, address) != handle
                            || RawMemory.ALL.get(ValueLayout.JAVA_LONG, address + 64) != own) {
                        throw new AssertionError("object " + handle + " is another's too");
                    }
                    if (random.nextBoolean()
                            || !mailboxes.get((own + 1) % THREADS).offer(handle)) {
                        cache.free(handle);
                    }
                }
                Long received = mailboxes.get(own).poll();
                if (received != null) {
                    magazine.free(received);
                }
            }
            live.forEach(magazine::free);
        }
        return objects;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void threads_freeingTheSameObjects_exactlyOneSucceedsForEach(long seed) throws Exception {
        int rounds = Boolean.getBoolean("vexel.deep") ? 20_000 : 300;
        int objects = 64;
        Random random = new Random(seed);
        try (Fixture fixture = new Fixture();
                ExecutorService pool = Executors.newFixedThreadPool(2)) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            for (int round = 0; round < rounds; round++) {
                long[] handles = new long[objects];
                for (int i = 0; i < objects; i++) {
                    handles[i] = cache.allocate();
                }
                AtomicInteger freed = new AtomicInteger();
                AtomicInteger refused = new AtomicInteger();
                List<Future<?>> both = new ArrayList<>();
                int from = random.nextInt(objects);
                for (int thread = 0; thread < 2; thread++) {
                    both.add(pool.submit(() -> {
                        for (int i = 0; i < objects; i++) {
                            try {
                                cache.free(handles[(from + i) % objects]);
                                freed.incrementAndGet();
                            } catch (MisuseException e) {
                                assertThat(e.misuse().kind()).isEqualTo(Misuse.Kind.DOUBLE_FREE);
                                refused.incrementAndGet();
                            }
                        }
                    }));
                }
                for (Future<?> each : both) {
                    each.get();
                }
                assertThat(freed.get()).isEqualTo(objects);
                assertThat(refused.get()).isEqualTo(objects);
            }
        }
    }
}
