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

    /** In a small zone the groups that two mobilities have filled in part weigh more than in one of a usual size. */
    private static final long SMALL_ZONE_BYTES = 512 * Bytes.MIB;

    private static final long ZONE_BYTES = 2 * Bytes.GIB;
    private static final long BYTES_OF_A_STEP = 3_500;
    private static final double FULL = 0.85;
    private static final int ORDERS = 6;
    private static final int LARGE_ORDER = 9;

    private final long zoneBytes;
    private final PageAllocator pages;
    private final SplittableRandom random;
    private final Population staying = new Population();
    private final Population movable = new Population();

    private ScatteredMemory(long zoneBytes, int seed) {
        this.zoneBytes = zoneBytes;
        this.random = new SplittableRandom(seed);
        this.pages = PageAllocator.create(
                new MemoryBudget(4 * zoneBytes),
                PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, zoneBytes, zoneBytes, 0))
                        // It is closed as full as it was measured.
                        .reportingLeaksTo(_ -> {}));
    }

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
            long most = (long) (FULL * zoneBytes / PageAllocator.PAGE_BYTES);
            for (long step = 0; step < zoneBytes / BYTES_OF_A_STEP; step++) {
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

    /**
     * Shares in percent of the free pages.
     *
     * @param seed of the life; how scattered memory is changes from moment to moment, the more the smaller the zone
     */
    static List<MemoryRun.Line> measure(int seed) {
        List<MemoryRun.Line> lines = new ArrayList<>();
        try (ScatteredMemory memory = new ScatteredMemory(SMALL_ZONE_BYTES, seed)) {
            lines.addAll(memory.run("512 MiB", ""));
        }
        try (ScatteredMemory memory = new ScatteredMemory(ZONE_BYTES, seed)) {
            lines.addAll(memory.run("2 GiB", "In2Gib"));
        }
        return lines;
    }

    private List<MemoryRun.Line> run(String size, String key) {
        PageOwner unmovable = pages.register(PageOwner.Terms.unmovable("unmovable"));
        PageOwner reclaimable = pages.register(PageOwner.Terms.reclaimable("reclaimable"));
        PageOwner cells = pages.register(PageOwner.Terms.movable("movable", movable));
        staying.live(unmovable, reclaimable);
        movable.live(cells, cells);
        pages.compact(0);
        List<MemoryRun.Line> lines = new ArrayList<>();
        String full = size + " 85 % full, unusable at order 5, blocks that stay";
        lines.add(line(full, "scattered5" + key, ZoneKind.NORMAL, ORDERS - 1));
        lines.add(line("... movable blocks", "scattered5Movable" + key, ZoneKind.MOVABLE, ORDERS - 1));
        lines.add(line("... at order 9", "scattered9Movable" + key, ZoneKind.MOVABLE, LARGE_ORDER));
        pages.compact(Integer.MAX_VALUE);
        lines.add(line("... after compaction", "compacted9Movable" + key, ZoneKind.MOVABLE, LARGE_ORDER));
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
