package io.vexel.memory.numa;

import io.vexel.base.Checks;
import java.util.List;

/**
 * Where memory is wanted.
 *
 * @param kind what the nodes mean
 * @param nodes positions, ascending and each once; see the constructors' methods for how many
 */
public record MemoryPolicy(Kind kind, List<Integer> nodes) {

    /** Most nodes that there can be. */
    public static final int MAX_NODES = 64;

    /** Kinds of policies, with the numbers that Linux has for them (uapi/linux/mempolicy.h). */
    public enum Kind {
        /** As the thread or the system has it, which is near the processor that runs the thread. */
        DEFAULT(0),
        /** On a node while it has memory, else on others. */
        PREFERRED(1),
        /** On these nodes and no others. */
        BIND(2),
        /** On these nodes in turn. */
        INTERLEAVE(3),
        /** Near the processor that runs the thread. */
        LOCAL(4);

        private final int mode;

        Kind(int mode) {
            this.mode = mode;
        }

        int mode() {
            return mode;
        }
    }

    public MemoryPolicy {
        nodes = List.copyOf(nodes);
        int least = switch (kind) {
            case DEFAULT, LOCAL -> 0;
            case PREFERRED, BIND, INTERLEAVE -> 1;
        };
        int most = switch (kind) {
            case DEFAULT, LOCAL -> 0;
            case PREFERRED -> 1;
            case BIND, INTERLEAVE -> MAX_NODES;
        };
        Checks.argument(
                nodes.size() >= least && nodes.size() <= most,
                "nodes=" + nodes + " of " + kind + ", allowed: " + least + ".." + most + " of them");
        for (int i = 0; i < nodes.size(); i++) {
            Checks.inRange("node", nodes.get(i), i == 0 ? 0 : nodes.get(i - 1) + 1, MAX_NODES - 1);
        }
    }

    /** As the system has it. */
    public static MemoryPolicy byDefault() {
        return new MemoryPolicy(Kind.DEFAULT, List.of());
    }

    /** Near the thread. */
    public static MemoryPolicy local() {
        return new MemoryPolicy(Kind.LOCAL, List.of());
    }

    /** On a node if possible. */
    public static MemoryPolicy preferred(int node) {
        return new MemoryPolicy(Kind.PREFERRED, List.of(node));
    }

    /** On these nodes only. */
    public static MemoryPolicy bind(List<Integer> nodes) {
        return new MemoryPolicy(Kind.BIND, nodes);
    }

    /** On these nodes in turn. */
    public static MemoryPolicy interleave(List<Integer> nodes) {
        return new MemoryPolicy(Kind.INTERLEAVE, nodes);
    }

    /** Whether memory may be on the node. */
    public boolean allows(int node) {
        return kind != Kind.BIND || nodes.contains(node);
    }
}
