package io.vexel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.vexel.base.CapacityException;
import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegionTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 4096, 4097, 2 << 20, (2 << 20) + 1, 9_000_000})
    void allocate_anySize_isZeroedAlignedAndAccounted(long bytes) {
        MemoryBudget budget = new MemoryBudget(16 << 20);
        try (Region region = Region.allocate(budget, "test", bytes)) {
            assertThat(region.byteSize()).isGreaterThanOrEqualTo(bytes);
            assertThat(region.address() % (bytes >= Region.HUGE_PAGE_BYTES ? Region.HUGE_PAGE_BYTES : 4096))
                    .isZero();
            assertThat(budget.usedBytes()).isEqualTo(region.byteSize());
            for (long offset = 0; offset < region.byteSize(); offset += 8) {
                assertThat(region.segment().get(ValueLayout.JAVA_LONG, offset)).isZero();
            }
            region.segment().set(ValueLayout.JAVA_LONG, region.byteSize() - 8, 77);
            assertThat(RawMemory.ALL.get(ValueLayout.JAVA_LONG, region.address() + region.byteSize() - 8))
                    .isEqualTo(77);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void close_twice_releasesOnce() {
        MemoryBudget budget = new MemoryBudget(1 << 20);
        Region region = Region.allocate(budget, "test", 100);
        region.close();
        region.close();
        assertThat(budget.usedBytes()).isZero();
        assertThatThrownBy(() -> region.segment().get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void allocate_budgetForOneThread_keepsOtherThreadsOut() throws Exception {
        MemoryBudget budget = MemoryBudget.forOneThread(8 << 20);
        for (long bytes : new long[] {4096, 3 << 20}) {
            Region region = Region.allocate(budget, "test", bytes);
            region.segment().set(ValueLayout.JAVA_LONG, 0, 5);
            assertThat(CompletableFuture.supplyAsync(() -> refusal(region)).get())
                    .isInstanceOf(WrongThreadException.class);
            assertThat(region.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(5);
            region.close();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private static Throwable refusal(Region region) {
        return catchThrowable(() -> region.segment().get(ValueLayout.JAVA_LONG, 0));
    }

    @Test
    void allocate_beyondTheBudget_isACapacityError() {
        MemoryBudget budget = new MemoryBudget(1 << 20);
        assertThatThrownBy(() -> Region.allocate(budget, "test", 2 << 20)).isInstanceOf(CapacityException.class);
        assertThat(budget.usedBytes()).isZero();
    }
}
