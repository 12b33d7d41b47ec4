package io.vexel.bench.micro;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.slab.CacheSpec;
import io.vexel.memory.slab.Magazine;
import io.vexel.memory.slab.SlabAllocator;
import io.vexel.memory.slab.SlabCache;
import io.vexel.memory.slab.SlabOptions;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
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

/** Frees an object chosen at random among {@value Victims#LIVE} and allocates one in its place, in the caches of objects and in Netty. */
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ObjectPair {

    private static final long ZONE_BYTES = 512 * Bytes.MIB;

    /** The caches that all threads share. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Benchmark)
    public static class Caches {

        /** Bytes of an object. */
        @Param({"64", "512", "4096"})
        public int bytes;

        private PageAllocator pages;
        private SlabAllocator slabs;
        private SlabCache cache;

        @Setup(Level.Trial)
        public void open() {
            pages = PageAllocator.create(
                    new MemoryBudget(2 * ZONE_BYTES),
                    PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, ZONE_BYTES, 0, 0)));
            slabs = SlabAllocator.create(pages, SlabOptions.standard());
            cache = slabs.cache(CacheSpec.of("bench", bytes));
        }
    }

    /** A thread's magazine, as threads of the engine have one. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Thread)
    public static class Own {

        private final Victims victims = new Victims();
        private final long[] live = new long[Victims.LIVE];
        private Magazine magazine;

        @Setup(Level.Trial)
        public void open(Caches caches) {
            magazine = caches.cache.magazine();
            for (int i = 0; i < live.length; i++) {
                live[i] = magazine.allocate();
            }
        }
    }

    /** The objects of a thread without a magazine. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Thread)
    public static class Shared {

        private final Victims victims = new Victims();
        private final long[] live = new long[Victims.LIVE];

        @Setup(Level.Trial)
        public void open(Caches caches) {
            for (int i = 0; i < live.length; i++) {
                live[i] = caches.cache.allocate();
            }
        }
    }

    /** Direct buffers of Netty, of a thread. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Thread)
    public static class Netty {

        private final Victims victims = new Victims();
        private final ByteBuf[] live = new ByteBuf[Victims.LIVE];
        private AdaptiveByteBufAllocator allocator;

        @Setup(Level.Trial)
        public void open(Caches caches) {
            allocator = new AdaptiveByteBufAllocator(true);
            for (int i = 0; i < live.length; i++) {
                live[i] = allocator.directBuffer(caches.bytes, caches.bytes);
            }
        }
    }

    @Benchmark
    public long slabByMagazine(Own own) {
        int victim = own.victims.next();
        own.magazine.free(own.live[victim]);
        long handle = own.magazine.allocate();
        own.live[victim] = handle;
        return handle;
    }

    @Benchmark
    public long slabShared(Caches caches, Shared shared) {
        int victim = shared.victims.next();
        caches.cache.free(shared.live[victim]);
        long handle = caches.cache.allocate();
        shared.live[victim] = handle;
        return handle;
    }

    @Benchmark
    public ByteBuf nettyAdaptive(Caches caches, Netty netty) {
        int victim = netty.victims.next();
        netty.live[victim].release();
        ByteBuf buffer = netty.allocator.directBuffer(caches.bytes, caches.bytes);
        netty.live[victim] = buffer;
        return buffer;
    }
}
