package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a search calls may search the same index again: with another context, so that neither notices the other. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SearchInSearchTest {

    private static final int ROWS = 600;
    private static final Effort EFFORT = Effort.of(40);

    /** Each callback of a request, as a place to search in. */
    enum Callback {
        LIVE,
        FILTER,
        TIE_BREAK,
        CANCELLATION;

        SearchRequest calling(Runnable inner, SearchRequest request) {
            return switch (this) {
                case LIVE ->
                    request.withLive(row -> {
                        inner.run();
                        return row % 3 != 0;
                    });
                case FILTER ->
                    request.withFilter(row -> {
                        inner.run();
                        return row % 3 != 0;
                    });
                case TIE_BREAK ->
                    request.withTieBreak((a, b) -> {
                        inner.run();
                        return Long.compare(b, a);
                    });
                case CANCELLATION -> request.withCancellation(inner::run);
            };
        }
    }

    /** Rows lie twice at each place, so that ties are broken. */
    private static DerivedIndex index(ClusteredRows rows, String kind, String option) {
        IndexSpec spec = IndexSpec.parse(IndexKind.parse(kind), option == null ? Map.of() : Map.of("rows", option));
        FullVectors twice = new FullVectors() {
            @Override
            public long address(long ordinal) {
                return rows.address(ordinal & -2);
            }

            @Override
            public void read(long ordinal, MemorySegment target) {
                rows.read(ordinal & -2, target);
            }
        };
        IndexContext context =
                new IndexContext(rows.metric, rows.elementType, rows.dimension, rows.budget, twice, TimeSource.SYSTEM);
        DerivedIndex index = spec.create(context, LongStream.range(0, ROWS).toArray());
        for (int row = 0; row < ROWS; row++) {
            index.insert(row, twice.address(row));
        }
        return index;
    }

    private static List<Neighbors.Hit> hits(SearchResult result) {
        return result.neighbors().getFirst().hits().toList();
    }

    @ParameterizedTest
    @CsvSource({"graph,24,full", "graph,24,small", "graph,300,full", "hnsw,24,", "lsh,24,"})
    void search_withinACallback_changesNeitherAnswer(String kind, int dimension, String option) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, ROWS, 5);
                DerivedIndex index = index(rows, kind, option)) {
            SearchRequest inner = SearchRequest.nearest(QueryVector.of(rows.queries[1]), 3)
                    .withFilter(row -> row % 5 != 0)
                    .withTieBreak((a, b) -> Long.compare(b, a));
            List<Neighbors.Hit> innerHits = hits(index.search(inner, EFFORT));
            SearchRequest plain = SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10);
            for (Callback callback : Callback.values()) {
                List<Neighbors.Hit> expected = hits(index.search(callback.calling(() -> {}, plain), EFFORT));
                AtomicInteger searches = new AtomicInteger();
                Runnable search = () -> {
                    searches.incrementAndGet();
                    assertThat(hits(index.search(inner, EFFORT))).isEqualTo(innerHits);
                };
                assertThat(hits(index.search(callback.calling(search, plain), EFFORT)))
                        .as("%s", callback)
                        .isEqualTo(expected);
                assertThat(searches).as("%s", callback).hasPositiveValue();
            }
        }
    }

    /** A search that fails gives its context back, and nothing of it is left in it. */
    @ParameterizedTest
    @CsvSource({"graph,24,full", "hnsw,24,", "lsh,24,"})
    void search_afterACallbackThrew_answersAsBefore(String kind, int dimension, String option) {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, ROWS, 5);
                DerivedIndex index = index(rows, kind, option)) {
            SearchRequest plain = SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10);
            List<Neighbors.Hit> expected = hits(index.search(plain, EFFORT));
            for (Callback callback : Callback.values()) {
                SearchRequest failing = callback.calling(
                        () -> {
                            throw new IllegalStateException("no");
                        },
                        plain);
                assertThatThrownBy(() -> index.search(failing, EFFORT)).hasMessage("no");
                assertThat(hits(index.search(plain, EFFORT))).as("%s", callback).isEqualTo(expected);
            }
        }
    }

    /** Where there is memory for one context, the search within would wait for the one that waits for it. */
    @Test
    void search_withinAFilterWithoutMemoryForAnother_isRefused() {
        MemoryBudget budget = new MemoryBudget(64L << 20);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, ROWS, 5)) {
            IndexContext context =
                    new IndexContext(rows.metric, rows.elementType, rows.dimension, budget, rows, TimeSource.SYSTEM);
            try (DerivedIndex index = GraphSpec.defaults().create(context, new long[] {0, 1, 2})) {
                for (int row = 0; row < ROWS; row++) {
                    index.insert(row, rows.address(row));
                }
                SearchRequest plain = SearchRequest.nearest(QueryVector.of(rows.queries[0]), 10);
                List<Neighbors.Hit> expected = hits(index.search(plain, EFFORT));
                index.trim();
                budget.reserve("others", budget.availableBytes());
                Supplier<SearchResult> search = () -> index.search(plain, EFFORT);
                SearchRequest outer = plain.withFilter(_ -> search.get().cost().vectorsCompared() > 0);
                assertThatThrownBy(() -> index.search(outer, EFFORT))
                        .isInstanceOf(CapacityException.class)
                        .hasMessageContaining("search within a search");
                assertThat(hits(search.get())).isEqualTo(expected);
                budget.release("others", budget.usedBytes() - index.statistics().memoryBytes());
                assertThat(hits(index.search(outer, EFFORT))).isEqualTo(expected);
            }
        }
    }
}
