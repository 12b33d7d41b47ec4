package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.HotPages;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.memory.zone.PageOwner;
import io.vexel.memory.zone.PageViews;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Rounds of allocating and freeing blocks of pages. */
final class MemoryRun {

    private static final int LIVE = 1024;
    private static final int SLICE = 1000;
    private static final int SLOW_SAMPLES = 100_000;
    private static final int SLOWER_THAN_ALL_BUT = 100;
    private static final int SLOWER_THAN_ALL_BUT_FEW = 10_000;
    private static final int MIXED_ORDERS = 6;

    /** Of a block that the zones split: 4 MiB. */
    private static final int LARGEST_ORDER = 10;

    /** Victims and orders are drawn before, so many that a loop seldom begins anew. */
    private static final int DRAWN = 1 << 16;

    private final int pairs;
    private final Map<String, Line> lines = new LinkedHashMap<>();
    private String views = "";

    /** A line of the report, and its key in JSON. */
    record Line(String what, String key, Measured values, int decimals, String unit) {}

    /** @param pairs of freeing and allocating, for each kind of measurement */
    MemoryRun(int pairs) {
        this.pairs = pairs;
    }

    /** How blocks are allocated and freed. */
    private interface Blocks {
        long allocate(int order);

        void free(long handle);
    }

    /**
     * Measures everything once.
     *
     * @param seed of the life after which free memory is looked at
     * @param counted whether the values are reported
     */
    void round(int seed, boolean counted) {
        Map<String, Line> round = new LinkedHashMap<>();
        try (PageAllocator pages = allocator()) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("bench"));
            PageOwner zoned = pages.register(PageOwner.Terms.buffers("bench, past hot lists"));
            try (HotPages hot = pages.hotPages(0)) {
                Blocks own = new Blocks() {
                    @Override
                    public long allocate(int order) {
                        return hot.allocate(owner, order);
                    }

                    @Override
                    public void free(long handle) {
                        hot.free(handle);
                    }
                };
                add(round, "order 0, own hot list", "order0HotNanos", nanos(own, 1));
                add(round, "orders 0-5, own hot list", "mixedHotNanos", nanos(own, MIXED_ORDERS));
            }
            Blocks shared = blocks(pages, owner);
            Blocks direct = blocks(pages, zoned);
            add(round, "order 0, hot lists of all threads", "order0SharedNanos", nanos(shared, 1));
            add(round, "order 0, buddy alone", "order0BuddyNanos", nanos(direct, 1));
            add(round, "orders 0-5, buddy alone", "mixedBuddyNanos", nanos(direct, MIXED_ORDERS));
            long[] calls = calls(direct);
            add(round, "one of 100 calls takes longer than", "p99Nanos", longest(calls, SLOWER_THAN_ALL_BUT));
            add(round, "one of 10,000 calls takes longer than", "p9999Nanos", longest(calls, SLOWER_THAN_ALL_BUT_FEW));
            add(round, "longest way: ten splits, ten merges", "longestWayNanos", longestWay(pages, direct));
            views = PageViews.buddyInfo(pages.zoneStatistics()) + PageViews.pageTypeInfo(pages.zoneStatistics());
            put(
                    round,
                    new Line(
                            "memory that describes pages",
                            "metadataPercent",
                            one(100.0 * pages.statistics().metadata() / allocatorBytes()),
                            3,
                            "%"));
        }
        ScatteredMemory.measure(seed).forEach(line -> put(round, line));
        if (counted) {
            round.values().forEach(this::count);
        }
    }

    private void count(Line line) {
        Line known = lines.computeIfAbsent(
                line.key, _ -> new Line(line.what, line.key, new Measured(), line.decimals, line.unit));
        known.values.add(line.values.first());
    }

    private static Blocks blocks(PageAllocator pages, PageOwner owner) {
        return new Blocks() {
            @Override
            public long allocate(int order) {
                return pages.allocate(owner, order);
            }

            @Override
            public void free(long handle) {
                pages.free(handle);
            }
        };
    }

    private static final PageAllocatorOptions.ZoneSizes SIZES =
            new PageAllocatorOptions.ZoneSizes(256 * Bytes.MIB, 256 * Bytes.MIB, 256 * Bytes.MIB, 256 * Bytes.MIB);

    private static long allocatorBytes() {
        return SIZES.dma() + SIZES.normal() + SIZES.movable() + SIZES.large();
    }

    private static PageAllocator allocator() {
        return PageAllocator.create(new MemoryBudget(2 * Bytes.GIB), PageAllocatorOptions.oneNode(SIZES));
    }

    /** @param orderCount blocks are of orders 0 to that less one, as many of each */
    private double nanos(Blocks blocks, int orderCount) {
        SplittableRandom random = new SplittableRandom(3);
        int[] victims = random.ints(DRAWN, 0, LIVE).toArray();
        int[] orders = random.ints(DRAWN, 0, orderCount).toArray();
        long[] live = new long[LIVE];
        for (int i = 0; i < LIVE; i++) {
            live[i] = blocks.allocate(orders[i]);
        }
        Measured slices = new Measured();
        for (int done = 0; done < pairs; done += SLICE) {
            long start = System.nanoTime();
            replace(blocks, live, victims, orders, done);
            slices.add((double) (System.nanoTime() - start) / SLICE);
        }
        for (long handle : live) {
            blocks.free(handle);
        }
        // The median leaves out the slices in which the processor was taken away.
        return slices.median();
    }

    private static void replace(Blocks blocks, long[] live, int[] victims, int[] orders, int from) {
        for (int i = from; i < from + SLICE; i++) {
            int draw = i & (DRAWN - 1);
            int victim = victims[draw];
            blocks.free(live[victim]);
            live[victim] = blocks.allocate(orders[draw]);
        }
    }

    /** Nanoseconds of single allocations of mixed orders, clock included, ascending. */
    private static long[] calls(Blocks blocks) {
        SplittableRandom random = new SplittableRandom(4);
        long[] live = new long[LIVE];
        for (int i = 0; i < LIVE; i++) {
            live[i] = blocks.allocate(random.nextInt(MIXED_ORDERS));
        }
        long[] nanos = new long[SLOW_SAMPLES];
        for (int i = 0; i < SLOW_SAMPLES; i++) {
            int victim = random.nextInt(LIVE);
            blocks.free(live[victim]);
            int order = random.nextInt(MIXED_ORDERS);
            long start = System.nanoTime();
            live[victim] = blocks.allocate(order);
            nanos[i] = System.nanoTime() - start;
        }
        for (long handle : live) {
            blocks.free(handle);
        }
        Arrays.sort(nanos);
        return nanos;
    }

    /** What one of so many takes longer than. */
    private static double longest(long[] ascending, int many) {
        return ascending[ascending.length - ascending.length / many];
    }

    /**
     * A pair for which a block of the largest order is split down to a page and made whole again: in a zone without blocks in use, past hot
     * lists. No other way through the buddy has more steps.
     */
    private double longestWay(PageAllocator pages, Blocks blocks) {
        long splits = splits(pages);
        Measured slices = new Measured();
        int done = 0;
        for (; done < pairs; done += SLICE) {
            long start = System.nanoTime();
            for (int i = 0; i < SLICE; i++) {
                blocks.free(blocks.allocate(0));
            }
            slices.add((double) (System.nanoTime() - start) / SLICE);
        }
        long expected = (long) LARGEST_ORDER * done;
        if (splits(pages) - splits != expected) {
            throw new IllegalStateException(
                    "%d splits, not %d: the zone was not whole".formatted(splits(pages) - splits, expected));
        }
        return slices.median();
    }

    private static long splits(PageAllocator pages) {
        return pages.zoneStatistics().stream()
                .mapToLong(zone -> zone.events().splits())
                .sum();
    }

    static Measured one(double value) {
        Measured measured = new Measured();
        measured.add(value);
        return measured;
    }

    private static void add(Map<String, Line> round, String what, String key, double nanos) {
        put(round, new Line(what, key, one(nanos), 1, "ns"));
    }

    private static void put(Map<String, Line> round, Line line) {
        round.put(line.key, line);
    }

    List<Line> lines() {
        return new ArrayList<>(lines.values());
    }

    /** Free blocks of the last round, as text. */
    String views() {
        return views;
    }
}
