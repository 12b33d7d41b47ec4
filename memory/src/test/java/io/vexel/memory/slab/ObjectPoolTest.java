package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectPoolTest {

    private final AtomicBoolean refused = new AtomicBoolean();

    private Fixture fixture(SlabFlag... flags) {
        return new Fixture(64 * Bytes.MIB, refused::get, options -> options.debuggingWith(Set.of(flags)));
    }

    /** Leaves the cache without objects beside those of pools, and without a way to get more. */
    private void starve(SlabCache cache, List<Long> taken) {
        refused.set(true);
        try {
            while (true) {
                taken.add(cache.allocate());
            }
        } catch (CapacityException _) {
            assertThat(refused.get()).isTrue();
        }
    }

    @Test
    void guaranteed_withoutMemory_canAllBeUsedAtOnceAgainAndAgain() {
        try (Fixture fixture = fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("bio", 512));
            ObjectPool pool = new ObjectPool(cache, 10, 20);
            List<Long> taken = new ArrayList<>();
            starve(cache, taken);
            for (int round = 0; round < 3; round++) {
                Set<Long> handles = new HashSet<>();
                for (int i = 0; i < 10; i++) {
                    long handle = pool.allocate();
                    pool.segment(handle).set(ValueLayout.JAVA_LONG, 0, handle);
                    handles.add(handle);
                }
                assertThatThrownBy(pool::allocate)
                        .isInstanceOf(CapacityException.class)
                        .hasMessageContaining("objects of a pool of cache=bio")
                        .hasCauseInstanceOf(CapacityException.class);
                handles.forEach(handle -> assertThat(pool.segment(handle).get(ValueLayout.JAVA_LONG, 0))
                        .isEqualTo(handle));
                handles.forEach(pool::free);
            }
            assertThat(pool.statistics())
                    .isEqualTo(
                            new PoolStatistics(10, 20, 10, 0, new PoolStatistics.Events(30, 30, 0, 0, 30, 3, 10, 0)));
            refused.set(false);
            taken.forEach(cache::free);
            pool.close();
            assertThat(cache.used().isEmpty()).isTrue();
            assertThat(cache.statistics().objects().active()).isZero();
        }
    }

    @Test
    void idle_objects_areFreeForTheCacheAndTheirHandlesNoGood() {
        try (Fixture fixture = fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("work", 128));
            try (ObjectPool pool = new ObjectPool(cache, 2, 4)) {
                assertThat(cache.used().isEmpty()).isTrue();
                long handle = pool.allocate();
                assertThat(cache.used().objects()).isEqualTo(1);
                assertThat(cache.statistics().objects().active()).isEqualTo(1);
                pool.free(handle);
                assertThat(cache.statistics().objects().active()).isZero();
                assertThatThrownBy(() -> pool.free(handle)).hasMessageStartingWith("DOUBLE_FREE cache=work");
                assertThatThrownBy(() -> pool.address(handle)).hasMessageStartingWith("USE_AFTER_FREE");
                assertThat(pool.statistics().idle()).isEqualTo(3);
            }
        }
    }

    @Test
    void kept_moreThanMost_goBackToTheCache() {
        try (Fixture fixture = fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("work", 128));
            try (ObjectPool pool = new ObjectPool(cache, 2, 4)) {
                List<Long> handles = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    handles.add(pool.allocate());
                }
                handles.forEach(pool::free);
                PoolStatistics statistics = pool.statistics();
                assertThat(statistics.idle()).isEqualTo(4);
                assertThat(statistics.events()).isEqualTo(new PoolStatistics.Events(6, 6, 0, 6, 0, 0, 2, 4));
                pool.free(pool.allocate());
                assertThat(pool.statistics().events().hits()).isEqualTo(1);
            }
        }
    }

    @Test
    void resize_upAndDown_takesAndGivesBackAndCountsWhatIsInUse() {
        try (Fixture fixture = fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("work", 128));
            ObjectPool pool = new ObjectPool(cache, 2, 4);
            long handle = pool.allocate();
            pool.resize(8, 16);
            assertThat(pool.statistics()).extracting("least", "most", "idle").containsExactly(8, 16, 7);
            pool.resize(0, 3);
            assertThat(pool.statistics()).extracting("least", "most", "idle").containsExactly(0, 3, 3);
            pool.free(handle);
            assertThat(pool.statistics().idle()).isEqualTo(3);
            PoolStatistics before = pool.statistics();
            List<Long> taken = new ArrayList<>();
            starve(cache, taken);
            assertThatThrownBy(() -> pool.resize(10, 10)).isInstanceOf(CapacityException.class);
            assertThat(pool.statistics()).isEqualTo(before);
            assertThatThrownBy(() -> pool.resize(5, 4)).hasMessage("least=5, allowed: 0..4");
            refused.set(false);
            taken.forEach(cache::free);
            pool.close();
            assertThatThrownBy(pool::allocate).isInstanceOf(IllegalStateException.class);
            assertThat(cache.used().isEmpty()).isTrue();
        }
    }

    @Test
    void pool_withoutMemoryForItsGuarantee_isRefusedAndLeavesNothing() {
        try (Fixture fixture = fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("work", 128));
            List<Long> taken = new ArrayList<>();
            starve(cache, taken);
            assertThatThrownBy(() -> new ObjectPool(cache, 1, 1)).isInstanceOf(CapacityException.class);
            refused.set(false);
            taken.forEach(cache::free);
            assertThat(cache.used().isEmpty()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void pool_ofACheckedCache_behavesAsTheModelDoes(long seed) {
        Random random = new Random(seed);
        try (Fixture fixture = fixture(SlabFlag.POISON, SlabFlag.RED_ZONE, SlabFlag.QUARANTINE)) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("work", 40));
            ObjectPool pool = new ObjectPool(cache, 3, 8);
            List<Long> live = new ArrayList<>();
            int idle = 3;
            int least = 3;
            int most = 8;
            for (int step = 0; step < 3000; step++) {
                int choice = random.nextInt(100);
                if (choice < 48) {
                    live.add(pool.allocate());
                    pool.segment(live.getLast()).fill((byte) step);
                    idle -= idle > least ? 1 : 0;
                } else if (choice < 96 && !live.isEmpty()) {
                    pool.free(live.remove(random.nextInt(live.size())));
                    idle += idle < most ? 1 : 0;
                } else if (choice >= 96) {
                    most = random.nextInt(12);
                    least = random.nextInt(most + 1);
                    pool.resize(least, most);
                    idle = Math.min(most, idle + Math.max(0, least - idle - live.size()));
                }
                assertThat(pool.statistics().idle()).isEqualTo(idle);
                assertThat(pool.statistics().used()).isEqualTo(live.size());
                assertThat(cache.used().objects()).isEqualTo(live.size());
            }
            live.forEach(pool::free);
            pool.close();
            assertThat(fixture.misuses).isEmpty();
            assertThat(cache.used().isEmpty()).isTrue();
        }
    }

    @Test
    void allocate_waiting_getsWhatAnotherThreadFrees() throws Exception {
        try (Fixture fixture = fixture();
                ExecutorService pool = Executors.newFixedThreadPool(4)) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("bio", 512));
            ObjectPool objects = new ObjectPool(cache, 2, 2);
            List<Long> taken = new ArrayList<>();
            starve(cache, taken);
            ArrayBlockingQueue<Long> used = new ArrayBlockingQueue<>(2);
            List<Future<?>> users = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                users.add(pool.submit(() -> {
                    for (int round = 0; round < 500; round++) {
                        long handle = objects.allocate(TimeUnit.MINUTES.toNanos(1));
                        used.put(handle);
                        objects.free(used.take());
                    }
                    return null;
                }));
            }
            for (Future<?> user : users) {
                user.get();
            }
            assertThat(objects.statistics().events().allocations()).isEqualTo(2000);
            assertThat(objects.statistics().events().failures()).isZero();
            assertThat(objects.statistics().idle()).isEqualTo(2);
            long one = objects.allocate(0);
            long two = objects.allocate(0);
            assertThatThrownBy(() -> objects.allocate(1000))
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("objects of a pool of cache=bio")
                    .hasCauseInstanceOf(CapacityException.class);
            assertThat(objects.statistics().events().failures()).isEqualTo(1);
            objects.free(one);
            objects.free(two);
            refused.set(false);
            taken.forEach(cache::free);
            objects.close();
        }
    }

    /** What one needs who waits may come from the cache by the time he is woken; the idle object he was woken for is another's. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void allocate_wokenForAnIdleObjectAndServedByTheCache_wakesTheNext() throws Exception {
        try (Fixture fixture = fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("bio", 512));
            ObjectPool objects = new ObjectPool(cache, 1, 1);
            List<Long> taken = new ArrayList<>();
            starve(cache, taken);
            long guaranteed = objects.allocate(0);
            List<FutureTask<Long>> waiting = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                FutureTask<Long> task = new FutureTask<>(() -> objects.allocate(TimeUnit.HOURS.toNanos(1)));
                Thread thread = Thread.ofPlatform().start(task);
                while (thread.getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                }
                waiting.add(task);
            }
            refused.set(false);
            objects.free(guaranteed);
            for (FutureTask<Long> each : waiting) {
                objects.free(each.get());
            }
            assertThat(objects.statistics().used()).isZero();
            taken.forEach(cache::free);
            objects.close();
        }
    }
}
