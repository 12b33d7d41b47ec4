package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.distance.Metric;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Searches of derived indexes that are stopped at one of the points at which they ask, and batches on several threads; without a clock. */
class CancelledSearchTest {

    private static final int ROWS = 1_200;
    private static final int HOPS_PER_QUESTION = 64;

    /** Counts how often it is asked, and stops the search at one of these times. */
    private static final class Questions implements Cancellation {

        private final AtomicLong asked = new AtomicLong();
        private final long last;

        Questions(long last) {
            this.last = last;
        }

        @Override
        public void check() {
            if (asked.incrementAndGet() == last) {
                throw new CancellationException("question " + last);
            }
        }
    }

    /** Rows that are in memory but have no address, so that each comparison reads; counts the reads. */
    private static final class ReadRows implements FullVectors {

        final FullVectors rows;
        final AtomicLong reads = new AtomicLong();

        ReadRows(FullVectors rows) {
            this.rows = rows;
        }

        @Override
        public long address(long ordinal) {
            return 0;
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            reads.incrementAndGet();
            rows.read(ordinal, target);
        }
    }

    private static IndexSpec spec(String kind, String option) {
        Map<String, String> options = option.isEmpty()
                ? Map.of()
                : Map.of(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
        return IndexSpec.parse(IndexKind.parse(kind), options);
    }

    private static List<List<Neighbors.Hit>> hits(SearchResult result) {
        return result.neighbors().stream().map(each -> each.hits().toList()).toList();
    }

    /** The walk, the comparison of what it found, and every other part asks again and again; a search that was stopped leaves nothing behind. */
    @ParameterizedTest
    @CsvSource({
        "graph,L1,300,rows=full,1",
        "graph,L2,300,rows=full,3",
        "graph,L2,300,rows=full,-1",
        "graph,L1,24,rows=full,1",
        "graph,L2,24,rows=small,2",
        "graph,L2,24,rows=full,-1",
        "hnsw,L2,24,m=8,2",
        "hnsw,L2,24,m=8,-1",
        "lsh,L2,24,,2"
    })
    void search_cancelledAtAnyQuestion_stopsThereAndLeavesNothing(
            String kind, Metric metric, int dimension, String option, int queries) {
        try (ClusteredRows rows = new ClusteredRows(metric, dimension, ROWS, 7);
                DerivedIndex index = rows.index(spec(kind, option == null ? "" : option))) {
            SearchRequest plain = SearchRequest.nearest(
                    IntStream.range(0, Math.abs(queries))
                            .mapToObj(query -> QueryVector.of(rows.queries[query]))
                            .toList(),
                    10);
            SearchRequest request = queries < 0 ? plain.withFilter(ordinal -> ordinal % 2 == 0) : plain;
            stopEverywhere(index, request, metric == Metric.L1 ? 2 : 1);
        }
    }

    /** A paged graph reads from a device at each step. */
    @ParameterizedTest
    @CsvSource({"L1,300,full", "L1,24,full", "L2,24,small"})
    void search_ofPagedGraph_asksBetweenReads(Metric metric, int dimension, String layout) {
        GraphSpec spec = GraphSpec.parse(Map.of("rows", layout, "efConstruction", "32"));
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(metric, dimension, ROWS, 7);
                DerivedIndex resident = rows.index(spec)) {
            resident.checkpoint(saved);
            ReadRows unmapped = new ReadRows(rows);
            IndexContext context = new IndexContext(
                    metric, rows.elementType, dimension, rows.budget, unmapped, io.vexel.base.TimeSource.SYSTEM);
            PageMemory.Pieces pieces = saved.pieces();
            var image = new IndexSpec.Saved(saved, pieces, Integer.MAX_VALUE, IndexSpec.Care.CHECKED);
            try (DerivedIndex paged = spec.loadPaged(context, image)) {
                SearchRequest request = SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10);
                stopEverywhere(paged, request, 1);
                long before = pieces.reads.get() + unmapped.reads.get();
                Questions all = new Questions(Long.MAX_VALUE);
                paged.search(request.withCancellation(all), Effort.of(ROWS));
                long reads = pieces.reads.get() + unmapped.reads.get() - before;
                assertThat(reads / all.asked.get())
                        .as("reads between two questions")
                        .isLessThanOrEqualTo(4L * GraphLayout.LINKS);
            }
        }
    }

    private static void stopEverywhere(DerivedIndex index, SearchRequest request, int questionsPerHops) {
        Effort effort = Effort.of(ROWS);
        List<List<Neighbors.Hit>> expected = hits(index.search(request, effort));
        Questions all = new Questions(Long.MAX_VALUE);
        assertThat(hits(index.search(request.withCancellation(all), effort))).isEqualTo(expected);
        if (index.kind() != IndexKind.LSH && request.filter() == RowFilter.ALL) {
            assertThat(all.asked.get())
                    .isGreaterThanOrEqualTo(
                            (long) questionsPerHops * request.queries().size() * (ROWS * 9 / 10 / HOPS_PER_QUESTION));
        }
        long memory = index.statistics().memoryBytes();
        for (long last = 1; last <= all.asked.get(); last++) {
            SearchRequest stopped = request.withCancellation(new Questions(last));
            assertThatThrownBy(() -> index.search(stopped, effort))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("question " + last);
        }
        assertThat(hits(index.search(request, effort))).isEqualTo(expected);
        assertThat(index.statistics().memoryBytes()).isEqualTo(memory);
    }

    /** A search that meets its time at the start does no work. */
    @ParameterizedTest
    @CsvSource({"graph,300", "graph,24", "hnsw,24", "lsh,24"})
    void search_ofFewSteps_asksBeforeTheFirst(String kind, int dimension) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 20, 7);
                DerivedIndex index = rows.index(spec(kind, ""))) {
            SearchRequest request =
                    SearchRequest.nearest(QueryVector.of(rows.queries[0]), 3).withCancellation(new Questions(1));
            assertThatThrownBy(() -> index.search(request, Effort.of(3))).isInstanceOf(CancellationException.class);
        }
    }

    /** Two threads are inside at the same time, each with a query of its own. */
    @ParameterizedTest
    @CsvSource({"graph,300,false", "graph,24,false", "graph,24,true", "hnsw,24,false", "lsh,24,false"})
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void search_ofBatch_usesTheThreadsThatItMay(String kind, int dimension, boolean pagedImage) {
        IndexSpec spec = spec(kind, "");
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 400, 7);
                DerivedIndex resident = rows.index(spec)) {
            resident.checkpoint(saved);
            if (pagedImage) {
                var image = new IndexSpec.Saved(saved, saved.pieces(), Integer.MAX_VALUE, IndexSpec.Care.CHECKED);
                try (DerivedIndex paged = spec.loadPaged(rows.context(), image)) {
                    meetTwoThreads(paged, rows);
                }
            } else {
                meetTwoThreads(resident, rows);
            }
        }
    }

    private static void meetTwoThreads(DerivedIndex index, ClusteredRows rows) {
        SearchRequest alone = SearchRequest.nearest(
                IntStream.range(0, 40)
                        .mapToObj(query -> QueryVector.of(rows.queries[query]))
                        .toList(),
                5);
        Set<Thread> present = ConcurrentHashMap.newKeySet();
        CountDownLatch met = new CountDownLatch(2);
        RowFilter meeting = _ -> {
            if (present.add(Thread.currentThread())) {
                met.countDown();
                await(met);
            }
            return true;
        };
        Parallelism two =
                new Parallelism(2, task -> Thread.ofPlatform().daemon().start(task));
        SearchResult result = index.search(alone.withLive(meeting).withParallelism(two), Effort.of(20));
        assertThat(present).hasSize(2);
        SearchResult expected = index.search(alone, Effort.of(20));
        assertThat(hits(result)).isEqualTo(hits(expected));
        assertThat(result.cost().vectorsCompared()).isEqualTo(expected.cost().vectorsCompared());
        assertThatThrownBy(() ->
                        index.search(alone.withParallelism(two).withCancellation(new Questions(7)), Effort.of(20)))
                .isInstanceOf(CancellationException.class)
                .hasMessage("question 7");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS))
                    .as("a second thread came")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Every code that is read in a walk is a comparison, and every full vector that is compared afterwards. */
    @ParameterizedTest
    @CsvSource({"L2,300,full,false", "L2,300,full,true", "L2,24,full,false", "L2,24,full,true", "DOT,24,small,false"})
    void search_ofPagedGraph_countsEachCodeThatItReads(Metric metric, int dimension, String layout, boolean filtered) {
        GraphSpec spec = GraphSpec.parse(Map.of("rows", layout, "efConstruction", "32"));
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(metric, dimension, ROWS, 7);
                DerivedIndex resident = rows.index(spec)) {
            resident.checkpoint(saved);
            AtomicLong codes = new AtomicLong();
            SavedPages counting = new CodeReads(saved.pieces(), codes);
            var image = new IndexSpec.Saved(saved, counting, Integer.MAX_VALUE, IndexSpec.Care.CHECKED);
            try (DerivedIndex paged = spec.loadPaged(rows.context(), image)) {
                for (int ef : new int[] {10, 100, 1_000}) {
                    SearchRequest plain = SearchRequest.nearest(QueryVector.of(rows.queries[3]), 10);
                    SearchRequest request = filtered ? plain.withFilter(ordinal -> ordinal % 3 == 0) : plain;
                    codes.set(0);
                    long counted = paged.search(request, Effort.of(ef)).cost().vectorsCompared();
                    // Ranked are k at least, and a quarter of ef and k at most.
                    assertThat(counted).isBetween(codes.get() + 8, codes.get() + 20 + ef / 4);
                    assertThat(resident.search(request, Effort.of(ef)).cost().vectorsCompared())
                            .isEqualTo(counted);
                }
            }
        }
    }

    /** Counts reads of whole codes; ordinals are read from rows. */
    private record CodeReads(SavedPages pages, AtomicLong codes) implements SavedPages {

        @Override
        public void read(int space, long offset, long target, int bytes) {
            if (space == GraphImage.CODES) {
                codes.incrementAndGet();
            }
            pages.read(space, offset, target, bytes);
        }

        @Override
        public void expect(SavedPieces pieces) {
            pages.expect(pieces);
        }

        @Override
        public void close() {
            pages.close();
        }
    }

    /** What is stored with the index is what it searches with when nothing is said. */
    @Test
    void defaultEffort_ofHnsw_isItsEfSearch() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, ROWS, 7);
                DerivedIndex index = rows.index(spec("hnsw", "ef_search=700"))) {
            VectorIndex asVectorIndex = index;
            SearchRequest request = SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10);
            assertThat(asVectorIndex.search(request).cost().vectorsCompared())
                    .isEqualTo(index.search(request, Effort.of(700)).cost().vectorsCompared());
        }
    }
}
