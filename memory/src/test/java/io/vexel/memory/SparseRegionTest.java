package io.vexel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class SparseRegionTest {

    private static final int PAGE = 4096;

    @Test
    void smallPages_takenAndGivenBackOneByOne_areChargedByThemselves() {
        MemoryBudget budget = new MemoryBudget(3 * PAGE);
        try (SparseRegion region = SparseRegion.reserveSmallPages(budget, "test", 100 * PAGE + 1)) {
            assertThat(region.byteSize()).isEqualTo(101 * PAGE);
            assertThat(budget.usedBytes()).isZero();
            for (int page = 7; page < 10; page++) {
                region.take(PAGE);
                region.segment((long) page * PAGE, PAGE).fill((byte) page);
            }
            assertThat(region.tryTake(PAGE)).isFalse();
            assertThatThrownBy(() -> region.take(PAGE))
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("test: requested=4096 available=0");
            region.giveBack(8 * PAGE, PAGE);
            assertThat(region.takenBytes()).isEqualTo(2 * PAGE);
            assertThat(region.tryTake(PAGE)).isTrue();
            for (int page = 7; page < 10; page++) {
                byte expected = (byte) (page == 8 ? 0 : page);
                assertThat(region.segment((long) page * PAGE, PAGE).get(ValueLayout.JAVA_BYTE, PAGE - 1))
                        .as("page %s", page)
                        .isEqualTo(expected);
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void take_whenOthersCanGive_asksThem() {
        MemoryBudget budget = new MemoryBudget(2 * PAGE);
        try (SparseRegion region = SparseRegion.reserveSmallPages(budget, "test", 2 * PAGE)) {
            budget.reserve("cache", 2 * PAGE);
            budget.addShrinker(new Shrinker() {
                @Override
                public String name() {
                    return "cache";
                }

                @Override
                public long reclaimableBytes() {
                    return budget.usedByOwner().getOrDefault("cache", 0L);
                }

                @Override
                public long shrink(long bytes) {
                    budget.release("cache", PAGE);
                    return PAGE;
                }
            });
            assertThat(region.tryTake(PAGE)).isFalse();
            region.take(PAGE);
            region.take(PAGE);
            assertThat(budget.usedByOwner()).containsOnlyKeys("test");
        }
    }
}
