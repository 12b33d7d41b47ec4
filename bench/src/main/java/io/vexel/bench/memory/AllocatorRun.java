package io.vexel.bench.memory;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.vexel.base.Bytes;
import io.vexel.cli.Measured;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.slab.CacheSpec;
import io.vexel.memory.slab.SlabAllocator;
import io.vexel.memory.slab.SlabCache;
import io.vexel.memory.slab.SlabOptions;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Supplier;

/**
 * Measures pairs of a free and an allocation, of one size, by every allocator in turn, round by round. Times are processor time of the measuring
 * thread, so that what others take of the machine is left out, save what they take of its caches.
 */
public final class AllocatorRun {

    /** The name of Vexel's own allocator, through a magazine. */
    public static final String OWN = "slab";

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int WARM_UP_ROUNDS = 5;

    private final int pairs;
    private final int rounds;

    /**
     * Measured by name.
     *
     * @param bytes of an object
     * @param nanos a pair
     * @param twoOverAlone what a pair takes of two threads at once, over what it takes of one of them alone in the same round
     */
    public record Result(int bytes, Map<String, Measured> nanos, Measured twoOverAlone) {}

    /**
     * @param pairs of a round
     * @param rounds that count; as many as the JIT needs come before
     */
    public AllocatorRun(int pairs, int rounds) {
        this.pairs = pairs;
        this.rounds = rounds;
    }

    /** Measures all allocators with objects of one size. */
    public Result measure(int bytes) {
        Map<String, Measured> nanos = new LinkedHashMap<>();
        Measured alone = new Measured();
        Measured together = new Measured();
        PageAllocatorOptions.ZoneSizes sizes = new PageAllocatorOptions.ZoneSizes(0, 512 * Bytes.MIB, 0, 0);
        try (PageAllocator pages =
                        PageAllocator.create(new MemoryBudget(Bytes.GIB), PageAllocatorOptions.oneNode(sizes));
                SlabAllocator slabs = SlabAllocator.create(pages, SlabOptions.standard());
                NativePairs natives = new NativePairs()) {
            Map<String, Supplier<PairLoop>> loops = new LinkedHashMap<>();
            loops.put(OWN, () -> new SlabLoops.Own(cache(slabs, bytes)));
            loops.put("slab, address", () -> new SlabLoops.Addressed(cache(slabs, bytes)));
            loops.put("slab, shared", () -> new SlabLoops.Shared(cache(slabs, bytes)));
            loops.put("netty adaptive", () -> new NettyLoop(new AdaptiveByteBufAllocator(true), bytes));
            loops.put("netty pooled", () -> new NettyLoop(PooledByteBufAllocator.DEFAULT, bytes));
            onThreads(1, _ -> measureLoops(loops, nanos));
            twoThreads(cache(slabs, bytes), alone, together);
            nanos.put("slab, alone in turn", alone);
            nanos.put("slab, 2 threads", together);
            natives.allocators()
                    .forEach((name, library) ->
                            nanos.put(name + " (C)", natives.measure(library, bytes, pairs, rounds)));
        }
        return new Result(bytes, nanos, together.ratioTo(alone));
    }

    private static SlabCache cache(SlabAllocator slabs, int bytes) {
        return slabs.cache(CacheSpec.of("bench", bytes));
    }

    private void measureLoops(Map<String, Supplier<PairLoop>> makers, Map<String, Measured> nanos) {
        Map<String, PairLoop> loops = new LinkedHashMap<>();
        makers.forEach((name, maker) -> loops.put(name, maker.get()));
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (Map.Entry<String, PairLoop> each : loops.entrySet()) {
                double value = nanos(each.getValue());
                addFrom(round, nanos.computeIfAbsent(each.getKey(), _ -> new Measured()), value);
            }
        }
        loops.values().forEach(PairLoop::close);
    }

    private double nanos(PairLoop loop) {
        long start = THREADS.getCurrentThreadCpuTime();
        long result = loop.run(pairs);
        long nanos = THREADS.getCurrentThreadCpuTime() - start;
        // Never, but the JIT does not know.
        return result == Long.MIN_VALUE ? 0 : (double) nanos / pairs;
    }

    /**
     * One thread alone and two at the same time, each with a magazine, in turn: what is compared was measured within moments. Each value of two
     * threads is their mean.
     */
    private void twoThreads(SlabCache cache, Measured alone, Measured together) {
        double[][] nanos = new double[2][rounds];
        CyclicBarrier barrier = new CyclicBarrier(2);
        onThreads(2, thread -> {
            try (PairLoop loop = new SlabLoops.Own(cache)) {
                for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                    barrier.await();
                    if (thread == 0) {
                        addFrom(round, alone, nanos(loop));
                    }
                    barrier.await();
                    double value = nanos(loop);
                    if (round >= 0) {
                        nanos[thread][round] = value;
                    }
                }
            } catch (InterruptedException | BrokenBarrierException e) {
                throw new IllegalStateException(e);
            }
        });
        for (int round = 0; round < rounds; round++) {
            together.add((nanos[0][round] + nanos[1][round]) / 2);
        }
    }

    private static void addFrom(int round, Measured measured, double value) {
        if (round >= 0) {
            measured.add(value);
        }
    }

    private interface ThreadWork {
        void run(int thread);
    }

    /** On threads that Netty keeps memory of their own for, as its event loops are. */
    private static void onThreads(int count, ThreadWork work) {
        List<Throwable> failures = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            Thread thread = new FastThreadLocalThread(() -> work.run(number));
            thread.setUncaughtExceptionHandler((_, failure) -> {
                synchronized (failures) {
                    failures.add(failure);
                }
            });
            threads.add(thread);
            thread.start();
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (!failures.isEmpty()) {
            throw new IllegalStateException(failures.getFirst());
        }
    }
}
