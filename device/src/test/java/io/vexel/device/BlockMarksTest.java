package io.vexel.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BlockMarksTest {

    private static final long SEED = Long.getLong("vexel.seed", 46);
    private static final int BLOCKS = 3 * BlockMarks.PAGE_BLOCKS + 77;

    @Test
    void marks_inRandomUse_areThoseOfATwin() {
        SplittableRandom random = new SplittableRandom(SEED);
        MemoryBudget budget = new MemoryBudget(1 << 20);
        try (BlockMarks marks = new BlockMarks(budget, "marks", BLOCKS)) {
            BitSet twin = new BitSet();
            for (int i = 0; i < 20_000; i++) {
                int from = random.nextInt(BLOCKS);
                int end = Math.min(BLOCKS, from + random.nextInt(i % 10 == 0 ? BLOCKS : 300));
                switch (random.nextInt(5)) {
                    case 0 -> {
                        marks.add(from, end);
                        twin.set(from, end);
                    }
                    case 1 -> {
                        marks.remove(from, end);
                        twin.clear(from, end);
                    }
                    case 2 -> {
                        int first = from & -Long.SIZE;
                        long bits = random.nextLong() & 0x5555AAAA33330F0FL;
                        marks.addWord(first, bits);
                        for (int bit = 0; bit < Long.SIZE; bit++) {
                            twin.set(first + bit, twin.get(first + bit) || (bits >>> bit & 1) != 0);
                        }
                    }
                    default -> {
                        int marked = twin.nextSetBit(from);
                        assertThat(marks.nextMarked(from, end)).isEqualTo(marked < 0 || marked > end ? end : marked);
                        assertThat(marks.nextUnmarked(from, end)).isEqualTo(Math.min(end, twin.nextClearBit(from)));
                    }
                }
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void pages_areTakenFromTheBudget_whereSomethingIsMarked() {
        MemoryBudget budget = new MemoryBudget(64 + 2 * 4096);
        try (BlockMarks marks = new BlockMarks(budget, "marks", 8L * BlockMarks.PAGE_BLOCKS)) {
            assertThat(budget.usedBytes()).isEqualTo(64);
            marks.add(5, 5);
            marks.addWord(64, 0);
            assertThat(budget.usedBytes()).isEqualTo(64);
            marks.add(BlockMarks.PAGE_BLOCKS - 1, BlockMarks.PAGE_BLOCKS + 1);
            assertThat(budget.usedBytes()).isEqualTo(64 + 2 * 4096);
            long third = 2L * BlockMarks.PAGE_BLOCKS;
            assertThatThrownBy(() -> marks.addWord(third, 1)).isInstanceOf(CapacityException.class);
            assertThat(marks.nextMarked(third, third + 64)).isEqualTo(third + 64);
        }
        assertThat(budget.usedBytes()).isZero();
    }
}
