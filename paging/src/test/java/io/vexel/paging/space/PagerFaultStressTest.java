package io.vexel.paging.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.paging.compression.Compression;
import io.vexel.paging.compression.CompressionOptions;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Threads beside each other, as in {@link PagerStressTest}, while transfers, reservations and allocations of pages fail now and then: who is told so has changed
 * nothing, nobody waits for ever, and what was written is there in the end.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagerFaultStressTest {

    private static final long SEED = 20_261_128;
    private static final int WRITES = Boolean.getBoolean("vexel.deep") ? 20_000 : 1_500;
    private static final int MOST_WRITES = 1_000 * WRITES;
    private static final int LEAST_FAILED = 10;
    private static final int PAGE = PagerFixture.PAGE;
    private static final int PAGES = 64;
    private static final int WRITERS = 2;

    /** That threads write, and things fail. */
    private final AtomicBoolean writing = new AtomicBoolean();

    private final AtomicIntegerArray written = new AtomicIntegerArray(PAGES);
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong asked = new AtomicLong();

    /** Once in so many times that it is asked, while threads write. */
    private boolean refuses(int oneOf) {
        return writing.get() && asked.incrementAndGet() % oneOf == 0;
    }

    private PagerFixture fixture(boolean compressed) {
        return new PagerFixture(
                PagerFixture.options(24, PolicyKind.DEFAULT),
                4_000,
                MemoryBudget.withRefusal(24 * Bytes.MIB, (_, _) -> refuses(5)),
                compressed
                        ? Optional.of(new CompressionOptions(Compression.LZ4, PAGE, 64 * Bytes.KIB, Long.MAX_VALUE))
                        : Optional.empty(),
                () -> refuses(3));
    }

    private void attempt(Runnable work) {
        try {
            work.run();
        } catch (VexelException e) {
            failed.incrementAndGet();
        }
    }

    private Callable<Object> reader(PageView view, long seed) {
        return () -> {
            SplittableRandom random = new SplittableRandom(seed);
            int[] seen = new int[PAGES];
            while (writing.get()) {
                int page = random.nextInt(PAGES);
                int least = Math.max(seen[page], written.get(page));
                boolean scan = random.nextInt(4) == 0;
                attempt(() -> {
                    seen[page] = PagerStressTest.look(view, page, scan);
                    assertThat(seen[page]).isGreaterThanOrEqualTo(least);
                });
            }
            return null;
        };
    }

    /** On a fast machine all may have been written before anything failed. */
    private boolean isToGoOn(int writes) {
        return writes < WRITES || (failed.get() < LEAST_FAILED && writes < MOST_WRITES);
    }

    @FunctionalInterface
    private interface Writer {
        void write(long offset, MemorySegment bytes);
    }

    /** Writes pages of a remainder, so that each page has one writer, and until things have failed. */
    private Callable<Object> writer(Writer target, int remainder) {
        return () -> {
            SplittableRandom random = new SplittableRandom(SEED + remainder);
            try {
                for (int i = 0; isToGoOn(i) && writing.get(); i++) {
                    int page = random.nextInt(PAGES / WRITERS) * WRITERS + remainder;
                    int generation = written.get(page) + 1;
                    attempt(() -> {
                        target.write((long) page * PAGE, PagerStressTest.page(page, generation));
                        written.set(page, generation);
                    });
                }
            } finally {
                writing.set(false);
            }
            return null;
        };
    }

    /** Each snapshot is the same however often it is looked at, and not older than what was written before. */
    private Callable<Object> forker(AddressSpace space, long start) {
        return () -> {
            while (writing.get()) {
                int[] least = new int[PAGES];
                for (int page = 0; page < PAGES; page++) {
                    least[page] = written.get(page);
                }
                attempt(() -> {
                    try (AddressSpace fork = space.fork()) {
                        Mapping snapshot = fork.mappingAt(start);
                        for (int page = 0; page < PAGES; page++) {
                            int generation = PagerStressTest.look(snapshot, page, false);
                            assertThat(generation).isGreaterThanOrEqualTo(least[page]);
                            assertThat(PagerStressTest.look(snapshot, page, true))
                                    .isEqualTo(generation);
                        }
                        snapshot.write(0, PagerStressTest.page(0, 7));
                    }
                });
            }
            return null;
        };
    }

    private Callable<Object> also(Runnable work) {
        return () -> {
            while (writing.get()) {
                work.run();
                Thread.onSpinWait();
            }
            return null;
        };
    }

    @Test
    void file_ofWhichTransfersFailNowAndThen_losesNothing() throws Exception {
        try (PagerFixture fixture = fixture(false)) {
            NaiveSource source = new NaiveSource(PAGE, PAGES);
            for (int page = 0; page < PAGES; page++) {
                MemorySegment.copy(
                        PagerStressTest.page(page, 0),
                        0,
                        MemorySegment.ofArray(source.bytes),
                        (long) page * PAGE,
                        PAGE);
            }
            PagedFile file = fixture.pager.open(source, PAGES, PAGES);
            SplittableRandom random = new SplittableRandom(SEED + 5);
            SplittableRandom ahead = new SplittableRandom(SEED + 6);
            writing.set(true);
            PagerStressTest.runAll(List.of(
                    reader(file, SEED),
                    reader(file, SEED + 1),
                    writer(file::write, 0),
                    writer(file::write, 1),
                    also(() -> file.prefetch(ahead.longs(6, 0, PAGES).toArray(), 6)),
                    also(() -> attempt(file::flush)),
                    also(() -> source.fail(random.nextInt(8), 1 + random.nextInt(3))),
                    also(() -> fixture.budget.reclaim(1 << 16))));
            source.heal();
            assertThat(fixture.pager.inUse()).isEmpty();
            assertThat(failed.get()).isGreaterThanOrEqualTo(LEAST_FAILED);
            file.close();
            for (int page = 0; page < PAGES; page++) {
                assertThat(MemorySegment.ofArray(source.bytes)
                                .asSlice((long) page * PAGE, PAGE)
                                .mismatch(PagerStressTest.page(page, written.get(page))))
                        .isEqualTo(-1);
            }
            fixture.checkNoPageIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void space_ofWhichReadsOfSwapFailNowAndThen_losesNothing(boolean compressed) throws Exception {
        try (PagerFixture fixture = fixture(compressed)) {
            AddressSpace space = fixture.pager.newSpace();
            Mapping mapping = space.mapAnonymous((long) PAGES * PAGE);
            for (int page = 0; page < PAGES; page++) {
                mapping.write((long) page * PAGE, PagerStressTest.page(page, 0));
            }
            SplittableRandom random = new SplittableRandom(SEED + 5);
            writing.set(true);
            List<Callable<Object>> work = new ArrayList<>(List.of(
                    reader(mapping, SEED),
                    reader(mapping, SEED + 1),
                    writer(mapping::write, 0),
                    writer(mapping::write, 1),
                    forker(space, mapping.start()),
                    also(() -> {
                        fixture.device.healAll();
                        fixture.device.inject(new FaultRule(
                                Fault.READ_ERROR, 0, Long.MAX_VALUE, random.nextInt(8), 1 + random.nextInt(3)));
                    }),
                    also(() -> fixture.budget.reclaim(1 << 16))));
            PagerStressTest.runAll(work);
            fixture.device.healAll();
            assertThat(fixture.pager.inUse()).isEmpty();
            assertThat(failed.get()).isGreaterThanOrEqualTo(LEAST_FAILED);
            for (int page = 0; page < PAGES; page++) {
                assertThat(PagerStressTest.look(mapping, page, false)).isEqualTo(written.get(page));
            }
            space.close();
            fixture.checkNoPageIsLeft();
        }
    }
}
