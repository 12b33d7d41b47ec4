package io.vexel.memory.numa;

import java.util.List;

/**
 * Where the pages of a range are.
 *
 * @param pagesByNode by position of the node
 * @param absent pages that nobody has touched, or whose place the system did not tell
 */
public record PagePlacement(List<Long> pagesByNode, long absent) {

    public PagePlacement {
        pagesByNode = List.copyOf(pagesByNode);
    }

    /** Share of the pages that are in memory which are on a node, 0..1; 0 when there are none. */
    public double shareOn(int node) {
        long present = pagesByNode.stream().mapToLong(Long::longValue).sum();
        return present == 0 ? 0 : (double) pagesByNode.get(node) / present;
    }
}
