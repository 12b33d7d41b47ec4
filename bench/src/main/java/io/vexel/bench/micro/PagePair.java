package io.vexel.bench.micro;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.HotPages;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.memory.zone.PageOwner;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Frees a block of pages chosen at random among {@value Victims#LIVE} and allocates one in its place. */
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PagePair {

    /** The zones that all threads share. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Benchmark)
    public static class Zones {

        /** Blocks are of orders 0 to this, as many of each. */
        @Param({"0", "5"})
        public int mostOrder;

        private PageAllocator pages;

        @Setup(Level.Trial)
        public void open() {
            pages = PageAllocator.create(
                    new MemoryBudget(2 * Bytes.GIB),
                    PageAllocatorOptions.oneNode(
                            new PageAllocatorOptions.ZoneSizes(Bytes.GIB / 2, Bytes.GIB / 2, 0, 0)));
        }
    }

    /** Blocks of a thread, and the orders of those to come. */
    @SuppressWarnings("NullAway.Init") // fill comes first
    abstract static class Blocks {

        final Victims victims = new Victims();
        private final long[] live = new long[Victims.LIVE];
        private int[] orders = new int[0];
        PageOwner owner;

        final void fill(Zones zones, PageOwner.Terms terms) {
            owner = zones.pages.register(terms);
            orders = new int[Victims.LIVE];
            for (int i = 0; i < live.length; i++) {
                orders[i] = victims.next() % (zones.mostOrder + 1);
            }
            for (int i = 0; i < live.length; i++) {
                live[i] = allocate(orders[i]);
            }
        }

        abstract long allocate(int order);

        abstract void free(long handle);

        final long pair() {
            int victim = victims.next();
            free(live[victim]);
            // The order that another block has: the same distribution, and one that cannot be foreseen.
            long handle = allocate(orders[victims.next()]);
            live[victim] = handle;
            return handle;
        }
    }

    /** Through the hot lists of a thread of the engine. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Thread)
    public static class Hot extends Blocks {

        private HotPages hot;

        @Setup(Level.Trial)
        public void open(Zones zones) {
            hot = zones.pages.hotPages(0);
            fill(zones, PageOwner.Terms.unmovable("bench"));
        }

        @Override
        long allocate(int order) {
            return hot.allocate(owner, order);
        }

        @Override
        void free(long handle) {
            hot.free(handle);
        }
    }

    /** Past all hot lists. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Thread)
    public static class Direct extends Blocks {

        private PageAllocator pages;

        @Setup(Level.Trial)
        public void open(Zones zones) {
            pages = zones.pages;
            fill(zones, PageOwner.Terms.buffers("bench, past hot lists"));
        }

        @Override
        long allocate(int order) {
            return pages.allocate(owner, order);
        }

        @Override
        void free(long handle) {
            pages.free(handle);
        }
    }

    @Benchmark
    public long hotList(Hot hot) {
        return hot.pair();
    }

    @Benchmark
    public long buddyAlone(Direct direct) {
        return direct.pair();
    }
}
