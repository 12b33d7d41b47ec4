package io.vexel.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {

    @Test
    void percentile_byNearestRank_isAValueThatOccurred() {
        long[] values = LongStream.rangeClosed(1, 100).toArray();
        assertThat(Percentiles.of(values, 0.50)).isEqualTo(50);
        assertThat(Percentiles.of(values, 0.95)).isEqualTo(95);
        assertThat(Percentiles.of(values, 0.99)).isEqualTo(99);
        assertThat(Percentiles.of(values, 1)).isEqualTo(100);
        assertThat(Percentiles.of(new long[] {7}, 0.5)).isEqualTo(7);
    }

    @Test
    void percentile_randomValues_leavesTheShareBelow() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            long[] values = Percentiles.sorted(
                    random.longs(1 + random.nextInt(50), 0, 20).toArray());
            double share = 0.01 + 0.99 * random.nextDouble();
            long found = Percentiles.of(values, share);
            assertThat(LongStream.of(values).filter(value -> value <= found).count())
                    .isGreaterThanOrEqualTo((long) Math.ceil(share * values.length));
            assertThat(LongStream.of(values).filter(value -> value < found).count())
                    .isLessThan((long) Math.ceil(share * values.length));
        }
    }

    @Test
    void percentile_ofNothing_isRefused() {
        assertThatThrownBy(() -> Percentiles.of(new long[0], 0.5)).isInstanceOf(IllegalArgumentException.class);
    }
}
