package io.vexel.bench.paging;

import io.vexel.base.Bytes;
import io.vexel.base.TimeSource;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.device.BlockDevice;
import io.vexel.device.MemoryDevice;
import io.vexel.distance.Kernels;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.compression.CompressedStore;
import io.vexel.paging.compression.Compression;
import io.vexel.paging.compression.CompressionOptions;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.paging.space.AddressSpace;
import io.vexel.paging.space.DeviceSource;
import io.vexel.paging.space.Mapping;
import io.vexel.paging.space.PageTiers;
import io.vexel.paging.space.PageView;
import io.vexel.paging.space.PagedFile;
import io.vexel.paging.space.Pager;
import io.vexel.paging.space.PagerOptions;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.function.IntConsumer;

/**
 * Measures what pages cost: a distance to a row in a page that is in memory beside one to a row at a raw address, by processor time; and faults of
 * each kind, one by one by the clock, of which each round gives the median and the 99th percentile. Nothing is read from a device.
 */
public final class FaultRun {

    private static final int PAGES = 4_096;
    private static final int ROUNDS = 15;
    private static final int WARM_UP = 3;
    /** Rounds of faults that do not count: a round has a few thousand calls, and the JIT needs ten to twenty rounds. */
    private static final int FAULT_WARM_UP = 30;
    /** Of those whose pages have to be compressed before, which takes most of the time, and runs much of the same code. */
    private static final int COMPRESSED_WARM_UP = 8;

    private static final int DIMENSION = 128;
    private static final int ROW_BYTES = DIMENSION * Float.BYTES;
    /** Few enough for a cache of the processor. */
    private static final int CACHED_PAGES = 64;

    private static final int BATCH = 16;
    private static final int LOOKS = 1 << 18;
    private static final int FAULTS = 1_024;
    private static final int SMALL_WRITE = 64;
    /** Odd. */
    private static final int STEP = 1_237;

    private static final long SEED = 20_260_101;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final int pageBytes;
    private final int pageShift;
    private final float[] query = new float[DIMENSION];
    private final long[] stamps = new long[BATCH];
    private final float[] results = new float[BATCH];
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Table hits = new Table("RESIDENT ROW OF 128 FLOATS", "NS", "OVER RAW, NS");
    private final Table faults = new Table("FAULT", "P50, US", "P99, US");
    private final Map<String, Object> facts = new LinkedHashMap<>();
    /** Of all that was computed, so that it has to be. */
    private double sum;

    public FaultRun(int pageBytes) {
        this.pageBytes = pageBytes;
        pageShift = Integer.numberOfTrailingZeros(pageBytes);
        Arrays.fill(query, 0.5f);
    }

    private final class Memory implements AutoCloseable {
        final MemoryBudget budget = new MemoryBudget(4 * Bytes.GIB);
        final PageAllocator allocator = PageAllocator.create(
                budget, PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, Bytes.GIB, 0, Bytes.GIB)));

        Pager pager(int frames, PageTiers tiers) {
            return Pager.create(options(frames), budget, allocator, tiers);
        }

        /** One of which pages leave in the order in which they came. */
        Pager lruPager(int frames, PageTiers tiers) {
            return Pager.create(options(frames).withPolicy(PolicyKind.LRU), budget, allocator, tiers);
        }

        private PagerOptions options(int frames) {
            return PagerOptions.ofBytes(pageBytes, (long) frames * pageBytes);
        }

        @Override
        public void close() {
            allocator.close();
        }
    }

    /** Measures everything. */
    public void measure() {
        try (Memory memory = new Memory()) {
            measureHits(memory);
            measureSpaces(memory);
            measureFile(memory);
            for (PageContents contents : PageContents.COMPRESSIBLE) {
                measureCompressed(memory, contents);
            }
        }
        if (Double.isNaN(sum)) {
            throw new IllegalStateException("a distance is not a number");
        }
    }

    private void measureHits(Memory memory) {
        long bytes = (long) PAGES * pageBytes;
        try (Pager pager = memory.pager(3 * PAGES, PageTiers.none());
                Region raw = Region.allocate(memory.budget, "raw", bytes);
                BlockDevice device = MemoryDevice.create(bytes, memory.budget)) {
            PagedFile file = pager.open(new DeviceSource(device, 0, pageBytes), PAGES, PAGES);
            Mapping mapping = pager.newSpace().mapAnonymous(bytes);
            byte[] page = new byte[pageBytes];
            // Memory that was never written to is one page of zeros for the system.
            raw.segment().fill((byte) 0);
            for (int i = 0; i < PAGES; i++) {
                file.fault(i, AccessHint.DEMAND);
                mapping.write((long) i * pageBytes, MemorySegment.ofArray(page));
            }
            for (int pages : new int[] {CACHED_PAGES, PAGES}) {
                int[] order =
                        random.ints(LOOKS, 0, pages * (pageBytes / ROW_BYTES)).toArray();
                double[] rawNanos = cpuNanos(() -> rawPass(raw, order));
                double[] fileNanos = cpuNanos(() -> filePass(file, order));
                double[] batchNanos = cpuNanos(() -> batchPass(file, order));
                double[] mappingNanos = cpuNanos(() -> mappingPass(mapping, order));
                addHits("raw, " + pages + " pages", rawNanos, rawNanos);
                addHits("file, " + pages + " pages", fileNanos, rawNanos);
                addHits("file, rows by 16, " + pages + " pages", batchNanos, rawNanos);
                addHits("anonymous mapping, " + pages + " pages", mappingNanos, rawNanos);
            }
        }
    }

    // A loop of its own for each, as a search has it. What the loop itself needs is looked up before: a fence in it
    // would have it looked up each time.

    private double rawPass(Region raw, int[] order) {
        double distances = 0;
        for (int row : order) {
            distances += Kernels.l2Squared(query, raw.address() + (long) row * ROW_BYTES);
        }
        return distances;
    }

    private double filePass(PagedFile file, int[] order) {
        double distances = 0;
        float[] from = query;
        int shift = pageShift;
        long inPageMask = pageBytes - 1L;
        for (int row : order) {
            long offset = (long) row * ROW_BYTES;
            long page = offset >>> shift;
            long inPage = offset & inPageMask;
            float distance;
            long stamp;
            do {
                stamp = file.tryRead(page);
                if (stamp == PageView.ABSENT) {
                    stamp = file.fault(page, AccessHint.DEMAND);
                }
                distance = Kernels.l2Squared(from, file.address(stamp) + inPage);
            } while (!file.validate(page, stamp));
            distances += distance;
        }
        return distances;
    }

    /** Looks for a few rows first, so that the processor reads them side by side. */
    private double batchPass(PagedFile file, int[] order) {
        double distances = 0;
        for (int start = 0; start < order.length; start += BATCH) {
            for (int i = 0; i < BATCH; i++) {
                long page = ((long) order[start + i] * ROW_BYTES) >>> pageShift;
                long stamp = file.tryRead(page);
                stamps[i] = stamp != PageView.ABSENT ? stamp : file.fault(page, AccessHint.DEMAND);
            }
            for (int i = 0; i < BATCH; i++) {
                long inPage = (long) order[start + i] * ROW_BYTES & (pageBytes - 1);
                results[i] = Kernels.l2Squared(query, file.address(stamps[i]) + inPage);
            }
            for (int i = 0; i < BATCH; i++) {
                if (!file.validate(((long) order[start + i] * ROW_BYTES) >>> pageShift, stamps[i])) {
                    throw new IllegalStateException("nothing is written or evicted here");
                }
                distances += results[i];
            }
        }
        return distances;
    }

    /** As {@link #filePass}, in a method of its own: each loop sees one class, as a user's would. */
    private double mappingPass(Mapping mapping, int[] order) {
        double distances = 0;
        float[] from = query;
        int shift = pageShift;
        long inPageMask = pageBytes - 1L;
        for (int row : order) {
            long offset = (long) row * ROW_BYTES;
            long page = offset >>> shift;
            long inPage = offset & inPageMask;
            float distance;
            long stamp;
            do {
                stamp = mapping.tryRead(page);
                if (stamp == PageView.ABSENT) {
                    stamp = mapping.fault(page, AccessHint.DEMAND);
                }
                distance = Kernels.l2Squared(from, mapping.address(stamp) + inPage);
            } while (!mapping.validate(page, stamp));
            distances += distance;
        }
        return distances;
    }

    /** Nanoseconds of processor time a row, by round. */
    private double[] cpuNanos(DoubleSupplier pass) {
        double[] nanos = new double[ROUNDS];
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            long start = THREADS.getCurrentThreadCpuTime();
            sum += pass.getAsDouble();
            long end = THREADS.getCurrentThreadCpuTime();
            if (round >= 0) {
                nanos[round] = (double) (end - start) / LOOKS;
            }
        }
        return nanos;
    }

    private void addHits(String name, double[] nanos, double[] raw) {
        double least = Arrays.stream(nanos).min().orElse(0);
        double over = least - Arrays.stream(raw).min().orElse(0);
        hits.row(name, Figures.spread(nanos, 1), Figures.decimal(over, 1));
        facts.put(
                "hit " + name, Map.of("medianNanos", Figures.median(nanos), "leastNanos", least, "overRawNanos", over));
    }

    private void measureSpaces(Memory memory) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[SMALL_WRITE]);
        try (Pager pager = memory.pager(3 * PAGES, PageTiers.none())) {
            double[][] minor = new double[2][ROUNDS];
            double[][] cow = new double[2][ROUNDS];
            for (int round = -FAULT_WARM_UP; round < ROUNDS; round++) {
                try (AddressSpace space = pager.newSpace()) {
                    Mapping mapping = space.mapAnonymous((long) PAGES * pageBytes);
                    IntConsumer write = page -> mapping.write((long) page * pageBytes, bytes);
                    note(minor, round, clock(write, PAGES));
                    try (AddressSpace fork = space.fork()) {
                        note(cow, round, clock(write, PAGES));
                        sum += fork.hashCode();
                    }
                }
            }
            addFaults("minor: first write to a page of zeros", minor);
            addFaults("copy-on-write", cow);
        }
    }

    private void measureFile(Memory memory) {
        int filePages = 4 * PAGES;
        try (Pager pager = memory.pager(PAGES, PageTiers.none());
                BlockDevice device = MemoryDevice.create((long) filePages * pageBytes, memory.budget)) {
            PagedFile file = pager.open(new DeviceSource(device, 0, pageBytes), filePages, filePages);
            double[][] micros = new double[2][ROUNDS];
            for (int round = -FAULT_WARM_UP; round < ROUNDS; round++) {
                int[] away = away(file, filePages);
                note(micros, round, clock(i -> sum += file.fault(away[i], AccessHint.DEMAND), away.length));
            }
            addFaults("major: evict a clean page, copy one from a device in memory", micros);
        }
    }

    /** Pages that are not in memory, in random order. */
    private int[] away(PageView view, int pages) {
        int[] away = new int[FAULTS];
        int found = 0;
        int page = random.nextInt(pages);
        // Steps that go round all pages: their number is a power of two.
        for (int i = 0; i < pages && found < FAULTS; i++) {
            page = (page + STEP) & (pages - 1);
            if (view.peek(page) == PageView.ABSENT) {
                away[found++] = page;
            }
        }
        return Arrays.copyOf(away, found);
    }

    private void measureCompressed(Memory memory, PageContents contents) {
        double[][] micros = new double[2][ROUNDS];
        CompressionOptions options = new CompressionOptions(Compression.LZ4, pageBytes, Bytes.GIB, Long.MAX_VALUE);
        for (int round = -COMPRESSED_WARM_UP; round < ROUNDS; round++) {
            try (CompressedStore store =
                            CompressedStore.create(options, memory.budget, memory.allocator, TimeSource.SYSTEM);
                    Pager pager = memory.lruPager(PAGES, new PageTiers(Optional.of(store), Optional.empty()));
                    AddressSpace space = pager.newSpace()) {
                Mapping mapping = space.mapAnonymous((long) PAGES * pageBytes, contents.kind());
                for (int page = 0; page < PAGES; page++) {
                    mapping.write((long) page * pageBytes, MemorySegment.ofArray(contents.page(pageBytes, random)));
                }
                // Others drive them out; when those are gone, frames are free, and a fault evicts nothing.
                Mapping others = space.mapAnonymous((long) PAGES * pageBytes);
                MemorySegment one = MemorySegment.ofArray(new byte[] {1});
                for (int page = 0; page < PAGES; page++) {
                    others.write((long) page * pageBytes, one);
                }
                space.unmap(others);
                int[] away = away(mapping, PAGES);
                note(micros, round, clock(i -> sum += mapping.fault(away[i], AccessHint.DEMAND), away.length));
            }
        }
        addFaults("compressed by LZ4: " + contents.label(), micros);
    }

    /** Microseconds of each of some calls, sorted. */
    private static double[] clock(IntConsumer call, int calls) {
        long[] nanos = new long[calls];
        for (int i = 0; i < calls; i++) {
            long start = System.nanoTime();
            call.accept(i);
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        return new double[] {nanos[calls / 2] * 1e-3, nanos[calls * 99 / 100] * 1e-3};
    }

    private static void note(double[][] rounds, int round, double[] micros) {
        if (round >= 0) {
            rounds[0][round] = micros[0];
            rounds[1][round] = micros[1];
        }
    }

    private void addFaults(String name, double[][] micros) {
        faults.row(name, Figures.spread(micros[0], 2), Figures.spread(micros[1], 2));
        facts.put(
                "fault " + name,
                Map.of("p50Micros", Figures.median(micros[0]), "p99Micros", Figures.median(micros[1])));
    }

    /** What was measured, as facts. */
    public Map<String, Object> json() {
        return facts;
    }

    /** What was measured, as tables. */
    @Override
    public String toString() {
        return hits + System.lineSeparator() + faults;
    }
}
