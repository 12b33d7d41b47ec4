package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeadershipTest {

    private static final int THREADS = 16;
    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 200_000 : 5_000;

    private final AtomicLong durable = new AtomicLong();
    private final Leadership leadership = new Leadership(durable::get);

    @Test
    void lead_ofADurableCommit_returnsAtOnce() {
        durable.set(7);
        assertThat(leadership.lead(7)).isFalse();
        assertThat(leadership.lead(8)).isTrue();
    }

    @Test
    void resign_withWaiters_letsTheDurableGoAndOneOfTheOthersLead() throws Exception {
        assertThat(leadership.lead(1)).isTrue();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<Boolean>> first = waiters(threads, 3, 1);
            List<Future<Boolean>> second = waiters(threads, 3, 2);
            durable.set(1);
            leadership.resign();
            for (Future<Boolean> waiter : first) {
                assertThat(waiter.get()).isFalse();
            }
            awaitOne(second);
            // The new leader makes commit 2 durable for all of its group.
            durable.set(2);
            leadership.resign();
            int leaders = 0;
            for (Future<Boolean> waiter : second) {
                leaders += waiter.get() ? 1 : 0;
            }
            assertThat(leaders).isEqualTo(1);
        }
        assertThat(leadership.lead(3)).as("nobody leads any more").isTrue();
    }

    /** Threads that sleep in the queue when this returns. */
    private List<Future<Boolean>> waiters(ExecutorService threads, int count, long commit) throws InterruptedException {
        List<Future<Boolean>> result = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            CountDownLatch running = new CountDownLatch(1);
            Thread[] thread = new Thread[1];
            result.add(threads.submit(() -> {
                thread[0] = Thread.currentThread();
                running.countDown();
                return leadership.lead(commit);
            }));
            running.await();
            awaitParked(thread[0]);
        }
        return result;
    }

    private static void awaitOne(List<Future<Boolean>> waiters) {
        while (waiters.stream().noneMatch(Future::isDone)) {
            Thread.onSpinWait();
        }
    }

    private static void awaitParked(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    void lead_interruptedWhileWaiting_goesOnWaitingAndKeepsTheInterrupt() throws Exception {
        assertThat(leadership.lead(1)).isTrue();
        AtomicInteger left = new AtomicInteger();
        Thread waiter = Thread.ofPlatform().start(() -> {
            boolean leads = leadership.lead(1);
            left.set(leads ? -1 : Thread.currentThread().isInterrupted() ? 1 : -2);
        });
        awaitParked(waiter);
        waiter.interrupt();
        assertThat(left).hasValue(0);
        durable.set(1);
        leadership.resign();
        waiter.join();
        assertThat(left).hasValue(1);
    }

    /** As commits go: whoever leads makes the running commit durable and opens the next one; nobody may be forgotten. */
    @Test
    void manyThreads_leadingInTurn_areNeverTwoAndNeverStuck() throws Exception {
        AtomicInteger leaders = new AtomicInteger();
        AtomicLong running = new AtomicLong(1);
        List<Future<Long>> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int i = 0; i < THREADS; i++) {
                results.add(threads.submit(() -> {
                    long led = 0;
                    for (int round = 0; round < ROUNDS; round++) {
                        long commit = running.get();
                        while (durable.get() < commit && leadership.lead(commit)) {
                            assertThat(leaders.incrementAndGet()).isEqualTo(1);
                            durable.set(running.getAndIncrement());
                            leaders.decrementAndGet();
                            leadership.resign();
                            led++;
                        }
                        assertThat(durable.get()).isGreaterThanOrEqualTo(commit);
                    }
                    return led;
                }));
            }
            long commits = 0;
            for (Future<Long> result : results) {
                commits += result.get();
            }
            assertThat(commits).isEqualTo(durable.get()).isBetween(1L, (long) THREADS * ROUNDS);
        }
    }
}
