package io.vexel.memory.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Blocks that threads free through hot lists of their own, through those that threads share, and past both, beside compaction: of those who free one block
 * one is told that it was in use, a handle is good until then and never again, and nobody gets a block that another has. By Lincheck in its stress mode;
 * its model checker does not see accesses to foreign memory, where the words of pages are.
 */
class HotPagesLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int BLOCKS = 3;
    private static final int THREADS = 2;
    private static final AtomicLong STAMPS = new AtomicLong();
    private static PageAllocator pages;
    private static PageOwner unmovable;
    private static PageOwner movable;

    /** Lists of the threads; numbers begin with 0, and whoever runs what comes before and after takes the first. */
    private static HotPages[] lists;

    @BeforeAll
    static void open() {
        pages = PageAllocator.create(
                new MemoryBudget(64 * Bytes.MIB),
                PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 16 * Bytes.MIB, 16 * Bytes.MIB, 0)));
        unmovable = pages.register(PageOwner.Terms.unmovable("blocks"));
        // Says of every block that it is busy, after a look at it.
        movable = pages.register(PageOwner.Terms.movable("others", (_, _) -> false));
        lists = new HotPages[THREADS];
        for (int i = 0; i < THREADS; i++) {
            lists[i] = pages.hotPages(0);
        }
    }

    @AfterAll
    static void close() {
        Blocks.freeLast();
        OneBlock.freeLast();
        for (HotPages each : lists) {
            each.close();
        }
        assertThat(pages.pagesByOwner()).isEmpty();
        pages.compact(0);
        pages.trim(Long.MAX_VALUE);
        assertThat(pages.bytesAtHand()).as("all blocks are one again").isZero();
        pages.close();
    }

    /** Three blocks in use, and what threads do to them. */
    @Param(name = "which", gen = IntGen.class, conf = "0:2")
    @Param(name = "order", gen = IntGen.class, conf = "0:2")
    @Param(name = "thread", gen = ThreadIdGen.class)
    public static class Blocks {

        private static long[] last = {};

        private final long[] handles = new long[BLOCKS];

        /** Made by one thread, when nobody uses the one before any more. */
        public Blocks() {
            freeLast();
            for (int i = 0; i < BLOCKS; i++) {
                handles[i] = pages.allocate(i % 2 == 0 ? unmovable : movable, i);
            }
            last = handles;
        }

        static void freeLast() {
            for (long handle : last) {
                tryFree(() -> pages.free(handle));
            }
            last = new long[0];
        }

        private static boolean tryFree(Runnable free) {
            try {
                free.run();
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        private static HotPages of(int thread) {
            return lists[thread % THREADS];
        }

        /** Whether the block was in use until now. */
        @Operation
        public boolean free(@Param(name = "which") int which, @Param(name = "thread") int thread) {
            return tryFree(() -> of(thread).free(handles[which]));
        }

        @Operation
        public boolean freeShared(@Param(name = "which") int which) {
            return tryFree(() -> pages.free(handles[which]));
        }

        @Operation
        public boolean freePastLists(@Param(name = "which") int which) {
            return tryFree(() -> pages.freeCold(handles[which]));
        }

        @Operation
        public boolean isUsed(@Param(name = "which") int which) {
            try {
                return pages.address(handles[which]) != 0;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        /** Whether a block that was just allocated is this thread's alone. */
        @Operation
        public boolean allocateAndFree(@Param(name = "order") int order, @Param(name = "thread") int thread) {
            long handle = of(thread).allocate(order == 1 ? movable : unmovable, order);
            boolean own = isOwn(handle);
            pages.free(handle);
            return own;
        }

        @Operation
        public boolean allocateSharedAndFree(@Param(name = "order") int order, @Param(name = "thread") int thread) {
            long handle = pages.allocate(order == 1 ? movable : unmovable, order);
            boolean own = isOwn(handle);
            of(thread).free(handle);
            return own;
        }

        private static boolean isOwn(long handle) {
            MemorySegment block = pages.segment(handle);
            long stamp = STAMPS.incrementAndGet();
            block.set(ValueLayout.JAVA_LONG, 0, stamp);
            block.set(ValueLayout.JAVA_LONG, block.byteSize() - Long.BYTES, stamp);
            Thread.onSpinWait();
            return block.get(ValueLayout.JAVA_LONG, 0) == stamp
                    && block.get(ValueLayout.JAVA_LONG, block.byteSize() - Long.BYTES) == stamp;
        }

        /** Empties lists and shifts what can be shifted, here nothing; changes nothing that the others see. */
        @Operation
        public void compact() {
            pages.compact(1);
        }
    }

    /** One block, which threads free in different ways at the same time, and do nothing else: here they meet often. */
    @Param(name = "thread", gen = ThreadIdGen.class)
    public static class OneBlock {

        private static long last = PageHandle.NONE;

        private final long handle;

        /** Made by one thread, when nobody uses the one before any more. */
        public OneBlock() {
            freeLast();
            handle = pages.allocate(unmovable, 0);
            last = handle;
        }

        static void freeLast() {
            if (last != PageHandle.NONE) {
                Blocks.tryFree(() -> pages.free(last));
                last = PageHandle.NONE;
            }
        }

        /** Whether the block was in use until now. */
        @Operation
        public boolean free(@Param(name = "thread") int thread) {
            return Blocks.tryFree(() -> Blocks.of(thread).free(handle));
        }

        @Operation
        public boolean freeShared() {
            return Blocks.tryFree(() -> pages.free(handle));
        }

        @Operation
        public boolean freePastLists() {
            return Blocks.tryFree(() -> pages.freeCold(handle));
        }
    }

    @Test
    void block_thatTwoThreadsFree_isFreedOnce() {
        new StressOptions()
                .iterations(DEEP ? 60 : 6)
                .invocationsPerIteration(DEEP ? 20_000 : 500)
                .threads(THREADS)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .minimizeFailedScenario(false)
                .check(OneBlock.class);
    }

    @Test
    void blocks_ofSeveralThreads_areLinearizable() {
        new StressOptions()
                .iterations(DEEP ? 60 : 4)
                .invocationsPerIteration(DEEP ? 2_000 : 100)
                .threads(THREADS)
                .actorsPerThread(4)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Blocks.class);
    }
}
