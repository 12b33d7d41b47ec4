package io.vexel.memory.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

class MemoryHistoryTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    private static MemorySample sample(long nanos, PressureLevel level, long used) {
        return new MemorySample(nanos, level, used, 2 * used, 3 * used);
    }

    @Test
    void ring_moreThanItsCapacity_keepsTheLast() {
        SplittableRandom random = new SplittableRandom(7);
        for (int capacity : new int[] {1, 2, 3, 10}) {
            MemoryHistory history = new MemoryHistory(capacity);
            List<MemorySample> all = new ArrayList<>();
            assertThat(history.newest()).isEmpty();
            for (int i = 0; i < 35; i++) {
                all.add(sample(i, PressureLevel.values()[random.nextInt(3)], random.nextLong(1_000)));
                history.add(all.getLast());
                assertThat(history.samples()).isEqualTo(all.subList(Math.max(0, all.size() - capacity), all.size()));
                assertThat(history.newest()).hasValue(all.getLast());
            }
        }
    }

    @Test
    void since_aTime_summarizesTheSamplesFromThenOn() {
        MemoryHistory history = new MemoryHistory(10);
        assertThat(history.since(0)).isEmpty();
        // The clock wraps around between the samples.
        long start = Long.MAX_VALUE - 10;
        history.add(sample(start, PressureLevel.CRITICAL, 1_000));
        history.add(sample(start + 10, PressureLevel.LOW, 10));
        history.add(sample(start + 20, PressureLevel.NORMAL, 40));
        assertThat(history.since(start + 10))
                .hasValue(new MemoryHistory.Window(
                        2,
                        PressureLevel.LOW,
                        new MemoryHistory.Range(10, 40, 25),
                        new MemoryHistory.Range(20, 80, 50),
                        new MemoryHistory.Range(30, 120, 75)));
        assertThat(history.since(start).orElseThrow().highest()).isEqualTo(PressureLevel.CRITICAL);
        assertThat(history.since(start + 21)).isEmpty();
    }

    /** A ring of two, so that samples are overwritten. */
    public static class Ring {

        private final MemoryHistory history = new MemoryHistory(2);

        @Operation
        public void add(@Param(gen = IntGen.class, conf = "0:9") int number) {
            history.add(sample(number, PressureLevel.LOW, number));
        }

        @Operation
        public List<Long> numbers() {
            return history.samples().stream().map(MemorySample::usedBytes).toList();
        }

        @Operation
        public long newest() {
            return history.newest().map(MemorySample::nanos).orElse(-1L);
        }
    }

    @Test
    void ring_ofSeveralThreads_isLinearizable() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 50 : 2)
                .invocationsPerIteration(DEEP ? 1_000 : 50)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Ring.class);
    }
}
