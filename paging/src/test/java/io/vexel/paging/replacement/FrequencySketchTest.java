package io.vexel.paging.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrequencySketchTest {

    private static final long SEED = 20_260_718;

    @Test
    void frequency_withoutHalving_isNeverTooSmallAndSeldomTooLarge() {
        for (int round = 0; round < 20; round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            FrequencySketch sketch = new FrequencySketch(2_000, Long.MAX_VALUE);
            Map<Long, Integer> counts = new HashMap<>();
            for (int i = 0; i < 1_000; i++) {
                long page = round % 2 == 0 ? random.nextLong(1_000) : random.nextLong() >>> 1;
                int count = random.nextInt(4);
                sketch.add(page, count);
                counts.merge(page, count, Integer::sum);
            }
            long tooLarge = 0;
            for (Map.Entry<Long, Integer> entry : counts.entrySet()) {
                int real = Math.min(FrequencySketch.MOST, entry.getValue());
                assertThat(sketch.frequency(entry.getKey())).isGreaterThanOrEqualTo(real);
                tooLarge += sketch.frequency(entry.getKey()) > real ? 1 : 0;
            }
            assertThat(tooLarge).as("seed %s", SEED + round).isLessThan(counts.size() / 20);
        }
    }

    @Test
    void frequency_afterHalving_isHalf() {
        FrequencySketch sketch = new FrequencySketch(100, 12);
        sketch.add(7, 8);
        sketch.add(9, 3);
        assertThat(sketch.frequency(7)).isEqualTo(8);
        sketch.add(9, 1);
        assertThat(sketch.frequency(7)).isEqualTo(4);
        assertThat(sketch.frequency(9)).isEqualTo(2);
    }

    @Test
    void frequency_manyUses_stopsAtTheLargestCount() {
        FrequencySketch sketch = new FrequencySketch(1, Long.MAX_VALUE);
        sketch.add(0, 1_000);
        assertThat(sketch.frequency(0)).isEqualTo(FrequencySketch.MOST);
    }
}
