package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.collection.IndexStatus;
import io.vexel.memory.MemoryBudget;

/**
 * Work on an index that found no memory, although everybody was asked for some. It is tried again when more is free than was then, so much more that
 * it is worth a try: memory that comes and goes in small pieces must not make a thread try for ever.
 *
 * @param text what was refused, in plain words
 * @param requested bytes that were refused
 * @param available bytes of the budget that were free after that
 * @param toBeHad those, and what others said then that they could give back
 */
record Shortage(String text, long requested, long available, long toBeHad) {

    private static final int WORTH_A_TRY = 64;

    static Shortage of(CapacityException refused, MemoryBudget budget) {
        return new Shortage(
                String.valueOf(refused.getMessage()),
                refused.requested(),
                budget.availableBytes(),
                budget.obtainableBytes());
    }

    /** As the status of a collection has it. */
    IndexStatus.Shortage status(String collection) {
        return new IndexStatus.Shortage(
                requested, available, "collection " + collection + ": work on the index waits for memory: " + text);
    }

    /** What whoever needs the saved index of a collection is told. */
    CapacityException refusal(String collection) {
        return new CapacityException(
                "memory budget bytes to load the index of collection " + collection, requested, available);
    }

    /**
     * True when it is time to try again. Memory that a cache has taken since counts, too: caches take what is free sooner than anybody looks, and
     * give it back to who asks for it.
     */
    boolean isOver(MemoryBudget budget) {
        long more = budget.limitBytes() / WORTH_A_TRY;
        long now = budget.availableBytes();
        if (now >= requested && now - available >= more) {
            return true;
        }
        long had = budget.obtainableBytes();
        return had >= requested && had - toBeHad >= more;
    }
}
