package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.memory.Shrinker;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlabCacheTest {

    @Test
    void handle_freed_isRefusedEverywhereAndNothingChanges() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            try (Magazine magazine = cache.magazine()) {
                long kept = magazine.allocate();
                long handle = magazine.allocate();
                magazine.free(handle);
                SlabStatistics before = cache.statistics();
                assertThatThrownBy(() -> magazine.free(handle)).hasMessageStartingWith("DOUBLE_FREE cache=rows slot=");
                assertThatThrownBy(() -> cache.free(handle)).hasMessageStartingWith("DOUBLE_FREE");
                assertThatThrownBy(() -> cache.address(handle)).hasMessageStartingWith("USE_AFTER_FREE");
                assertThatThrownBy(() -> cache.segment(handle)).hasMessageStartingWith("USE_AFTER_FREE");
                assertThat(cache.statistics()).isEqualTo(before);
                assertThat(cache.isUsed(kept)).isTrue();
                magazine.free(kept);
            }
        }
    }

    /** The slab that is being made has a number already. */
    @Test
    void used_whileTheCacheGrows_countsWhatIsThere() {
        AtomicReference<SlabCache> growing = new AtomicReference<>();
        List<Long> counts = new ArrayList<>();
        BooleanSupplier looking = () -> {
            if (growing.get() != null) {
                counts.add(growing.get().used().objects());
            }
            return false;
        };
        try (Fixture fixture = new Fixture(64 * Bytes.MIB, looking, options -> options)) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            growing.set(cache);
            long handle = cache.allocate();
            growing.setRelease(null);
            assertThat(counts).isNotEmpty().containsOnly(0L);
            cache.free(handle);
        }
    }

    @Test
    void forget_cacheWithoutObjectsInUse_leavesNoPageAndGoesOn() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            try (Magazine magazine = cache.magazine()) {
                List<Long> freed = new ArrayList<>();
                for (int round = 0; round < 3; round++) {
                    long kept = magazine.allocate();
                    long handle = magazine.allocate();
                    magazine.free(handle);
                    freed.add(handle);
                    cache.forget();
                    assertThat(cache.isUsed(kept)).as("its words stay").isTrue();
                    assertThat(freed).noneMatch(cache::isUsed);
                    magazine.free(kept);
                    freed.add(kept);
                    magazine.drain();
                    assertThat(cache.forget()).isPositive();
                    assertThat(fixture.usedPages()).isZero();
                    assertThat(freed).noneMatch(cache::isUsed);
                    assertThatThrownBy(() -> cache.free(kept)).isInstanceOf(MisuseException.class);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, 0x1_0000_0000L, 0x7FFF_FFFF_FFFF_FFFFL, 0x8000_0000_8000_0000L, 0x101_FFFF_FFFFL})
    void handle_madeUp_isForeign(long handle) {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            cache.free(cache.allocate());
            assertThatThrownBy(() -> cache.free(handle)).hasMessageStartingWith("FOREIGN_HANDLE");
            assertThatThrownBy(() -> cache.address(handle)).hasMessageStartingWith("FOREIGN_HANDLE");
            assertThat(cache.isUsed(handle)).isFalse();
        }
    }

    @Test
    void reclaimableObjects_withoutMemory_areRefusedAndNobodyIsAsked() {
        MemoryBudget budget = new MemoryBudget(9 * Bytes.MIB);
        AtomicInteger asked = new AtomicInteger();
        Shrinker other = new Shrinker() {
            @Override
            public String name() {
                return "other";
            }

            @Override
            public long reclaimableBytes() {
                return Bytes.MIB;
            }

            @Override
            public long shrink(long bytes) {
                asked.incrementAndGet();
                return 0;
            }
        };
        try (PageAllocator pages = PageAllocator.create(
                        budget,
                        PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 64 * Bytes.MIB, 0, 0)));
                SlabAllocator slabs = SlabAllocator.createReclaimable(
                        pages, SlabOptions.standard().reportingLeaksTo(_ -> {}))) {
            budget.addShrinker(other);
            SlabCache cache = slabs.cache(CacheSpec.of("rows", 1000));
            Magazine magazine = cache.magazine();
            assertThat(magazine.tryAllocate())
                    .as("there is no slab, and none is added")
                    .isEqualTo(SlabCache.NONE);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 16_000; i++) {
                            magazine.allocate();
                        }
                    })
                    .isInstanceOf(CapacityException.class);
            assertThat(cache.statistics().objects().active()).isGreaterThan(7_000);
            assertThat(asked).hasValue(0);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void handle_ofAnotherCache_isForeign() {
        try (Fixture fixture = new Fixture()) {
            SlabCache one = fixture.slabs.cache(CacheSpec.of("one", 64));
            SlabCache other = fixture.slabs.cache(CacheSpec.of("other", 64));
            long ofOne = one.allocate();
            long ofOther = other.allocate();
            assertThatThrownBy(() -> other.free(ofOne)).hasMessageStartingWith("FOREIGN_HANDLE cache=other");
            assertThatThrownBy(() -> one.address(ofOther)).hasMessageStartingWith("FOREIGN_HANDLE cache=one");
            one.free(ofOne);
            other.free(ofOther);
        }
    }

    @Test
    void caches_withMergeAndLikeObjects_areOneUntilTheLastIsClosed() {
        try (Fixture fixture = new Fixture()) {
            SlabCache one = fixture.slabs.cache(CacheSpec.of("one", 96).with(SlabFlag.MERGE));
            SlabCache same = fixture.slabs.cache(CacheSpec.of("same", 96).with(SlabFlag.MERGE));
            SlabCache aligned =
                    fixture.slabs.cache(CacheSpec.of("aligned", 96).with(SlabFlag.MERGE, SlabFlag.HWCACHE_ALIGN));
            SlabCache own = fixture.slabs.cache(CacheSpec.of("own", 96));
            assertThat(same).isSameAs(one);
            assertThat(aligned).isNotSameAs(one);
            assertThat(own).isNotSameAs(one);
            assertThat(one.statistics().names()).containsExactly("one", "same");
            one.close();
            long handle = same.allocate();
            same.free(handle);
            same.close();
            assertThat(fixture.leaks).isEmpty();
            assertThat(fixture.slabs.statistics()).hasSize(2);
        }
        try (Fixture fixture = new Fixture(SlabFlag.RED_ZONE)) {
            assertThat(fixture.slabs.cache(CacheSpec.of("one", 96).with(SlabFlag.MERGE)))
                    .as("debugging keeps caches apart")
                    .isNotSameAs(fixture.slabs.cache(CacheSpec.of("same", 96).with(SlabFlag.MERGE)));
        }
        assertThatThrownBy(() -> CacheSpec.of("x", 8).with(SlabFlag.MERGE, SlabFlag.POISON))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed: MERGE without constructor and debugging flags");
    }

    @Test
    void constructor_runsOncePerObject_andUsersLeaveObjectsAsTheyWere() {
        AtomicInteger made = new AtomicInteger();
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("nodes", 48).constructedBy(object -> {
                made.incrementAndGet();
                object.set(ValueLayout.JAVA_LONG, 0, 42);
            }));
            for (int i = 0; i < 1000; i++) {
                long handle = cache.allocate();
                assertThat(cache.segment(handle).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
                cache.free(handle);
            }
            assertThat(made.get()).isEqualTo((int) cache.statistics().objects().total());
        }
    }

    @Test
    void constructor_thatThrows_leavesNothingBehind() {
        try (Fixture fixture = new Fixture()) {
            AtomicInteger calls = new AtomicInteger();
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("nodes", 48).constructedBy(_ -> {
                if (calls.incrementAndGet() == 3) {
                    throw new IllegalStateException("no");
                }
            }));
            assertThatThrownBy(cache::allocate).hasMessage("no");
            assertThat(cache.statistics().slabs().total()).isZero();
            cache.free(cache.allocate());
            assertThat(cache.statistics().slabs().total()).isEqualTo(1);
        }
    }

    @Test
    void slabs_ofACacheWithRest_beginWithDifferentColours() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 5000).with(SlabFlag.HWCACHE_ALIGN));
            Set<Long> offsets = new HashSet<>();
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                long handle = cache.allocate();
                handles.add(handle);
                offsets.add(cache.address(handle) % 4096 % 64);
                offsets.add(cache.address(handle)
                        % (32 << 10)
                        % cache.statistics().size().slotBytes());
            }
            assertThat(offsets).hasSizeGreaterThan(3);
            handles.forEach(cache::free);
        }
    }

    @Test
    void magazines_oneFreesWhatTheOtherAllocates_objectsComeBackThroughTheDepot() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            try (Magazine producer = cache.magazine();
                    Magazine consumer = cache.magazine()) {
                for (int i = 0; i < 100_000; i++) {
                    consumer.free(producer.allocate());
                }
                assertThat(cache.statistics().slabs().total()).isLessThan(8);
                assertThat(cache.statistics().objects().active()).isZero();
                assertThat(cache.statistics().events())
                        .extracting("allocations", "frees")
                        .containsExactly(100_000L, 100_000L);
            }
        }
    }

    @Test
    void magazine_closed_stillFreesAndCounts() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            Magazine magazine = cache.magazine();
            long handle = magazine.allocate();
            magazine.close();
            assertThatThrownBy(magazine::allocate).hasMessage("the magazine of cache=rows is closed");
            magazine.free(handle);
            assertThat(cache.statistics().objects().active()).isZero();
            assertThat(cache.used().isEmpty()).isTrue();
        }
    }

    @Test
    void receiver_thatUsesTheCache_waitsForNobody() {
        AtomicInteger received = new AtomicInteger();
        SlabCache[] caches = new SlabCache[1];
        try (Fixture fixture = new Fixture(
                64 * Bytes.MIB,
                () -> false,
                options -> options.reportingMisusesTo(_ -> {
                    received.incrementAndGet();
                    caches[0].free(caches[0].allocate());
                }))) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 8).with(SlabFlag.RED_ZONE));
            caches[0] = cache;
            long handle = cache.allocate();
            java.lang.foreign.MemorySegment beside = cache.segment(handle).reinterpret(9);
            beside.set(ValueLayout.JAVA_BYTE, 8, (byte) ~beside.get(ValueLayout.JAVA_BYTE, 8));
            cache.free(handle);
            assertThat(received.get()).isEqualTo(1);
        }
    }

    @Test
    void close_withObjectsInUse_reportsThemAndEndsTheirHandles() {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 64));
            Magazine magazine = cache.magazine();
            long leaked = magazine.allocate();
            magazine.free(magazine.allocate());
            cache.close();
            assertThat(fixture.leaks).containsExactly(new LeakReport(List.of(new LeakReport.Leak("rows", "", 1, 64))));
            assertThat(cache.isUsed(leaked)).isFalse();
            assertThatThrownBy(() -> cache.address(leaked)).isInstanceOf(MisuseException.class);
            assertThatThrownBy(() -> magazine.free(leaked)).isInstanceOf(MisuseException.class);
            assertThatThrownBy(magazine::allocate).isInstanceOf(IllegalStateException.class);
            magazine.close();
            cache.close();
            assertThatThrownBy(cache::allocate).isInstanceOf(IllegalStateException.class);

            SlabCache next = fixture.slabs.cache(CacheSpec.of("columns", 128));
            long handle = next.allocate();
            assertThat(SlotTable.cacheOf(handle)).as("the number is used again").isEqualTo(SlotTable.cacheOf(leaked));
            assertThat(handle).isNotEqualTo(leaked);
            assertThatThrownBy(() -> next.free(leaked)).hasMessageStartingWith("DOUBLE_FREE cache=columns");
            next.free(handle);
        }
    }

    @Test
    void shrink_withFreeSlabs_givesThemToOthersThatAreShort() {
        try (Fixture fixture = new Fixture(24 * Bytes.MIB, () -> false, options -> options)) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 1024));
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 12_000; i++) {
                handles.add(cache.allocate());
            }
            assertThatThrownBy(() -> Region.allocate(fixture.budget, "other", 12 * Bytes.MIB))
                    .isInstanceOf(CapacityException.class);
            handles.forEach(cache::free);
            Region.allocate(fixture.budget, "other", 12 * Bytes.MIB).close();
            assertThat(cache.statistics().events().shrunk()).isPositive();
        }
    }

    @Test
    void allocate_withoutMemory_isRefusedAndCanGoOnLater() {
        try (Fixture fixture = new Fixture(12 * Bytes.MIB, () -> false, options -> options)) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 4096));
            List<Long> handles = new ArrayList<>();
            assertThatThrownBy(() -> {
                        while (true) {
                            handles.add(cache.allocate());
                        }
                    })
                    .isInstanceOf(CapacityException.class);
            assertThat(handles).hasSizeGreaterThan(1000);
            assertThat(cache.used().objects()).isEqualTo(handles.size());
            handles.forEach(cache::free);
            cache.free(cache.allocate());
        }
    }

    @Test
    void slabInfo_ofTwoCaches_isLikeThatOfLinux() {
        try (Fixture fixture = new Fixture()) {
            SlabCache rows =
                    fixture.slabs.cache(CacheSpec.of("vector_entries", 528).with(SlabFlag.HWCACHE_ALIGN));
            fixture.slabs.cache(CacheSpec.of("idle", 8));
            long handle = rows.allocate();
            assertThat(fixture.slabs.slabInfo())
                    .isEqualTo(
                            "slabinfo - version: 2.1\n"
                                    + "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
                                    + "vector_entries         1     56    576   56    8 : tunables  112   56    0 : slabdata      1      1      0\n"
                                    + "idle                   0      0      8  512    1 : tunables  128   64    0 : slabdata      0      0      0\n");
            rows.free(handle);
        }
    }

    @Test
    void caches_moreThanThereCanBe_areRefusedUntilOneIsClosed() {
        try (Fixture fixture = new Fixture()) {
            SlabCache first = fixture.slabs.cache(CacheSpec.of("c", 8));
            for (int i = 1; i < SlabAllocator.MAX_CACHES; i++) {
                fixture.slabs.cache(CacheSpec.of("c", 8));
            }
            assertThatThrownBy(() -> fixture.slabs.cache(CacheSpec.of("c", 8))).isInstanceOf(CapacityException.class);
            first.close();
            fixture.slabs.cache(CacheSpec.of("c", 8));
        }
    }

    @Test
    void spec_outOfRange_isRefused() {
        assertThatThrownBy(() -> CacheSpec.of("x", 0)).hasMessage("objectBytes=0, allowed: 1..262144");
        assertThatThrownBy(() -> CacheSpec.of("x", 262_145)).hasMessage("objectBytes=262145, allowed: 1..262144");
        assertThatThrownBy(() -> CacheSpec.of("x", 8).alignedTo(24))
                .hasMessage("alignment=24, allowed: a power of two in 8..4096");
    }

    @ParameterizedTest
    @EnumSource(SlabFlag.class)
    void cache_ofAnyFlag_givesObjectsThatCanBeUsed(SlabFlag flag) {
        try (Fixture fixture = new Fixture()) {
            SlabCache cache = fixture.slabs.cache(CacheSpec.of("rows", 100).with(flag));
            List<Long> handles = new ArrayList<>();
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 100; i++) {
                    handles.add(cache.allocate());
                    cache.segment(handles.getLast()).fill((byte) i);
                }
                handles.forEach(cache::free);
                handles.clear();
                cache.shrink(Long.MAX_VALUE);
                assertThat(cache.statistics().slabs().total()).isZero();
            }
            assertThat(fixture.misuses).isEmpty();
        }
    }

    @Test
    void general_zeroedAlignedAndLarge_areWhatWasAskedFor() {
        try (Fixture fixture = new Fixture()) {
            GeneralAllocator general = new GeneralAllocator(fixture.slabs);
            for (int round = 0; round < 3; round++) {
                long handle = general.allocateZeroed(1000);
                assertThat(general.segment(handle).asByteBuffer().getLong(8)).isZero();
                general.segment(handle).fill((byte) 1);
                general.free(handle, 1000);
            }
            for (int alignment = 8; alignment <= GeneralAllocator.MAX_ALIGNMENT; alignment *= 2) {
                for (long bytes : new long[] {1, 100, 3000, 9000}) {
                    long handle = general.allocateAligned(bytes, alignment);
                    assertThat(general.address(handle) % alignment).isZero();
                    general.free(handle);
                }
            }
            long fivePages = general.allocate(5 * 4096);
            assertThat(general.segment(fivePages).byteSize()).isEqualTo(5 * 4096);
            assertThat(fixture.pages.pagesByOwner()).containsEntry("large blocks", 5L);
            long huge = general.allocate(9 * Bytes.MIB);
            assertThat(general.segment(huge).byteSize()).isEqualTo(10 * Bytes.MIB);
            assertThatThrownBy(() -> general.free(huge + 1)).hasMessageStartingWith("FOREIGN_HANDLE cache=large");
            general.free(huge);
            assertThatThrownBy(() -> general.free(huge)).hasMessageStartingWith("DOUBLE_FREE cache=large");
            assertThatThrownBy(() -> general.segment(huge)).hasMessageStartingWith("USE_AFTER_FREE cache=large");
            assertThatThrownBy(() -> general.free(0)).hasMessageStartingWith("FOREIGN_HANDLE cache=general");
            SlabCache rows = fixture.slabs.cache(CacheSpec.of("rows", 64));
            long row = rows.allocate();
            assertThatThrownBy(() -> general.free(row)).hasMessageStartingWith("FOREIGN_HANDLE cache=general");
            rows.free(row);
            assertThatThrownBy(() -> general.allocate(0)).hasMessage("bytes=0, allowed: 1..1073741824");
            general.close();
            assertThat(fixture.leaks)
                    .containsExactly(new LeakReport(List.of(new LeakReport.Leak("large", "", 1, 5 * 4096))));
        }
    }
}
