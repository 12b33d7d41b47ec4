package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MisuseTest {

    @Test
    void overrun_withStandardOptions_isThrownWhenTheObjectIsFreedAndTheObjectIsFree() {
        try (Fixture fixture = new Fixture(64 * Bytes.MIB, () -> false, _ -> SlabOptions.standard())) {
            SlabCache cache =
                    fixture.slabs.cache(CacheSpec.of("rows", 30).with(SlabFlag.RED_ZONE, SlabFlag.STORE_USER));
            long handle = cache.allocate();
            MemorySegment beside = cache.segment(handle).reinterpret(31);
            beside.set(ValueLayout.JAVA_BYTE, 30, (byte) ~beside.get(ValueLayout.JAVA_BYTE, 30));
            assertThatThrownBy(() -> cache.free(handle))
                    .isInstanceOf(MisuseException.class)
                    .hasMessageStartingWith("OVERRUN cache=rows slot=0 handle=")
                    .hasMessageContaining(", allocated at MisuseTest.overrun_withStandardOptions_");
            assertThat(cache.isUsed(handle)).isFalse();
            assertThat(cache.used().isEmpty()).isTrue();
            cache.free(cache.allocate());
        }
    }

    @Test
    void writeAfterFree_foundOnReuse_namesBothPlacesAndTheObjectIsUsedAfterAll() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 30).with(SlabFlag.POISON, SlabFlag.STORE_USER));
            long handle = cache.allocate();
            MemorySegment kept = cache.segment(handle);
            cache.free(handle);
            kept.set(ValueLayout.JAVA_BYTE, 29, (byte) 1);
            long next = cache.allocate();
            assertThat(SlotTable.slotOf(next)).isEqualTo(SlotTable.slotOf(handle));
            assertThat(fixture.misuses).hasSize(1);
            Misuse misuse = fixture.misuses.getFirst();
            assertThat(misuse.kind()).isEqualTo(Misuse.Kind.WRITE_AFTER_FREE);
            assertThat(misuse.handle()).isEqualTo(handle);
            assertThat(misuse.allocatedAt()).startsWith("MisuseTest.writeAfterFree_");
            assertThat(misuse.freedAt()).startsWith("MisuseTest.writeAfterFree_");
            cache.free(next);
        }
    }

    @Test
    void quarantine_ofFreedObjects_keepsThemFromBeingUsedAgain() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64).with(SlabFlag.QUARANTINE));
            long first = cache.allocate();
            cache.free(first);
            for (int i = 0; i < CacheSpec.QUARANTINED; i++) {
                long handle = cache.allocate();
                assertThat(SlotTable.slotOf(handle)).isNotEqualTo(SlotTable.slotOf(first));
                cache.free(handle);
            }
            assertThat(SlotTable.slotOf(cache.allocate())).isEqualTo(SlotTable.slotOf(first));
        }
    }

    @Test
    void randomPlace_ofTwoSeeds_ordersObjectsDifferently() {
        assertThat(slots(1)).isNotEqualTo(slots(2)).isEqualTo(slots(1));
        assertThat(slots(1)).isNotEqualTo(slots(1).stream().sorted().toList());
    }

    private static List<Integer> slots(long seed) {
        List<Integer> slots = new ArrayList<>();
        try (Fixture fixture = new Fixture(64 * Bytes.MIB, () -> false, options -> options.withSeed(seed))) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64).with(SlabFlag.RANDOM_PLACE));
            for (int i = 0; i < 50; i++) {
                slots.add(SlotTable.slotOf(cache.allocate()));
            }
            fixture.slabs.close();
            fixture.leaks.clear();
        }
        return slots;
    }

    @Test
    void handles_ofAnotherAllocatorWithItsOwnSeed_areForeign() {
        try (Fixture one = new Fixture(64 * Bytes.MIB, () -> false, options -> options.withSeed(1));
                Fixture other = new Fixture(64 * Bytes.MIB, () -> false, options -> options.withSeed(2))) {
            SlabCache here = one.slabs.cache(CacheSpec.of("rows", 64));
            SlabCache there = other.slabs.cache(CacheSpec.of("rows", 64));
            for (int i = 0; i < 1000; i++) {
                here.allocate();
                long handle = there.allocate();
                assertThat(here.isUsed(handle)).isFalse();
                assertThatThrownBy(() -> here.free(handle)).hasMessageStartingWith("FOREIGN_HANDLE");
            }
            one.slabs.close();
            other.slabs.close();
        }
    }

    @Test
    void poison_withAConstructor_constructsBeforeEachUse() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("nodes", 16)
                    .with(SlabFlag.POISON)
                    .constructedBy(object -> object.set(ValueLayout.JAVA_LONG, 0, 42)));
            for (int i = 0; i < 3; i++) {
                long handle = cache.allocate();
                MemorySegment object = cache.segment(handle);
                assertThat(object.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
                assertThat(object.get(ValueLayout.JAVA_BYTE, 8)).isEqualTo(ObjectChecks.POISON);
                cache.free(handle);
                assertThat(object.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo(ObjectChecks.POISON);
            }
        }
    }

    @Test
    void leaks_ofTwoPlaces_areReportedByPlace() {
        try (Fixture fixture = new Fixture(SlabFlag.STORE_USER)) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            for (int i = 0; i < 5; i++) {
                leakHere(cache);
            }
            cache.allocate();
            GeneralAllocator general = new GeneralAllocator(fixture.slabs);
            general.allocate(100_000);
            assertThat(fixture.slabs.used().objects()).isEqualTo(7);
            LeakReport used = cache.used();
            assertThat(used.leaks()).extracting(LeakReport.Leak::objects).containsExactlyInAnyOrder(5L, 1L);
            assertThat(used.bytes()).isEqualTo(6 * 64);
            assertThat(used.leaks())
                    .anyMatch(leak -> leak.objects() == 5 && leak.allocatedAt().startsWith("MisuseTest.leakHere:"));
            general.close();
            assertThat(fixture.leaks.getFirst().leaks().getFirst().allocatedAt())
                    .startsWith("MisuseTest.leaks_");
            fixture.slabs.close();
            assertThat(fixture.leaks).contains(used);
        }
    }

    private static void leakHere(SlabCache cache) {
        cache.allocate();
    }
}
