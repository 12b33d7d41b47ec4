package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What insertions that failed and sweeps that were broken off leave in an hnsw index: it counts as no row, and is saved, loaded and swept as what it is. */
class HnswRemainsTest {

    private static final HnswSpec SPEC = new HnswSpec(8, 40, 50, HnswSpec.MOST_LEVELS, 7);
    private static final int ROWS = 600;
    private static final int NEVER = Integer.MAX_VALUE;

    /** Rows that are nowhere in memory, and of which one cannot be read. */
    private static final class Away implements FullVectors {

        private final ClusteredRows rows;
        private int readsToFailure = NEVER;
        private boolean forGood;
        private int failures;

        Away(ClusteredRows rows) {
            this.rows = rows;
        }

        @Override
        public long address(long ordinal) {
            return 0;
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            if (readsToFailure != NEVER && --readsToFailure <= 0) {
                readsToFailure = forGood ? 0 : NEVER;
                failures++;
                throw new DeviceException(DeviceException.Operation.READ, ordinal, 1, "injected");
            }
            rows.read(ordinal, target);
        }
    }

    private static IndexContext context(ClusteredRows rows, FullVectors vectors, MemoryBudget budget) {
        return new IndexContext(rows.metric, rows.elementType, rows.dimension, budget, vectors, TimeSource.SYSTEM);
    }

    @Test
    void insertion_thatFailsAtAnyRead_leavesNoRowBehind() {
        MemoryBudget budget = new MemoryBudget(1L << 30);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 16, ROWS, 5)) {
            Away away = new Away(rows);
            PageMemory saved = new PageMemory();
            int failed = 0;
            try (HnswIndex index = SPEC.create(context(rows, away, budget), new long[] {0})) {
                for (int row = 0; row < ROWS; row++) {
                    int ordinal = row;
                    if (row % 20 == 19) {
                        away.readsToFailure = 1 + 7 * failed;
                        assertThatThrownBy(() -> index.insert(ordinal, rows.address(ordinal)))
                                .isInstanceOf(DeviceException.class);
                        failed++;
                        assertThat(index.statistics().rows()).isEqualTo(row);
                    }
                    index.insert(ordinal, rows.address(ordinal));
                }
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
                index.checkpoint(saved);
            }
            try (HnswIndex index = SPEC.load(context(rows, away, budget), saved)) {
                assertThat(index.statistics().rows()).isEqualTo(ROWS);
                assertThat(rows.recall(index, 100)).isGreaterThan(0.9);
                assertThat(index.sweep(RowFilter.ALL, Cancellation.NONE).removed())
                        .as("rows taken out")
                        .isZero();
                assertThat(index.statistics().rows()).isEqualTo(ROWS);
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            }
            assertThat(failed).isEqualTo(ROWS / 20);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Whoever is told that none was inserted inserts them again. */
    @Test
    void insertions_ofWhichALaterOneFails_sayHowManyWereMade() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 16, ROWS, 5)) {
            Away away = new Away(rows);
            try (HnswIndex index = SPEC.create(context(rows, away, MemoryBudget.unlimited()), new long[] {0})) {
                int done = 0;
                int cut = 0;
                int attempts = 0;
                while (done < ROWS) {
                    int count = Math.min(4, ROWS - done);
                    long[] ordinals = new long[count];
                    long[] addresses = new long[count];
                    for (int i = 0; i < count; i++) {
                        ordinals[i] = done + i;
                        addresses[i] = rows.address(done + i);
                    }
                    away.readsToFailure = 1 + attempts++ * 13 % 2_000;
                    try {
                        int made = index.insertAll(ordinals, addresses, count);
                        cut += made < count ? 1 : 0;
                        done += made;
                    } catch (DeviceException _) {
                        // None of them.
                    }
                    assertThat(index.statistics().rows()).isEqualTo(done);
                }
                assertThat(cut).isPositive();
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            }
        }
    }

    @Test
    void sweep_brokenOffSavedAndLoaded_goesOnAndAsksAboutNoRowThatItHadTakenForDead() {
        RowFilter even = ordinal -> ordinal % 2 == 0;
        MemoryBudget budget = new MemoryBudget(1L << 30);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 16, ROWS, 6)) {
            PageMemory saved = new PageMemory();
            try (HnswIndex index = SPEC.create(context(rows, rows, budget), new long[] {0})) {
                for (int row = 0; row < ROWS; row++) {
                    index.insert(row, rows.address(row));
                }
                AtomicInteger looks = new AtomicInteger();
                assertThatThrownBy(() -> index.sweep(even, () -> {
                            if (looks.incrementAndGet() > 3) {
                                throw new CancellationException();
                            }
                        }))
                        .isInstanceOf(CancellationException.class);
                assertThat(index.statistics().rows()).isEqualTo(ROWS);
                index.checkpoint(saved);
            }
            try (HnswIndex index = SPEC.load(context(rows, rows, budget), saved)) {
                AtomicInteger refused = new AtomicInteger();
                long removed = index.sweep(ordinal -> below(ordinal, refused), Cancellation.NONE)
                        .removed();
                assertThat(removed).isEqualTo(ROWS / 2);
                assertThat(refused).as("rows above the end").hasValue(0);
                assertThat(index.statistics().rows()).isEqualTo(ROWS / 2);
                assertThat(index.verify(even).findings()).isEmpty();
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Once or for good: the living are one tree, whatever becomes of the sweep, and what is saved then can be loaded. */
    @Test
    void sweep_thatFailsAtAnyRead_leavesEveryRowWithinReach() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 16, ROWS, 7)) {
            Away away = new Away(rows);
            int failed = 0;
            int brokenOff = 0;
            for (int read = 1; read > 0; read = read * 5 / 4 + 1) {
                away.forGood = failed % 2 == 1;
                RowFilter live = ordinal -> ordinal % 3 == 0;
                PageMemory saved = new PageMemory();
                try (HnswIndex index = SPEC.create(context(rows, away, MemoryBudget.unlimited()), new long[] {0})) {
                    for (int row = 0; row < ROWS; row++) {
                        index.insert(row, rows.address(row));
                    }
                    away.readsToFailure = read;
                    away.failures = 0;
                    try {
                        index.sweep(live, Cancellation.NONE);
                    } catch (DeviceException _) {
                        brokenOff++;
                    }
                    away.readsToFailure = NEVER;
                    assertThat(index.verify(live).findings())
                            .as("read %d", read)
                            .isEmpty();
                    index.checkpoint(saved);
                    if (away.failures == 0) {
                        break;
                    }
                    failed++;
                }
                try (HnswIndex index = SPEC.load(context(rows, away, MemoryBudget.unlimited()), saved)) {
                    index.sweep(live, Cancellation.NONE);
                    assertThat(index.statistics().rows()).isEqualTo(ROWS / 3);
                    assertThat(index.verify(live).findings())
                            .as("read %d", read)
                            .isEmpty();
                }
            }
            assertThat(failed).isGreaterThan(10);
            assertThat(brokenOff).isBetween(5, failed - 1);
        }
    }

    private static boolean below(long ordinal, AtomicInteger refused) {
        if (ordinal >= ROWS) {
            refused.incrementAndGet();
        }
        return ordinal < ROWS;
    }
}
