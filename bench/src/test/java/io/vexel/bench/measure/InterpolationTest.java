package io.vexel.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class InterpolationTest {

    private final double[] recalls = {0.80, 0.90, 0.96};
    private final double[] rates = {10_000, 4_000, 1_000};

    @Test
    void rate_betweenTwoPoints_runsStraightInItsLogarithm() {
        assertThat(Interpolation.rateAt(0.93, recalls, rates).orElseThrow()).isCloseTo(2_000, within(1e-6));
        assertThat(Interpolation.rateAt(0.85, recalls, rates).orElseThrow())
                .isCloseTo(Math.sqrt(10_000 * 4_000.0), within(1e-6));
    }

    @Test
    void rate_onAPoint_isItsRate() {
        assertThat(Interpolation.rateAt(0.90, recalls, rates).orElseThrow()).isCloseTo(4_000, within(1e-6));
        assertThat(Interpolation.rateAt(0.96, recalls, rates).orElseThrow()).isCloseTo(1_000, within(1e-6));
    }

    @Test
    void rate_belowTheFirstPoint_isThatOfTheFirst() {
        assertThat(Interpolation.rateAt(0.5, recalls, rates)).hasValue(10_000);
    }

    @Test
    void rate_aboveAllPoints_isAbsent() {
        assertThat(Interpolation.rateAt(0.97, recalls, rates)).isEmpty();
    }

    @Test
    void rate_recallThatFallsBack_readsTheFirstCrossing() {
        assertThat(Interpolation.rateAt(0.85, new double[] {0.8, 0.9, 0.84, 0.95}, new double[] {8, 2, 2, 1})
                        .orElseThrow())
                .isCloseTo(4, within(1e-9));
    }
}
