package io.vexel.collection.payload;

import io.vexel.collection.Filter;
import io.vexel.memory.MemoryBudget;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What filters used lately evaluated to. Since rows and their payloads never change, an answer stays right for the rows it covers and is only
 * brought up to date for rows behind. Emptied when it is full; safe for use by any thread.
 */
final class FilterCache {

    private static final int MOST = 64;
    private static final String OWNER = PayloadIndexes.OWNER;

    private final MemoryBudget budget;
    private final ConcurrentHashMap<Filter, Entry> entries = new ConcurrentHashMap<>();
    private long reserved;
    private boolean closed;

    /**
     * An answer.
     *
     * @param end it is about the rows below
     * @param version rows that are dead at this version may be missing
     */
    record Entry(Bounds bounds, int end, int version) {}

    FilterCache(MemoryBudget budget) {
        this.budget = budget;
    }

    Optional<Entry> get(Filter filter) {
        return Optional.ofNullable(entries.get(filter));
    }

    /** Keeps the answer if the budget allows. */
    synchronized void put(Filter filter, Entry entry) {
        if (entries.size() >= MOST) {
            clear();
        }
        long bytes = entry.bounds.bytes();
        if (!closed && budget.tryReserve(OWNER, bytes)) {
            reserved += bytes;
            Entry before = entries.put(filter, entry);
            if (before != null) {
                reserved -= before.bounds.bytes();
                budget.release(OWNER, before.bounds.bytes());
            }
        }
    }

    /** Forgets all answers. */
    synchronized void clear() {
        entries.clear();
        if (reserved > 0) {
            budget.release(OWNER, reserved);
            reserved = 0;
        }
    }

    /** Keeps answers again. */
    synchronized void open() {
        closed = false;
    }

    /** Keeps nothing from now on. */
    synchronized void close() {
        closed = true;
        clear();
    }
}
