package io.vexel.paging.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.compression.CompressedStore;
import io.vexel.paging.compression.CompressionOptions;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.paging.swap.SwapArea;
import io.vexel.paging.swap.SwapSpace;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/** A pager with few frames over a simulated swap device; closing it proves that all memory came back. */
final class PagerFixture implements AutoCloseable {

    static final int PAGE = 4096;

    private static final PageAllocatorOptions ZONES =
            PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 8 * Bytes.MIB, 0, 16 * Bytes.MIB));

    final MemoryBudget budget;
    final SimulatedDevice device;
    final SwapArea swap;
    final PageAllocator allocator;
    final Optional<CompressedStore> compressed;
    final Pager pager;

    PagerFixture(int frames, int swapSlots) {
        this(options(frames, PolicyKind.DEFAULT), swapSlots, new MemoryBudget(24 * Bytes.MIB));
    }

    PagerFixture(PagerOptions options, int swapSlots, MemoryBudget budget) {
        this(options, swapSlots, budget, Optional.empty());
    }

    PagerFixture(PagerOptions options, int swapSlots, MemoryBudget budget, Optional<CompressionOptions> compression) {
        this(options, swapSlots, budget, compression, () -> false);
    }

    /** @param refusal whether the next allocation of pages finds no memory */
    PagerFixture(
            PagerOptions options,
            int swapSlots,
            MemoryBudget budget,
            Optional<CompressionOptions> compression,
            BooleanSupplier refusal) {
        this.budget = budget;
        device = SimulatedDevice.zeros((long) Math.max(1, swapSlots) * options.pageBytes(), 7)
                .withoutLog();
        Deque<AutoCloseable> made = new ArrayDeque<>();
        try {
            swap = made(made, openSwap(options.pageBytes()));
            allocator = made(made, PageAllocator.create(budget, ZONES.withRefusal(refusal)));
            compressed = compression.map(
                    each -> made(made, CompressedStore.create(each, budget, allocator, TimeSource.SYSTEM)));
            PageTiers tiers = new PageTiers(compressed, swapSlots == 0 ? Optional.empty() : Optional.of(swap));
            pager = Pager.create(options, budget, allocator, tiers);
        } catch (RuntimeException | Error e) {
            made.forEach(PagerFixture::close);
            throw e;
        }
    }

    private SwapArea openSwap(int pageBytes) {
        return SwapArea.open(
                List.of(SwapSpace.whole(device, 0)), pageBytes, budget, new SecureRandom(), TimeSource.SYSTEM);
    }

    private static <T extends AutoCloseable> T made(Deque<AutoCloseable> all, T part) {
        all.push(part);
        return part;
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static PagerOptions options(int frames, PolicyKind policy) {
        return new PagerOptions(PAGE, frames, 2, policy, new PagerOptions.Tuning(40, 8));
    }

    static MemorySegment random(SplittableRandom random, int bytes) {
        byte[] array = new byte[bytes];
        random.nextBytes(array);
        return MemorySegment.ofArray(array);
    }

    void checkNoPageIsLeft() {
        PagerStatistics statistics = pager.statistics();
        assertThat(statistics.anonymousPages()).isZero();
        assertThat(statistics.usedFrames()).as("frames, that of zeros").isEqualTo(1);
        assertThat(swap.statistics().usedSlots()).isZero();
        compressed.ifPresent(store -> {
            assertThat(store.statistics().pages()).isZero();
            assertThat(store.statistics().heldBytes()).isZero();
        });
    }

    @Override
    public void close() {
        pager.close();
        compressed.ifPresent(CompressedStore::close);
        allocator.close();
        swap.close();
        assertThat(budget.usedByOwner()).isEmpty();
    }
}
