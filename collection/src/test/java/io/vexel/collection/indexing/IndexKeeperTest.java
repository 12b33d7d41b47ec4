package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.CorruptionException;
import io.vexel.base.Deadline;
import io.vexel.base.TimeSource;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.IndexStatus.Phase;
import io.vexel.collection.indexing.ActiveIndexTest.HookedVectors;
import io.vexel.filesystem.FileKind;
import io.vexel.filesystem.FileSystem;
import io.vexel.index.Cancellation;
import io.vexel.index.Effort;
import io.vexel.index.GraphSpec;
import io.vexel.index.QueryVector;
import io.vexel.index.SearchRequest;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.space.PageTiers;
import io.vexel.paging.space.Pager;
import io.vexel.paging.space.PagerOptions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index that is used where it was saved: what searches meet in it, and what becomes of it when it is loaded. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IndexKeeperTest {

    private static final int ROWS = ActiveIndexTest.ROWS;
    private static final int SEARCHING = 3;
    private static final int OPENINGS = Boolean.getBoolean("vexel.deep") ? 2_000 : 60;
    private static final int LEAVINGS = Boolean.getBoolean("vexel.deep") ? 300 : 5;

    private final FileSystem files = ActiveIndexTest.fileSystem();
    private final HookedVectors vectors = new HookedVectors();
    private final AtomicBoolean refusing = new AtomicBoolean();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicBoolean relieving = new AtomicBoolean();
    private final AtomicInteger reliefs = new AtomicInteger();
    private final MemoryBudget budget = MemoryBudget.withRefusal(Bytes.GIB, (_, _) -> refuses());
    private final AtomicInteger caches = new AtomicInteger();
    private final AtomicInteger walked = new AtomicInteger();
    private volatile boolean walks = true;
    private volatile Runnable onReserve = () -> {};

    private boolean refuses() {
        onReserve.run();
        return refusing.get() && refused.incrementAndGet() > 0;
    }

    /** A cache for one index, each time it is asked for. */
    private final class Cache implements IndexedRows.PageCache {

        private Optional<Pager> pager = Optional.empty();
        private Optional<PageAllocator> allocator = Optional.empty();

        @Override
        public Optional<Pager> pager() {
            return pager;
        }

        @Override
        public void wantMemory() {
            // There is no other.
        }

        @Override
        public Optional<IndexedRows.PageCache> forLoading(long savedBytes) {
            if (!walks) {
                return Optional.empty();
            }
            Cache cache = new Cache();
            PageAllocator frames = PageAllocator.create(
                    budget, PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 1, 0, Bytes.MIB)));
            cache.allocator = Optional.of(frames);
            cache.pager =
                    Optional.of(Pager.create(PagerOptions.ofBytes(4096, Bytes.MIB), budget, frames, PageTiers.none()));
            caches.incrementAndGet();
            walked.incrementAndGet();
            return Optional.of(cache);
        }

        @Override
        public void release() {
            pager.ifPresent(Pager::close);
            allocator.ifPresent(PageAllocator::close);
            caches.decrementAndGet();
        }
    }

    @BeforeEach
    void save() {
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            keeper.replace(Optional.of(GraphSpec.defaults().withEfConstruction(24)));
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            keeper.close();
        }
    }

    @AfterEach
    void close() {
        vectors.close();
        files.close();
        assertThat(budget.usedByOwner()).isEmpty();
        assertThat(caches).hasValue(0);
    }

    private IndexedRows rows(boolean readOnly) {
        return rows(readOnly, new Cache());
    }

    private IndexedRows rows(boolean readOnly, IndexedRows.PageCache cache) {
        return new IndexedRows(
                ActiveIndexTest.SPEC,
                files,
                FileSystem.ROOT,
                readOnly,
                budget,
                TimeSource.SYSTEM,
                vectors,
                _ -> relieving.get() && reliefs.incrementAndGet() > 0,
                cache,
                () -> new IndexedRows.State(ROWS, ROWS, ordinal -> ordinal < ROWS),
                _ -> -1);
    }

    /** A keeper whose index is walked until somebody has it loaded. */
    private IndexKeeper walking(Indexers indexers) {
        IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
        search(keeper);
        assertThat(keeper.status().phase()).isEqualTo(Phase.LOADING);
        return keeper;
    }

    private void search(IndexKeeper keeper) {
        try (IndexLease lease = keeper.enter(Cancellation.NONE)) {
            SearchRequest request = SearchRequest.nearest(QueryVector.of(vectors.row(1)), 5);
            assertThat(lease.index()
                            .orElseThrow()
                            .search(request, Effort.of(50))
                            .neighbors()
                            .getFirst()
                            .ordinal(0))
                    .isEqualTo(1);
        }
    }

    private static CorruptionException damage() {
        return Layout.corrupt("index.pages", "a row twice");
    }

    @Test
    void distrust_ofAnIndexThatWasReplacedMeanwhile_leavesTheNewOneAlone() throws Exception {
        try (Indexers indexers = new Indexers(0);
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            IndexKeeper keeper = walking(indexers);
            IndexLease lease = keeper.enter(Cancellation.NONE);
            Future<?> loading = other.submit(keeper::awaitLoaded);
            while (keeper.status().phase() == Phase.LOADING) {
                Thread.onSpinWait();
            }
            lease.distrust(damage());
            lease.close();
            loading.get();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.status().problem()).isEmpty();
            search(keeper);
            keeper.awaitIndexed();
            keeper.close();
        }
    }

    @Test
    void distrust_ofAnIndexThatIsWalked_isReportedUntilItIsLoadedAndFoundSound() {
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = walking(indexers);
            try (IndexLease lease = keeper.enter(Cancellation.NONE)) {
                lease.distrust(damage());
            }
            IndexStatus status = keeper.status();
            assertThat(status.phase()).isEqualTo(Phase.LOADING);
            assertThat(status.problem()).get().asString().contains("the index cannot be used", "a row twice");
            try (IndexLease lease = keeper.enter(Cancellation.NONE)) {
                assertThat(lease.index()).isEmpty();
                assertThat(lease.watermark()).isZero();
            }
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.status().problem()).isEmpty();
            search(keeper);
            keeper.close();
        }
    }

    @Test
    void distrust_ofAnIndexInMemory_endsTheWorkOnIt() {
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = walking(indexers);
            keeper.awaitLoaded();
            try (IndexLease lease = keeper.enter(Cancellation.NONE)) {
                lease.distrust(damage());
            }
            assertThat(keeper.status().phase()).isEqualTo(Phase.UNUSABLE);
            assertThat(keeper.status().problem()).get().asString().contains("a row twice");
            keeper.close();
        }
    }

    @Test
    void load_refusedMemory_goesOnWhereTheIndexWasSaved() {
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = walking(indexers);
            refusing.set(true);
            keeper.awaitLoaded();
            IndexStatus status = keeper.status();
            assertThat(status.phase()).isEqualTo(Phase.LOADING);
            assertThat(status.shortage()).isPresent();
            assertThat(status.problem()).isEmpty();
            assertThat(keeper.isBusy()).isFalse();
            search(keeper);
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.LOADING);
            assertThat(keeper.retireDead()).get().asString().contains("waits for memory");
            assertThatThrownBy(keeper::verify)
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("to load the index of collection");
            int asked = refused.get();
            keeper.checkpoint();
            assertThat(keeper.step()).isFalse();
            assertThat(refused).as("nobody tries before there is more memory").hasValue(asked);
            refusing.set(false);
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.status().shortage()).isEmpty();
            search(keeper);
            keeper.close();
        }
    }

    @Test
    void replaceOrClose_whileThereIsNoMemoryToLoad_isPossible() {
        for (boolean replaces : new boolean[] {true, false}) {
            try (Indexers indexers = new Indexers(0)) {
                IndexKeeper keeper = walking(indexers);
                refusing.set(true);
                keeper.awaitLoaded();
                if (replaces) {
                    keeper.rebuild();
                    refusing.set(false);
                    keeper.awaitIndexed();
                    assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
                }
                keeper.close();
                refusing.set(false);
            }
        }
    }

    /** Chunks that are freed and loaded again would have it try for ever. */
    @Test
    void growth_refusedForHeadroom_waitsThoughOthersCanGiveMemoryBack() {
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = walking(indexers);
            keeper.replace(
                    Optional.of(GraphSpec.defaults().withEfConstruction(24).withRows(GraphSpec.Rows.SMALL)));
            long taken = budget.availableBytes() - 24 * Bytes.MIB;
            budget.reserve("hog", taken);
            relieving.set(true);
            keeper.awaitIndexed();
            assertThat(keeper.status().shortage()).get().asString().contains("headroom");
            assertThat(reliefs).hasValue(0);
            budget.release("hog", taken);
            keeper.awaitIndexed();
            assertThat(keeper.status().shortage()).isEmpty();
            search(keeper);
            keeper.close();
        }
    }

    /** A background thread that found control taken by the first search must be woken when that has ended. */
    @Test
    void readOnly_firstSearch_hasTheIndexLoadedInTheBackgroundEachTime() {
        for (int i = 0; i < OPENINGS; i++) {
            try (Indexers indexers = new Indexers(1)) {
                IndexKeeper keeper = IndexKeeper.open(rows(true), indexers);
                search(keeper);
                while (keeper.status().phase() == Phase.LOADING) {
                    Thread.onSpinWait();
                }
                assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
                keeper.close();
            }
        }
        assertThat(walked).hasValueGreaterThanOrEqualTo(OPENINGS);
    }

    /** Whatever the moment, each search has the index or is told that it was cancelled or that the collection is being closed, and nothing is left behind. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void close_besideSearchesThatGiveUpWaiting_endsThemAll(int threads) throws Exception {
        long seed = 20_261_129L + threads;
        System.out.println("seed=" + seed);
        Random random = new Random(seed);
        for (int i = 0; i < OPENINGS; i++) {
            walks = random.nextBoolean();
            try (Indexers indexers = new Indexers(threads);
                    ExecutorService others = Executors.newFixedThreadPool(SEARCHING)) {
                IndexKeeper keeper = IndexKeeper.open(rows(random.nextBoolean()), indexers);
                List<Future<?>> searching = new ArrayList<>();
                for (int each = 0; each < SEARCHING; each++) {
                    int patience = random.nextInt(3);
                    searching.add(others.submit(() -> searchAgainAndAgain(keeper, patience)));
                }
                for (int spin = random.nextInt(20_000); spin > 0; spin--) {
                    Thread.onSpinWait();
                }
                keeper.beginClose();
                for (Future<?> search : searching) {
                    search.get();
                }
                keeper.close();
                assertThat(budget.usedByOwner()).isEmpty();
            }
        }
    }

    /** @param patience questions after which a search gives up */
    private void searchAgainAndAgain(IndexKeeper keeper, int patience) {
        for (int i = 0; i < 20; i++) {
            AtomicInteger left = new AtomicInteger(patience);
            try (IndexLease lease = keeper.enter(() -> {
                if (left.getAndDecrement() == 0) {
                    throw new CancellationException("it took too long");
                }
            })) {
                assertThat(lease.index()).isPresent();
            } catch (CancellationException _) {
                // The next one finds it loaded, or waits as well.
            } catch (ClosedException _) {
                return;
            }
        }
    }

    private static CapacityException refusal(long bytes) {
        return new CapacityException("memory budget bytes for ids", bytes, 0);
    }

    private static Deadline in(long millis) {
        return Deadline.in(millis, TimeSource.SYSTEM);
    }

    /** A search has the index, in memory or where it was saved, or none, and what it has answers. */
    private void searchIfPresent(IndexKeeper keeper) {
        try (IndexLease lease = keeper.enter(Cancellation.NONE)) {
            SearchRequest request = SearchRequest.nearest(QueryVector.of(vectors.row(1)), 5);
            lease.index()
                    .ifPresent(index -> assertThat(index.search(request, Effort.of(50))
                                    .neighbors()
                                    .getFirst()
                                    .ordinal(0))
                            .isEqualTo(1));
        }
    }

    /** It leaves and comes back, again and again. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void leaveMemory_besideSearchesAndBackgroundThreads_leavesASoundIndex(boolean whereSaved) throws Exception {
        IndexedRows.PageCache own = new Cache().forLoading(0).orElseThrow();
        IndexedRows.PageCache shared = new IndexedRows.PageCache() {
            @Override
            public Optional<Pager> pager() {
                return own.pager();
            }

            @Override
            public void wantMemory() {
                // There is no other.
            }
        };
        walks = false;
        AtomicBoolean ended = new AtomicBoolean();
        try (Indexers indexers = new Indexers(2);
                ExecutorService others = Executors.newFixedThreadPool(SEARCHING)) {
            IndexKeeper keeper = IndexKeeper.open(whereSaved ? rows(false, shared) : rows(false), indexers);
            List<Future<?>> searching = new ArrayList<>();
            for (int each = 0; each < SEARCHING; each++) {
                searching.add(others.submit(() -> {
                    while (!ended.get()) {
                        searchIfPresent(keeper);
                    }
                }));
            }
            int left = 0;
            try {
                for (int i = 0; i < LEAVINGS; i++) {
                    keeper.awaitIndexed();
                    left += keeper.leaveMemory(refusal(1), () -> false, in(2_000)) ? 1 : 0;
                }
            } finally {
                ended.set(true);
            }
            for (Future<?> each : searching) {
                each.get();
            }
            assertThat(left).isPositive();
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.status().problem()).isEmpty();
            assertThat(keeper.verify().findings()).isEmpty();
            keeper.close();
        }
        own.release();
    }

    /** Who searches reads on; the memory is freed when that ends, and the index does not come back before there is headroom beside it. */
    @Test
    void leaveMemory_whileASearchIsInTheIndex_freesItAfterwards() {
        walks = false;
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            keeper.awaitIndexed();
            long before = budget.usedBytes();
            try (IndexLease lease = keeper.enter(Cancellation.NONE)) {
                assertThat(keeper.leaveMemory(refusal(1), () -> false, in(20))).isFalse();
                assertThat(budget.usedBytes()).isEqualTo(before);
                SearchRequest request = SearchRequest.nearest(QueryVector.of(vectors.row(1)), 5);
                assertThat(lease.index()
                                .orElseThrow()
                                .search(request, Effort.of(50))
                                .neighbors()
                                .getFirst()
                                .size())
                        .isEqualTo(5);
                try (IndexLease later = keeper.enter(Cancellation.NONE)) {
                    assertThat(later.index()).isEmpty();
                }
            }
            assertThat(keeper.looksAgain()).isTrue();
            assertThat(keeper.step()).isTrue();
            assertThat(budget.usedBytes()).isLessThan(before);
            long taken = budget.availableBytes() - budget.headroomBytes();
            budget.reserve("hog", taken);
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.WAITING);
            assertThat(keeper.status().shortage()).isPresent();
            budget.release("hog", taken);
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            keeper.close();
        }
    }

    /** Without background threads nobody else would free it: who is refused memory next does, and is told that there is some. */
    @Test
    void leaveMemory_afterASearchThatStayedInTheIndex_freesIt() {
        walks = false;
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            keeper.awaitIndexed();
            long before = budget.usedBytes();
            long bytes = keeper.memoryBytes();
            try (IndexLease _ = keeper.enter(Cancellation.NONE)) {
                assertThat(keeper.leaveMemory(refusal(1), () -> false, in(20))).isFalse();
                assertThat(keeper.memoryBytes()).isEqualTo(bytes);
            }
            assertThat(keeper.leaveMemory(refusal(1), () -> false, in(2_000))).isTrue();
            assertThat(keeper.memoryBytes()).isZero();
            assertThat(budget.usedBytes()).isEqualTo(before - bytes);
            keeper.close();
        }
    }

    /** Who waited for control while others gave enough leaves the index where it is. */
    @Test
    void leaveMemory_whenOthersHaveGivenMeanwhile_leavesNothing() {
        walks = false;
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            keeper.awaitIndexed();
            assertThat(keeper.leaveMemory(refusal(1), () -> true, in(2_000))).isTrue();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            keeper.close();
        }
    }

    @Test
    void step_withAProblem_freesAnIndexThatLeftMemory() {
        walks = false;
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            keeper.awaitIndexed();
            long before = budget.usedBytes();
            try (IndexLease _ = keeper.enter(Cancellation.NONE)) {
                assertThat(keeper.leaveMemory(refusal(1), () -> false, in(20))).isFalse();
                keeper.awaitIndexed();
                assertThat(budget.usedBytes()).isGreaterThan(before);
                try (IndexLease later = keeper.enter(Cancellation.NONE)) {
                    later.distrust(new CorruptionException(CorruptionException.NO_BLOCK, "it answered what cannot be"));
                }
            }
            assertThat(keeper.status().problem()).isPresent();
            keeper.step();
            assertThat(budget.usedBytes()).isEqualTo(before);
            keeper.close();
        }
    }

    /** Searches compared every row before, and go on to do so while it is loaded. */
    @Test
    void enter_whileAnIndexThatLeftMemoryIsLoaded_waitsForNobody() throws Exception {
        walks = false;
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch searched = new CountDownLatch(1);
        try (Indexers indexers = new Indexers(0);
                ExecutorService others = Executors.newSingleThreadExecutor()) {
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            keeper.awaitIndexed();
            assertThat(keeper.leaveMemory(refusal(1), () -> false, in(2_000))).isTrue();
            onReserve = () -> {
                begun.countDown();
                awaitUninterruptibly(searched);
            };
            Future<Boolean> loading = others.submit(keeper::step);
            begun.await();
            try (IndexLease lease = keeper.enter(() -> {
                throw new CancellationException("it waits");
            })) {
                assertThat(lease.index()).isEmpty();
                assertThat(lease.watermark()).isZero();
                assertThat(keeper.tailRows()).isEqualTo(ROWS);
                assertThat(keeper.status().phase()).isEqualTo(Phase.WAITING);
            } finally {
                searched.countDown();
            }
            assertThat(loading.get()).isTrue();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.tailRows()).isZero();
            keeper.close();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On a volume that was opened read-only, too, where nobody waits for the index to follow its rows. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void awaitLoaded_afterItLeftMemory_bringsItBack(boolean readOnly) {
        walks = false;
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = IndexKeeper.open(rows(readOnly), indexers);
            keeper.awaitLoaded();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.leaveMemory(refusal(1), () -> false, in(2_000))).isTrue();
            assertThat(keeper.status().phase()).isEqualTo(Phase.WAITING);
            keeper.awaitLoaded();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            keeper.close();
        }
    }

    /** A write does not lose against a load: that is given up, and what it had taken is free. It begins again when there is memory for it and for what was refused. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void stopLoading_whileItIsLoaded_givesThatUp(boolean whereSaved) throws Exception {
        walks = whereSaved;
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch wanted = new CountDownLatch(1);
        try (Indexers indexers = new Indexers(0);
                ExecutorService others = Executors.newFixedThreadPool(2)) {
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            if (whereSaved) {
                assertThat(keeper.step()).as("it is used where it was saved").isTrue();
            }
            long before = budget.usedBytes();
            onReserve = () -> {
                begun.countDown();
                awaitUninterruptibly(wanted);
            };
            Future<Boolean> loading = others.submit(keeper::step);
            begun.await();
            onReserve = () -> {};
            long bytes = keeper.loadingBytes();
            assertThat(bytes).isPositive();
            long missing = budget.limitBytes() - budget.headroomBytes();
            Future<Boolean> writing = others.submit(() -> keeper.stopLoading(refusal(missing), in(60_000)));
            while (keeper.claimed().isEmpty()) {
                Thread.onSpinWait();
            }
            wanted.countDown();
            assertThat(writing.get()).isTrue();
            assertThat(loading.get()).isTrue();
            assertThat(keeper.loadingBytes()).isZero();
            assertThat(budget.usedBytes()).isEqualTo(before);
            assertThat(keeper.status().phase()).isEqualTo(whereSaved ? Phase.LOADING : Phase.WAITING);
            assertThat(keeper.status().problem()).isEmpty();
            assertThat(keeper.status().shortage().orElseThrow().requestedBytes())
                    .isGreaterThanOrEqualTo(missing + bytes);
            searchIfPresent(keeper);
            assertThat(keeper.step()).as("there is no more memory than before").isFalse();
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.memoryBytes()).isPositive();
            keeper.close();
        }
    }

    /** Whoever wants it to be given up comes before those who would go on with it. */
    @Test
    void stopLoading_forWhatIsThereAfterwards_letsItBeginAgain() throws Exception {
        walks = false;
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch wanted = new CountDownLatch(1);
        try (Indexers indexers = new Indexers(2);
                ExecutorService others = Executors.newSingleThreadExecutor()) {
            onReserve = () -> {
                begun.countDown();
                awaitUninterruptibly(wanted);
            };
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            begun.await();
            Future<Boolean> writing = others.submit(() -> keeper.stopLoading(refusal(1), in(60_000)));
            while (keeper.claimed().isEmpty()) {
                Thread.onSpinWait();
            }
            wanted.countDown();
            assertThat(writing.get()).isTrue();
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.status().shortage()).isEmpty();
            keeper.close();
        }
    }

    private void fillVolume() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[1 << 18]);
        long[] inode = {0};
        files.update(transaction -> inode[0] = transaction.createFile(FileSystem.ROOT, "filler", FileKind.REGULAR));
        long[] at = {0};
        try {
            while (true) {
                files.update(transaction -> transaction.write(inode[0], at[0], bytes));
                at[0] += bytes.byteSize();
            }
        } catch (CapacityException e) {
            assertThat(e.isAboutMemory()).isFalse();
        }
    }

    /** What would be made anew is made anew once, and not each time that a write is short of memory. */
    @Test
    void leaveMemory_thatCannotBeSaved_doesNotLoseTheSameWorkAgain() {
        walks = false;
        try (Indexers indexers = new Indexers(0)) {
            IndexKeeper keeper = IndexKeeper.open(rows(false), indexers);
            keeper.rebuild();
            keeper.awaitIndexed();
            fillVolume();
            assertThat(keeper.leaveMemory(refusal(1), () -> false, in(2_000)))
                    .as("no more is lost than by a crash")
                    .isTrue();
            assertThat(keeper.status().checkpoint()).isEmpty();
            keeper.awaitIndexed();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.leaveMemory(refusal(1), () -> false, in(2_000))).isFalse();
            assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(keeper.status().problem())
                    .hasValueSatisfying(text -> assertThat(text).contains("was not saved"));
            files.update(transaction -> transaction.unlink(FileSystem.ROOT, "filler"));
            for (int time = 0; time < 2; time++) {
                assertThat(keeper.leaveMemory(refusal(1), () -> false, in(2_000)))
                        .isTrue();
                assertThat(keeper.status().checkpoint()).isPresent();
                assertThat(keeper.status().problem()).isEmpty();
                keeper.awaitIndexed();
                assertThat(keeper.status().phase()).isEqualTo(Phase.ACTIVE);
            }
            keeper.close();
        }
    }
}
