package io.vexel.memory.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HotPagesTest {

    @ParameterizedTest
    @CsvSource({"32, 3, 4", "128, 4, 5", "256, 5, 6"})
    void allocate_orderOfAList_comesBackFromItAndLargerOnesFromTheZone(long mib, int hotOrder, int coldOrder) {
        var sizes = new PageAllocatorOptions.ZoneSizes(0, mib * Bytes.MIB, 0, 0);
        try (PageAllocator pages =
                        PageAllocator.create(new MemoryBudget(Bytes.GIB), PageAllocatorOptions.oneNode(sizes));
                HotPages hot = pages.hotPages(0)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("owner"));
            for (int order = 0; order <= hotOrder; order++) {
                long first = hot.allocate(owner, order);
                hot.free(first);
                long second = hot.allocate(owner, order);
                assertThat(PageHandle.page(second)).isEqualTo(PageHandle.page(first));
                assertThat(second).as("of the next generation").isNotEqualTo(first);
                assertThatThrownBy(() -> hot.free(first)).isInstanceOf(IllegalStateException.class);
                hot.free(second);
            }
            long through = pages.hot().allocations();
            assertThat(through).isEqualTo(2L * (hotOrder + 1));
            hot.free(hot.allocate(owner, coldOrder));
            assertThat(pages.hot().allocations()).isEqualTo(through);
            assertThat(pages.pagesByOwner()).isEmpty();
        }
    }
}
