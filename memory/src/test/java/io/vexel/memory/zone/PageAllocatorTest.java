package io.vexel.memory.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Shrinker;
import io.vexel.memory.numa.MemoryPolicy;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageAllocatorTest {

    private static final long MIB = Bytes.MIB;
    private static final PageAllocatorOptions SMALL = PageAllocatorOptions.oneNode(
                    new PageAllocatorOptions.ZoneSizes(8 * MIB, 32 * MIB, 32 * MIB, 64 * MIB))
            .reportingLeaksTo(_ -> {});

    private static MemoryBudget budget() {
        return new MemoryBudget(256 * MIB);
    }

    private static ZoneStatistics zone(PageAllocator pages, ZoneKind kind) {
        return pages.zoneStatistics().stream()
                .filter(zone -> zone.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void trim_spansWithNothingIn_goBackToTheBudget() {
        MemoryBudget budget = budget();
        try (PageAllocator pages = PageAllocator.create(budget, SMALL)) {
            PageOwner rows = pages.register(PageOwner.Terms.reclaimable("rows"));
            long before = budget.usedBytes();
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 3 * Zone.SPAN_PAGES / 8; i++) {
                handles.add(pages.allocate(rows, 3));
            }
            assertThat(budget.usedBytes() - before).isEqualTo(3 * PageAllocator.SPAN_BYTES);
            assertThat(pages.bytesAtHand()).isZero();
            assertThat(pages.trim(Long.MAX_VALUE)).isZero();
            int last = pages.spanOf(pages.address(handles.getLast()));
            handles.removeIf(handle -> {
                boolean leaves = pages.spanOf(pages.address(handle)) == last;
                if (leaves) {
                    pages.free(handle);
                }
                return leaves;
            });
            assertThat(handles).hasSize(2 * Zone.SPAN_PAGES / 8);
            assertThat(pages.trim(1)).isEqualTo(PageAllocator.SPAN_BYTES);
            assertThat(budget.usedBytes() - before).isEqualTo(2 * PageAllocator.SPAN_BYTES);
            pages.free(handles.getFirst());
            pages.trim(1);
            assertThat(pages.bytesAtHand()).as("out of the hot lists").isEqualTo(8 * 4096);
        }
    }

    @Test
    void allocate_ordersAndKinds_areAlignedWritableAndAccounted() {
        MemoryBudget budget = budget();
        try (PageAllocator pages = PageAllocator.create(budget, SMALL)) {
            PageOwner rows = pages.register(PageOwner.Terms.unmovable("rows"));
            PageOwner buffers = pages.register(PageOwner.Terms.buffers("buffers"));
            PageOwner large = pages.register(PageOwner.Terms.large("large"));
            List<Long> handles = new ArrayList<>();
            long expected = 0;
            for (int order = 0; order <= Zone.MAX_ORDER; order++) {
                long handle = pages.allocate(rows, order);
                assertThat(pages.segment(handle).byteSize()).isEqualTo(4096L << order);
                assertThat(pages.address(handle) % Math.min(4096L << order, 2 * MIB))
                        .isZero();
                pages.segment(handle).set(ValueLayout.JAVA_LONG, (4096L << order) - 8, handle);
                handles.add(handle);
                expected += 1L << order;
            }
            handles.add(pages.allocate(buffers, 3));
            handles.add(pages.allocate(large, 12));
            assertThat(pages.address(handles.getLast()) % (2 * MIB)).isZero();
            assertThat(pages.pagesByOwner()).isEqualTo(Map.of("rows", expected, "buffers", 8L, "large", 4096L));
            assertThat(zone(pages, ZoneKind.LARGE).pages().taken()).isEqualTo(4096);
            assertThat(pages.statistics().buffered()).isEqualTo(8 * 4096);
            assertThat(pages.statistics().allocations()).isEqualTo(13);
            for (int order = 0; order <= Zone.MAX_ORDER; order++) {
                assertThat(pages.segment(handles.get(order)).get(ValueLayout.JAVA_LONG, (4096L << order) - 8))
                        .isEqualTo(handles.get(order));
            }
            handles.forEach(pages::free);
            assertThat(pages.pagesByOwner()).isEmpty();
            assertThat(pages.statistics().allocations()).isEqualTo(13);
            budget.reclaim(Long.MAX_VALUE);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void handles_freedUnknownOrForged_areRefusedAndChangeNothing() {
        try (PageAllocator pages = PageAllocator.create(budget(), SMALL);
                HotPages hot = pages.hotPages(0)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            for (int order : new int[] {0, 3, 4, 10, 12}) {
                long kept = pages.allocate(owner, order);
                long handle = pages.allocate(owner, order);
                pages.free(handle);
                assertThatThrownBy(() -> pages.free(handle))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("freed before");
                assertThatThrownBy(() -> hot.free(handle)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> pages.segment(handle)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> pages.address(handle)).isInstanceOf(IllegalStateException.class);
                long again = pages.allocate(owner, order);
                assertThat(PageHandle.page(again)).as("the same pages").isEqualTo(PageHandle.page(handle));
                assertThatThrownBy(() -> pages.free(handle)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> pages.free(kept + 1)).isInstanceOf(IllegalStateException.class);
                pages.free(again);
                pages.free(kept);
            }
            assertThatThrownBy(() -> pages.free(PageHandle.NONE)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> pages.free(1 << 20)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> pages.allocate(owner, 19)).hasMessageContaining("order=19, allowed: 0..18");
            assertThatThrownBy(() -> pages.allocate(owner, -1)).isInstanceOf(IllegalArgumentException.class);
            assertThat(pages.pagesByOwner()).isEmpty();
        }
    }

    @Test
    void terms_moverAndZoneThatDoNotFit_areRefused() {
        assertThatThrownBy(() -> new PageOwner.Terms(
                        "x",
                        ZoneKind.MOVABLE,
                        Mobility.UNMOVABLE,
                        Optional.empty(),
                        PageOwner.Reserve.KEPT,
                        MemoryPolicy.byDefault(),
                        PageOwner.Contents.AS_LEFT))
                .hasMessageContaining("zone=MOVABLE");
        assertThatThrownBy(() -> new PageOwner.Terms(
                        "x",
                        ZoneKind.MOVABLE,
                        Mobility.MOVABLE,
                        Optional.empty(),
                        PageOwner.Reserve.KEPT,
                        MemoryPolicy.byDefault(),
                        PageOwner.Contents.AS_LEFT))
                .hasMessageContaining("mover");
    }

    @Test
    void allocate_untilRefused_keepsTheReserveForThoseWhoMayUseIt() {
        try (PageAllocator pages = PageAllocator.create(budget(), SMALL)) {
            PageOwner owner = pages.register(PageOwner.Terms.buffers("buffers"));
            PageOwner urgent =
                    pages.register(PageOwner.Terms.buffers("write-back").withReserve());
            List<Long> handles = new ArrayList<>();
            assertThatThrownBy(() -> {
                        while (true) {
                            handles.add(pages.allocate(owner, 0));
                        }
                    })
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("memory in pages of 4 KiB for buffers");
            ZoneStatistics zone = zone(pages, ZoneKind.DMA);
            assertThat(zone.pages().free()).isEqualTo(zone.watermarks().min());
            assertThat(zone.watermarks().min()).isEqualTo(2048 * 5 / 100);
            for (long i = zone.watermarks().min(); i > 0; i--) {
                handles.add(pages.allocate(urgent, 0));
            }
            assertThatThrownBy(() -> pages.allocate(urgent, 0)).isInstanceOf(CapacityException.class);
            assertThat(pages.statistics().failedAllocations()).isEqualTo(2);
            handles.forEach(pages::free);
            assertThat(zone(pages, ZoneKind.DMA).pages().free()).isEqualTo(2048);
        }
    }

    /** Somebody frees a block while memory is reclaimed, which gives nothing itself. */
    @Test
    void allocate_reclaimGaveNothingButABlockCameBackMeanwhile_takesIt() {
        MemoryBudget budget = budget();
        List<Long> handles = new ArrayList<>();
        try (PageAllocator pages = PageAllocator.create(budget, SMALL)) {
            PageOwner buffers = pages.register(PageOwner.Terms.buffers("buffers"));
            assertThatThrownBy(() -> {
                        while (true) {
                            handles.add(pages.allocate(buffers, 6));
                        }
                    })
                    .isInstanceOf(CapacityException.class);
            int had = handles.size();
            Shrinker beside = shrinkerBesideWhich(() -> pages.free(handles.removeLast()));
            budget.addShrinker(beside);
            handles.add(pages.allocate(buffers, 6));
            budget.removeShrinker(beside);
            assertThat(handles).hasSize(had);
            handles.forEach(pages::free);
            assertThat(pages.pagesByOwner()).isEmpty();
        }
    }

    /** Gives nothing to whoever asks; when it is asked, somebody does something. */
    private static Shrinker shrinkerBesideWhich(Runnable somebody) {
        return new Shrinker() {
            @Override
            public String name() {
                return "others";
            }

            @Override
            public long reclaimableBytes() {
                return MIB;
            }

            @Override
            public long shrink(long bytes) {
                somebody.run();
                return 0;
            }
        };
    }

    @Test
    void allocate_zoneFull_fallsBackAndLeavesTheFallbackItsHighMark() {
        try (PageAllocator pages = PageAllocator.create(budget(), SMALL)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            assertThatThrownBy(() -> {
                        while (true) {
                            pages.allocate(owner, 4);
                        }
                    })
                    .isInstanceOf(CapacityException.class);
            ZoneStatistics normal = zone(pages, ZoneKind.NORMAL);
            ZoneStatistics dma = zone(pages, ZoneKind.DMA);
            assertThat(normal.pages().free())
                    .isBetween(normal.watermarks().min(), normal.watermarks().min() + 15);
            assertThat(dma.pages().free())
                    .isBetween(dma.watermarks().high(), dma.watermarks().high() + 15);
            assertThat(zone(pages, ZoneKind.MOVABLE).pages().taken()).isZero();
        }
    }

    @Test
    void refusal_ofEveryAllocation_reachesRefillsOfHotLists() {
        AtomicBoolean refused = new AtomicBoolean();
        try (PageAllocator pages = PageAllocator.create(budget(), SMALL.withRefusal(refused::get));
                HotPages hot = pages.hotPages(0)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            refused.set(true);
            assertThatThrownBy(() -> hot.allocate(owner, 0)).isInstanceOf(CapacityException.class);
            assertThatThrownBy(() -> pages.allocate(owner, 3)).isInstanceOf(CapacityException.class);
            assertThat(pages.pagesByOwner()).isEmpty();
            refused.set(false);
            hot.free(hot.allocate(owner, 0));
            refused.set(true);
            int had = 0;
            try {
                while (had < 1_000) {
                    hot.allocate(owner, 0);
                    had++;
                }
            } catch (CapacityException e) {
                assertThat(e).hasMessageContaining("rows");
            }
            assertThat(had).as("what the list had").isBetween(1, 64);
            assertThat(pages.pagesByOwner()).containsEntry("rows", (long) had);
        }
    }

    @Test
    void fallback_threeNodes_goesToTheNearestFirst() {
        PageAllocatorOptions.ZoneSizes sizes = new PageAllocatorOptions.ZoneSizes(0, 8 * MIB, 0, 0);
        PageAllocatorOptions options = new PageAllocatorOptions(
                List.of(sizes, sizes, sizes),
                List.of(List.of(10, 31, 21), List.of(31, 10, 21), List.of(21, 21, 10)),
                Optional.empty(),
                () -> false,
                Optional.empty(),
                _ -> {});
        try (PageAllocator pages = PageAllocator.create(budget(), options)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            List<Integer> nodes = new ArrayList<>();
            assertThatThrownBy(() -> {
                        while (true) {
                            int page = PageHandle.page(pages.allocateOn(0, owner, 5));
                            int node = page / 2048;
                            if (nodes.isEmpty() || nodes.getLast() != node) {
                                nodes.add(node);
                            }
                        }
                    })
                    .isInstanceOf(CapacityException.class);
            assertThat(nodes).containsExactly(0, 2, 1);
            MemoryStatistics statistics = pages.statistics();
            assertThat(statistics.remoteAllocations()).isPositive();
            assertThat(statistics.localAllocations() + statistics.remoteAllocations())
                    .isEqualTo(statistics.allocations());
        }
    }

    /** A cache that frees its blocks when asked. */
    private static final class Cache implements Shrinker {
        final PageAllocator pages;
        final Deque<Long> blocks = new ArrayDeque<>();

        Cache(PageAllocator pages) {
            this.pages = pages;
        }

        @Override
        public String name() {
            return "cache";
        }

        @Override
        public long reclaimableBytes() {
            return blocks.size() * 4096L;
        }

        @Override
        public long shrink(long bytes) {
            long freed = 0;
            while (freed < bytes && !blocks.isEmpty()) {
                pages.free(blocks.pop());
                freed += 4096;
            }
            return freed;
        }
    }

    @Test
    void allocate_memoryShort_reclaimsFromShrinkersBeforeItFails() {
        MemoryBudget budget = budget();
        try (PageAllocator pages = PageAllocator.create(budget, SMALL)) {
            Cache cache = new Cache(pages);
            budget.addShrinker(cache);
            PageOwner cached = pages.register(PageOwner.Terms.reclaimable("cache"));
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            for (int i = 0; i < 7000; i++) {
                cache.blocks.push(pages.allocate(cached, 0));
            }
            assertThat(pages.statistics().cached()).isEqualTo(7000 * 4096);
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 7000; i++) {
                handles.add(pages.allocate(owner, 0));
            }
            assertThat(cache.blocks).hasSizeLessThan(3000);
            handles.forEach(pages::free);
            cache.shrink(Long.MAX_VALUE);
            budget.removeShrinker(cache);
            assertThat(pages.pagesByOwner()).isEmpty();
        }
    }

    @Test
    void allocate_belowLow_reclaimsInTheBackgroundUpToHigh() {
        MemoryBudget budget = budget();
        Deque<Runnable> tasks = new ArrayDeque<>();
        try (PageAllocator pages = PageAllocator.create(budget, SMALL.withBackground(tasks::add))) {
            Cache cache = new Cache(pages);
            budget.addShrinker(cache);
            PageOwner buffers = pages.register(PageOwner.Terms.buffers("buffers"));
            Watermarks marks = zone(pages, ZoneKind.DMA).watermarks();
            while (zone(pages, ZoneKind.DMA).pages().free() >= marks.low()) {
                assertThat(tasks).isEmpty();
                cache.blocks.push(pages.allocate(buffers, 0));
            }
            assertThat(tasks).hasSize(1);
            cache.blocks.push(pages.allocate(buffers, 0));
            assertThat(tasks).as("one at a time").hasSize(1);
            tasks.pop().run();
            assertThat(zone(pages, ZoneKind.DMA).pages().free()).isGreaterThanOrEqualTo(marks.high());
            budget.removeShrinker(cache);
        }
    }

    @Test
    void reserve_budgetShort_getsBackTheFreeSpansOfThePages() {
        MemoryBudget budget = new MemoryBudget(40 * MIB);
        try (PageAllocator pages = PageAllocator.create(budget, SMALL)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                handles.add(pages.allocate(owner, 10));
            }
            pages.segment(handles.get(3)).fill((byte) 5);
            handles.forEach(pages::free);
            assertThat(budget.usedBytes()).isGreaterThan(28 * MIB);
            budget.reserve("other", 36 * MIB);
            assertThat(budget.usedBytes()).isLessThan(40 * MIB);
            assertThatThrownBy(() -> pages.allocate(owner, 0)).isInstanceOf(CapacityException.class);
            budget.release("other", 36 * MIB);
            for (int i = 0; i < 7; i++) {
                long handle = pages.allocate(owner, 10);
                assertThat(pages.segment(handle).mismatch(pages.segment(handle).asReadOnly()))
                        .isEqualTo(-1);
                assertThat(pages.segment(handle).get(ValueLayout.JAVA_BYTE, 12345))
                        .as("given back memory reads as zeros")
                        .isZero();
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void statistics_ofTheBudget_addUpAndCountItsRefusals() {
        MemoryBudget budget = budget();
        try (PageAllocator pages = PageAllocator.create(budget, SMALL)) {
            MemoryStatistics before = pages.statistics();
            assertThat(before.metadata()).isEqualTo(budget.usedByOwner().get("page metadata"));
            assertThat(before.total()).isEqualTo(256 * MIB);
            assertThat(before.used()).isEqualTo(before.metadata()).isEqualTo(budget.usedBytes());
            assertThat(before.free()).isEqualTo(256 * MIB - before.used());
            assertThat(before.failedAllocations()).isZero();
            PageOwner owner = pages.register(PageOwner.Terms.buffers("buffers"));
            pages.allocate(owner, 2);
            budget.reserve("other", MIB);
            MemoryStatistics after = pages.statistics();
            assertThat(after.used()).as("not the rest of the span").isEqualTo(before.used() + 4 * 4096 + MIB);
            assertThat(after.free()).isEqualTo(256 * MIB - after.used());
            assertThatThrownBy(() -> budget.reserve("other", 256 * MIB)).isInstanceOf(CapacityException.class);
            assertThat(budget.tryReserve("other", 256 * MIB)).isFalse();
            assertThat(pages.statistics().failedAllocations())
                    .as("whoever only tries goes on without")
                    .isEqualTo(1);
            assertThat(budget.failedReservations()).isEqualTo(1);
            budget.release("other", MIB);
        }
    }

    @Test
    void statistics_ofAZone_countWhatTheBuddyDoes() {
        try (PageAllocator pages = PageAllocator.create(budget(), SMALL)) {
            PageOwner buffers = pages.register(PageOwner.Terms.buffers("buffers"));
            long small = pages.allocate(buffers, 0);
            ZoneStatistics.Events events = zone(pages, ZoneKind.DMA).events();
            assertThat(events.splits()).as("4 MiB to 4 KiB").isEqualTo(10);
            assertThat(events.merges()).isZero();
            assertThat(events.allocations()).isEqualTo(1);
            assertThat(events.frees()).isZero();
            pages.free(small);
            events = zone(pages, ZoneKind.DMA).events();
            assertThat(events.merges()).isEqualTo(10);
            assertThat(events.frees()).isEqualTo(1);
            assertThat(events.conversions()).isZero();
            assertThat(events.strays()).isZero();
            assertThat(events.refusals()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, false", "5, false", "10, false", "12, false", "0, true", "3, true", "12, true"})
    void allocate_nthFailsOnceOrForGood_leaksNothing(int order, boolean forGood) {
        for (int nth = 1; nth <= 20; nth++) {
            MemoryBudget budget = budget();
            int[] calls = {0};
            int failing = nth;
            PageAllocatorOptions options =
                    SMALL.withRefusal(() -> ++calls[0] == failing || (forGood && calls[0] > failing));
            try (PageAllocator pages = PageAllocator.create(budget, options)) {
                PageOwner owner = pages.register(PageOwner.Terms.buffers("buffers"));
                PageOwner large = pages.register(PageOwner.Terms.large("large"));
                List<Long> handles = new ArrayList<>();
                int failures = 0;
                for (int i = 0; i < 12; i++) {
                    try {
                        handles.add(pages.allocate(order > 10 ? large : owner, order > 10 ? 9 : order % 8));
                    } catch (CapacityException e) {
                        failures++;
                    }
                }
                assertThat(handles.size() + failures).isEqualTo(12);
                assertThat(pages.statistics().failedAllocations()).isEqualTo(failures);
                assertThat(pages.pagesByOwner().values().stream()
                                .mapToLong(Long::longValue)
                                .sum())
                        .isEqualTo(handles.stream()
                                .mapToLong(handle -> pages.segment(handle).byteSize() / 4096)
                                .sum());
                handles.forEach(pages::free);
                assertThat(pages.pagesByOwner()).isEmpty();
                budget.reclaim(Long.MAX_VALUE);
                assertThat(pages.zoneStatistics()).allMatch(zone -> zone.pages().taken() == 0);
            }
            assertThat(budget.usedBytes()).isZero();
        }
    }

    /** An owner whose blocks may be moved: what it stored must be there afterwards. */
    private static final class Movables implements PageMover {
        final Map<Long, Integer> byHandle = new HashMap<>();
        PageAllocator pages;
        int pinned = -1;

        @Override
        public boolean move(long from, long to) {
            if (byHandle.get(from) == pinned) {
                return false;
            }
            pages.segment(to).copyFrom(pages.segment(from));
            byHandle.put(to, byHandle.remove(from));
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void compact_scatteredMovableBlocks_givesHugePagesAndKeepsContents(long seed) {
        Random random = new Random(seed);
        Movables movables = new Movables();
        try (PageAllocator pages = PageAllocator.create(budget(), SMALL)) {
            movables.pages = pages;
            PageOwner owner = pages.register(PageOwner.Terms.movable("cells", movables));
            for (int i = 0; i < 1500; i++) {
                long handle = pages.allocate(owner, random.nextInt(3));
                pages.segment(handle).set(ValueLayout.JAVA_INT, 0, i);
                movables.byHandle.put(handle, i);
            }
            List<Long> handles = new ArrayList<>(movables.byHandle.keySet());
            java.util.Collections.shuffle(handles, random);
            for (long handle : handles.subList(0, 1200)) {
                pages.free(handle);
                movables.byHandle.remove(handle);
            }
            movables.pinned = movables.byHandle.values().iterator().next();
            assertThat(pages.compact(0)).as("empties hot lists").isZero();
            long before = hugeBlocks(zone(pages, ZoneKind.MOVABLE));
            int emptied = pages.compact(8);
            assertThat(emptied).isPositive();
            assertThat(hugeBlocks(zone(pages, ZoneKind.MOVABLE))).isEqualTo(before + emptied);
            assertThat(movables.byHandle).hasSize(300);
            movables.byHandle.forEach(
                    (handle, value) -> assertThat(pages.segment(handle).get(ValueLayout.JAVA_INT, 0))
                            .isEqualTo(value));
            assertThat(pages.statistics().moves()).isPositive();
            movables.byHandle.keySet().forEach(pages::free);
            assertThat(pages.pagesByOwner()).isEmpty();
            assertThat(pages.compact(0)).as("empties hot lists").isZero();
            assertThat(zone(pages, ZoneKind.MOVABLE).free().unusableShare(10)).isZero();
        }
    }

    @Test
    void compact_moverFails_leavesTheBlocksAndTheFreePagesWhereTheyWere() {
        PageMover failing = (_, _) -> {
            throw new IllegalStateException("mover");
        };
        try (PageAllocator pages = PageAllocator.create(budget(), SMALL)) {
            PageOwner owner = pages.register(PageOwner.Terms.movable("cells", failing));
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 1500; i++) {
                handles.add(pages.allocate(owner, 0));
            }
            for (int i = 0; i < handles.size(); i += 2) {
                pages.free(handles.get(i));
            }
            assertThat(pages.compact(0)).as("empties hot lists").isZero();
            ZoneStatistics before = zone(pages, ZoneKind.MOVABLE);
            assertThatThrownBy(() -> pages.compact(4)).hasMessage("mover");
            ZoneStatistics after = zone(pages, ZoneKind.MOVABLE);
            assertThat(after.pages()).isEqualTo(before.pages());
            assertThat(after.events().moves()).isZero();
            for (int order = 0; order <= Zone.MAX_ORDER; order++) {
                assertThat(after.free().count(order))
                        .as("order %d", order)
                        .isEqualTo(before.free().count(order));
            }
            assertThat(pages.pagesByOwner()).isEqualTo(Map.of("cells", 750L));
            for (int i = 1; i < handles.size(); i += 2) {
                pages.free(handles.get(i));
            }
            assertThat(pages.pagesByOwner()).isEmpty();
        }
    }

    private static long hugeBlocks(ZoneStatistics zone) {
        return zone.free().count(9) + 2 * zone.free().count(10);
    }

    @Test
    void allocate_freeMemoryScattered_movesBlocksTogetherBeforeItFails() {
        Movables movables = new Movables();
        PageAllocatorOptions options =
                PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 4 * MIB, 32 * MIB, 0));
        try (PageAllocator pages = PageAllocator.create(budget(), options)) {
            movables.pages = pages;
            PageOwner owner = pages.register(PageOwner.Terms.movable("cells", movables));
            List<Long> handles = new ArrayList<>();
            assertThatThrownBy(() -> {
                        while (true) {
                            handles.add(pages.allocate(owner, 2));
                        }
                    })
                    .isInstanceOf(CapacityException.class);
            for (int i = 0; i < handles.size(); i++) {
                if (i % 2 == 0) {
                    pages.free(handles.get(i));
                } else {
                    movables.byHandle.put(handles.get(i), i);
                }
            }
            assertThat(zone(pages, ZoneKind.MOVABLE).free().fragmentationIndex(9))
                    .isGreaterThan(0.5);
            long huge = pages.allocate(owner, 9);
            assertThat(pages.segment(huge).byteSize()).isEqualTo(2 * MIB);
        }
    }

    @Test
    void views_ofZones_areInTheLayoutOfLinux() {
        try (PageAllocator pages = PageAllocator.create(budget(), SMALL)) {
            PageOwner owner = pages.register(PageOwner.Terms.buffers("buffers"));
            pages.allocate(owner, 0);
            assertThat(PageViews.buddyInfo(pages.zoneStatistics()))
                    .startsWith("Node 0, zone      DMA "
                            + "      1      1      1      1      1      1      1      1      1      1      0\n");
            assertThat(PageViews.pageTypeInfo(pages.zoneStatistics()).lines()).hasSize(12);
            assertThat(zone(pages, ZoneKind.DMA).free().fragmentationIndex(0)).isEqualTo(-1);
            assertThat(zone(pages, ZoneKind.DMA).free().unusableShare(10))
                    .as("one span is broken, the other can still be taken")
                    .isEqualTo(1023.0 / 2047);
        }
    }

    @Test
    void threads_allocatingFreeingEachOthersAndCompacting_neverShareABlock() throws Exception {
        int threads = 4;
        MemoryBudget budget = budget();
        try (PageAllocator pages = PageAllocator.create(budget, SMALL);
                ExecutorService pool = Executors.newFixedThreadPool(threads + 1)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            List<ArrayBlockingQueue<Long>> mailboxes = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                mailboxes.add(new ArrayBlockingQueue<>(64));
            }
            AtomicBoolean done = new AtomicBoolean();
            Future<?> disturber = pool.submit(() -> {
                while (!done.get()) {
                    pages.compact(1);
                    budget.reclaim(4 * MIB);
                }
            });
            List<Future<Integer>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int own = i;
                workers.add(pool.submit((Callable<Integer>) () -> work(pages, owner, own, mailboxes)));
            }
            int blocks = 0;
            try {
                for (Future<Integer> worker : workers) {
                    blocks += worker.get();
                }
            } finally {
                done.set(true);
            }
            disturber.get();
            assertThat(blocks).isPositive();
            mailboxes.forEach(box -> box.forEach(pages::free));
            assertThat(pages.pagesByOwner()).isEmpty();
            pages.compact(0);
            assertThat(zone(pages, ZoneKind.NORMAL).pages().free()).isEqualTo(8192);
        }
    }

    /** Writes its number over whole blocks, finds it there again, and sends half of them to another thread to free. */
    private static int work(PageAllocator pages, PageOwner owner, int own, List<ArrayBlockingQueue<Long>> mailboxes) {
        Random random = new Random(own);
        Deque<Long> live = new ArrayDeque<>();
        int blocks = 0;
        try (HotPages hot = pages.hotPages(0)) {
            for (int step = 0; step < 20_000; step++) {
                boolean ownList = random.nextBoolean();
                if (live.size() < 100) {
                    int order = random.nextInt(6);
                    long handle = ownList ? hot.allocate(owner, order) : pages.allocate(owner, order);
                    pages.segment(handle).set(ValueLayout.JAVA_LONG, 0, handle);
                    pages.segment(handle).set(ValueLayout.JAVA_LONG, (4096L << order) - 8, own);
                    live.add(handle);
                    blocks++;
                } else {
                    long handle = live.pop();
                    long size = pages.segment(handle).byteSize();
                    if (pages.segment(handle).get(ValueLayout.JAVA_LONG, 0) != handle
                            || pages.segment(handle).get(ValueLayout.JAVA_LONG, size - 8) != own) {
                        throw new AssertionError("block " + handle + " is another's too");
                    }
                    boolean sent = random.nextBoolean()
                            && mailboxes.get((own + 1) % mailboxes.size()).offer(handle);
                    if (!sent) {
                        pages.free(handle);
                    }
                }
                Long received = mailboxes.get(own).poll();
                if (received != null) {
                    hot.free(received);
                }
            }
            live.forEach(hot::free);
        }
        return blocks;
    }
}
