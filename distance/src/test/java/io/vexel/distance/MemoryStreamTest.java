package io.vexel.distance;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MemoryStreamTest {

    @Test
    void sum_anyLength_equalsThePlainLoop() {
        SplittableRandom random = new SplittableRandom(5);
        for (int words = 0; words < 200; words++) {
            byte[] bytes = new byte[words * Long.BYTES];
            random.nextBytes(bytes);
            MemorySegment segment = MemorySegment.ofArray(bytes);
            long expected = 0;
            for (int i = 0; i < words; i++) {
                expected += segment.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * Long.BYTES);
            }
            assertThat(MemoryStream.sum(segment)).as("words=%d", words).isEqualTo(expected);
        }
    }
}
