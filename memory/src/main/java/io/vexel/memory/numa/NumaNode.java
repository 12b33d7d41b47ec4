package io.vexel.memory.numa;

import java.util.List;

/**
 * A node as the system has it.
 *
 * @param id its number
 * @param cpus the processors on it that are online, ascending; none for memory alone
 * @param totalBytes its memory; 0 for processors alone
 * @param freeBytes of these, what was free when it was read
 * @param distances to each online node in the order of their numbers; 10 is the node itself, twice that is twice as far. May differ by
 *     direction
 */
public record NumaNode(int id, List<Integer> cpus, long totalBytes, long freeBytes, List<Integer> distances) {

    public NumaNode {
        cpus = List.copyOf(cpus);
        distances = List.copyOf(distances);
    }

    /** Whether it has memory. */
    public boolean hasMemory() {
        return totalBytes > 0;
    }
}
