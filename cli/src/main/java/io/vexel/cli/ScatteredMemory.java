package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.memory.zone.PageMover;
import io.vexel.memory.zone.PageOwner;
import io.vexel.memory.zone.ZoneKind;
import io.vexel.memory.zone.ZoneStatistics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * How scattered free memory is after a long random life at 85 % full: blocks of orders 0 to 5, half of their pages movable, a quarter each
 * reclaimable and unmovable.
 */
final class ScatteredMemory implements AutoCloseable {

    private static final long ZONE_BYTES = 512 * Bytes.MIB;
    private static final int STEPS = 150_000;
    private static final double FULL = 0.85;
    private static final int ORDERS = 6;
    private static final int LARGE_ORDER = 9;

    private final PageAllocator pages = PageAllocator.create(
            new MemoryBudget(4 * Bytes.GIB),
            PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, ZONE_BYTES, ZONE_BYTES, 0)));
    private final SplittableRandom random = new SplittableRandom(5);
    private final Population staying = new Population();
    private final Population movable = new Population();

    /** The live blocks of a zone; a block that is moved keeps its place. */
    private final class Population implements PageMover {

        final List<Long> handles = new ArrayList<>();
        final Map<Long, Integer> places = new HashMap<>();
        long pageCount;

        @Override
        public boolean move(long from, long to) {
            int place = Objects.requireNonNull(places.remove(from));
            pages.segment(to).copyFrom(pages.segment(from));
            handles.set(place, to);
            places.put(to, place);
            return true;
        }

        void add(PageOwner owner) {
            int order = random.nextInt(ORDERS);
            long handle = pages.allocate(owner, order);
            places.put(handle, handles.size());
            handles.add(handle);
            pageCount += 1L << order;
        }

        void removeOne() {
            int place = random.nextInt(handles.size());
            long handle = handles.get(place);
            long last = handles.removeLast();
            if (last != handle) {
                handles.set(place, last);
                places.put(last, place);
            }
            places.remove(handle);
            pageCount -= pages.segment(handle).byteSize() / PageAllocator.PAGE_BYTES;
            pages.free(handle);
        }

        void live(PageOwner first, PageOwner second) {
            long most = (long) (FULL * ZONE_BYTES / PageAllocator.PAGE_BYTES);
            for (int step = 0; step < STEPS; step++) {
                try {
                    add(random.nextBoolean() ? first : second);
                } catch (CapacityException _) {
                    // The zone is too scattered for this order: what is freed next may help.
                }
                while (pageCount > most) {
                    removeOne();
                }
            }
        }
    }

    /** Shares in percent of the free pages. */
    static List<MemoryRun.Line> measure() {
        try (ScatteredMemory memory = new ScatteredMemory()) {
            return memory.run();
        }
    }

    private List<MemoryRun.Line> run() {
        PageOwner unmovable = pages.register(PageOwner.Terms.unmovable("unmovable"));
        PageOwner reclaimable = pages.register(PageOwner.Terms.reclaimable("reclaimable"));
        PageOwner cells = pages.register(PageOwner.Terms.movable("movable", movable));
        staying.live(unmovable, reclaimable);
        movable.live(cells, cells);
        pages.compact(0);
        List<MemoryRun.Line> lines = new ArrayList<>();
        lines.add(line("85 % full, unusable at order 5, blocks that stay", "scattered5", ZoneKind.NORMAL, ORDERS - 1));
        lines.add(line("... movable blocks", "scattered5Movable", ZoneKind.MOVABLE, ORDERS - 1));
        lines.add(line("... at order 9", "scattered9Movable", ZoneKind.MOVABLE, LARGE_ORDER));
        pages.compact(Integer.MAX_VALUE);
        lines.add(line("... after compaction", "compacted9Movable", ZoneKind.MOVABLE, LARGE_ORDER));
        return lines;
    }

    private MemoryRun.Line line(String what, String key, ZoneKind kind, int order) {
        double share = pages.zoneStatistics().stream()
                .filter(zone -> zone.kind() == kind)
                .map(ZoneStatistics::free)
                .mapToDouble(free -> free.unusableShare(order))
                .findFirst()
                .orElseThrow();
        return new MemoryRun.Line(what, key + "Percent", MemoryRun.one(100 * share), 1, "%");
    }

    @Override
    public void close() {
        pages.close();
    }
}
