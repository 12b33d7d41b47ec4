package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs that are read page by page. */
class PagedGraphTest {

    private static final GraphSpec FULL = GraphSpec.defaults().withEfConstruction(32);
    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 2_000 : 40;

    private static GraphSpec spec(String rows, String codes) {
        return GraphSpec.parse(java.util.Map.of("rows", rows, "codes", codes, "efConstruction", "32"));
    }

    private static DerivedIndex paged(GraphSpec spec, IndexContext context, PageMemory saved, SavedPages pieces) {
        return spec.loadPaged(context, new IndexSpec.Saved(saved, pieces, Integer.MAX_VALUE, IndexSpec.Care.CHECKED));
    }

    private static DerivedIndex atSight(GraphSpec spec, IndexContext context, PageMemory saved, SavedPages pieces) {
        return spec.loadPaged(context, new IndexSpec.Saved(saved, pieces, Integer.MAX_VALUE, IndexSpec.Care.AT_SIGHT));
    }

    private static List<Neighbors.Hit> hits(DerivedIndex index, SearchRequest request, int ef) {
        return hits(index, request, Effort.of(ef));
    }

    private static List<Neighbors.Hit> hits(DerivedIndex index, SearchRequest request, Effort effort) {
        return index.search(request, effort).neighbors().getFirst().hits().toList();
    }

    private static List<Neighbors.Hit> hitsWithout(DerivedIndex index, SearchRequest request, int row) {
        return index.searchWithout(request, Effort.of(20), row)
                .neighbors()
                .getFirst()
                .hits()
                .toList();
    }

    private static SearchRequest nearest(ClusteredRows rows, int query) {
        return SearchRequest.nearest(QueryVector.of(rows.queries[query]), ClusteredRows.K);
    }

    /** Where walks go by distances, where they go by estimates, and with packed codes; with places that are free and rows that are dead. */
    @ParameterizedTest
    @CsvSource({"L2,100,full,7bit", "COSINE,300,full,7bit", "L2,100,small,7bit", "DOT,40,small,4bit", "L1,20,full,7bit"
    })
    void search_pagedImage_findsWhatTheGraphInMemoryFinds(Metric metric, int dimension, String rowKind, String codes) {
        GraphSpec spec = spec(rowKind, codes);
        PageMemory saved = new PageMemory();
        RowFilter live = ordinal -> ordinal % 11 != 3 && ordinal % 7 != 5;
        RowFilter tenth = ordinal -> ordinal % 10 == 1;
        try (ClusteredRows rows = new ClusteredRows(metric, dimension, 3_000, 5);
                DerivedIndex resident = rows.index(spec)) {
            resident.sweep(ordinal -> ordinal % 7 != 5, Cancellation.NONE);
            resident.checkpoint(saved);
            try (DerivedIndex paged = paged(spec, rows.context(), saved, saved.pieces())) {
                for (int query = 0; query < 30; query++) {
                    SearchRequest request = nearest(rows, query).withLive(live);
                    for (int ef : new int[] {10, 40}) {
                        assertThat(hits(paged, request, ef))
                                .isNotEmpty()
                                .isEqualTo(hits(resident, request, ef))
                                .allMatch(hit -> live.accepts(hit.ordinal()));
                        for (Pool pool : Pool.values()) {
                            Effort effort = Effort.of(ef).withPool(pool);
                            assertThat(hits(paged, request, effort)).isEqualTo(hits(resident, request, effort));
                        }
                        SearchRequest filtered = request.withFilter(tenth);
                        assertThat(hits(paged, filtered, ef))
                                .isNotEmpty()
                                .isEqualTo(hits(resident, filtered, ef))
                                .allMatch(hit -> tenth.accepts(hit.ordinal()));
                    }
                    int row = 8 * query;
                    SearchRequest like = SearchRequest.nearest(QueryVector.of(rows.vectors[row]), 5)
                            .withLive(live);
                    assertThat(hitsWithout(paged, like, row)).isEqualTo(hitsWithout(resident, like, row));
                }
                assertThat(paged.verify(live).findings()).isEmpty();
                assertThat(paged.statistics().rows())
                        .isEqualTo(resident.statistics().rows());
                assertThat(paged.statistics().freePlaces())
                        .isEqualTo(resident.statistics().freePlaces());
                assertThat(paged.statistics().links())
                        .isEqualTo(resident.statistics().links());
            }
        }
    }

    /** For the time in which it is loaded: it finds the same, after next to no reads. */
    @ParameterizedTest
    @CsvSource({"L2,100,full,7bit", "COSINE,300,full,7bit", "DOT,40,small,4bit"})
    void search_imageAtSight_findsTheSameAfterFewReads(Metric metric, int dimension, String rowKind, String codes) {
        GraphSpec spec = spec(rowKind, codes);
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(metric, dimension, 3_000, 5);
                DerivedIndex resident = rows.index(spec)) {
            resident.checkpoint(saved);
            PageMemory.Pieces pieces = saved.pieces();
            saved.pagesRead.set(0);
            try (DerivedIndex paged = atSight(spec, rows.context(), saved, pieces)) {
                assertThat(pieces.reads.get()).as("roots").isLessThanOrEqualTo(512);
                assertThat(saved.pagesRead.get()).isZero();
                for (int query = 0; query < 30; query++) {
                    assertThat(hits(paged, nearest(rows, query), 40))
                            .isNotEmpty()
                            .isEqualTo(hits(resident, nearest(rows, query), 40));
                }
                assertThat(paged.isPaged()).isTrue();
                assertThat(paged.layout()).isEmpty();
                assertThat(paged.savedLocality()).isEmpty();
                assertThat(paged.statistics().rows()).isEqualTo(3_000);
            }
            assertThat(pieces.closed).isTrue();
        }
    }

    @Test
    void search_imageAtSightInWhichARowIsTwice_isRefused() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 1_000, 5);
                DerivedIndex resident = rows.index(FULL)) {
            resident.checkpoint(saved);
            int best = (int) hits(resident, nearest(rows, 1), 200).getFirst().ordinal();
            GraphImage.Head head = GraphImage.read(FULL, rows.context(), saved);
            int ordinalAt = head.layout().headerOffset() + GraphLayout.ORDINAL;
            for (int vertex = 0; vertex < head.vertices(); vertex++) {
                saved.setInt(GraphImage.ROWS, (long) vertex * head.layout().rowBytes() + ordinalAt, best);
            }
            try (DerivedIndex paged = atSight(FULL, rows.context(), saved, saved.pieces())) {
                assertThatThrownBy(() -> hits(paged, nearest(rows, 1), 200))
                        .isInstanceOf(CorruptionException.class)
                        .hasMessageContaining("ordinal that two vertices have=" + best);
            }
        }
    }

    @Test
    void searchAmong_fewRowsThatAreKnown_findsSuchRowsOnly() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 32, 2_500, 5);
                DerivedIndex resident = rows.index(FULL)) {
            resident.checkpoint(saved);
            RowFilter few = ordinal -> ordinal % 100 == 7;
            try (DerivedIndex paged = paged(FULL, rows.context(), saved, saved.pieces())) {
                assertThat(paged.comparesCodes(25, 10, 50)).isFalse();
                OrdinalSet some = SomeRows.random(new Random(1), 2_500, 1);
                for (int query = 0; query < 10; query++) {
                    SearchRequest request = nearest(rows, query).withFilter(few);
                    Neighbors found = paged.searchAmong(request, Effort.of(50), some)
                            .neighbors()
                            .getFirst();
                    assertThat(found.hits().map(Neighbors.Hit::ordinal))
                            .isNotEmpty()
                            .allMatch(few::accepts);
                }
            }
        }
    }

    /** What is resident is a small part of what the graph takes with small rows, and comes back when it is closed. */
    @Test
    void load_whereSmallRowsDoNotFit_takesRootsAndContextsAlone() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 6_000, 5);
                DerivedIndex resident = rows.index(FULL)) {
            resident.checkpoint(saved);
            MemoryBudget budget = new MemoryBudget(3 << 19);
            IndexContext context = context(rows, budget, rows);
            assertThatThrownBy(() -> FULL.load(context, saved)).isInstanceOf(CapacityException.class);
            assertThat(budget.usedBytes()).isZero();
            try (DerivedIndex paged = paged(FULL, context, saved, saved.pieces())) {
                assertThat(rows.recall(paged, 24)).isEqualTo(rows.recall(resident, 24));
                assertThat(budget.usedBytes())
                        .isEqualTo(paged.statistics().memoryBytes())
                        .isLessThan(6_000 * 320 / 4);
                GraphRows layout = paged.layout().orElseThrow();
                assertThat(layout.paged()).isTrue();
                assertThat(layout.isAsWanted()).isFalse();
                assertThat(layout.isNarrowed()).as("its rows are full").isFalse();
                assertThat(layout.neededBytes()).isGreaterThan(layout.freeBytes());
                assertThat(layout.explain()).startsWith("full, paged (in memory the graph needs ");
                assertThat(Calibration.Layout.of(paged)).isEqualTo(Calibration.Layout.WANTED);
            }
            assertThat(budget.usedBytes()).isZero();
        }
    }

    private static IndexContext context(ClusteredRows rows, MemoryBudget budget, FullVectors vectors) {
        return new IndexContext(rows.metric, rows.elementType, rows.dimension, budget, vectors, TimeSource.SYSTEM);
    }

    @Test
    void change_pagedGraph_isRefused() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 1_000, 5);
                DerivedIndex resident = rows.index(FULL)) {
            resident.checkpoint(saved);
            try (DerivedIndex paged = paged(FULL, rows.context(), saved, saved.pieces())) {
                List<Runnable> changes = List.of(
                        () -> paged.insert(1_000, rows.address(1)),
                        () -> paged.sweep(RowFilter.ALL, Cancellation.NONE),
                        () -> paged.checkpoint(saved),
                        paged::forgetCheckpoint);
                for (Runnable change : changes) {
                    assertThatThrownBy(change::run)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("paged");
                }
                assertThat(rows.recall(paged, 24)).isEqualTo(rows.recall(resident, 24));
            }
        }
    }

    /** Rows above the watermark would be found twice: there, and in the tail. */
    @Test
    void load_rowsAboveTheWatermark_isRefused() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 1_000, 5);
                DerivedIndex resident = rows.index(FULL)) {
            resident.checkpoint(saved);
            PageMemory.Pieces pieces = saved.pieces();
            assertThatThrownBy(() -> FULL.loadPaged(
                            rows.context(), new IndexSpec.Saved(saved, pieces, 999, IndexSpec.Care.CHECKED)))
                    .isInstanceOf(CorruptionException.class);
            assertThat(pieces.closed).isTrue();
            FULL.loadPaged(rows.context(), new IndexSpec.Saved(saved, saved.pieces(), 1_000, IndexSpec.Care.CHECKED))
                    .close();
        }
    }

    /** One that was checked asks for no row that does not exist; one at sight may, and is told so. */
    @ParameterizedTest
    @CsvSource({
        "20,full,CHECKED",
        "20,small,CHECKED",
        "20,full,AT_SIGHT",
        "20,small,AT_SIGHT",
        "300,full,CHECKED",
        "300,small,CHECKED",
        "300,full,AT_SIGHT"
    })
    void load_damagedImage_isRefusedOrGivesTrueDistancesOrAnError(int dimension, String rowKind, IndexSpec.Care care) {
        GraphSpec spec = spec(rowKind, "7bit");
        Random random = new Random(care == IndexSpec.Care.CHECKED ? 4711 : 4713);
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 30_000 / dimension + 300, 17);
                DerivedIndex resident = rows.index(spec)) {
            resident.checkpoint(saved);
            FullVectors vectors = care == IndexSpec.Care.CHECKED ? rows : new Checked(rows);
            int refused = 0;
            for (int round = 0; round < ROUNDS; round++) {
                PageMemory damaged = saved.copy();
                damaged.damage(random);
                MemoryBudget budget = MemoryBudget.unlimited();
                PageMemory.Pieces pieces = damaged.pieces();
                IndexSpec.Saved image = new IndexSpec.Saved(damaged, pieces, Integer.MAX_VALUE, care);
                try (DerivedIndex paged = spec.loadPaged(context(rows, budget, vectors), image)) {
                    assertTrueDistances(rows, paged, "round=" + round);
                } catch (CorruptionException | CapacityException _) {
                    // The latter where the number of vertices became too large.
                    refused++;
                }
                assertThat(budget.usedBytes()).as("round=%d", round).isZero();
                assertThat(pieces.closed).as("round=%d", round).isTrue();
            }
            assertThat(refused).isBetween(1, ROUNDS - 1);
        }
    }

    /** What was sound when it was loaded changes under the searches: they end with an error, or with rows that exist at their distances. */
    @ParameterizedTest
    @ValueSource(ints = {20, 300})
    void search_imageDamagedWhileOpen_givesTrueDistancesOrAnError(int dimension) {
        Random random = new Random(4712);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 30_000 / dimension + 300, 17);
                DerivedIndex resident = rows.index(FULL)) {
            PageMemory saved = new PageMemory();
            resident.checkpoint(saved);
            for (int round = 0; round < ROUNDS; round++) {
                PageMemory damaged = saved.copy();
                try (DerivedIndex paged =
                        paged(FULL, context(rows, rows.budget, new Checked(rows)), damaged, damaged.pieces())) {
                    for (int flips = 0; flips < 2_000; flips++) {
                        int space = random.nextBoolean() ? GraphImage.CODES : GraphImage.ROWS;
                        damaged.flip(
                                space,
                                random.nextInt(damaged.pageCount(space) * PageMemory.PAGE_BYTES),
                                1 << random.nextInt(8));
                    }
                    assertTrueDistances(rows, paged, "round=" + round);
                } catch (CorruptionException _) {
                    // A row that does not exist.
                }
            }
        }
    }

    /** Refuses rows that do not exist, as a collection does. */
    private record Checked(ClusteredRows rows) implements FullVectors {

        @Override
        public long address(long ordinal) {
            if (ordinal < 0 || ordinal >= rows.count) {
                throw new CorruptionException(CorruptionException.NO_BLOCK, "row " + ordinal);
            }
            return rows.address(ordinal);
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            rows.read(ordinal, target);
        }
    }

    private static void assertTrueDistances(ClusteredRows rows, DerivedIndex index, String what) {
        for (int query = 0; query < 5; query++) {
            for (Neighbors.Hit hit : hits(index, nearest(rows, query), 30)) {
                SearchRequest alone = nearest(rows, query).withLive(other -> other == hit.ordinal());
                assertThat(hit.distance())
                        .as(what)
                        .isEqualTo(rows.exact(query, alone.live()).distance(0));
            }
        }
    }

    /** Where walks compare codes they know what they will read; where they go by estimates, they guess which vertex is next. */
    @ParameterizedTest
    @CsvSource({"100,full,0.8", "100,small,0.8", "300,full,0.5"})
    void search_pagedGraph_saysMostlyBeforeWhatItReads(int dimension, String rowKind, double least) {
        GraphSpec spec = spec(rowKind, "7bit");
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 3_000, 5);
                DerivedIndex resident = rows.index(spec)) {
            resident.checkpoint(saved);
            PageMemory.Pieces pieces = saved.pieces();
            try (DerivedIndex paged = paged(spec, rows.context(), saved, pieces)) {
                long before = pieces.reads.get();
                for (int query = 0; query < 50; query++) {
                    pieces.forgetExpected();
                    assertThat(hits(paged, nearest(rows, query), 20)).hasSize(ClusteredRows.K);
                }
                double share = (double) pieces.foretold.get() / (pieces.reads.get() - before);
                assertThat(share).isGreaterThan(least);
            }
        }
    }

    /** Each read fails in turn, while it is loaded and while it is searched. */
    @Test
    void read_failsTheNthTime_failsThatCallAndNoOther() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 1_000, 5);
                DerivedIndex resident = rows.index(FULL)) {
            resident.checkpoint(saved);
            MemoryBudget budget = MemoryBudget.unlimited();
            IndexContext context = context(rows, budget, rows);
            PageMemory.Pieces counted = saved.pieces();
            List<Neighbors.Hit> expected;
            long toLoad;
            long toSearch;
            try (DerivedIndex paged = paged(FULL, context, saved, counted)) {
                toLoad = counted.reads.get();
                expected = hits(paged, nearest(rows, 1), 20);
                toSearch = counted.reads.get() - toLoad;
            }
            assertThat(toLoad).isPositive();
            for (long nth = 1; nth <= toLoad; nth += 1 + toLoad / 50) {
                PageMemory.Pieces pieces = saved.pieces();
                pieces.failing = nth;
                assertThatThrownBy(() -> paged(FULL, context, saved, pieces)).hasMessage("planned failure");
                assertThat(budget.usedBytes()).isZero();
                assertThat(pieces.closed).isTrue();
            }
            PageMemory.Pieces pieces = saved.pieces();
            try (DerivedIndex paged = paged(FULL, context, saved, pieces)) {
                assertThat(toSearch).isGreaterThan(64);
                for (long nth = 1; nth <= toSearch; nth++) {
                    pieces.failing = pieces.reads.get() + nth;
                    assertThatThrownBy(() -> hits(paged, nearest(rows, 1), 20)).hasMessage("planned failure");
                    assertThat(hits(paged, nearest(rows, 1), 20)).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void load_budgetRefusesAnyAllocation_leavesNothingBehind() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 1_000, 5);
                DerivedIndex resident = rows.index(FULL)) {
            resident.checkpoint(saved);
            long limit = 1 << 12;
            int refused = 0;
            boolean loaded = false;
            for (; !loaded; limit += 1 << 14, refused++) {
                MemoryBudget budget = new MemoryBudget(limit);
                PageMemory.Pieces pieces = saved.pieces();
                try (DerivedIndex paged = paged(FULL, context(rows, budget, rows), saved, pieces)) {
                    loaded = hits(paged, nearest(rows, 1), 20).size() == ClusteredRows.K;
                } catch (CapacityException _) {
                    loaded = false;
                }
                assertThat(budget.usedBytes()).isZero();
                assertThat(pieces.closed).isTrue();
            }
            assertThat(refused).isGreaterThan(2);
        }
    }

    @Test
    void verify_codesOfAnotherVector_areFound() {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 1_000, 5);
                DerivedIndex resident = rows.index(FULL)) {
            resident.checkpoint(saved);
            saved.flip(GraphImage.CODES, 17, 1);
            try (DerivedIndex paged = paged(FULL, rows.context(), saved, saved.pieces())) {
                Verification found = paged.verify(RowFilter.ALL);
                assertThat(found.checked()).isEqualTo(1_000);
                assertThat(found.findings()).hasSize(1);
            }
        }
    }

    @Test
    void search_byManyThreads_givesEachTheAnswerOfOne() throws Exception {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 2_000, 5);
                DerivedIndex resident = rows.index(FULL);
                ExecutorService pool = Executors.newFixedThreadPool(4)) {
            resident.checkpoint(saved);
            try (DerivedIndex paged = paged(FULL, rows.context(), saved, saved.pieces())) {
                List<Callable<Integer>> searches = new ArrayList<>();
                for (int thread = 0; thread < 4; thread++) {
                    int first = thread;
                    searches.add(() -> {
                        for (int i = 0; i < 200; i++) {
                            int query = (first * 7 + i) % 50;
                            assertThat(hits(paged, nearest(rows, query), 20))
                                    .isEqualTo(hits(resident, nearest(rows, query), 20));
                        }
                        return first;
                    });
                }
                for (Future<Integer> done : pool.invokeAll(searches)) {
                    assertThat(done.get()).isNotNegative();
                }
            }
        }
    }
}
