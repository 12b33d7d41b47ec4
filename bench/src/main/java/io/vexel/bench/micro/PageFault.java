package io.vexel.bench.micro;

import io.vexel.base.Bytes;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.compression.CompressedStore;
import io.vexel.paging.compression.Compression;
import io.vexel.paging.compression.CompressionOptions;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.paging.space.AddressSpace;
import io.vexel.paging.space.Mapping;
import io.vexel.paging.space.PageTiers;
import io.vexel.paging.space.PageView;
import io.vexel.paging.space.Pager;
import io.vexel.paging.space.PagerOptions;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Faults of {@value #PAGES} pages each time, after an address space was prepared for them. The mean of many; the median and the 99th percentile of
 * single ones are in {@code vexel bench paging --faults}.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 40)
@Measurement(iterations = 20)
public class PageFault {

    private static final int PAGES = 1_024;
    private static final int PAGE_BYTES = 4_096;
    private static final int SMALL_WRITE = 64;

    /** A pager, and an address space of the fork that runs. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Benchmark)
    public static class Memory {

        private final MemorySegment small = MemorySegment.ofArray(new byte[SMALL_WRITE]);
        private MemoryBudget budget;
        private PageAllocator allocator;
        private Pager pager;
        private AddressSpace space;
        private Mapping mapping;

        @Setup(Level.Trial)
        public void open() {
            budget = new MemoryBudget(2 * Bytes.GIB);
            allocator = PageAllocator.create(
                    budget,
                    PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, Bytes.GIB, 0, Bytes.GIB / 2)));
            pager = Pager.create(
                    PagerOptions.ofBytes(PAGE_BYTES, 3L * PAGES * PAGE_BYTES), budget, allocator, PageTiers.none());
        }

        @Setup(Level.Invocation)
        public void map() {
            space = pager.newSpace();
            mapping = space.mapAnonymous((long) PAGES * PAGE_BYTES);
        }

        @TearDown(Level.Invocation)
        public void unmap() {
            space.close();
        }

        private long writeAll() {
            for (int page = 0; page < PAGES; page++) {
                mapping.write((long) page * PAGE_BYTES, small);
            }
            return mapping.tryRead(0);
        }
    }

    /** A space whose pages were written, and a fork of it that shares them. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Benchmark)
    public static class Forked {

        private AddressSpace fork;

        @Setup(Level.Invocation)
        public void fork(Memory memory) {
            memory.writeAll();
            fork = memory.space.fork();
        }

        @TearDown(Level.Invocation)
        public void join() {
            fork.close();
        }
    }

    /** A space whose pages are compressed. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Benchmark)
    public static class Compressed {

        private static final String TEXT =
                "{\"title\":\"A page of payloads\",\"tags\":[\"of\",\"words\",\"that\",\"repeat\"],\"number\":";

        private MemoryBudget budget;
        private PageAllocator allocator;
        private CompressedStore store;
        private Pager pager;
        private AddressSpace space;
        private Mapping mapping;
        private int[] away;

        @Setup(Level.Invocation)
        public void compress() {
            budget = new MemoryBudget(2 * Bytes.GIB);
            allocator = PageAllocator.create(
                    budget,
                    PageAllocatorOptions.oneNode(
                            new PageAllocatorOptions.ZoneSizes(0, Bytes.GIB / 4, 0, Bytes.GIB / 4)));
            store = CompressedStore.create(
                    new CompressionOptions(Compression.LZ4, PAGE_BYTES, Bytes.GIB, Long.MAX_VALUE),
                    budget,
                    allocator,
                    TimeSource.SYSTEM);
            pager = Pager.create(
                    PagerOptions.ofBytes(PAGE_BYTES, 2L * PAGES * PAGE_BYTES).withPolicy(PolicyKind.LRU),
                    budget,
                    allocator,
                    new PageTiers(Optional.of(store), Optional.empty()));
            space = pager.newSpace();
            mapping = space.mapAnonymous(2L * PAGES * PAGE_BYTES);
            for (int page = 0; page < 2 * PAGES; page++) {
                mapping.write((long) page * PAGE_BYTES, text(page));
            }
            // Others drive them out; when those are gone, frames are free, and a fault evicts nothing.
            Mapping others = space.mapAnonymous(2L * PAGES * PAGE_BYTES);
            MemorySegment one = MemorySegment.ofArray(new byte[] {1});
            for (int page = 0; page < 2 * PAGES; page++) {
                others.write((long) page * PAGE_BYTES, one);
            }
            space.unmap(others);
            away = new int[PAGES];
            int found = 0;
            for (int page = 0; page < 2 * PAGES && found < PAGES; page++) {
                if (mapping.peek(page) == PageView.ABSENT) {
                    away[found++] = page;
                }
            }
            if (found < PAGES) {
                throw new IllegalStateException(found + " pages were driven out, expected at least " + PAGES);
            }
        }

        private static MemorySegment text(int page) {
            byte[] bytes = new byte[PAGE_BYTES];
            Arrays.fill(bytes, (byte) ' ');
            int at = 0;
            for (int line = 0; ; line++) {
                byte[] payload = (TEXT + (page * 31L + line * 7_919L) + "}").getBytes(StandardCharsets.US_ASCII);
                if (at + payload.length > bytes.length) {
                    return MemorySegment.ofArray(bytes);
                }
                System.arraycopy(payload, 0, bytes, at, payload.length);
                at += payload.length;
            }
        }

        @TearDown(Level.Invocation)
        public void close() {
            space.close();
            pager.close();
            store.close();
            allocator.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long firstWrite(Memory memory) {
        return memory.writeAll();
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long copyOnWrite(Memory memory, Forked forked) {
        return memory.writeAll() + forked.hashCode();
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long decompress(Compressed compressed) {
        long sum = 0;
        for (int page : compressed.away) {
            sum += compressed.mapping.fault(page, AccessHint.DEMAND);
        }
        return sum;
    }
}
