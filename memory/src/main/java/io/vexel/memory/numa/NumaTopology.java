package io.vexel.memory.numa;

import io.vexel.base.Checks;
import io.vexel.base.ProtocolException;
import io.vexel.memory.linux.SystemFiles;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The nodes of a machine at one moment. Immutable; what changes when nodes or processors come or go is seen by reading again.
 *
 * @param nodes those online, in the order of their numbers; at least one has memory
 */
public record NumaTopology(List<NumaNode> nodes) {

    /** The greatest number of a node. */
    public static final int MAX_ID = 1023;

    /** How far a node is from itself. */
    public static final int LOCAL_DISTANCE = 10;

    private static final System.Logger LOG = System.getLogger(NumaTopology.class.getName());

    public NumaTopology {
        nodes = List.copyOf(nodes);
        int count = nodes.size();
        Checks.argument(
                nodes.stream().anyMatch(NumaNode::hasMemory)
                        && nodes.stream().allMatch(node -> node.distances().size() == count),
                "nodes=" + nodes + ", allowed: at least one with memory, and " + count + " distances each");
        for (int i = 0; i < count; i++) {
            Checks.inRange(
                    "id", nodes.get(i).id(), i == 0 ? 0 : nodes.get(i - 1).id() + 1, MAX_ID);
        }
    }

    /** One node that has everything: what a machine is taken for that says nothing. */
    public static NumaTopology uniform() {
        return new NumaTopology(
                List.of(new NumaNode(0, List.of(), Long.MAX_VALUE, Long.MAX_VALUE, List.of(LOCAL_DISTANCE))));
    }

    /** The nodes of this machine; {@link #uniform} where it says nothing, or nothing that can be understood. */
    public static NumaTopology ofMachine() {
        try {
            return read(SystemFiles.ofMachine().root());
        } catch (ProtocolException e) {
            LOG.log(System.Logger.Level.DEBUG, "the machine is taken for one node: {0}", e.getMessage());
            return uniform();
        }
    }

    /**
     * Reads the nodes.
     *
     * @param root what stands for "/"
     * @throws ProtocolException when a file is missing or is not as it should be; the message names it
     */
    public static NumaTopology read(Path root) {
        return new TopologyReader(new SystemFiles(root)).read();
    }

    /** The nodes that have memory; their positions here are what nodes are named by elsewhere. */
    public List<NumaNode> withMemory() {
        return nodes.stream().filter(NumaNode::hasMemory).toList();
    }

    /** How far each node with memory is from each, by position. */
    public List<List<Integer>> distances() {
        int[] indices = IntStream.range(0, nodes.size())
                .filter(index -> nodes.get(index).hasMemory())
                .toArray();
        return withMemory().stream()
                .map(node -> IntStream.of(indices)
                        .mapToObj(index -> node.distances().get(index))
                        .toList())
                .toList();
    }

    /**
     * The nearest node with memory, as seen from a processor.
     *
     * @return its position; empty when no node has the processor
     */
    public OptionalInt nearestTo(int cpu) {
        return nodes.stream()
                .filter(node -> node.cpus().contains(cpu))
                .mapToInt(this::nearestTo)
                .findFirst();
    }

    private int nearestTo(NumaNode node) {
        int index = IntStream.range(0, nodes.size())
                .filter(each -> nodes.get(each).hasMemory())
                .boxed()
                .min(Comparator.comparingInt((Integer each) -> nodes.get(each).id() == node.id() ? 0 : 1)
                        .thenComparingInt(each -> node.distances().get(each)))
                .orElseThrow();
        return (int)
                nodes.subList(0, index).stream().filter(NumaNode::hasMemory).count();
    }

    /** Of each processor that a node has, the nearest node with memory, by position. */
    Map<Integer, Integer> nearestByCpu() {
        Map<Integer, Integer> result = new HashMap<>();
        for (NumaNode node : nodes) {
            node.cpus().forEach(cpu -> result.putIfAbsent(cpu, nearestTo(node)));
        }
        return result;
    }
}
