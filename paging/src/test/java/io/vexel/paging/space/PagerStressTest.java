package io.vexel.paging.space;

import static io.vexel.memory.raw.RawMemory.ALL;
import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.PolicyKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/**
 * Readers without locks beside faults, evictions, writers, forks and a shrinker, in few frames. Every word of page p in generation g is p * 2^32 +
 * g, so a reader sees whether what it read is one page, the right one, and not older than what was written before it began.
 */
class PagerStressTest {

    private static final long SEED = 20_261_127;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int PAGE = PagerFixture.PAGE;
    private static final int PAGES = 64;
    private static final int WRITES = DEEP ? 200_000 : 1_500;

    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final AtomicIntegerArray written = new AtomicIntegerArray(PAGES);

    static MemorySegment page(int page, int generation) {
        long[] words = new long[PAGE / Long.BYTES];
        java.util.Arrays.fill(words, word(page, generation));
        return MemorySegment.ofArray(MemorySegment.ofArray(words).toArray(ValueLayout.JAVA_BYTE));
    }

    private static long word(int page, int generation) {
        return (long) page << Integer.SIZE | generation;
    }

    /** Looks at a page without a lock and returns its generation. */
    static int look(PageView view, int page, boolean scan) {
        while (true) {
            long stamp = scan ? view.peek(page) : view.tryRead(page);
            if (stamp == PageView.ABSENT) {
                stamp = view.fault(page, scan ? AccessHint.SCAN : AccessHint.DEMAND);
            }
            long address = view.address(stamp);
            long first = ALL.get(ValueLayout.JAVA_LONG, address);
            boolean same = true;
            for (int at = Long.BYTES; at < PAGE; at += Long.BYTES) {
                same &= ALL.get(ValueLayout.JAVA_LONG, address + at) == first;
            }
            if (view.validate(page, stamp)) {
                assertThat(same).as("page %s is whole", page).isTrue();
                assertThat(first >>> Integer.SIZE).as("page").isEqualTo(page);
                return (int) first;
            }
        }
    }

    private Callable<Object> reader(PageView view, long seed) {
        return () -> {
            SplittableRandom random = new SplittableRandom(seed);
            int[] seen = new int[PAGES];
            while (writing.get()) {
                int page = random.nextInt(PAGES);
                int least = Math.max(seen[page], written.get(page));
                seen[page] = look(view, page, random.nextInt(4) == 0);
                assertThat(seen[page]).isGreaterThanOrEqualTo(least);
            }
            return null;
        };
    }

    @FunctionalInterface
    private interface Writer {
        void write(long offset, MemorySegment bytes);
    }

    /** Writes pages of a remainder, so that each page has one writer. */
    private Callable<Object> writer(Writer target, int remainder, int writers, long seed) {
        return () -> {
            SplittableRandom random = new SplittableRandom(seed);
            try {
                for (int i = 0; i < WRITES && writing.get(); i++) {
                    int page = random.nextInt(PAGES / writers) * writers + remainder;
                    int generation = written.get(page) + 1;
                    target.write((long) page * PAGE, page(page, generation));
                    written.set(page, generation);
                }
            } finally {
                writing.set(false);
            }
            return null;
        };
    }

    /** Writes two pages at once, those of a remainder among the pairs. */
    private Callable<Object> pairWriter(Writer target, int remainder, int writers, long seed) {
        return () -> {
            SplittableRandom random = new SplittableRandom(seed);
            try {
                for (int i = 0; i < WRITES && writing.get(); i++) {
                    int page = 2 * (random.nextInt(PAGES / 2 / writers) * writers + remainder);
                    int generation = written.get(page) + 1;
                    byte[] both = new byte[2 * PAGE];
                    MemorySegment.copy(page(page, generation), 0, MemorySegment.ofArray(both), 0, PAGE);
                    MemorySegment.copy(page(page + 1, generation), 0, MemorySegment.ofArray(both), PAGE, PAGE);
                    target.write((long) page * PAGE, MemorySegment.ofArray(both));
                    written.set(page, generation);
                    written.set(page + 1, generation);
                }
            } finally {
                writing.set(false);
            }
            return null;
        };
    }

    /** Takes snapshots: each is the same however often it is looked at, has all of a write or none, and is not older than what was written before. */
    private Callable<Object> forker(AddressSpace space, long start) {
        return () -> {
            // Once in any case, also when the writers are done before it begins.
            do {
                int[] least = new int[PAGES];
                for (int page = 0; page < PAGES; page++) {
                    least[page] = written.get(page);
                }
                try (AddressSpace fork = space.fork()) {
                    Mapping snapshot = fork.mappingAt(start);
                    for (int page = 0; page < PAGES; page++) {
                        int generation = look(snapshot, page, false);
                        assertThat(generation).isGreaterThanOrEqualTo(least[page]);
                        assertThat(look(snapshot, page, false)).isEqualTo(generation);
                        least[page] = generation;
                        assertThat(generation)
                                .as("pages %s and %s", page & -2, page | 1)
                                .isEqualTo(least[page & -2]);
                    }
                    snapshot.write(0, page(0, 7));
                    for (int page = 1; page < PAGES; page++) {
                        assertThat(look(snapshot, page, true)).isEqualTo(least[page]);
                    }
                }
            } while (writing.get());
            return null;
        };
    }

    private Callable<Object> prefetcher(PagedFile file) {
        return () -> {
            SplittableRandom random = new SplittableRandom(SEED + 9);
            while (writing.get()) {
                file.prefetch(random.longs(6, 0, PAGES).toArray(), 6);
            }
            return null;
        };
    }

    private Callable<Object> shrinker(MemoryBudget budget) {
        return () -> {
            while (writing.get()) {
                budget.reclaim(1 << 16);
                Thread.onSpinWait();
            }
            return null;
        };
    }

    static void runAll(List<Callable<Object>> work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(work.size())) {
            List<Future<Object>> results = new ArrayList<>();
            work.forEach(each -> results.add(executor.submit(each)));
            for (Future<Object> result : results) {
                result.get();
            }
        }
    }

    private static PagerFixture fixture(PolicyKind policy) {
        return new PagerFixture(PagerFixture.options(24, policy), 4_000, new MemoryBudget(24 * Bytes.MIB));
    }

    @Test
    void file_readersBesideWritersEvictionsAndAShrinker_seeWholePagesOfTheirOwn() throws Exception {
        for (PolicyKind policy : List.of(PolicyKind.DEFAULT, PolicyKind.LRU)) {
            writing.set(true);
            try (PagerFixture fixture = fixture(policy)) {
                NaiveSource source = new NaiveSource(PAGE, PAGES);
                for (int page = 0; page < PAGES; page++) {
                    written.set(page, 0);
                    MemorySegment.copy(page(page, 0), 0, MemorySegment.ofArray(source.bytes), (long) page * PAGE, PAGE);
                }
                PagedFile file = fixture.pager.open(source, PAGES, PAGES);
                runAll(List.of(
                        reader(file, SEED),
                        reader(file, SEED + 1),
                        writer(file::write, 0, 2, SEED + 2),
                        writer(file::write, 1, 2, SEED + 3),
                        prefetcher(file),
                        shrinker(fixture.budget)));
                file.close();
                for (int page = 0; page < PAGES; page++) {
                    assertThat(MemorySegment.ofArray(source.bytes)
                                    .asSlice((long) page * PAGE, PAGE)
                                    .mismatch(page(page, written.get(page))))
                            .isEqualTo(-1);
                }
                assertThat(fixture.pager.statistics().traffic().evictions()).isPositive();
                fixture.checkNoPageIsLeft();
            }
        }
    }

    @Test
    void space_readersBesideWritersForksAndSwap_seeWholePagesOfTheirOwn() throws Exception {
        try (PagerFixture fixture = fixture(PolicyKind.DEFAULT)) {
            AddressSpace space = fixture.pager.newSpace();
            Mapping mapping = space.mapAnonymous((long) PAGES * PAGE);
            for (int page = 0; page < PAGES; page++) {
                mapping.write((long) page * PAGE, page(page, 0));
            }
            runAll(List.of(
                    reader(mapping, SEED),
                    reader(mapping, SEED + 1),
                    pairWriter(mapping::write, 0, 2, SEED + 2),
                    pairWriter(mapping::write, 1, 2, SEED + 3),
                    forker(space, mapping.start()),
                    shrinker(fixture.budget)));
            for (int page = 0; page < PAGES; page++) {
                assertThat(look(mapping, page, false)).isEqualTo(written.get(page));
            }
            assertThat(fixture.pager.statistics().faults().copyOnWrite()).isPositive();
            assertThat(fixture.swap.statistics().pagesIn()).isPositive();
            space.close();
            fixture.checkNoPageIsLeft();
        }
    }

    /** Halves of a page belong to two writers, each of which finds what it wrote the last time. */
    private Callable<Object> halfWriter(Mapping mapping, int half) {
        return () -> {
            byte[] bytes = new byte[PAGE / 2];
            byte[] read = new byte[PAGE / 2];
            try {
                for (int i = 0; i < 20 * WRITES && writing.get(); i++) {
                    long offset = (long) (i & 3) * PAGE + (long) half * PAGE / 2;
                    // What the other half's copy of the page could have lost has had time to get lost.
                    java.util.Arrays.fill(bytes, i < 4 ? 0 : (byte) (i - 4));
                    mapping.read(offset, MemorySegment.ofArray(read));
                    assertThat(read)
                            .as("page %s, half %s, round %s", i & 3, half, i)
                            .isEqualTo(bytes);
                    java.util.Arrays.fill(bytes, (byte) i);
                    mapping.write(offset, MemorySegment.ofArray(bytes));
                }
            } finally {
                writing.set(false);
            }
            return null;
        };
    }

    @Test
    void space_writersOfOnePageBesideForks_loseNothing() throws Exception {
        try (PagerFixture fixture = fixture(PolicyKind.DEFAULT)) {
            AddressSpace space = fixture.pager.newSpace();
            Mapping mapping = space.mapAnonymous(4L * PAGE);
            runAll(List.of(halfWriter(mapping, 0), halfWriter(mapping, 1), () -> {
                while (writing.get()) {
                    space.fork().close();
                }
                return null;
            }));
            space.close();
            fixture.checkNoPageIsLeft();
        }
    }
}
