package io.vexel.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class HugePagesTest {

    private static final int PAGE = 4096;

    @Test
    void isOfWholePages_partOfALargerPage_isNot() {
        assertThat(HugePages.isOfWholePages(16 * PAGE, PAGE, PAGE)).isTrue();
        assertThat(HugePages.isOfWholePages(16 * PAGE, PAGE, 16 * PAGE)).isFalse();
        assertThat(HugePages.isOfWholePages(PAGE, 16 * PAGE, 16 * PAGE)).isFalse();
        assertThat(HugePages.isOfWholePages(32 * PAGE, 16 * PAGE, 16 * PAGE)).isTrue();
    }

    /** Whatever pages the system has, and where the part ends. */
    @Test
    void discard_anyPart_zeroesThatAndNothingBehindIt() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = HugePages.mapPages(arena, 16 * PAGE);
            for (long bytes : new long[] {PAGE, PAGE / 4, 3 * PAGE + 8}) {
                memory.fill((byte) 7);
                HugePages.discard(memory.asSlice(PAGE, bytes));
                MemorySegment expected = MemorySegment.ofArray(new byte[16 * PAGE]);
                expected.fill((byte) 7);
                expected.asSlice(PAGE, bytes).fill((byte) 0);
                assertThat(memory.mismatch(expected)).as("bytes=" + bytes).isEqualTo(-1);
            }
        }
    }
}
