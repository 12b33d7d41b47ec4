package io.vexel.memory.pressure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.ShrinkPriority;
import io.vexel.memory.Shrinker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PressureMonitorTest {

    private static final long MIB = SystemTree.MIB;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOLD = Duration.ofSeconds(5);

    @TempDir
    Path directory;

    /** Near its wrap-around, since times may only be compared by difference. */
    private final ManualTime time = new ManualTime(Long.MAX_VALUE - 3_000_000_000L);

    private final List<String> told = new ArrayList<>();

    private PressureMonitor monitor(MemoryBudget budget) {
        PressureMonitor monitor = new PressureMonitor(
                budget, PressureOptions.standard().withRoot(directory).withTime(time), () -> MemoryActivity.NONE);
        monitor.addListener((before, now) -> told.add(before + ">" + now));
        return monitor;
    }

    private SystemTree tree() {
        return new SystemTree(directory);
    }

    private PressureLevel after(PressureMonitor monitor, Duration span) {
        time.pass(span);
        return monitor.check();
    }

    /** A cache that gives back what it is asked for. */
    private record Cache(MemoryBudget budget, String name, ShrinkPriority priority) implements Shrinker {

        @Override
        public long reclaimableBytes() {
            return budget.usedByOwner().getOrDefault(name, 0L);
        }

        @Override
        public synchronized long shrink(long bytes) {
            long given = Math.min(bytes, reclaimableBytes());
            budget.release(name, given);
            return given;
        }
    }

    @Test
    void check_budgetFillsAndEmpties_levelsHaveHysteresisAndAreToldOnce() {
        MemoryBudget budget = new MemoryBudget(1000);
        try (PressureMonitor monitor = monitor(budget)) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.NORMAL);
            budget.reserve("rows", 900);
            assertThat(after(monitor, SECOND)).as("10 % left").isEqualTo(PressureLevel.NORMAL);
            budget.reserve("rows", 1);
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.LOW);
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.LOW);
            budget.reserve("rows", 50);
            assertThat(after(monitor, SECOND)).as("4.9 % left").isEqualTo(PressureLevel.CRITICAL);
            budget.release("rows", 31);
            assertThat(after(monitor, HOLD)).as("8 % left").isEqualTo(PressureLevel.CRITICAL);
            budget.release("rows", 30);
            assertThat(after(monitor, SECOND)).as("11 %, not for long").isEqualTo(PressureLevel.CRITICAL);
            assertThat(after(monitor, HOLD)).as("11 %, held").isEqualTo(PressureLevel.LOW);
            assertThat(after(monitor, HOLD)).isEqualTo(PressureLevel.LOW);
            budget.release("rows", 40);
            assertThat(after(monitor, HOLD)).as("15 %").isEqualTo(PressureLevel.NORMAL);
        }
        assertThat(told).containsExactly("NORMAL>LOW", "LOW>CRITICAL", "CRITICAL>LOW", "LOW>NORMAL");
    }

    @Test
    void check_aShortDip_isHeldAndDoesNotFlap() {
        MemoryBudget budget = new MemoryBudget(1000);
        try (PressureMonitor monitor = monitor(budget)) {
            for (int i = 0; i < 20; i++) {
                budget.reserve("rows", 950);
                assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.LOW);
                budget.release("rows", 950);
                assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.LOW);
            }
            assertThat(after(monitor, HOLD)).isEqualTo(PressureLevel.NORMAL);
        }
        assertThat(told).containsExactly("NORMAL>LOW", "LOW>NORMAL");
    }

    @Test
    void check_aCacheFillsTheBudget_isNoPressure() {
        MemoryBudget budget = new MemoryBudget(1000);
        budget.addShrinker(new Cache(budget, "cache", ShrinkPriority.CACHED));
        budget.reserve("cache", 1000);
        try (PressureMonitor monitor = monitor(budget)) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.NORMAL);
            assertThat(budget.usedBytes()).isEqualTo(1000);
        }
    }

    @Test
    void check_groupOfVersion2_givesBackAQuarterThenAllAndGrowsSlowly() {
        SystemTree tree = tree().version2();
        MemoryBudget budget = new MemoryBudget(2000 * MIB);
        budget.addShrinker(new Cache(budget, "cache", ShrinkPriority.CACHED));
        budget.addShrinker(new Cache(budget, "costly", ShrinkPriority.COSTLY));
        budget.reserve("cache", 400 * MIB);
        budget.reserve("costly", 400 * MIB);
        try (PressureMonitor monitor = monitor(budget)) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.NORMAL);
            tree.used(920 * MIB);
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.LOW);
            assertThat(budget.usedByOwner()).as("a quarter of 800").containsEntry("cache", 200 * MIB);
            assertThat(budget.usedByOwner()).containsEntry("costly", 400 * MIB);
            assertThat(budget.availableForCaches()).isZero();
            assertThat(budget.availableBytes()).isEqualTo(1400 * MIB);
            tree.used(980 * MIB);
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.CRITICAL);
            assertThat(budget.usedBytes()).isZero();
            assertThat(budget.cacheLimitBytes()).isZero();
            assertThat(monitor.statistics().events().reclaimedBytes()).isEqualTo(800 * MIB);

            tree.used(500 * MIB);
            assertThat(after(monitor, HOLD)).isEqualTo(PressureLevel.NORMAL);
            assertThat(budget.cacheLimitBytes())
                    .as("five seconds of the least step")
                    .isEqualTo(5 * MIB);
            long before = budget.cacheLimitBytes();
            for (int i = 0; i < 200; i++) {
                after(monitor, SECOND);
                assertThat(budget.cacheLimitBytes()).isBetween(before, before + Math.max(before / 16, MIB));
                before = budget.cacheLimitBytes();
            }
            assertThat(before).as("all of it, in the end").isEqualTo(2000 * MIB);
        }
        assertThat(told).containsExactly("NORMAL>LOW", "LOW>CRITICAL", "CRITICAL>NORMAL");
    }

    @Test
    void check_groupOfVersion2_filePagesAndLimitsAroundItCount() {
        SystemTree tree = tree().version2().used(980 * MIB);
        tree.put("/sys/fs/cgroup/system.slice/vexel.service/memory.stat", "inactive_file " + 300 * MIB + "\n");
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).as("320 of 1,000 available").isEqualTo(PressureLevel.NORMAL);
            tree.put("/sys/fs/cgroup/system.slice/memory.high", 960 * MIB + "\n");
            assertThat(after(monitor, SECOND))
                    .as("60 of 960 in the group around it")
                    .isEqualTo(PressureLevel.LOW);
            assertThat(monitor.statistics().sources().getFirst().text())
                    .isEqualTo("6.3 % of 1006632960 bytes of /sys/fs/cgroup/system.slice are available");
        }
    }

    @Test
    void check_groupOfVersion2_countsOfEventsRaiseTheLevel() {
        SystemTree tree = tree().version2().events(7, 1);
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).as("what was before").isEqualTo(PressureLevel.NORMAL);
            tree.events(8, 1);
            assertThat(after(monitor, SECOND)).as("at the limit, by file pages").isEqualTo(PressureLevel.NORMAL);
            tree.events(9, 1).used(870 * MIB);
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.LOW);
            assertThat(after(monitor, HOLD)).as("13 % left").isEqualTo(PressureLevel.LOW);
            tree.events(9, 2);
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.CRITICAL);
            tree.used(10 * MIB);
            assertThat(after(monitor, HOLD)).isEqualTo(PressureLevel.NORMAL);
        }
    }

    @Test
    void check_groupOfVersion1InAContainer_isFoundAndRead() {
        SystemTree tree = tree().version1();
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.NORMAL);
            assertThat(monitor.statistics().sources().getFirst().name()).isEqualTo("/sys/fs/cgroup/me mory");
            tree.put("/sys/fs/cgroup/me mory/memory.usage_in_bytes", 960 * MIB + "\n");
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.CRITICAL);
            tree.put("/sys/fs/cgroup/me mory/memory.stat", "total_inactive_file " + 100 * MIB + "\n");
            tree.put("/sys/fs/cgroup/me mory/memory.failcnt", "3\n");
            assertThat(after(monitor, HOLD))
                    .as("14 % left, and the limit was met")
                    .isEqualTo(PressureLevel.LOW);
            tree.put("/sys/fs/cgroup/me mory/memory.limit_in_bytes", "9223372036854771712\n");
            assertThat(after(monitor, HOLD))
                    .as("no limit any more: nothing to read")
                    .isEqualTo(PressureLevel.LOW);
        }
    }

    @Test
    void check_stalls_areThoseOfTheGroupOrElseOfTheMachine() {
        SystemTree tree = tree().stalls("0.00", "0.00", 1_000_000, 0);
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.NORMAL);
            tree.stalls("0.40", "0.00", 1_120_000, 0);
            assertThat(after(monitor, SECOND)).as("120 ms of a second").isEqualTo(PressureLevel.LOW);
            tree.stalls("11.00", "10.00", 1_130_000, 1);
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.CRITICAL);
            tree.stalls("6.00", "4.99", 1_140_000, 1);
            assertThat(after(monitor, HOLD)).as("some waits").isEqualTo(PressureLevel.LOW);
            tree.stalls("4.99", "4.99", 1_140_000, 1);
            assertThat(after(monitor, HOLD)).isEqualTo(PressureLevel.NORMAL);
            assertThat(monitor.stallFile()).hasValue(directory.resolve("proc/pressure/memory"));
        }
        tree.version2().stalls("/sys/fs/cgroup/system.slice/vexel.service/memory.pressure", "50.00", "0.00", 0, 0);
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.LOW);
            assertThat(monitor.stallFile())
                    .hasValue(directory.resolve("sys/fs/cgroup/system.slice/vexel.service/memory.pressure"));
        }
    }

    @Test
    void check_nothingToSee_isNormal() {
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.NORMAL);
            assertThat(monitor.statistics().sources()).isEmpty();
            assertThat(monitor.stallFile()).isEmpty();
        }
    }

    @Test
    void check_aGroupWithANameThatNoFileHas_isNoSource() {
        tree().version2().put("/proc/self/cgroup", "0::/system.slice/\0\n");
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.NORMAL);
            assertThat(monitor.statistics().sources().getFirst().name()).isEqualTo("/sys/fs/cgroup/system.slice");
        }
    }

    @Test
    void check_aSourceGoesAway_keepsItsLevelAndIsCounted() {
        SystemTree tree = tree().stalls("20.00", "0.00", 0, 0);
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.LOW);
            tree.put("/proc/pressure/memory", "some avg10=oops total=1\n");
            assertThat(after(monitor, HOLD)).isEqualTo(PressureLevel.LOW);
            assertThat(monitor.statistics().events().unreadable()).isEqualTo(1);
        }
    }

    @Test
    void fired_beforeTheShareHasRisen_isLow() {
        tree().stalls("0.00", "0.00", 0, 0);
        try (PressureMonitor monitor = monitor(MemoryBudget.unlimited())) {
            assertThat(monitor.check()).isEqualTo(PressureLevel.NORMAL);
            monitor.fired();
            assertThat(after(monitor, SECOND)).isEqualTo(PressureLevel.LOW);
            assertThat(after(monitor, HOLD)).isEqualTo(PressureLevel.NORMAL);
            assertThat(monitor.statistics().events().triggers()).isEqualTo(1);
        }
    }

    @Test
    void listeners_thatFailOrCallBack_harmNobody() {
        MemoryBudget budget = new MemoryBudget(1000);
        try (PressureMonitor monitor = monitor(budget)) {
            PressureListener removed = (_, _) -> told.add("removed");
            monitor.addListener((_, _) -> {
                throw new IllegalStateException("a listener");
            });
            monitor.addListener((_, now) -> told.add("called back " + monitor.check() + " " + now));
            monitor.addListener(removed);
            monitor.removeListener(removed);
            budget.reserve("rows", 1000);
            assertThat(monitor.check()).isEqualTo(PressureLevel.CRITICAL);
        }
        assertThat(told).containsExactly("NORMAL>CRITICAL", "called back CRITICAL CRITICAL");
    }

    @Test
    void history_samplesOnceAnInterval_withWhatHappenedBetween() {
        MemoryBudget budget = new MemoryBudget(1000);
        long[] counted = {5, 2};
        PressureOptions options = PressureOptions.standard().withRoot(directory).withTime(time);
        try (PressureMonitor monitor =
                new PressureMonitor(budget, options, () -> new MemoryActivity(counted[0], counted[1]))) {
            long start = time.nanoTime();
            monitor.check();
            counted[0] = 25;
            after(monitor, Duration.ofMillis(999));
            budget.reserve("rows", 400);
            counted[1] = 3;
            after(monitor, Duration.ofMillis(1));
            assertThat(monitor.history().samples())
                    .containsExactly(
                            new MemorySample(start, PressureLevel.NORMAL, 0, 5, 2),
                            new MemorySample(start + SECOND.toNanos(), PressureLevel.NORMAL, 400, 20, 1));
            assertThat(monitor.statistics().last().orElseThrow().usedBytes()).isEqualTo(400);
        }
    }

    @Test
    void close_afterAShortage_letsCachesUseTheBudgetAndChecksNothing() {
        SystemTree tree = tree().version2().used(990 * MIB);
        MemoryBudget budget = new MemoryBudget(2000 * MIB);
        PressureMonitor monitor = monitor(budget);
        assertThat(monitor.check()).isEqualTo(PressureLevel.CRITICAL);
        assertThat(budget.availableForCaches()).isZero();
        monitor.close();
        monitor.close();
        assertThat(budget.availableForCaches()).isEqualTo(2000 * MIB);
        tree.used(0);
        assertThat(after(monitor, HOLD)).as("as it was").isEqualTo(PressureLevel.CRITICAL);
        assertThat(budget.availableForCaches()).isEqualTo(2000 * MIB);
    }

    /** Waits as the test says, and tells when the thread waits. */
    private static final class Scripted implements Waiter {

        final SynchronousQueue<Cause> causes = new SynchronousQueue<>();
        final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean woken;

        @Override
        public Cause await(long nanos) {
            try {
                return woken ? Cause.TIME : causes.take();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void wake() {
            woken = true;
            causes.offer(Cause.TIME);
        }

        @Override
        public void close() {
            ended.countDown();
        }
    }

    @Test
    void thread_afterTheFirstWait_looksAtEachAndEndsWithItsWaiters() throws InterruptedException {
        tree().stalls("0.00", "0.00", 0, 0);
        Scripted first = new Scripted();
        Scripted armed = new Scripted();
        PressureMonitor monitor = monitor(MemoryBudget.unlimited());
        monitor.startWith(first, () -> Optional.of(armed));
        assertThat(monitor.statistics().events().looks())
                .as("nothing before the first wait")
                .isZero();
        first.causes.put(Waiter.Cause.TIME);
        // Taken by the thread when it waits again, hence after its look.
        armed.causes.put(Waiter.Cause.TRIGGER);
        armed.causes.put(Waiter.Cause.TIME);
        assertThat(monitor.level()).isEqualTo(PressureLevel.LOW);
        assertThat(monitor.statistics().events().triggers()).isEqualTo(1);
        first.ended.await();
        monitor.close();
        armed.ended.await();
        assertThat(monitor.statistics().events().looks()).isBetween(2L, 3L);
    }

    @Test
    void thread_afterALookThatFailed_looksAgain() throws InterruptedException {
        tree().version2().used(990 * MIB);
        MemoryBudget budget = new MemoryBudget(2000 * MIB);
        CountDownLatch asked = new CountDownLatch(2);
        budget.addShrinker(new Shrinker() {
            @Override
            public String name() {
                return "failing";
            }

            @Override
            public long reclaimableBytes() {
                return 1;
            }

            @Override
            public long shrink(long bytes) {
                asked.countDown();
                throw new IllegalStateException("a shrinker");
            }
        });
        Scripted waiter = new Scripted();
        PressureMonitor monitor = monitor(budget);
        monitor.startWith(waiter, Optional::empty);
        waiter.causes.put(Waiter.Cause.TIME);
        waiter.causes.put(Waiter.Cause.TIME);
        asked.await();
        monitor.close();
        waiter.ended.await();
        assertThat(monitor.level()).isEqualTo(PressureLevel.CRITICAL);
    }

    @Test
    void start_onThisMachine_endsAtOnceWhenClosed() {
        // Whatever the machine has: triggers where it lets us arm them. An hour's wait that would not end fails by the
        // build's time limit.
        PressureOptions options = PressureOptions.standard().withInterval(Duration.ofHours(1));
        for (int i = 0; i < 20; i++) {
            PressureMonitor.start(new MemoryBudget(1000), options, () -> MemoryActivity.NONE)
                    .close();
        }
        try (PressureMonitor monitor =
                new PressureMonitor(new MemoryBudget(1000), options, () -> MemoryActivity.NONE)) {
            monitor.check();
            assertThat(monitor.statistics().sources().getFirst().name()).isEqualTo("budget");
            monitor.stallFile().flatMap(TriggerWaiter::arm).ifPresent(waiter -> {
                waiter.wake();
                assertThat(waiter.await(Duration.ofHours(1).toNanos())).isEqualTo(Waiter.Cause.TIME);
                waiter.close();
                waiter.wake();
            });
        }
    }

    @Test
    void threads_checkingListeningAndReserving_seeAChainOfChanges() throws InterruptedException {
        MemoryBudget budget = new MemoryBudget(1_000_000);
        budget.addShrinker(new Cache(budget, "cache", ShrinkPriority.CACHED));
        PressureOptions options = PressureOptions.standard().withRoot(directory).withHold(Duration.ZERO);
        List<PressureLevel> chain = new ArrayList<>(List.of(PressureLevel.NORMAL));
        List<Throwable> failures = new ArrayList<>();
        try (PressureMonitor monitor = new PressureMonitor(budget, options, () -> MemoryActivity.NONE)) {
            // Told by one thread at a time, so the list needs no lock of its own.
            monitor.addListener((before, now) -> {
                assertThat(before).isEqualTo(chain.getLast()).isNotEqualTo(now);
                chain.add(now);
            });
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                java.util.SplittableRandom random = new java.util.SplittableRandom(t);
                String owner = t == 0 ? "cache" : "owner" + t;
                Thread thread = new Thread(() -> {
                    PressureListener other = (_, _) -> {};
                    for (int i = 0; i < 2_000; i++) {
                        long bytes = random.nextLong(20_000);
                        monitor.addListener(other);
                        boolean reserved = budget.tryReserve(owner, bytes);
                        monitor.check();
                        monitor.statistics();
                        // What a cache holds may have been given back meanwhile.
                        if (owner.equals("cache")) {
                            budget.reclaim(1_000_000);
                        } else if (reserved) {
                            budget.release(owner, bytes);
                        }
                        monitor.removeListener(other);
                    }
                });
                thread.setUncaughtExceptionHandler((_, e) -> {
                    synchronized (failures) {
                        failures.add(e);
                    }
                });
                threads.add(thread);
            }
            threads.forEach(Thread::start);
            for (int i = 0; i < 100; i++) {
                // The others have 60,000 at most, so what they do decides between LOW and CRITICAL alone.
                budget.reserve("ballast", 920_000);
                while (monitor.check() == PressureLevel.NORMAL) {
                    Thread.onSpinWait();
                }
                budget.release("ballast", 920_000);
                while (monitor.check() != PressureLevel.NORMAL) {
                    Thread.onSpinWait();
                }
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            assertThat(chain).hasSizeGreaterThanOrEqualTo(201).last().isEqualTo(monitor.level());
            PressureStatistics.Events events = monitor.statistics().events();
            assertThat(events.rises() + events.falls()).isEqualTo(chain.size() - 1);
        }
    }

    @Test
    void options_outOfRange_areRefused() {
        PressureOptions options = PressureOptions.standard();
        assertThatThrownBy(() -> options.withInterval(Duration.ZERO)).hasMessageContaining("interval=PT0S, allowed: ");
        assertThatThrownBy(() -> options.withHold(Duration.ofMillis(-1))).hasMessageContaining("hold=PT-0.001S");
        assertThatThrownBy(() -> new MemoryHistory(0)).hasMessageContaining("capacity=0, allowed: 1..1048576");
    }
}
