package io.vexel.paging.replacement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every policy against its naive twin, and what all of them promise. */
class ReplacementPolicyTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final long SEED = 20_260_717;

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SKETCH_CLOCK")
    void textbookPolicies_randomAccesses_evictWhatTheNaiveTwinDoes(PolicyKind kind) {
        for (int round = 0; round < 200; round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            int frames = random.nextInt(1, 40);
            Frames ours = new Frames(kind.create(frames), frames);
            NaivePolicies.Naive naive = NaivePolicies.of(kind, frames);
            int span = random.nextInt(1, 4 * frames + 2);
            for (int i = 0; i < 600; i++) {
                long page = skewed(random, span) + (i > 300 && random.nextInt(3) == 0 ? i : 0);
                assertThat(ours.access(page))
                        .as("seed %s, frames %s, access %s of page %s", SEED + round, frames, i, page)
                        .isEqualTo(naive.access(page));
            }
        }
    }

    /** Pins, drops, scans, and pages that come and go for good; with sketches so wide that pages are told apart, as the twin does. */
    @Test
    void sketchClock_randomAccesses_evictsWhatTheNaiveTwinDoes() {
        long contests = 0;
        for (int round = 0; round < (DEEP ? 3_000 : 150); round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            int frames = random.nextInt(1, 120);
            // A cache that gets less memory than it may take leaves frames empty for good.
            int filled = round % 2 == 0 ? frames : random.nextInt(1, frames + 1);
            Frames ours = new Frames(new SketchClockPolicy(frames, SketchClockPolicy.Tuning.DEFAULT, 1 << 12), filled);
            NaiveSketchClock naive = new NaiveSketchClock(frames, filled);
            Set<Long> pinned = new HashSet<>();
            int span = random.nextInt(1, 4 * frames + 2);
            int pinning = random.nextInt(2) * random.nextInt(30);
            int scanning = random.nextInt(2) * random.nextInt(40);
            for (int i = 0; i < 1_500; i++) {
                long page = skewed(random, span) + (i > 700 && random.nextInt(3) == 0 ? i : 0);
                if (random.nextInt(100) < pinning && ours.holds(page)) {
                    ours.pin(page);
                    pinned.add(page);
                } else if (random.nextInt(100) < pinning) {
                    ours.unpinAll();
                    pinned.clear();
                } else if (random.nextInt(50) == 0 && ours.holds(page)) {
                    ours.drop(page);
                    naive.drop(page);
                    pinned.remove(page);
                }
                AccessHint hint = random.nextInt(100) < scanning ? AccessHint.SCAN : AccessHint.DEMAND;
                long left = naive.access(page, hint, held -> !pinned.contains(held));
                assertThat(ours.access(page, hint))
                        .as("seed %s, frames %s, access %s of page %s, %s", SEED + round, frames, i, page, hint)
                        .isEqualTo(left);
                contests += left >= 0 ? 1 : 0;
            }
        }
        assertThat(contests).isGreaterThan(10_000);
    }

    private static long skewed(SplittableRandom random, int span) {
        return (long) (span * random.nextDouble() * random.nextDouble());
    }

    @ParameterizedTest
    @EnumSource
    void policies_pinsDropsAndScans_nameOnlyFramesThatMayGo(PolicyKind kind) {
        for (int round = 0; round < 100; round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            int count = random.nextInt(1, 30);
            Frames frames = new Frames(kind.create(count), count);
            for (int i = 0; i < 2_000; i++) {
                long page = skewed(random, 4 * count);
                switch (random.nextInt(10)) {
                    case 0 -> frames.unpinAll();
                    case 1, 2 -> {
                        if (frames.holds(page)) {
                            frames.pin(page);
                        }
                    }
                    case 3 -> {
                        if (frames.holds(page)) {
                            frames.drop(page);
                        }
                    }
                    case 4 -> frames.access(page, AccessHint.SCAN);
                    default -> frames.access(page);
                }
            }
            frames.unpinAll();
            frames.access(1_000_000);
            assertThat(frames.holds(1_000_000)).isTrue();
            assertThat(frames.count()).isLessThanOrEqualTo(count);
        }
    }

    @ParameterizedTest
    @EnumSource
    void policies_allPinned_haveNoVictimAndForgetNothing(PolicyKind kind) {
        Frames frames = new Frames(kind.create(4), 4);
        for (long page = 0; page < 4; page++) {
            frames.access(page);
            frames.pin(page);
        }
        assertThat(frames.access(9)).isEqualTo(-1);
        assertThat(frames.holds(9)).isFalse();
        frames.unpinAll();
        for (long page = 10; page < 14; page++) {
            assertThat(frames.access(page)).isNotEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void policies_sameAccesses_giveTheSameVictims(PolicyKind kind) {
        assertThat(victims(kind)).isEqualTo(victims(kind)).hasSizeGreaterThan(100);
    }

    private static List<Long> victims(PolicyKind kind) {
        SplittableRandom random = new SplittableRandom(SEED);
        Frames frames = new Frames(kind.create(50), 50);
        List<Long> victims = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            long left = frames.access(skewed(random, 200));
            if (left >= 0) {
                victims.add(left);
            }
        }
        return victims;
    }

    @ParameterizedTest
    @EnumSource
    void policies_touchesOfOtherThreads_breakNothing(PolicyKind kind) throws InterruptedException {
        int count = 64;
        ReplacementPolicy policy = kind.create(count);
        Frames frames = new Frames(policy, count);
        AtomicBoolean stop = new AtomicBoolean();
        List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    while (!stop.get()) {
                        policy.touched(random.nextInt(count));
                    }
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        try {
            SplittableRandom random = new SplittableRandom(SEED);
            for (int i = 0; i < 50_000; i++) {
                long page = skewed(random, 300);
                if (frames.holds(page) && i % 7 == 0) {
                    frames.drop(page);
                } else {
                    frames.access(page);
                }
            }
        } finally {
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(failures).isEmpty();
        assertThat(frames.count()).isLessThanOrEqualTo(count);
    }

    @Test
    void sketchClock_scanThatIsTold_leavesDemandedPagesWhereTheyAre() {
        Frames frames = new Frames(PolicyKind.DEFAULT.create(100), 100);
        for (int round = 0; round < 3; round++) {
            for (long page = 0; page < 90; page++) {
                frames.access(page);
            }
        }
        for (long page = 1_000; page < 11_000; page++) {
            frames.access(page, AccessHint.SCAN);
        }
        for (long page = 0; page < 90; page++) {
            assertThat(frames.holds(page)).as("page %s", page).isTrue();
        }
    }

    @Test
    void sketchClock_scanThatIsNotTold_leavesMostDemandedPagesWhereTheyAre() {
        Frames frames = new Frames(PolicyKind.DEFAULT.create(100), 100);
        for (int round = 0; round < 5; round++) {
            for (long page = 0; page < 80; page++) {
                frames.access(page);
            }
        }
        for (long page = 1_000; page < 1_500; page++) {
            frames.access(page);
        }
        long kept =
                java.util.stream.LongStream.range(0, 80).filter(frames::holds).count();
        assertThat(kept).isGreaterThanOrEqualTo(70);
    }

    @Test
    void sketchClock_demandThatMovesOn_isFollowed() {
        Frames frames = new Frames(PolicyKind.DEFAULT.create(100), 100);
        for (int round = 0; round < 50; round++) {
            for (long page = 0; page < 80; page++) {
                frames.access(page);
            }
        }
        for (int round = 0; round < 50; round++) {
            for (long page = 500; page < 580; page++) {
                frames.access(page);
            }
        }
        long kept = java.util.stream.LongStream.range(500, 580)
                .filter(frames::holds)
                .count();
        assertThat(kept).isGreaterThanOrEqualTo(70);
    }

    @Test
    void kinds_labels_areReadBack() {
        for (PolicyKind kind : PolicyKind.values()) {
            assertThat(PolicyKind.parse(kind.label())).isEqualTo(kind);
        }
        assertThatThrownBy(() -> PolicyKind.parse("fifo"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("policy=fifo, allowed: sketch-clock, lru, lfu, clock, working-set, arc");
        assertThatThrownBy(() -> PolicyKind.LRU.create(0)).hasMessageContaining("frames=0, allowed: 1..");
    }
}
