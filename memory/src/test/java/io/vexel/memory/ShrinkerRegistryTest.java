package io.vexel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShrinkerRegistryTest {

    /** Has memory that it gives back in pieces, at least one at a time. */
    private static final class Holder implements Shrinker {

        final String name;
        final ShrinkPriority priority;
        final long piece;
        final AtomicLong held = new AtomicLong();
        final AtomicLong given = new AtomicLong();

        Holder(String name, ShrinkPriority priority, long piece, long bytes) {
            this.name = name;
            this.priority = priority;
            this.piece = piece;
            held.set(bytes);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public ShrinkPriority priority() {
            return priority;
        }

        @Override
        public long reclaimableBytes() {
            return held.get();
        }

        @Override
        public long shrink(long bytes) {
            long wanted = Math.ceilDiv(bytes, piece) * piece;
            long before = held.getAndUpdate(has -> has - Math.min(has, wanted));
            long gave = Math.min(before, wanted);
            given.addAndGet(gave);
            return gave;
        }
    }

    private static Holder cached(String name, long piece, long bytes) {
        return new Holder(name, ShrinkPriority.CACHED, piece, bytes);
    }

    @Test
    void reclaim_byPriorities_asksTheNextWhenTheFirstHasNoMore() {
        ShrinkerRegistry registry = new ShrinkerRegistry();
        Holder costly = new Holder("costly", ShrinkPriority.COSTLY, 1, 100);
        Holder cached = cached("cached", 1, 100);
        Holder unused = new Holder("unused", ShrinkPriority.UNUSED, 1, 100);
        List.of(costly, cached, unused).forEach(registry::add);
        assertThat(registry.statistics().stream().map(ShrinkerStatistics::name))
                .containsExactly("unused", "cached", "costly");
        assertThat(registry.reclaim(60, ShrinkPriority.COSTLY)).isEqualTo(60);
        assertThat(registry.reclaim(60, ShrinkPriority.COSTLY)).isEqualTo(60);
        assertThat(unused.held).hasValue(0);
        assertThat(cached.held).hasValue(80);
        assertThat(costly.held).hasValue(100);
        assertThat(registry.reclaim(1000, ShrinkPriority.CACHED))
                .as("no costly ones")
                .isEqualTo(80);
        assertThat(costly.held).hasValue(100);
        assertThat(registry.reclaim(1000, ShrinkPriority.COSTLY)).isEqualTo(100);
        assertThat(registry.statistics().getFirst())
                .isEqualTo(new ShrinkerStatistics("unused", ShrinkPriority.UNUSED, 0, 4, 60 + 60 + 1000 + 1000, 100));
    }

    @Test
    void reclaim_amongEquals_isInProportionToWhatTheyHave() {
        ShrinkerRegistry registry = new ShrinkerRegistry();
        Holder small = cached("small", 1, 1_000);
        Holder large = cached("large", 1, 9_000);
        registry.add(small);
        registry.add(large);
        for (int i = 0; i < 50; i++) {
            assertThat(registry.reclaim(100, ShrinkPriority.COSTLY)).isEqualTo(100);
        }
        assertThat(small.given).hasValue(500);
        assertThat(large.given).hasValue(4_500);
    }

    @Test
    void reclaim_fromOneWhoGivesLargePieces_isCarriedOver() {
        ShrinkerRegistry registry = new ShrinkerRegistry();
        Holder pieces = cached("pieces", 4_096, 1 << 20);
        Holder bytes = cached("bytes", 1, 1 << 20);
        registry.add(pieces);
        registry.add(bytes);
        long wanted = 0;
        for (int i = 0; i < 3_000; i++) {
            wanted += 100;
            registry.reclaim(100, ShrinkPriority.COSTLY);
        }
        assertThat(pieces.given.get() + bytes.given.get()).isBetween(wanted, wanted + 4_096 * 100);
        assertThat((double) pieces.given.get()).isCloseTo(bytes.given.get(), withPercentage(10));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void reclaim_randomHolders_givesEnoughUnlessAllAreEmpty(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 300; round++) {
            ShrinkerRegistry registry = new ShrinkerRegistry();
            List<Holder> holders = new ArrayList<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                ShrinkPriority priority = ShrinkPriority.values()[random.nextInt(3)];
                holders.add(new Holder("h" + i, priority, 1 + random.nextInt(500), random.nextLong(10_000)));
                registry.add(holders.getLast());
            }
            for (int step = 0; step < 30; step++) {
                long wanted = 1 + random.nextLong(random.nextInt(20) == 0 ? Long.MAX_VALUE - 1 : 3_000);
                long before = registry.reclaimableBytes();
                long given = registry.reclaim(wanted, ShrinkPriority.COSTLY);
                assertThat(given).as("seed=%d round=%d", seed, round).isEqualTo(before - registry.reclaimableBytes());
                assertThat(given).as("seed=%d round=%d", seed, round).isGreaterThanOrEqualTo(Math.min(wanted, before));
                holders.get(random.nextInt(holders.size())).held.addAndGet(random.nextLong(4_000));
            }
        }
    }

    @Test
    void reclaim_besideAddingAndRemoving_losesNothing() throws InterruptedException {
        ShrinkerRegistry registry = new ShrinkerRegistry();
        List<Holder> holders = List.of(
                cached("a", 1, 1 << 20), cached("b", 64, 1 << 20), new Holder("c", ShrinkPriority.UNUSED, 7, 1 << 20));
        registry.add(holders.getFirst());
        AtomicLong returned = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            SplittableRandom random = new SplittableRandom(t);
            threads.add(new Thread(() -> {
                for (int i = 0; i < 5_000; i++) {
                    returned.addAndGet(registry.reclaim(1 + random.nextLong(300), ShrinkPriority.COSTLY));
                }
            }));
        }
        threads.add(new Thread(() -> {
            for (int i = 0; i < 5_000; i++) {
                Holder holder = holders.get(1 + i % 2);
                registry.add(holder);
                registry.remove(holder);
            }
        }));
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(holders.stream().mapToLong(holder -> holder.given.get()).sum())
                .isEqualTo(returned.get());
        assertThat(registry.statistics()).hasSize(1);
    }

    @Test
    void limitCaches_leavesOtherReservationsAlone() {
        MemoryBudget budget = new MemoryBudget(100);
        budget.reserve("rows", 40);
        assertThat(budget.availableForCaches()).isEqualTo(60);
        budget.limitCaches(50);
        assertThat(budget.availableForCaches()).isEqualTo(10);
        budget.reserve("rows", 20);
        assertThat(budget.availableForCaches()).isZero();
        assertThat(budget.availableBytes()).isEqualTo(40);
        budget.limitCaches(Long.MAX_VALUE);
        assertThat(budget.cacheLimitBytes()).isEqualTo(100);
    }
}
