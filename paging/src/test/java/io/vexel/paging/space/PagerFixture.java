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
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A pager with few frames over a simulated swap device; closing it proves that all memory came back. */
final class PagerFixture implements AutoCloseable {

    static final int PAGE = 4096;

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
        this.budget = budget;
        int pageBytes = options.pageBytes();
        device = SimulatedDevice.zeros((long) Math.max(1, swapSlots) * pageBytes, 7)
                .withoutLog();
        swap = SwapArea.open(
                List.of(SwapSpace.whole(device, 0)), pageBytes, budget, new SecureRandom(), TimeSource.SYSTEM);
        allocator = PageAllocator.create(
                budget,
                PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 8 * Bytes.MIB, 0, 16 * Bytes.MIB)));
        compressed = compression.map(each -> CompressedStore.create(each, budget, allocator, TimeSource.SYSTEM));
        PageTiers tiers = new PageTiers(compressed, swapSlots == 0 ? Optional.empty() : Optional.of(swap));
        pager = Pager.create(options, budget, allocator, tiers);
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
