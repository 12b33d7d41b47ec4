package io.vexel.index;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;

/**
 * What an index leaves of the budget when it grows ({@link MemoryBudget#headroomBytes}), for those who cannot wait: ids, without which nothing can be written, buffers of writers, contexts of
 * searches. Rows that an index has no memory for are searched all the same; a write that finds none is refused.
 *
 * <p>A free place takes no memory and is always filled. A graph with full rows leaves more, see {@link FullRowsFit}.
 */
final class Headroom {

    private Headroom() {}

    /**
     * Looks before an index grows. Memory that caches could give back counts as free.
     *
     * @param owner of the memory that is to be taken
     * @param bytes how much, 0 or more; 0 is never refused
     * @throws CapacityException when less would be left
     */
    static void check(MemoryBudget budget, String owner, long bytes) {
        if (bytes == 0) {
            return;
        }
        long needed = bytes + budget.headroomBytes();
        long obtainable = budget.obtainableBytes();
        if (needed > obtainable) {
            throw new CapacityException("memory budget bytes for " + owner + " and headroom", needed, obtainable);
        }
    }
}
