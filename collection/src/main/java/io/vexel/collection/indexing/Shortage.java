package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;

/**
 * Work on an index that found no memory, although everybody was asked for some. It is tried again when more is free than was then, so much more that
 * it is worth a try: memory that comes and goes in small pieces must not make a thread try for ever.
 *
 * @param text what was refused, in plain words
 * @param requested bytes that were refused
 * @param available bytes of the budget that were free after that
 */
record Shortage(String text, long requested, long available) {

    private static final int WORTH_A_TRY = 64;

    static Shortage of(CapacityException refused, MemoryBudget budget) {
        return new Shortage(String.valueOf(refused.getMessage()), refused.requested(), budget.availableBytes());
    }

    /** True when it is time to try again. */
    boolean isOver(MemoryBudget budget) {
        long available = budget.availableBytes();
        return available >= requested && available - this.available >= budget.limitBytes() / WORTH_A_TRY;
    }
}
