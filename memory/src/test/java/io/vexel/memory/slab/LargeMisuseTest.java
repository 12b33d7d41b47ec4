package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in blocks beyond 8 KiB. */
class LargeMisuseTest {

    private static void flip(long address) {
        byte old = RawMemory.ALL.get(ValueLayout.JAVA_BYTE, address);
        RawMemory.ALL.set(ValueLayout.JAVA_BYTE, address, (byte) ~old);
    }

    @ParameterizedTest
    @ValueSource(longs = {10_000, 12_288, 8_193, 4 << 20, (6 << 20) + 1})
    void blocks_withRedZones_tellOfWritesBesideThem(long bytes) {
        try (Fixture fixture = new Fixture(SlabFlag.RED_ZONE, SlabFlag.STORE_USER)) {
            GeneralAllocator general = new GeneralAllocator(fixture.slabs);
            long[] offsets = {-1, -4096, bytes, bytes + 7};
            for (long offset : offsets) {
                long handle = general.allocate(bytes);
                assertThat(general.segment(handle).byteSize()).isEqualTo(bytes);
                assertThat(general.address(handle) % 4096).isZero();
                general.segment(handle).fill((byte) 1);
                fixture.slabs.verify();
                assertThat(fixture.misuses).isEmpty();
                flip(general.address(handle) + offset);
                if (offset == -1) {
                    fixture.slabs.verify();
                    assertThat(fixture.misuses).as("found once").hasSize(1);
                }
                general.free(handle);
                assertThat(fixture.misuses).hasSize(1);
                Misuse misuse = fixture.misuses.removeFirst();
                assertThat(misuse.kind()).isEqualTo(offset < 0 ? Misuse.Kind.UNDERRUN : Misuse.Kind.OVERRUN);
                assertThat(misuse.handle()).isEqualTo(handle);
                assertThat(misuse.allocatedAt()).startsWith("LargeMisuseTest.blocks_withRedZones");
            }
        }
    }

    @Test
    void blocks_withPoison_tellOfWritesAfterFreeAndHoldNothingOfBefore() {
        try (Fixture fixture = new Fixture(SlabFlag.POISON, SlabFlag.STORE_USER)) {
            GeneralAllocator general = new GeneralAllocator(fixture.slabs);
            List<Long> written = new ArrayList<>();
            for (int i = 0; i < 3 * LargeChecks.HELD; i++) {
                long handle = general.allocate(10_000);
                MemorySegment segment = general.segment(handle);
                assertThat(segment.get(ValueLayout.JAVA_BYTE, 9_999)).isEqualTo(ObjectChecks.POISON);
                segment.fill((byte) 1);
                long address = segment.address();
                general.free(handle);
                assertThat(RawMemory.ALL.get(ValueLayout.JAVA_BYTE, address + 9_999))
                        .isEqualTo(ObjectChecks.POISON);
                flip(address + 12_287);
                written.add(handle);
            }
            assertThat(fixture.misuses).as("of those not held any more").hasSize(2 * LargeChecks.HELD);
            fixture.slabs.verify();
            fixture.slabs.verify();
            assertThat(fixture.misuses).extracting(Misuse::handle).isEqualTo(written);
            assertThat(fixture.misuses)
                    .allMatch(each -> each.kind() == Misuse.Kind.WRITE_AFTER_FREE
                            && each.freedAt().startsWith("LargeMisuseTest.blocks_withPoison"));
            assertThat(fixture.usedPages()).isEqualTo(3L * LargeChecks.HELD);
            fixture.budget.reclaim(Long.MAX_VALUE);
            assertThat(fixture.usedPages())
                    .as("given back when memory is short")
                    .isZero();
        }
    }

    @Test
    void close_writesThatNobodySaw_areReported() {
        try (Fixture fixture = new Fixture(SlabFlag.POISON, SlabFlag.RED_ZONE)) {
            GeneralAllocator general = new GeneralAllocator(fixture.slabs);
            long freed = general.allocate(9_000);
            long address = general.address(freed);
            general.free(freed);
            flip(address);
            long leaked = general.allocate(9_000);
            flip(general.address(leaked) + 9_000);
            general.close();
            assertThat(fixture.misuses)
                    .extracting(Misuse::kind)
                    .containsExactlyInAnyOrder(Misuse.Kind.OVERRUN, Misuse.Kind.WRITE_AFTER_FREE);
            assertThat(fixture.leaks)
                    .containsExactly(new LeakReport(List.of(new LeakReport.Leak("large", "", 1, 9_000))));
        }
    }

    @Test
    void blocks_thatAreVeryLarge_areNotHeld() {
        try (Fixture fixture = new Fixture(SlabFlag.POISON)) {
            GeneralAllocator general = new GeneralAllocator(fixture.slabs);
            general.free(general.allocate(LargeChecks.HELD_BYTES + 1));
            assertThat(fixture.usedPages()).isZero();
        }
    }

    @Test
    void handles_ofAnotherAllocator_areForeign() {
        try (Fixture one = new Fixture(64 * Bytes.MIB, () -> false, options -> options.withSeed(1));
                Fixture other = new Fixture(64 * Bytes.MIB, () -> false, options -> options.withSeed(2))) {
            GeneralAllocator here = new GeneralAllocator(one.slabs);
            GeneralAllocator there = new GeneralAllocator(other.slabs);
            for (int i = 0; i < 100; i++) {
                long kept = here.allocate(9_000);
                long handle = there.allocate(9_000);
                assertThatThrownBy(() -> here.free(handle)).hasMessageStartingWith("FOREIGN_HANDLE");
                here.free(kept);
                there.free(handle);
                assertThatThrownBy(() -> here.free(handle)).hasMessageStartingWith("FOREIGN_HANDLE");
                assertThatThrownBy(() -> here.free(kept)).hasMessageStartingWith("DOUBLE_FREE");
            }
        }
    }
}
