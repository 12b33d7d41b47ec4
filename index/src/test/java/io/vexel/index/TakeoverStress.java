package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Two threads give points new rows, with the same vector or another, or delete them, beside sweeps and searches. Each point has one living row at most. */
final class TakeoverStress implements AutoCloseable {

    private static final int POINTS = 2_000;
    private static final int WRITERS = 2;
    private static final int DIMENSION = 64;
    private static final int LIVING = 1;
    private static final int DEAD = 2;

    final DerivedIndex index;
    private final int mostRows;
    private final VectorRows rows;
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicIntegerArray life;
    private final AtomicIntegerArray rowOfPoint = new AtomicIntegerArray(POINTS);
    private final AtomicLong next = new AtomicLong(POINTS);
    private final AtomicLong takenOver = new AtomicLong();

    TakeoverStress(IndexSpec spec, MemoryBudget budget) {
        this(spec, budget, Boolean.getBoolean("vexel.deep") ? 300_000 : 20_000);
    }

    /** @param mostRows rows that are written in all */
    TakeoverStress(IndexSpec spec, MemoryBudget budget, int mostRows) {
        this.mostRows = mostRows;
        rows = new VectorRows(Metric.L2, DIMENSION, mostRows, 11);
        life = new AtomicIntegerArray(mostRows);
        index = spec.create(
                rows.context(budget), IntStream.range(0, 500).asLongStream().toArray());
        for (int point = 0; point < POINTS; point++) {
            rowOfPoint.set(point, -1);
        }
    }

    /** Does all of it, and looks whether the index is sound then. */
    void run() throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(WRITERS + 3)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                writers.add(pool.submit(writer(i)));
            }
            List<Future<?>> others = List.of(
                    pool.submit(repeated(() -> index.sweep(live(), Cancellation.NONE))),
                    pool.submit(repeated(() -> search(1))),
                    pool.submit(repeated(() -> search(2))));
            try {
                for (Future<?> writer : writers) {
                    writer.get();
                }
            } finally {
                done.set(true);
            }
            for (Future<?> other : others) {
                other.get();
            }
        }
        check();
    }

    private RowFilter live() {
        return ordinal -> life.get((int) ordinal) != DEAD;
    }

    private Callable<Object> writer(int number) {
        return () -> {
            Random random = new Random(number);
            for (long row = next.getAndIncrement(); row < mostRows; row = next.getAndIncrement()) {
                write((int) row, random.nextInt(POINTS / WRITERS) * WRITERS + number, random.nextInt(8));
            }
            return done;
        };
    }

    private void write(int row, int point, int what) {
        int old = rowOfPoint.get(point);
        if (old >= 0) {
            life.set(old, DEAD);
        }
        if (what == 0) {
            rowOfPoint.set(point, -1);
            return;
        }
        boolean same = old >= 0 && what > 2;
        if (same) {
            rows.rows.copy(old, row);
        }
        life.set(row, LIVING);
        if (same && index.takeOver(row, rows.rows.address(row), old)) {
            takenOver.incrementAndGet();
        } else {
            index.insert(row, rows.rows.address(row));
        }
        rowOfPoint.set(point, row);
    }

    private Callable<Object> repeated(Runnable action) {
        return () -> {
            while (!done.get()) {
                action.run();
            }
            return done;
        };
    }

    /** What is found has the distance of its own vector, and did not die before the search. */
    private void search(long seed) {
        Random random = new Random(seed + next.get());
        QueryVector query = QueryVector.of(rows.rows.floats(random.nextInt(POINTS), new float[DIMENSION]));
        int[] before = IntStream.range(0, (int) Math.min(mostRows, next.get()))
                .map(life::get)
                .toArray();
        SearchRequest request = SearchRequest.nearest(query, 20).withLive(ordinal -> life.get((int) ordinal) == LIVING);
        List<Neighbors.Hit> hits = index.search(request, Effort.of(60))
                .neighbors()
                .getFirst()
                .hits()
                .toList();
        assertThat(hits).extracting(Neighbors.Hit::ordinal).doesNotHaveDuplicates();
        for (Neighbors.Hit hit : hits) {
            int row = (int) hit.ordinal();
            assertThat(row < before.length && before[row] == DEAD)
                    .as("row %d", row)
                    .isFalse();
            assertThat(hit.distance()).isEqualTo(Metric.L2.distance(NaiveSearch.key(Metric.L2, rows.rows, row, query)));
        }
    }

    private void check() {
        System.out.printf(
                "%s: %d of %d rows took places over, %s%n",
                index.kind(), takenOver.get(), mostRows, index.statistics());
        assertThat(takenOver.get()).isGreaterThan(mostRows / 8);
        index.sweep(live(), Cancellation.NONE);
        assertThat(index.verify(live()).findings()).isEmpty();
        long living = 0;
        for (int point = 0; point < POINTS; point++) {
            int row = rowOfPoint.get(point);
            if (row >= 0) {
                living++;
                assertThat(index.contains(row)).as("row %d", row).isTrue();
            }
        }
        assertThat(index.statistics().rows()).isEqualTo(living);
    }

    @Override
    public void close() {
        index.close();
        rows.close();
    }
}
