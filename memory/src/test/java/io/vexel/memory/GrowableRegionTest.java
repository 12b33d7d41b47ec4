package io.vexel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class GrowableRegionTest {

    private static final long STEP = Region.HUGE_PAGE_BYTES;
    private static final long SMALL_STEP = 64 * Bytes.KIB;

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
            region.ensure(STEP - 5);
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
            assertThat(region.byteSize()).isEqualTo(SMALL_STEP);
        }
    }

    @Test
    void ensure_fromAPartOfAHugePageOn_keepsContentsAndReadsZerosBehind() {
        MemoryBudget budget = new MemoryBudget(20 * STEP);
        try (GrowableRegion region = GrowableRegion.reserve(budget, "test", 10 * STEP)) {
            long[] sizes = {1, SMALL_STEP + 1, STEP - 1, STEP, STEP + 1, 2 * STEP + 3 * SMALL_STEP, 9 * STEP, 10 * STEP
            };
            long filled = 0;
            for (long size : sizes) {
                region.ensure(size);
                assertThat(region.byteSize())
                        .isEqualTo(Bytes.roundUp(size, SMALL_STEP))
                        .isEqualTo(budget.usedBytes());
                for (long at = filled; at < region.byteSize(); at += 8) {
                    assertThat(region.segment().get(ValueLayout.JAVA_LONG, at)).isZero();
                    region.segment().set(ValueLayout.JAVA_LONG, at, at + 1);
                }
                filled = region.byteSize();
            }
            for (long at = 0; at < filled; at += 8) {
                assertThat(region.segment().get(ValueLayout.JAVA_LONG, at)).isEqualTo(at + 1);
            }
        }
    }

    @Test
    void ensure_besideAWriter_losesNothing() throws InterruptedException {
        int words = (int) (8 * STEP / 8);
        try (GrowableRegion region = GrowableRegion.reserve(MemoryBudget.unlimited(), "test", 8 * STEP)) {
            AtomicInteger ready = new AtomicInteger();
            Thread writer = Thread.ofPlatform().start(() -> {
                for (int word = 0; word < words; word++) {
                    while (word >= ready.get()) {
                        Thread.onSpinWait();
                    }
                    region.segment().set(ValueLayout.JAVA_LONG, 8L * word, word + 1);
                }
            });
            // The writer is within the unit that becomes whole while its pages are exchanged.
            for (long size = SMALL_STEP; size <= 8 * STEP; size += SMALL_STEP) {
                region.ensure(size);
                ready.set((int) (size / 8));
            }
            writer.join();
            for (int word = 0; word < words; word++) {
                assertThat(region.segment().get(ValueLayout.JAVA_LONG, 8L * word))
                        .isEqualTo(word + 1);
            }
        }
    }

    /** What the process has in memory grows as the region does, and not by huge pages that are hardly used. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void ensure_aLittle_takesALittleFromTheSystem() throws IOException {
        List<GrowableRegion> regions = new ArrayList<>();
        try {
            long before = residentBytes();
            for (int i = 0; i < 64; i++) {
                GrowableRegion region = GrowableRegion.reserve(MemoryBudget.unlimited(), "test", 4 * STEP);
                regions.add(region);
                region.ensure(1);
                region.segment().set(ValueLayout.JAVA_LONG, 0, 1);
            }
            assertThat(residentBytes() - before).isLessThan(64 * STEP / 4);
        } finally {
            regions.forEach(GrowableRegion::close);
        }
    }

    private static long residentBytes() throws IOException {
        String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
        return 4096 * Long.parseLong(pages);
    }
}
