package io.vexel.memory.zone;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.numa.NumaStatistics;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Off-heap memory at one moment, in bytes and counts; every figure is counted. What is counted nowhere, such as the faults of a pager that
 * is not there, is left out.
 *
 * @param total limit of the budget
 * @param free what the budget and the zones have left
 * @param used total less free
 * @param cached what shrinkers other than the free spans here say they could give back
 * @param buffered in use in the zones for direct I/O
 * @param allocations how many there were, through hot lists and zones; blocks that others were moved to are not among them
 * @param failedAllocations how many of those asked for failed for good, of pages and of other memory of the budget
 * @param allocatedBytes that were allocated, from the start
 * @param peak most bytes that were ever reserved from the budget
 * @param localAllocations on the node where they were wanted
 * @param remoteAllocations on another
 * @param moves blocks that the compactor moved, or that went to another node
 * @param migrations pages that went to another node, in blocks of this allocator or behind addresses that {@link
 *     io.vexel.memory.numa.NumaMemory#migrate} moved
 * @param metadata bytes that describe pages
 * @param hot what went through hot lists
 */
public record MemoryStatistics(
        long total,
        long free,
        long used,
        long cached,
        long buffered,
        long allocations,
        long failedAllocations,
        long allocatedBytes,
        long peak,
        long localAllocations,
        long remoteAllocations,
        long moves,
        long migrations,
        long metadata,
        Hot hot) {

    /**
     * What went through hot lists.
     *
     * @param allocations how many
     * @param frees how many
     * @param bytes that were allocated, from the start
     */
    public record Hot(long allocations, long frees, long bytes) {}

    /**
     * A budget, and allocators of pages that take from it, together.
     *
     * @param allocators that are open; none where there are none
     */
    public static MemoryStatistics of(MemoryBudget budget, List<PageAllocator> allocators) {
        List<ZoneStatistics> zones = allocators.stream()
                .flatMap(allocator -> allocator.zoneStatistics().stream())
                .toList();
        long inBuddy = zones.stream()
                        .filter(zone -> zone.kind() != ZoneKind.LARGE)
                        .mapToLong(zone -> zone.pages().inBuddy())
                        .sum()
                << Zone.PAGE_SHIFT;
        long spans = sum(allocators, PageAllocator::trimmableBytes);
        long free = Math.max(0, budget.availableBytes()) + inBuddy;
        Hot hot = new Hot(
                sum(allocators, allocator -> allocator.hot().allocations),
                sum(allocators, allocator -> allocator.hot().frees),
                sum(allocators, allocator -> allocator.hot().bytes));
        long allocations = hot.allocations
                + zones.stream().mapToLong(zone -> zone.events().allocations()).sum();
        List<NumaStatistics> nodes = allocators.stream()
                .flatMap(allocator -> allocator.numaStatistics().stream())
                .toList();
        long elsewhere = nodes.stream().mapToLong(NumaStatistics::miss).sum();
        return new MemoryStatistics(
                budget.limitBytes(),
                free,
                budget.limitBytes() - free,
                Math.max(0, budget.reclaimableBytes() - spans),
                zones.stream()
                                .filter(zone -> zone.kind() == ZoneKind.DMA)
                                .mapToLong(zone ->
                                        zone.pages().taken() - zone.pages().inBuddy())
                                .sum()
                        << Zone.PAGE_SHIFT,
                allocations,
                sum(allocators, PageAllocator::failedAllocations) + budget.failedReservations(),
                hot.bytes
                        - sum(allocators, PageAllocator::cutBytes)
                        + (zones.stream()
                                        .mapToLong(zone -> zone.events().allocatedPages())
                                        .sum()
                                << Zone.PAGE_SHIFT),
                budget.peakBytes(),
                allocations - elsewhere,
                elsewhere,
                zones.stream().mapToLong(zone -> zone.events().moves()).sum(),
                nodes.stream().mapToLong(NumaStatistics::migratedIn).sum(),
                sum(allocators, PageAllocator::metadataBytes),
                hot);
    }

    private static long sum(List<PageAllocator> allocators, ToLongFunction<PageAllocator> figure) {
        return allocators.stream().mapToLong(figure).sum();
    }
}
