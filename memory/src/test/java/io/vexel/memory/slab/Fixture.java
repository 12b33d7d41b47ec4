package io.vexel.memory.slab;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** Pages and an allocator of objects over them, whose misuses and leaks are collected. */
final class Fixture implements AutoCloseable {

    final MemoryBudget budget;
    final PageAllocator pages;
    final SlabAllocator slabs;
    final List<Misuse> misuses = new ArrayList<>();
    final List<LeakReport> leaks = new ArrayList<>();

    Fixture(SlabFlag... debugging) {
        this(64 * Bytes.MIB, () -> false, options -> options.debuggingWith(Set.of(debugging)));
    }

    /** @param refusal whether the next allocation that goes to the zones finds no memory */
    Fixture(long budgetBytes, BooleanSupplier refusal, UnaryOperator<SlabOptions> choice) {
        budget = new MemoryBudget(budgetBytes);
        pages = PageAllocator.create(
                budget,
                PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 64 * Bytes.MIB, 0, 64 * Bytes.MIB))
                        .withRefusal(refusal));
        slabs = SlabAllocator.create(
                pages,
                choice.apply(SlabOptions.standard()
                        .withSeed(1)
                        .reportingMisusesTo(misuses::add)
                        .reportingLeaksTo(leaks::add)));
    }

    /** Pages that somebody has, hot lists not among them. */
    long usedPages() {
        return pages.pagesByOwner().values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() {
        slabs.close();
        if (usedPages() != 0) {
            throw new AssertionError("pages in use after close: " + pages.pagesByOwner());
        }
        pages.close();
        if (budget.usedBytes() != 0) {
            throw new AssertionError("budget in use after close: " + budget.usedByOwner());
        }
    }
}
