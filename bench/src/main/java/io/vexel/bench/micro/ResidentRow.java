package io.vexel.bench.micro;

import io.vexel.base.Bytes;
import io.vexel.device.BlockDevice;
import io.vexel.device.MemoryDevice;
import io.vexel.distance.Kernels;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.space.DeviceSource;
import io.vexel.paging.space.Mapping;
import io.vexel.paging.space.PageTiers;
import io.vexel.paging.space.PageView;
import io.vexel.paging.space.PagedFile;
import io.vexel.paging.space.Pager;
import io.vexel.paging.space.PagerOptions;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The distance to a row of 128 floats: at a raw address, in a page of a file that is in memory, and in one of an anonymous mapping. */
@SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ResidentRow {

    private static final int ROWS = 1 << 16;
    private static final int DIMENSION = 128;
    private static final long ROW_BYTES = DIMENSION * Float.BYTES;
    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_BYTES = 1 << PAGE_SHIFT;
    private static final long SEED = 20_260_101;

    /** Pages among which rows are chosen at random: few are in a cache of the processor. */
    @Param({"64", "4096"})
    public int pages;

    private final float[] query = new float[DIMENSION];
    private int[] order;
    private MemoryBudget budget;
    private PageAllocator allocator;
    private Pager pager;
    private Region raw;
    private BlockDevice device;
    private PagedFile file;
    private Mapping mapping;

    @Setup(Level.Trial)
    public void open() {
        Arrays.fill(query, 0.5f);
        long bytes = (long) pages * PAGE_BYTES;
        order = new SplittableRandom(SEED)
                .ints(ROWS, 0, (int) (bytes / ROW_BYTES))
                .toArray();
        budget = new MemoryBudget(2 * Bytes.GIB);
        allocator = PageAllocator.create(
                budget,
                PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, Bytes.GIB, 0, Bytes.GIB / 2)));
        pager = Pager.create(PagerOptions.ofBytes(PAGE_BYTES, 3 * bytes), budget, allocator, PageTiers.none());
        raw = Region.allocate(budget, "raw", bytes);
        // Memory that was never written to is one page of zeros for the system.
        raw.segment().fill((byte) 0);
        device = MemoryDevice.create(bytes, budget);
        file = pager.open(new DeviceSource(device, 0, PAGE_BYTES), pages, pages);
        mapping = pager.newSpace().mapAnonymous(bytes);
        MemorySegment page = MemorySegment.ofArray(new byte[PAGE_BYTES]);
        for (int i = 0; i < pages; i++) {
            file.fault(i, AccessHint.DEMAND);
            mapping.write((long) i * PAGE_BYTES, page);
        }
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float rawAddress() {
        float sum = 0;
        long address = raw.address();
        for (int row : order) {
            sum += Kernels.l2Squared(query, address + row * ROW_BYTES);
        }
        return sum;
    }

    // One loop for each class of pages: each sees one class, as a user's would.

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float fileInMemory() {
        float sum = 0;
        PagedFile view = file;
        for (int row : order) {
            long offset = row * ROW_BYTES;
            long page = offset >>> PAGE_SHIFT;
            float distance;
            long stamp;
            do {
                stamp = view.tryRead(page);
                if (stamp == PageView.ABSENT) {
                    stamp = view.fault(page, AccessHint.DEMAND);
                }
                distance = Kernels.l2Squared(query, view.address(stamp) + (offset & (PAGE_BYTES - 1)));
            } while (!view.validate(page, stamp));
            sum += distance;
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float anonymousMapping() {
        float sum = 0;
        Mapping view = mapping;
        for (int row : order) {
            long offset = row * ROW_BYTES;
            long page = offset >>> PAGE_SHIFT;
            float distance;
            long stamp;
            do {
                stamp = view.tryRead(page);
                if (stamp == PageView.ABSENT) {
                    stamp = view.fault(page, AccessHint.DEMAND);
                }
                distance = Kernels.l2Squared(query, view.address(stamp) + (offset & (PAGE_BYTES - 1)));
            } while (!view.validate(page, stamp));
            sum += distance;
        }
        return sum;
    }
}
