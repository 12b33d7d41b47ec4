package io.vexel.index;

import io.vexel.memory.MemoryBudget;

/**
 * Arrays on the Java heap that grow with the rows or with ef, charged to the budget as long as they are in use; what is always small is not. Used by one
 * thread.
 */
final class HeapCharge implements AutoCloseable {

    /** What checks and sets of places may take without a charge: those of some thousand rows. */
    static final long SMALL = 64 << 10;

    private final MemoryBudget budget;
    private final String owner;
    private final long uncharged;
    private long bytes;

    /** @param uncharged bytes that are not charged */
    HeapCharge(MemoryBudget budget, String owner, long uncharged) {
        this.budget = budget;
        this.owner = owner;
        this.uncharged = uncharged;
    }

    /**
     * Counts so many bytes more, before they are allocated.
     *
     * @throws io.vexel.base.CapacityException when the budget refuses; nothing changes
     */
    void add(long more) {
        budget.reserve(owner, charged(bytes + more) - charged(bytes));
        bytes += more;
    }

    private long charged(long all) {
        return Math.max(0, all - uncharged);
    }

    /** What is charged. */
    long chargedBytes() {
        return charged(bytes);
    }

    /** Gives back what was charged. */
    @Override
    public void close() {
        budget.release(owner, chargedBytes());
        bytes = 0;
    }
}
