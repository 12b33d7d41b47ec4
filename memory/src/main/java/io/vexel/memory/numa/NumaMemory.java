package io.vexel.memory.numa;

import io.vexel.base.Checks;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Puts memory on nodes, and moves it between them. Where the system refuses (no such call, no permission, as in many containers), memory stays where the
 * system puts it, and refusals are counted.
 *
 * <p>Safe for use by any thread.
 */
public final class NumaMemory {

    private static final System.Logger LOG = System.getLogger(NumaMemory.class.getName());
    private static final int PAGE_BYTES = 4096;

    private final NumaCalls calls;
    private final LongAdder refusals = new LongAdder();
    /** Pages that {@link #migrate} moved, by the position of the node that they came to or left. */
    private final LongAdder[] migratedIn;

    private final LongAdder[] migratedOut;
    /** Ids of nodes with memory, by position; processors' nearest nodes. */
    private volatile Nodes nodes;

    private static final class Nodes {
        final NumaTopology topology;
        final int[] ids;
        final int[] nearestByCpu;

        Nodes(NumaTopology topology) {
            this.topology = topology;
            this.ids = topology.withMemory().stream().mapToInt(NumaNode::id).toArray();
            Map<Integer, Integer> nearest = topology.nearestByCpu();
            this.nearestByCpu = new int
                    [nearest.keySet().stream().mapToInt(cpu -> cpu + 1).max().orElse(0)];
            nearest.forEach((cpu, node) -> nearestByCpu[cpu] = node);
        }
    }

    /** What became of a wish. */
    public enum Outcome {
        /** The system does it. */
        APPLIED,
        /** It does not, and everything is as it was. */
        REFUSED
    }

    /**
     * What became of pages that were to move.
     *
     * @param moved that are on the node now and were not before
     * @param there that were on it before
     * @param absent that nobody has touched
     * @param refused that the system did not move, now at least
     */
    public record Migration(long moved, long there, long absent, long refused) {}

    /** @param topology the nodes, at most {@link MemoryPolicy#MAX_NODES} of them with memory */
    public NumaMemory(NumaTopology topology, NumaCalls calls) {
        Checks.inRange("nodes with memory", topology.withMemory().size(), 1, MemoryPolicy.MAX_NODES);
        this.nodes = new Nodes(topology);
        this.calls = calls;
        this.migratedIn = adders(nodeCount());
        this.migratedOut = adders(nodeCount());
    }

    private static LongAdder[] adders(int count) {
        return Stream.generate(LongAdder::new).limit(count).toArray(LongAdder[]::new);
    }

    /** The memory of this machine. */
    public static NumaMemory ofMachine() {
        return new NumaMemory(NumaTopology.ofMachine(), new LinuxNumaCalls());
    }

    /** The nodes. */
    public NumaTopology topology() {
        return nodes.topology;
    }

    /**
     * Takes note of processors that came, went, or are on another node.
     *
     * @param now with the same nodes that have memory
     * @throws IllegalArgumentException when these are others: positions would mean other nodes
     */
    public void update(NumaTopology now) {
        Nodes next = new Nodes(now);
        Checks.argument(
                Arrays.equals(next.ids, nodes.ids),
                "nodes with memory=" + Arrays.toString(next.ids) + ", allowed: " + Arrays.toString(nodes.ids));
        nodes = next;
    }

    /** How many nodes have memory. */
    public int nodeCount() {
        return nodes.ids.length;
    }

    /** The position of the node nearest to the calling thread, at this moment; 0 where the system does not tell. */
    public int currentNode() {
        Nodes known = nodes;
        if (known.ids.length == 1) {
            return 0;
        }
        int cpu = calls.cpu();
        return cpu >= 0 && cpu < known.nearestByCpu.length ? known.nearestByCpu[cpu] : 0;
    }

    /**
     * Says where the pages of a range are to be. Before they are touched, that is where they will be; pages that are somewhere else already
     * are moved, as far as nobody else has them.
     *
     * @param range of whole pages
     * @throws IllegalArgumentException when there is no such node
     */
    public Outcome bind(MemorySegment range, MemoryPolicy policy) {
        return outcome(
                "bind",
                calls.bind(range.address(), range.byteSize(), policy.kind().mode(), mask(policy)));
    }

    /** For {@link io.vexel.memory.Region} and {@link io.vexel.memory.GrowableRegion}: {@linkplain #bind binds} memory before it is touched. */
    public Consumer<MemorySegment> placing(MemoryPolicy policy) {
        return range -> bind(range, policy);
    }

    /** Says where memory that the calling thread touches from now on is to be, unless its range has a policy of its own. */
    public Outcome setThreadPolicy(MemoryPolicy policy) {
        return outcome("policy of a thread", calls.setPolicy(policy.kind().mode(), mask(policy)));
    }

    private Outcome outcome(String what, int result) {
        if (result >= 0) {
            return Outcome.APPLIED;
        }
        refusals.increment();
        LOG.log(System.Logger.Level.DEBUG, "{0} was refused: error {1}", what, -result);
        return Outcome.REFUSED;
    }

    private long[] mask(MemoryPolicy policy) {
        int[] ids = nodes.ids;
        long[] mask = policy.nodes().isEmpty() ? new long[0] : new long[(NumaTopology.MAX_ID + 1) / Long.SIZE];
        for (int node : policy.nodes()) {
            int id = ids[Checks.inRange("node", node, 0, ids.length - 1)];
            mask[id / Long.SIZE] |= 1L << id;
        }
        return mask;
    }

    /**
     * Moves the pages of a range that are in memory.
     *
     * @param range of whole pages
     * @param node position
     */
    public Migration migrate(MemorySegment range, int node) {
        int id = nodes.ids[Checks.inRange("node", node, 0, nodeCount() - 1)];
        long[] addresses = pages(range);
        int[] before = status(addresses);
        // What nobody has touched must not be touched by this.
        long[] present = present(addresses, before);
        int[] targets = new int[present.length];
        Arrays.fill(targets, id);
        if (present.length > 0 && calls.movePages(present, targets, new int[present.length]) < 0) {
            refusals.increment();
            return new Migration(0, 0, addresses.length - present.length, present.length);
        }
        // What the call says of a page inside of a huge page is that its neighbor is on the way, so they are asked for
        // again.
        int[] after = status(present);
        int[] from = Arrays.stream(before).filter(status -> status >= 0).toArray();
        long moved = 0;
        for (int i = 0; i < present.length; i++) {
            if (from[i] != id && after[i] == id) {
                moved++;
                migratedIn[node].increment();
                position(from[i]).ifPresent(source -> migratedOut[source].increment());
            }
        }
        long there = Arrays.stream(from).filter(status -> status == id).count();
        long now = Arrays.stream(after).filter(status -> status == id).count();
        return new Migration(moved, there, addresses.length - present.length, present.length - now);
    }

    private OptionalInt position(int id) {
        int[] ids = nodes.ids;
        return IntStream.range(0, ids.length).filter(each -> ids[each] == id).findFirst();
    }

    /** Pages that {@link #migrate} moved to the node at a position. */
    public long migratedIn(int node) {
        return migratedIn[node].sum();
    }

    /** Pages that {@link #migrate} moved away from the node at a position. */
    public long migratedOut(int node) {
        return migratedOut[node].sum();
    }

    /** Where the pages of a range are. */
    public PagePlacement placement(MemorySegment range) {
        int[] ids = nodes.ids;
        int[] status = status(pages(range));
        List<Long> byNode = new ArrayList<>();
        for (int id : ids) {
            byNode.add(Arrays.stream(status).filter(each -> each == id).count());
        }
        return new PagePlacement(
                byNode,
                status.length - byNode.stream().mapToLong(Long::longValue).sum());
    }

    /** The position of the node that a page is on, which is read by this; -1 where the system does not tell. */
    public int nodeOf(MemorySegment page) {
        int id = calls.nodeOf(page.address());
        for (int node = 0; node < nodes.ids.length; node++) {
            if (nodes.ids[node] == id) {
                return node;
            }
        }
        return -1;
    }

    private int[] status(long[] addresses) {
        int[] status = new int[addresses.length];
        if (addresses.length > 0 && calls.movePages(addresses, new int[0], status) < 0) {
            refusals.increment();
            Arrays.fill(status, NumaCalls.NO_SUCH_CALL);
        }
        return status;
    }

    private static long[] present(long[] addresses, int[] status) {
        return IntStream.range(0, addresses.length)
                .filter(i -> status[i] >= 0)
                .mapToLong(i -> addresses[i])
                .toArray();
    }

    private static long[] pages(MemorySegment range) {
        return LongStream.range(0, Math.ceilDiv(range.byteSize(), PAGE_BYTES))
                .map(page -> range.address() + page * PAGE_BYTES)
                .toArray();
    }

    /** How often the system refused. */
    public long refusals() {
        return refusals.sum();
    }
}
