package io.vexel.memory.zone;

import io.vexel.memory.SparseRegion;
import io.vexel.memory.numa.MemoryPolicy;
import io.vexel.memory.numa.NumaMemory;
import io.vexel.memory.numa.NumaStatistics;
import io.vexel.memory.numa.NumaStatistics.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** The nodes of an allocator: puts the memory of their zones there, and counts what was allocated where; blocks of hot lists are counted there. */
final class NodeCounts {

    private final Optional<NumaMemory> numa;
    private final List<Node> nodes = new ArrayList<>();

    private static final class Node {
        final LongAdder hit = new LongAdder();
        final LongAdder miss = new LongAdder();
        final LongAdder foreign = new LongAdder();
        final LongAdder interleaveHit = new LongAdder();
        final LongAdder local = new LongAdder();
        final LongAdder other = new LongAdder();
        final LongAdder migratedIn = new LongAdder();
        final LongAdder migratedOut = new LongAdder();
        Placement placement = Placement.NOT_ASKED;
    }

    /** @param memory that of the zones, which nobody has touched */
    NodeCounts(PageAllocatorOptions options, ZoneList zones, SparseRegion memory) {
        numa = options.numa().filter(each -> each.nodeCount() > 1);
        options.nodes().forEach(_ -> nodes.add(new Node()));
        numa.ifPresent(each -> zones.all().forEach(zone -> place(each, zone.place, memory)));
    }

    /** A node that is full gets memory from others, rather than that the system ends the process for it. */
    private void place(NumaMemory where, Zone.Place place, SparseRegion memory) {
        NumaMemory.Outcome outcome = where.bind(
                memory.segment((long) place.firstPage() << Zone.PAGE_SHIFT, (long) place.pages() << Zone.PAGE_SHIFT),
                MemoryPolicy.preferred(place.node()));
        Node node = nodes.get(place.node());
        boolean bound = outcome == NumaMemory.Outcome.APPLIED && node.placement != Placement.REFUSED;
        node.placement = bound ? Placement.BOUND : Placement.REFUSED;
    }

    boolean hasSeveralNodes() {
        return numa.isPresent();
    }

    int currentNode() {
        return numa.isEmpty() ? 0 : numa.get().currentNode();
    }

    /** Counts a block out of a zone. */
    void allocated(int got, int wanted, int here, PageOwner owner) {
        Node node = nodes.get(got);
        if (got == wanted) {
            node.hit.increment();
            if (owner.isInterleaved()) {
                node.interleaveHit.increment();
            }
        } else {
            node.miss.increment();
            nodes.get(wanted).foreign.increment();
        }
        (got == here ? node.local : node.other).increment();
    }

    void migrated(int from, int to, long pages) {
        nodes.get(from).migratedOut.add(pages);
        nodes.get(to).migratedIn.add(pages);
    }

    /** @param hot what hot lists counted, by node; all of that was wanted there */
    List<NumaStatistics> statistics(List<HotPages.Counts> hot, List<ZoneStatistics> zones) {
        List<NumaStatistics> result = new ArrayList<>();
        for (int index = 0; index < nodes.size(); index++) {
            int position = index;
            Node node = nodes.get(index);
            HotPages.Counts counts = hot.get(index);
            List<ZoneStatistics.Pages> pages = zones.stream()
                    .filter(zone -> zone.node() == position)
                    .map(ZoneStatistics::pages)
                    .toList();
            result.add(new NumaStatistics(
                    index,
                    numa.map(each -> each.topology().withMemory().get(position).id())
                            .orElse(index),
                    pages.stream().mapToLong(ZoneStatistics.Pages::total).sum(),
                    pages.stream().mapToLong(ZoneStatistics.Pages::free).sum(),
                    node.hit.sum() + counts.allocations,
                    node.miss.sum(),
                    node.foreign.sum(),
                    node.interleaveHit.sum() + counts.interleaved,
                    node.local.sum() + counts.allocations - counts.other,
                    node.other.sum() + counts.other,
                    node.migratedIn.sum()
                            + numa.map(each -> each.migratedIn(position)).orElse(0L),
                    node.migratedOut.sum()
                            + numa.map(each -> each.migratedOut(position)).orElse(0L),
                    node.placement));
        }
        return result;
    }
}
