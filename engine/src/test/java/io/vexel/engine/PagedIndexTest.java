package io.vexel.engine;

import static io.vexel.engine.PagedVolume.K;
import static io.vexel.engine.PagedVolume.POINTS;
import static io.vexel.engine.PagedVolume.QUERIES;
import static io.vexel.engine.PagedVolume.SPEC;
import static io.vexel.engine.PagedVolume.device;
import static io.vexel.engine.PagedVolume.nearest;
import static io.vexel.engine.PagedVolume.open;
import static io.vexel.engine.PagedVolume.points;
import static io.vexel.engine.PagedVolume.tooLittle;
import static io.vexel.engine.PagedVolume.truth;
import static io.vexel.engine.PagedVolume.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.ConflictException;
import io.vexel.base.VexelException;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.PageMemory;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.filesystem.Fsck;
import io.vexel.filesystem.FsckOptions;
import io.vexel.index.GraphRows;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A collection whose graph does not fit the memory budget with small rows either: it answers through the graph all the same, page by page. */
class PagedIndexTest {

    /** Loads the index, and says that it is paged. */
    private static Collection paged(Volume volume) {
        Collection c = volume.collection("c");
        IndexStatus status = c.loadIndex();
        assertThat(status.problem()).isEmpty();
        assertThat(status.phase()).isEqualTo(IndexStatus.Phase.ACTIVE);
        assertThat(status.layout()).map(GraphRows::paged).contains(true);
        return c;
    }

    @Test
    void memory_ofVolumeWithPagedGraph_countsZonesNodesAndFaults() {
        SimulatedDevice device = device(76);
        try (Volume volume = open(device, MemoryBudget.unlimited())) {
            PageMemory pages = volume.memory().pages();
            assertThat(pages.allocators()).isEmpty();
            assertThat(pages.indexPages()).isEmpty();
            assertThat(pages.memory().total()).isEqualTo(volume.memory().limitBytes());
            assertThat(pages.memory().allocations()).isZero();
        }
        try (Volume volume = open(device(76), tooLittle())) {
            Collection c = paged(volume);
            PageMemory before = volume.memory().pages();
            assertThat(recall(c)).isGreaterThanOrEqualTo(0.95);
            PageMemory after = volume.memory().pages();
            PageMemory.IndexPages cache = after.indexPages().orElseThrow();
            assertThat(cache.faults().major())
                    .isGreaterThan(before.indexPages().orElseThrow().faults().major());
            assertThat(cache.frames().used()).isBetween(1L, cache.frames().held());
            assertThat(after.allocators())
                    .extracting(PageMemory.Allocator::name)
                    .contains("index pages")
                    .isSubsetOf("index pages", "vector cache");
            PageMemory.Allocator frames = after.allocators().getFirst();
            long taken = frames.zones().stream()
                    .mapToLong(zone -> zone.pages().taken())
                    .sum();
            assertThat(taken * 4096).isGreaterThanOrEqualTo(cache.frames().held() * cache.pageBytes());
            assertThat(frames.nodes().getFirst().hit()).isPositive();
            assertThat(after.memory().allocations())
                    .isEqualTo(after.allocators().stream()
                            .flatMap(each -> each.nodes().stream())
                            .mapToLong(node -> node.hit() + node.miss())
                            .sum());
            assertThat(after.memory().used())
                    .isLessThanOrEqualTo(volume.memory().usedBytes());
        }
    }

    private static double recall(Collection c) {
        int found = 0;
        for (int q = 0; q < QUERIES; q++) {
            SearchResult result = c.search(nearest(q).build());
            assertThat(result.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
            found += (int)
                    result.hits().stream().filter(truth().get(q)::contains).count();
        }
        return (double) found / (QUERIES * K);
    }

    @Test
    void search_ofPagedGraph_endsWhereItsRequestSaysSo() {
        try (Volume volume = open(device(75), tooLittle())) {
            Collection c = paged(volume);
            List<Hit> expected = c.search(nearest(1).build()).hits();
            AtomicLong asked = new AtomicLong();
            c.search(nearest(1).cancellation(() -> asked.incrementAndGet() < 0).build());
            assertThat(asked.get()).isGreaterThan(100 / 4);
            for (long last = 1; last <= asked.get(); last++) {
                AtomicLong left = new AtomicLong(last);
                SearchRequest stopped = nearest(1)
                        .cancellation(() -> left.decrementAndGet() <= 0)
                        .build();
                assertThatThrownBy(() -> c.search(stopped))
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("the search was cancelled");
            }
            assertThat(c.search(nearest(1).build()).hits()).isEqualTo(expected);
        }
    }

    @Test
    void graph_largerThanItsMemory_answersThroughTheIndexAndIsResidentAgainWithMore() {
        SimulatedDevice device = device(72);
        MemoryBudget budget = tooLittle();
        PointId gone = truth().getFirst().getFirst().id();
        try (Volume volume = open(device, budget)) {
            Collection c = paged(volume);
            IndexStatus status = c.indexStatus();
            assertThat(status.rows()).isEqualTo(POINTS);
            assertThat(status.tailRows()).isZero();
            assertThat(status.memoryBytes())
                    .isEqualTo(budget.usedByOwner().get("graph"))
                    .isLessThan(Bytes.MIB);
            assertThat(recall(c)).isGreaterThanOrEqualTo(0.95);
            assertThat(c.search(nearest(1).build()).plan().explain())
                    .contains("graph index of 10000 rows")
                    .contains("paged (in memory the graph needs ")
                    .contains("new ones stay in the tail");

            c.upsertAll(points(POINTS, POINTS + 20));
            c.delete(gone);
            status = c.awaitIndexed();
            assertThat(status.problem()).isEmpty();
            assertThat(status.tailRows()).isEqualTo(20);
            c.checkpointIndex();
            for (int id = POINTS; id < POINTS + 20; id++) {
                assertThat(c.search(SearchRequest.builder(vector(id))
                                        .k(1)
                                        .ef(50)
                                        .build())
                                .hits()
                                .getFirst()
                                .id())
                        .isEqualTo(PointId.of(id));
            }
            assertThat(c.search(nearest(0).build()).hits()).extracting(Hit::id).doesNotContain(gone);
            assertThat(c.verifyIndex().findings()).isEmpty();
            assertThat(budget.peakBytes()).isLessThanOrEqualTo(budget.limitBytes());
        }
        try (Volume volume = open(new SimulatedDevice(device.image(), 73).withoutLog(), MemoryBudget.unlimited())) {
            Collection c = volume.collection("c");
            IndexStatus status = c.awaitIndexed();
            assertThat(status.layout()).map(GraphRows::isAsWanted).contains(true);
            assertThat(status.tailRows()).isZero();
            assertThat(status.rows()).isEqualTo(POINTS + 20);
            assertThat(recall(c)).isGreaterThanOrEqualTo(0.94);
            assertThat(c.search(nearest(0).build()).hits()).extracting(Hit::id).doesNotContain(gone);
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
        assertThat(Fsck.check(new SimulatedDevice(device.image(), 74).withoutLog(), FsckOptions.defaults())
                        .clean())
                .isTrue();
    }

    /** What replaces a paged index removes the file that it is read from. */
    @Test
    void index_pagedAndReplacedWhileItIsSearched_givesNoWrongAnswer() throws Exception {
        try (Volume volume = open(device(75), tooLittle());
                ExecutorService pool = Executors.newFixedThreadPool(2)) {
            Collection c = paged(volume);
            List<Callable<Integer>> searches = new ArrayList<>();
            for (int thread = 0; thread < 2; thread++) {
                int first = thread;
                searches.add(() -> searchUntilThereIsNoIndex(c, first));
            }
            List<Future<Integer>> running = searches.stream().map(pool::submit).toList();
            c.dropIndex();
            for (Future<Integer> done : running) {
                assertThat(done.get()).isPositive();
            }
            assertThat(c.indexStatus().phase()).isEqualTo(IndexStatus.Phase.NONE);
            assertThat(c.indexStatus().problem()).isEmpty();
        }
    }

    private static int searchUntilThereIsNoIndex(Collection c, int first) {
        int searches = 0;
        boolean indexed = true;
        while (indexed) {
            int q = (first + searches++) % QUERIES;
            SearchResult result = c.search(nearest(q).build());
            indexed = !result.plan().isExact();
            assertThat(result.hits()).hasSize(K);
            if (!indexed) {
                assertThat(result.hits()).isEqualTo(truth().get(q));
            }
        }
        return searches;
    }

    @Test
    void compaction_ofAPagedIndex_isRefusedInWords() {
        try (Volume volume = open(device(76), tooLittle())) {
            Collection c = paged(volume);
            c.deleteAll(IntStream.range(0, POINTS / 2)
                    .mapToObj(PointId::of)
                    .map(id -> (PointId) id)
                    .toList());
            assertThatThrownBy(c::compact)
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("the index is paged");
            assertThat(c.search(nearest(3).build()).plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
        }
    }

    /** In the background nothing is moved, which would take memory and space for nothing, when nothing could be freed. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void backgroundCompaction_ofAPagedIndex_movesNothing() {
        VolumeOptions options = VolumeOptions.builder()
                .budget(tooLittle())
                .indexThreads(1)
                .withoutPressure()
                .build();
        try (Volume volume = Volume.open(device(76), options)) {
            Collection c = paged(volume);
            long rows = c.statistics().rows();
            // More than a fifth, and some of each block, so that the others would have to be moved.
            c.deleteAll(IntStream.range(0, POINTS)
                    .filter(id -> id % 3 == 0)
                    .<PointId>mapToObj(PointId::of)
                    .toList());
            while (c.statistics().compactionProblem().isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(c.statistics().compactionProblem()).get().asString().contains("the index is paged");
            assertThat(c.statistics().rows()).isEqualTo(rows);
        }
    }

    /** Reads fail one after another: the search that meets it fails or compares all rows, and the answer is never a wrong one. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"READ_ERROR", "BIT_FLIP"})
    void search_readFailsTheNthTime_isFoundOut(Fault fault) {
        MemoryBudget budget = tooLittle();
        List<Hit> expected;
        try (Volume volume = open(device(77), budget)) {
            expected = paged(volume).search(nearest(2).build()).hits();
        }
        int failed = 0;
        for (int skip = 0; skip < 60; skip += 20) {
            SimulatedDevice device = device(78 + skip);
            try (Volume volume = open(device, budget)) {
                Collection c = paged(volume);
                device.inject(FaultRule.afterCall(fault, skip));
                List<Hit> hits = List.of();
                try {
                    hits = c.search(nearest(2).build()).hits();
                } catch (VexelException _) {
                    failed++;
                }
                assertThat(hits)
                        .satisfiesAnyOf(
                                found -> assertThat(found).isEmpty(),
                                found -> assertThat(found).isEqualTo(expected),
                                found -> assertThat(found).isEqualTo(truth().get(2)));
                device.healAll();
                assertThat(c.search(nearest(2).build()).hits())
                        .satisfiesAnyOf(
                                found -> assertThat(found).isEqualTo(expected),
                                found -> assertThat(found).isEqualTo(truth().get(2)));
            }
        }
        assertThat(failed + (fault == Fault.BIT_FLIP ? 1 : 0)).isPositive();
    }

    /** Pages come and go under the searches, while rows are written and deleted that are nobody's neighbors. */
    @Test
    void search_byManyThreadsWhilePagesLeave_givesEachTheAnswerOfOne() throws Exception {
        try (Volume volume = open(device(79), tooLittle());
                ExecutorService pool = Executors.newFixedThreadPool(4)) {
            Collection c = paged(volume);
            List<List<Hit>> alone = IntStream.range(0, QUERIES)
                    .mapToObj(q -> c.search(nearest(q).build()).hits())
                    .toList();
            List<Callable<Integer>> work = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                int first = 7 * thread;
                work.add(() -> {
                    for (int i = 0; i < 2 * QUERIES; i++) {
                        int q = (first + i) % QUERIES;
                        assertThat(c.search(nearest(q).build()).hits()).isEqualTo(alone.get(q));
                    }
                    return first;
                });
            }
            work.add(() -> {
                float[] far = new float[SPEC.dimension()];
                java.util.Arrays.fill(far, 1e6f);
                for (int i = 0; i < 50; i++) {
                    c.upsert(Point.of(PointId.of(POINTS + i), VectorData.of(far)));
                    c.delete(PointId.of(POINTS + i));
                }
                return 0;
            });
            for (Future<Integer> done : pool.invokeAll(work)) {
                assertThat(done.get()).isNotNegative();
            }
            assertThat(volume.memory().usedBytes())
                    .isLessThanOrEqualTo(volume.memory().limitBytes());
        }
    }
}
