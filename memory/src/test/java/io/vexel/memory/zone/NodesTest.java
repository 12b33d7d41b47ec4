package io.vexel.memory.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.numa.FakeNuma;
import io.vexel.memory.numa.MemoryPolicy;
import io.vexel.memory.numa.NumaMemory;
import io.vexel.memory.numa.NumaNode;
import io.vexel.memory.numa.NumaStatistics;
import io.vexel.memory.numa.NumaTopology;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where blocks of an allocator of several nodes lie, and what is counted. Processor n is on node n. */
class NodesTest {

    private static final long MIB = Bytes.MIB;
    private static final PageAllocatorOptions.ZoneSizes SIZES =
            new PageAllocatorOptions.ZoneSizes(0, 8 * MIB, 8 * MIB, 0);
    private static final int PAGES_OF_NODE = (int) (16 * MIB / PageAllocator.PAGE_BYTES);

    private final FakeNuma fake = new FakeNuma();
    private final MemoryBudget budget = new MemoryBudget(256 * MIB);
    private NumaMemory numa = new NumaMemory(NumaTopology.ofMachine(), fake);

    /** From node 0, node 2 is nearer than node 1; from node 1 all are as far. */
    private PageAllocator three() {
        List<List<Integer>> distances = List.of(List.of(10, 31, 21), List.of(20, 10, 20), List.of(30, 25, 10));
        List<NumaNode> nodes = new ArrayList<>();
        for (int id = 0; id < 3; id++) {
            nodes.add(new NumaNode(id, List.of(id), Bytes.GIB, Bytes.GIB, distances.get(id)));
        }
        numa = new NumaMemory(new NumaTopology(nodes), fake);
        return PageAllocator.create(
                budget, PageAllocatorOptions.onNodes(numa, SIZES).reportingLeaksTo(_ -> {}));
    }

    private static int nodeOf(long handle) {
        return PageHandle.page(handle) / PAGES_OF_NODE;
    }

    private static List<Integer> nodes(PageAllocator pages, PageOwner owner, int count) {
        List<Integer> result = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            result.add(nodeOf(pages.allocate(owner, i % 5)));
        }
        return result;
    }

    private static void assertAddsUp(PageAllocator pages) {
        List<NumaStatistics> nodes = pages.numaStatistics();
        long hit = nodes.stream().mapToLong(NumaStatistics::hit).sum();
        long miss = nodes.stream().mapToLong(NumaStatistics::miss).sum();
        long local = nodes.stream().mapToLong(NumaStatistics::local).sum();
        long other = nodes.stream().mapToLong(NumaStatistics::other).sum();
        assertThat(miss)
                .isEqualTo(nodes.stream().mapToLong(NumaStatistics::foreign).sum());
        assertThat(hit + miss).isEqualTo(local + other);
        MemoryStatistics all = pages.statistics();
        assertThat(all.allocations()).isEqualTo(hit + miss);
        assertThat(all.localAllocations()).isEqualTo(hit);
        assertThat(all.remoteAllocations()).isEqualTo(miss);
    }

    @Test
    void create_severalNodes_bindsEachZoneBeforeItIsTouched() {
        try (PageAllocator pages = three()) {
            String bytes = 8 * MIB + " mode 1 nodes ";
            assertThat(fake.bound)
                    .containsExactly(
                            bytes + "1", bytes + "1", bytes + "10", bytes + "10", bytes + "100", bytes + "100");
            assertThat(pages.numaStatistics()).allMatch(node -> node.placement() == NumaStatistics.Placement.BOUND);
            assertThat(pages.numaStatistics().get(2).totalPages()).isEqualTo(PAGES_OF_NODE);
        }
    }

    @Test
    void create_theSystemRefuses_worksAndSaysSo() {
        fake.refuses = true;
        try (PageAllocator pages = three()) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            assertThat(nodes(pages, owner, 5)).containsOnly(0);
            assertThat(pages.numaStatistics()).allMatch(node -> node.placement() == NumaStatistics.Placement.REFUSED);
        }
    }

    @Test
    void allocate_byPolicy_liesOnItsNodes() {
        try (PageAllocator pages = three()) {
            Map<MemoryPolicy, List<Integer>> expected = new HashMap<>();
            expected.put(MemoryPolicy.byDefault(), List.of(1, 1, 1, 1, 1, 1));
            expected.put(MemoryPolicy.local(), List.of(1, 1, 1, 1, 1, 1));
            expected.put(MemoryPolicy.preferred(2), List.of(2, 2, 2, 2, 2, 2));
            expected.put(MemoryPolicy.bind(List.of(0)), List.of(0, 0, 0, 0, 0, 0));
            expected.put(MemoryPolicy.bind(List.of(1, 2)), List.of(1, 1, 1, 1, 1, 1));
            expected.put(MemoryPolicy.interleave(List.of(0, 1, 2)), List.of(0, 1, 2, 0, 1, 2));
            expected.put(MemoryPolicy.interleave(List.of(0, 2)), List.of(0, 2, 0, 2, 0, 2));
            fake.cpu = 1;
            expected.forEach((policy, nodes) -> {
                PageOwner owner =
                        pages.register(PageOwner.Terms.unmovable("rows").withPolicy(policy));
                assertThat(nodes(pages, owner, 6)).as("%s", policy).isEqualTo(nodes);
                try (HotPages hot = pages.hotPages()) {
                    assertThat(nodeOf(hot.allocate(owner, 0))).isEqualTo(nodes.getFirst());
                }
            });
            fake.cpu = 0;
            PageOwner near =
                    pages.register(PageOwner.Terms.unmovable("near").withPolicy(MemoryPolicy.bind(List.of(1, 2))));
            assertThat(nodes(pages, near, 2)).as("2 is nearer to 0 than 1").containsOnly(2);
            assertThatThrownBy(
                            () -> pages.register(PageOwner.Terms.unmovable("x").withPolicy(MemoryPolicy.preferred(3))))
                    .hasMessageContaining("node=3, allowed: 0..2");
            assertAddsUp(pages);
        }
    }

    @Test
    void allocate_aFullNode_goesElsewhereUnlessBound() {
        try (PageAllocator pages = three()) {
            PageOwner bound =
                    pages.register(PageOwner.Terms.unmovable("bound").withPolicy(MemoryPolicy.bind(List.of(0))));
            assertThatThrownBy(() -> {
                        while (true) {
                            assertThat(nodeOf(pages.allocate(bound, 5))).isZero();
                        }
                    })
                    .isInstanceOf(CapacityException.class);
            assertThatThrownBy(() -> pages.allocateOn(1, bound, 0)).isInstanceOf(CapacityException.class);
            List<NumaStatistics> before = pages.numaStatistics();
            assertThat(before.stream().mapToLong(NumaStatistics::miss).sum()).isZero();
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            assertThat(nodeOf(pages.allocate(owner, 5))).as("the nearest").isEqualTo(2);
            List<NumaStatistics> after = pages.numaStatistics();
            assertThat(after.get(0).foreign()).isEqualTo(1);
            assertThat(after.get(2).miss()).isEqualTo(1);
            assertThat(after.get(2).other()).isEqualTo(1);
            assertThat(after.get(0).local())
                    .isEqualTo(after.get(0).hit())
                    .isEqualTo(before.get(0).hit());
            assertAddsUp(pages);
        }
    }

    @Test
    void statistics_ofThreadsThatMove_countWhereTheyRun() {
        try (PageAllocator pages = three();
                HotPages hot = pages.hotPages(1)) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            fake.cpu = 1;
            for (int i = 0; i < NumaStatistics.LOOK_EVERY; i++) {
                hot.free(hot.allocate(owner, 0));
            }
            fake.cpu = 2;
            for (int i = 0; i < 10; i++) {
                hot.free(hot.allocate(owner, 0));
            }
            pages.allocateOn(0, owner, 7);
            pages.free(pages.allocateOn(2, owner, 2));
            List<NumaStatistics> nodes = pages.numaStatistics();
            assertThat(nodes.get(1).hit()).isEqualTo(NumaStatistics.LOOK_EVERY + 10);
            assertThat(nodes.get(1).local()).isEqualTo(NumaStatistics.LOOK_EVERY);
            assertThat(nodes.get(1).other()).isEqualTo(10);
            assertThat(nodes.get(0).other()).isEqualTo(1);
            assertThat(nodes.get(2).local()).isEqualTo(1);
            PageOwner turns = pages.register(
                    PageOwner.Terms.unmovable("turns").withPolicy(MemoryPolicy.interleave(List.of(1, 2))));
            for (int i = 0; i < 7; i++) {
                pages.allocate(turns, i);
            }
            assertThat(pages.numaStatistics().stream().map(NumaStatistics::interleaveHit))
                    .containsExactly(0L, 4L, 3L);
            assertAddsUp(pages);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Owns movable blocks, each with its number written into it. */
    private static final class Movable implements PageMover {

        private final Map<Long, Integer> blocks = new HashMap<>();
        private PageAllocator pages;
        private PageOwner owner;
        private long busy = PageHandle.NONE;

        void open(PageAllocator allocator) {
            pages = allocator;
            owner = allocator.register(PageOwner.Terms.movable("movable", this));
        }

        void allocate(int node, int order, int number) {
            long handle = pages.allocateOn(node, owner, order);
            pages.segment(handle).set(ValueLayout.JAVA_INT, 0, number);
            blocks.put(handle, number);
        }

        @Override
        public boolean move(long from, long to) {
            if (from == busy || !blocks.containsKey(from)) {
                return false;
            }
            pages.segment(to).copyFrom(pages.segment(from));
            blocks.put(to, blocks.remove(from));
            return true;
        }

        long on(int node) {
            return blocks.keySet().stream()
                    .filter(handle -> nodeOf(handle) == node)
                    .count();
        }

        void check() {
            blocks.forEach((handle, number) -> assertThat(pages.segment(handle).get(ValueLayout.JAVA_INT, 0))
                    .isEqualTo(number));
        }
    }

    @Test
    void statistics_afterMovesAndMigrations_countWhatWasAskedForOnly() {
        Movable movable = new Movable();
        try (PageAllocator pages = three()) {
            movable.open(pages);
            int asked = 1_200;
            for (int i = 0; i < asked; i++) {
                movable.allocate(i % 2, 0, i);
            }
            long bytes = pages.statistics().allocatedBytes();
            assertThat(bytes).isEqualTo(asked * 4096L);
            List<Long> handles = new ArrayList<>(movable.blocks.keySet());
            for (int i = 0; i < handles.size(); i += 3) {
                movable.blocks.remove(handles.get(i));
                pages.free(handles.get(i));
            }
            assertThat(pages.compact(2)).isPositive();
            movable.busy = movable.blocks.keySet().iterator().next();
            assertThat(pages.migrate(0, 2, Long.MAX_VALUE)).isPositive();
            assertThat(pages.migrate(1, 2, Long.MAX_VALUE)).isPositive();
            MemoryStatistics all = pages.statistics();
            assertThat(all.moves()).isPositive();
            assertThat(all.allocations()).isEqualTo(asked);
            assertThat(all.allocatedBytes()).isEqualTo(bytes);
            assertThat(all.localAllocations() + all.remoteAllocations()).isEqualTo(asked);
            List<ZoneStatistics.Events> events =
                    pages.zoneStatistics().stream().map(ZoneStatistics::events).toList();
            long copies =
                    events.stream().mapToLong(ZoneStatistics.Events::copies).sum();
            assertThat(copies).as("the busy one was tried in vain").isGreaterThan(all.moves());
            movable.blocks.keySet().forEach(pages::free);
            pages.compact(0);
            long frees = pages.zoneStatistics().stream()
                    .mapToLong(zone -> zone.events().frees())
                    .sum();
            assertThat(frees + pages.statistics().hot().frees()).isEqualTo(asked);
            assertAddsUp(pages);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void statistics_migrations_thoseOfRangesAmongThem() {
        try (PageAllocator pages = three()) {
            long address = 1L << 40;
            for (int page = 0; page < 5; page++) {
                fake.pages.put(address + page * 4096L, page % 3);
            }
            assertThat(numa.migrate(MemorySegment.ofAddress(address).reinterpret(5 * 4096), 2)
                            .moved())
                    .isEqualTo(4);
            assertThat(pages.statistics().migrations()).isEqualTo(4);
            assertThat(pages.numaStatistics())
                    .extracting(NumaStatistics::migratedOut)
                    .containsExactly(2L, 2L, 0L);
            assertThat(pages.numaStatistics())
                    .extracting(NumaStatistics::migratedIn)
                    .containsExactly(0L, 0L, 4L);
            assertThat(pages.statistics().moves()).as("of blocks").isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void migrate_movableBlocks_goThereAndBackWithWhatIsInThem(long seed) {
        Random random = new Random(seed);
        Movable movable = new Movable();
        try (PageAllocator pages = three()) {
            movable.open(pages);
            for (int i = 0; i < 100; i++) {
                movable.allocate(0, random.nextInt(5), i);
            }
            long all = pages.pagesByOwner().get("movable");
            movable.busy = movable.blocks.keySet().iterator().next();
            long moved = pages.migrate(0, 1, Long.MAX_VALUE);
            assertThat(movable.on(0)).as("the busy one").isEqualTo(1);
            assertThat(movable.on(1)).isEqualTo(99);
            movable.check();
            movable.busy = PageHandle.NONE;
            assertThat(pages.migrate(0, 1, Long.MAX_VALUE) + moved).isEqualTo(all);
            assertThat(pages.migrate(1, 0, 10)).isBetween(1L, 10L);
            movable.check();
            pages.migrate(1, 0, Long.MAX_VALUE);
            assertThat(movable.on(0)).isEqualTo(100);
            assertThat(pages.pagesByOwner()).isEqualTo(Map.of("movable", all));
            assertThat(pages.statistics().migrations()).isEqualTo(2 * all);
            assertThat(pages.numaStatistics().get(1).migratedIn()).isEqualTo(all);
            assertThat(pages.numaStatistics().get(1).migratedOut()).isEqualTo(all);
            movable.check();
            assertAddsUp(pages);
            assertThat(pages.migrate(0, 0, 1)).isZero();
            movable.blocks.keySet().forEach(pages::free);
            assertThat(pages.pagesByOwner()).isEmpty();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** As {@link Movable}, for several threads: who frees a block takes it off the list first, and a mover finds those on it only. */
    private static final class Shared implements PageMover {

        private final Map<Long, Integer> blocks = new HashMap<>();
        private PageAllocator pages;
        private PageOwner owner;

        synchronized void add(long handle, int number) {
            pages.segment(handle).fill((byte) number);
            blocks.put(handle, number);
        }

        synchronized int blocks() {
            return blocks.size();
        }

        /** Frees some block, which must hold what was written into it. */
        synchronized boolean freeOne(Random random) {
            if (blocks.isEmpty()) {
                return false;
            }
            List<Long> handles = new ArrayList<>(blocks.keySet());
            long handle = handles.get(random.nextInt(handles.size()));
            assertThat(pages.segment(handle).get(ValueLayout.JAVA_BYTE, 4095))
                    .isEqualTo(blocks.remove(handle).byteValue());
            pages.free(handle);
            return true;
        }

        @Override
        public synchronized boolean move(long from, long to) {
            if (!blocks.containsKey(from)) {
                return false;
            }
            pages.segment(to).copyFrom(pages.segment(from));
            blocks.put(to, blocks.remove(from));
            return true;
        }
    }

    @Test
    void migrate_besideThreadsThatAllocateFreeAndCompact_losesNoBlock() throws Exception {
        Shared shared = new Shared();
        try (PageAllocator pages = three();
                ExecutorService pool = Executors.newFixedThreadPool(3)) {
            shared.pages = pages;
            shared.owner = pages.register(PageOwner.Terms.movable("movable", shared));
            AtomicBoolean done = new AtomicBoolean();
            Future<Long> migrator = pool.submit(() -> {
                long moved = 0;
                for (int round = 0; !done.get(); round++) {
                    moved += pages.migrate(round % 3, (round + 1 + round % 2) % 3, 100);
                    pages.compact(1);
                }
                return moved;
            });
            List<Future<?>> workers = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                Random random = new Random(t);
                workers.add(pool.submit(() -> {
                    // At least so often, and until the migrator has come between.
                    for (int i = 0; i < 3_000 || (pages.statistics().migrations() == 0 && i < 3_000_000); i++) {
                        if (random.nextInt(5) < 3) {
                            shared.add(pages.allocateOn(random.nextInt(3), shared.owner, random.nextInt(3)), i);
                        } else {
                            shared.freeOne(random);
                        }
                        if (i % 8 == 0) {
                            while (shared.blocks() > 300) {
                                shared.freeOne(random);
                            }
                        }
                    }
                }));
            }
            try {
                for (Future<?> worker : workers) {
                    worker.get();
                }
            } finally {
                done.set(true);
            }
            long moved = migrator.get();
            assertThat(pages.statistics().migrations()).isEqualTo(moved).isPositive();
            while (shared.freeOne(new Random(1))) {
                assertThat(pages.pagesByOwner()).isNotNull();
            }
            assertThat(pages.pagesByOwner()).isEmpty();
            assertAddsUp(pages);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void migrate_toANodeThatIsFull_stopsAboveItsWatermark() {
        Movable movable = new Movable();
        try (PageAllocator pages = three()) {
            movable.open(pages);
            for (int i = 0; i < 1_500; i++) {
                movable.allocate(0, 0, i);
            }
            for (int i = 0; i < 1_000; i++) {
                movable.allocate(1, 0, i);
            }
            long moved = pages.migrate(0, 1, Long.MAX_VALUE);
            assertThat(moved).isBetween(1L, 1_047L);
            ZoneStatistics target = pages.zoneStatistics().stream()
                    .filter(zone -> zone.node() == 1 && zone.kind() == ZoneKind.MOVABLE)
                    .findFirst()
                    .orElseThrow();
            assertThat(target.pages().free())
                    .isGreaterThanOrEqualTo(target.watermarks().high());
            movable.check();
        }
    }

    @Test
    void statistics_bytesAllocated_areThoseOfAllWays() {
        try (PageAllocator pages = three();
                HotPages hot = pages.hotPages()) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            pages.free(pages.allocate(owner, 2));
            hot.free(hot.allocate(owner, 1));
            pages.free(pages.allocate(owner, 8));
            assertThat(pages.statistics().allocatedBytes()).isEqualTo(4096L * (4 + 2 + 256));
            for (int count : new int[] {5, 100}) {
                pages.free(pages.allocateExact(0, owner, count * 4096L));
            }
            assertThat(pages.statistics().allocatedBytes())
                    .as("tails that go back at once are not among them")
                    .isEqualTo(4096L * (4 + 2 + 256 + 5 + 100));
        }
    }
}
