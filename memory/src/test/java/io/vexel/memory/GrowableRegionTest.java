package io.vexel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class GrowableRegionTest {

    private static final long STEP = Region.HUGE_PAGE_BYTES;

    @Test
    void ensure_moreAndMore_keepsAddressAndContents() {
        MemoryBudget budget = new MemoryBudget(20 * STEP);
        try (GrowableRegion region = GrowableRegion.reserve(budget, "test", 10 * STEP)) {
            long address = region.address();
            assertThat(budget.usedBytes()).isZero();
            for (int step = 1; step <= 10; step++) {
                region.ensure(step * STEP - 5);
                assertThat(region.byteSize()).isEqualTo(step * STEP).isEqualTo(budget.usedBytes());
                long last = step * STEP - 8;
                assertThat(region.segment().get(ValueLayout.JAVA_LONG, last)).isZero();
                region.segment().set(ValueLayout.JAVA_LONG, last, step);
            }
            assertThat(region.address()).isEqualTo(address);
            for (int step = 1; step <= 10; step++) {
                assertThat(region.segment().get(ValueLayout.JAVA_LONG, step * STEP - 8))
                        .isEqualTo(step);
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void ensure_beyondBudgetOrReservation_isRefusedAndChangesNothing() {
        MemoryBudget budget = new MemoryBudget(3 * STEP);
        Region other = Region.allocate(budget, "other", 2 * STEP);
        try (GrowableRegion region = GrowableRegion.reserve(budget, "test", 2 * STEP)) {
            region.ensure(1);
            assertThatThrownBy(() -> region.ensure(STEP + 1)).isInstanceOf(CapacityException.class);
            assertThat(region.byteSize()).isEqualTo(STEP);
            other.close();
            region.ensure(2 * STEP);
            assertThatThrownBy(() -> region.ensure(2 * STEP + 1)).isInstanceOf(CapacityException.class);
            assertThat(budget.usedBytes()).isEqualTo(2 * STEP);
        }
    }

    @Test
    void reserve_underAnUnlimitedBudget_takesAddressesOnly() {
        try (GrowableRegion region = GrowableRegion.reserve(MemoryBudget.unlimited(), "test", 1L << 40)) {
            region.ensure(1);
            assertThat(region.byteSize()).isEqualTo(STEP);
        }
    }
}
