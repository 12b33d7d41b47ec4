package io.vexel.memory.zone;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import io.vexel.memory.numa.MemoryPolicy;
import io.vexel.memory.numa.NumaMemory;
import io.vexel.memory.numa.NumaTopology;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Nodes, sizes of their zones, and what works for the allocator. Sizes are addresses: memory is taken from the budget when it is needed, so
 * zones may have more than it together.
 *
 * @param nodes sizes of the zones of each node
 * @param distances {@code distances[i][j]}: how far node j is from node i, as the system tells it; 10 is the node itself
 * @param background runs reclaim when a zone is below its watermark {@code low}, one task at a time, until it is above {@code high} or nobody
 *     gives more; empty: who allocates reclaims by himself when there is nothing above {@code min}
 * @param refusal for tests: asked once for each allocation that goes to the zones, and before hot lists get blocks from them; answers whether
 *     there is no memory
 * @param numa puts the memory of each node's zones there, and knows on which node a thread runs; empty: the system puts memory where it likes, and
 *     every thread runs on node 0
 * @param leaks gets the pages in use by owner when the allocator is closed, if there are any
 */
public record PageAllocatorOptions(
        List<ZoneSizes> nodes,
        List<List<Integer>> distances,
        Optional<Executor> background,
        BooleanSupplier refusal,
        Optional<NumaMemory> numa,
        Consumer<Map<String, Long>> leaks) {

    private static final System.Logger LOG = System.getLogger(PageAllocatorOptions.class.getName());

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
        return new PageAllocatorOptions(
                List.of(sizes), distances, Optional.empty(), () -> false, Optional.empty(), PageAllocatorOptions::log);
    }

    /** The nodes of a machine that have memory, each with zones of these sizes on it, and no reclaim in the background. */
    public static PageAllocatorOptions onNodes(NumaMemory numa, ZoneSizes sizesOfEach) {
        return new PageAllocatorOptions(
                Collections.nCopies(numa.nodeCount(), sizesOfEach),
                numa.topology().distances(),
                Optional.empty(),
                () -> false,
                Optional.of(numa),
                PageAllocatorOptions::log);
    }

    private static void log(Map<String, Long> leaks) {
        LOG.log(System.Logger.Level.WARNING, "pages in use when their allocator was closed, by owner: {0}", leaks);
    }

    /** The same with reclaim in the background. */
    public PageAllocatorOptions withBackground(Executor executor) {
        return new PageAllocatorOptions(nodes, distances, Optional.of(executor), refusal, numa, leaks);
    }

    /** The same with allocations that fail on demand. */
    public PageAllocatorOptions withRefusal(BooleanSupplier supplier) {
        return new PageAllocatorOptions(nodes, distances, background, supplier, numa, leaks);
    }

    /** The same with another receiver of leaks. */
    public PageAllocatorOptions reportingLeaksTo(Consumer<Map<String, Long>> receiver) {
        return new PageAllocatorOptions(nodes, distances, background, refusal, numa, receiver);
    }
}
