package io.vexel.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ChecksTest {

    @Test
    void inRange_atTheEdges_returnsTheValue() {
        assertThat(Checks.inRange("k", 1, 1, 10)).isEqualTo(1);
        assertThat(Checks.inRange("k", 10, 1, 10)).isEqualTo(10);
    }

    @Test
    void inRange_outside_namesValueAndRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.inRange("dimension", 0, 1, 4096))
                .withMessage("dimension=0, allowed: 1..4096");
    }

    @Test
    void powerOfTwo_otherNumbers_areRefused() {
        assertThat(Checks.powerOfTwo("blockSize", 4096, 1024, 65536)).isEqualTo(4096);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.powerOfTwo("blockSize", 3000, 1024, 65536))
                .withMessageContaining("blockSize=3000");
    }
}
