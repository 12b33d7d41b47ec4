package io.vexel.memory.zone;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import io.vexel.memory.numa.MemoryPolicy;
import io.vexel.memory.numa.NumaMemory;
import io.vexel.memory.numa.NumaTopology;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * Nodes, sizes of their zones, and what works for the allocator. Sizes are addresses: memory is taken from the budget when it is needed, so
 * zones may have more than it together.
 *
 * @param nodes sizes of the zones of each node
 * @param distances {@code distances[i][j]}: how far node j is from node i, as the system tells it; 10 is the node itself
 * @param background runs reclaim when a zone is below its watermark {@code low}; one task at a time
 * @param refusal for tests: asked before each allocation that goes to the zones, and before hot lists get blocks from them; answers whether
 *     there is no memory
 * @param numa puts the memory of each node's zones there, and knows on which node a thread runs; empty: the system puts memory where it likes, and
 *     every thread runs on node 0
 */
public record PageAllocatorOptions(
        List<ZoneSizes> nodes,
        List<List<Integer>> distances,
        Executor background,
        BooleanSupplier refusal,
        Optional<NumaMemory> numa) {

    /** Most nodes that there can be. */
    public static final int MAX_NODES = MemoryPolicy.MAX_NODES;

    private static final long MAX_BYTES = 4 * Bytes.TIB;

    /**
     * Bytes of the zones of a node; rounded up to 4 MiB, 0 for none.
     *
     * @param dma of {@link ZoneKind#DMA}
     * @param normal of {@link ZoneKind#NORMAL}, at least 1
     * @param movable of {@link ZoneKind#MOVABLE}
     * @param large of {@link ZoneKind#LARGE}
     */
    public record ZoneSizes(long dma, long normal, long movable, long large) {

        public ZoneSizes {
            dma = rounded("dma", dma, 0);
            normal = rounded("normal", normal, 1);
            movable = rounded("movable", movable, 0);
            large = rounded("large", large, 0);
        }

        private static long rounded(String name, long bytes, long least) {
            return Bytes.roundUp(Checks.inRange(name, bytes, least, MAX_BYTES), Zone.SPAN_BYTES);
        }

        long bytes(ZoneKind kind) {
            return switch (kind) {
                case DMA -> dma;
                case NORMAL -> normal;
                case MOVABLE -> movable;
                case LARGE -> large;
            };
        }
    }

    public PageAllocatorOptions {
        Checks.inRange("nodes", nodes.size(), 1, MAX_NODES);
        nodes = List.copyOf(nodes);
        distances = distances.stream().map(List::copyOf).toList();
        int count = nodes.size();
        Checks.argument(
                distances.size() == count && distances.stream().allMatch(row -> row.size() == count),
                "distances=" + distances + ", allowed: " + count + " rows of " + count);
        Checks.argument(
                numa.isEmpty() || numa.get().nodeCount() == count,
                "nodes=" + count + ", allowed: "
                        + numa.map(NumaMemory::nodeCount).orElse(count) + ", those with memory");
    }

    /** One node, and no reclaim in the background. */
    public static PageAllocatorOptions oneNode(ZoneSizes sizes) {
        List<List<Integer>> distances = List.of(List.of(NumaTopology.LOCAL_DISTANCE));
        return new PageAllocatorOptions(List.of(sizes), distances, _ -> {}, () -> false, Optional.empty());
    }

    /** The nodes of a machine that have memory, each with zones of these sizes on it, and no reclaim in the background. */
    public static PageAllocatorOptions onNodes(NumaMemory numa, ZoneSizes sizesOfEach) {
        return new PageAllocatorOptions(
                Collections.nCopies(numa.nodeCount(), sizesOfEach),
                numa.topology().distances(),
                _ -> {},
                () -> false,
                Optional.of(numa));
    }

    /** The same with reclaim in the background. */
    public PageAllocatorOptions withBackground(Executor executor) {
        return new PageAllocatorOptions(nodes, distances, executor, refusal, numa);
    }

    /** The same with allocations that fail on demand. */
    public PageAllocatorOptions withRefusal(BooleanSupplier supplier) {
        return new PageAllocatorOptions(nodes, distances, background, supplier, numa);
    }
}
