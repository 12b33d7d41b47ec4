package io.vexel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MemoryBudgetTest {

    @Test
    void headroom_ofWhatIsForeseen_isAtLeastA32ndAndAtMostAnEighth() {
        MemoryBudget budget = new MemoryBudget(3_200);
        assertThat(budget.headroomBytes()).isEqualTo(100);
        budget.foresee(90);
        assertThat(budget.headroomBytes()).isEqualTo(100);
        budget.foresee(60);
        assertThat(budget.headroomBytes()).isEqualTo(150);
        budget.foresee(5_000);
        assertThat(budget.headroomBytes()).isEqualTo(400);
        budget.foresee(-5_150);
        assertThat(budget.headroomBytes()).isEqualTo(100);
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void reserve_beyondTheLimit_isRefusedAndChangesNothing() {
        MemoryBudget budget = new MemoryBudget(100);
        budget.reserve("a", 60);
        assertThatThrownBy(() -> budget.reserve("b", 41))
                .isInstanceOf(CapacityException.class)
                .hasMessageContaining("b")
                .hasMessageContaining("requested=41")
                .hasMessageContaining("available=40");
        assertThat(budget.usedByOwner()).isEqualTo(Map.of("a", 60L));
        assertThat(budget.usedBytes()).isEqualTo(60);
    }

    @Test
    void release_moreThanHeld_isAProgrammerError() {
        MemoryBudget budget = new MemoryBudget(100);
        budget.reserve("a", 10);
        assertThatThrownBy(() -> budget.release("a", 11)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> budget.release("b", 1)).isInstanceOf(IllegalStateException.class);
        budget.release("a", 10);
        assertThat(budget.usedBytes()).isZero();
        assertThat(budget.peakBytes()).isEqualTo(10);
    }

    @Test
    void reserve_fromManyThreads_neverPassesTheLimitAndAddsUp() throws InterruptedException {
        long seed = 42;
        MemoryBudget budget = new MemoryBudget(1_000);
        AtomicLong held = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            String owner = "owner" + t % 2;
            SplittableRandom random = new SplittableRandom(seed + t);
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    long bytes = random.nextLong(400);
                    if (budget.tryReserve(owner, bytes)) {
                        assertThat(held.addAndGet(bytes)).isBetween(0L, 1_000L);
                        held.addAndGet(-bytes);
                        budget.release(owner, bytes);
                    }
                }
            });
            thread.setUncaughtExceptionHandler((_, e) -> {
                synchronized (failures) {
                    failures.add(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).as("seed=%d", seed).isEmpty();
        assertThat(budget.usedBytes()).isZero();
        assertThat(budget.usedByOwner()).isEmpty();
        assertThat(budget.peakBytes()).isBetween(1L, 1_000L);
    }

    /** Gives back what it holds of a budget, in pieces. */
    private record Holder(MemoryBudget budget, String name, long piece) implements Shrinker {

        @Override
        public long reclaimableBytes() {
            return budget.usedByOwner().getOrDefault(name, 0L);
        }

        @Override
        public long shrink(long bytes) {
            long given = Math.min(piece, reclaimableBytes());
            if (given > 0) {
                budget.release(name, given);
            }
            return given;
        }
    }

    @Test
    void reserve_tooLittleLeft_asksShrinkersInOrderAndFailsOnlyAfterThem() {
        MemoryBudget budget = new MemoryBudget(100);
        budget.reserve("first", 40);
        budget.reserve("second", 40);
        Holder first = new Holder(budget, "first", 10);
        Holder second = new Holder(budget, "second", 40);
        budget.addShrinker(first);
        budget.addShrinker(second);
        assertThat(budget.reclaimableBytes()).isEqualTo(80);
        assertThat(budget.tryReserve("user", 30)).as("asks nobody").isFalse();
        budget.reserve("user", 30);
        assertThat(budget.usedByOwner()).isEqualTo(java.util.Map.of("first", 30L, "second", 40L, "user", 30L));
        assertThatThrownBy(() -> budget.reserve("user", 71)).isInstanceOf(CapacityException.class);
        assertThatThrownBy(() -> budget.reserve("user", 101)).isInstanceOf(CapacityException.class);
        budget.removeShrinker(second);
        budget.removeShrinker(first);
        assertThat(budget.reclaim(1)).isZero();
        assertThat(budget.usedByOwner()).isEqualTo(java.util.Map.of("user", 30L));
    }

    @Test
    void reservation_thatATestRefuses_failsAlthoughThereIsMemoryAndAsksTheOthersFirst() {
        AtomicLong number = new AtomicLong();
        MemoryBudget budget =
                MemoryBudget.withRefusal(100, (owner, _) -> owner.equals("user") && number.incrementAndGet() % 2 == 0);
        budget.reserve("holder", 20);
        budget.addShrinker(new Holder(budget, "holder", 20));
        budget.reserve("user", 10);
        assertThatThrownBy(() -> budget.reserve("user", 10))
                .isInstanceOf(CapacityException.class)
                .hasMessageContaining("user")
                .hasMessageContaining("requested=10")
                .hasMessageContaining("available=90");
        assertThat(budget.usedByOwner()).isEqualTo(Map.of("user", 10L));
        assertThat(budget.tryReserve("user", 10)).isTrue();
        assertThat(budget.tryReserve("user", 10)).isFalse();
        assertThat(budget.usedByOwner()).isEqualTo(Map.of("user", 20L));
        assertThatThrownBy(() -> budget.reserve("user", -1)).isInstanceOf(IllegalArgumentException.class);
    }

    /** What another thread's request made free is there for whoever asked in vain. */
    @Test
    void reserve_whatOthersReclaimedMeanwhile_isTakenBeforeItFails() {
        MemoryBudget budget = new MemoryBudget(100);
        budget.reserve("cache", 100);
        budget.addShrinker(new Shrinker() {
            @Override
            public String name() {
                return "cache";
            }

            @Override
            public long reclaimableBytes() {
                return 0;
            }

            @Override
            public long shrink(long bytes) {
                // For another thread, which needs less of it.
                budget.release("cache", 100);
                return 0;
            }
        });
        budget.reserve("user", 60);
        assertThat(budget.usedByOwner()).isEqualTo(Map.of("user", 60L));
        assertThat(budget.failedReservations()).isZero();
    }

    /** A holder that has let go of its memory, but has not given it back yet, when another thread asks it, too. */
    private static final class SlowHolder implements Shrinker {

        private final MemoryBudget budget;
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch askedAgain = new CountDownLatch(2);
        private final AtomicLong held = new AtomicLong(100);

        SlowHolder(MemoryBudget budget) {
            this.budget = budget;
            budget.reserve("cache", 100);
        }

        @Override
        public String name() {
            return "cache";
        }

        @Override
        public long reclaimableBytes() {
            return held.get();
        }

        @Override
        public long shrink(long bytes) {
            long given = held.getAndSet(0);
            askedAgain.countDown();
            if (given > 0) {
                asked.countDown();
                try {
                    askedAgain.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                budget.release("cache", given);
            }
            return given;
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void reserve_whileAnotherIsBeingGivenMemory_waitsForIt() throws Exception {
        MemoryBudget budget = MemoryBudget.patient(100);
        SlowHolder holder = new SlowHolder(budget);
        budget.addShrinker(holder);
        try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
            Future<?> first = pool.submit(() -> budget.reserve("first", 30));
            holder.asked.await();
            budget.reserve("second", 70);
            first.get();
        }
        assertThat(budget.usedByOwner()).isEqualTo(Map.of("first", 30L, "second", 70L));
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void removeShrinker_whileItGivesBack_returnsWhenThatHasEnded() throws Exception {
        for (int round = 0; round < 20; round++) {
            MemoryBudget budget = new MemoryBudget(100);
            AtomicBoolean closed = new AtomicBoolean();
            AtomicBoolean usedAfterClose = new AtomicBoolean();
            CountDownLatch inside = new CountDownLatch(1);
            AtomicReference<Thread> removing = new AtomicReference<>();
            Shrinker shrinker = new Shrinker() {
                @Override
                public String name() {
                    return "cache";
                }

                @Override
                public long reclaimableBytes() {
                    return 10;
                }

                @Override
                public long shrink(long bytes) {
                    inside.countDown();
                    // Until who removes it waits, or has gone on to close.
                    while (!closed.get()
                            && (removing.get() == null || removing.get().getState() != Thread.State.WAITING)) {
                        Thread.onSpinWait();
                    }
                    usedAfterClose.set(closed.get());
                    return 0;
                }
            };
            budget.addShrinker(shrinker);
            try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
                Future<?> asking = pool.submit(() -> budget.reclaim(10));
                inside.await();
                pool.submit(() -> {
                            removing.set(Thread.currentThread());
                            budget.removeShrinker(shrinker);
                            closed.set(true);
                        })
                        .get();
                asking.get();
            }
            assertThat(usedAfterClose).isFalse();
            assertThat(budget.reclaim(10)).isZero();
            assertThat(budget.reclaimableBytes()).isZero();
        }
    }
}
