package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Derived indexes that are searched, filled and swept at once. */
class DerivedIndexStressTest {

    private static final int ROWS = 3000;
    private static final int INSERTERS = 2;

    /** Life of a row; 0 before its insertion. */
    private static final int THERE = 1;

    private static final int DEAD = 2;

    private final VectorRows rows = new VectorRows(Metric.L2, 12, ROWS, 77);
    private final AtomicIntegerArray life = new AtomicIntegerArray(ROWS);
    private final AtomicBoolean done = new AtomicBoolean();

    @ParameterizedTest
    @EnumSource(
            value = IndexKind.class,
            names = {"HNSW", "LSH"})
    void insertsSweepsAndSearches_atOnce_keepInvariantsAndFindTheLiving(IndexKind kind) throws Exception {
        IndexSpec spec = IndexSpec.parse(kind, java.util.Map.of());
        try (rows;
                DerivedIndex index = spec.create(rows.context(), sample());
                ExecutorService pool = Executors.newFixedThreadPool(INSERTERS + 3)) {
            List<Future<?>> inserters = new ArrayList<>();
            for (int i = 0; i < INSERTERS; i++) {
                int own = i;
                inserters.add(pool.submit(() -> insertAndKill(index, own)));
            }
            List<Future<?>> others = List.of(
                    pool.submit(repeated(() -> index.sweep(live(), Cancellation.NONE))),
                    pool.submit(repeated(() -> search(index))),
                    pool.submit(repeated(() -> search(index))));
            try {
                for (Future<?> inserter : inserters) {
                    inserter.get();
                }
            } finally {
                done.set(true);
            }
            for (Future<?> other : others) {
                other.get();
            }
            index.sweep(live(), Cancellation.NONE);
            assertThat(index.verify(live()).findings()).isEmpty();
            assertThat(index.statistics().rows()).isEqualTo(living());
            SearchRequest all = SearchRequest.nearest(rows.vector(), ROWS).withLive(live());
            assertThat(index.search(all).neighbors().getFirst().hits())
                    .containsExactlyElementsOf(rows.flat()
                            .search(all)
                            .neighbors()
                            .getFirst()
                            .hits()
                            .toList());
        }
    }

    private static long[] sample() {
        long[] sample = new long[500];
        java.util.Arrays.setAll(sample, i -> 6 * i);
        return sample;
    }

    private RowFilter live() {
        return ordinal -> life.get((int) ordinal) == THERE;
    }

    private long living() {
        return java.util.stream.IntStream.range(0, ROWS)
                .filter(row -> life.get(row) == THERE)
                .count();
    }

    /** Every third row dies some time after its insertion. */
    private void insertAndKill(DerivedIndex index, int own) {
        for (int row = own; row < ROWS; row += INSERTERS) {
            life.set(row, THERE);
            index.insert(row, rows.rows.address(row));
            int old = row - 100 * INSERTERS;
            if (old >= 0 && old % 3 == 0) {
                life.set(old, DEAD);
            }
        }
    }

    private Callable<Object> repeated(Runnable action) {
        return () -> {
            while (!done.get()) {
                action.run();
            }
            return done;
        };
    }

    /** A row that dies during the search may be in its result; one that was dead before may not. */
    private void search(DerivedIndex index) {
        AtomicIntegerArray before = new AtomicIntegerArray(ROWS);
        for (int row = 0; row < ROWS; row++) {
            before.set(row, life.get(row));
        }
        SearchRequest request = SearchRequest.nearest(QueryVector.of(new float[12]), 10)
                .withLive(ordinal -> life.get((int) ordinal) == THERE);
        Neighbors found = index.search(request, Effort.of(30)).neighbors().getFirst();
        assertThat(found.hits().map(Neighbors.Hit::ordinal))
                .doesNotHaveDuplicates()
                .noneMatch(ordinal -> before.get(ordinal.intValue()) == DEAD);
        assertThat(found.hits())
                .allMatch(hit -> hit.distance()
                        == Metric.L2.distance(
                                NaiveSearch.key(Metric.L2, rows.rows, hit.ordinal(), QueryVector.of(new float[12]))));
    }
}
