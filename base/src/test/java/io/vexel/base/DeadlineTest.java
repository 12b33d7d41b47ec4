package io.vexel.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeadlineTest {

    private static final long MILLI = 1_000_000;

    private long now = Long.MAX_VALUE - 1;

    private final TimeSource time = new TimeSource() {
        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public long epochMillis() {
            return 0;
        }
    };

    @Test
    void leftMillis_asTimePasses_countsDownToZero() {
        Deadline deadline = Deadline.in(10, time);
        assertThat(deadline.leftMillis()).isEqualTo(10);
        now += 3 * MILLI + 1;
        assertThat(deadline.leftMillis()).isEqualTo(7);
        now += 7 * MILLI;
        assertThat(deadline.leftMillis()).isZero();
        assertThat(deadline.half().leftMillis()).isZero();
    }

    @Test
    void half_isTheMiddleOfWhatIsLeft() {
        Deadline deadline = Deadline.in(12, time);
        now += 4 * MILLI;
        assertThat(deadline.half().leftMillis()).isEqualTo(4);
        assertThat(deadline.half().half().leftMillis()).isEqualTo(2);
    }

    @Test
    void within_isTheSoonerOfBoth() {
        Deadline deadline = Deadline.in(12, time);
        assertThat(deadline.within(5).leftMillis()).isEqualTo(5);
        assertThat(deadline.within(50)).isEqualTo(deadline);
    }
}
