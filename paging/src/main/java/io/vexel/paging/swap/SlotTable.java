package io.vexel.paging.swap;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The slots of one space: which are taken, and what is in them. Slots are taken from where the last one was on, so that pages that leave
 * one after the other lie one behind the other, to be read ahead. 32 bytes a slot, from the budget. Guarded by its monitor.
 */
final class SlotTable implements AutoCloseable {

    static final int NONE = -1;

    /** A space on which so many writes failed one after the other is given up. */
    static final int MOST_FAILURES = 8;

    private static final int FACT_BYTES = 4 * Long.BYTES;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final SwapSpace space;
    private final int pageBytes;
    private final int slots;
    /** Taken by a page, by a write in flight, or for good by a failed one. */
    private final BitSet taken;
    /** Holds a page that was written. */
    private final BitSet written;

    private final Region region;
    private final MemorySegment facts;
    private int cursor;
    private int usedSlots;
    private int peakSlots;
    private int failedSlots;
    private int failuresInARow;

    SlotTable(SwapSpace space, int pageBytes, MemoryBudget budget) {
        this.space = space;
        this.pageBytes = pageBytes;
        slots = (int) Math.min(Integer.MAX_VALUE - 8, space.bytes() / pageBytes);
        taken = new BitSet(slots);
        written = new BitSet(slots);
        region = Region.allocate(budget, "swap", Math.max(1, (long) slots * FACT_BYTES));
        facts = region.segment();
    }

    SwapSpace space() {
        return space;
    }

    int slots() {
        return slots;
    }

    /** Where a slot begins on the device. */
    long offset(int slot) {
        return space.offset() + (long) slot * pageBytes;
    }

    /** Takes a free slot, or {@link #NONE}. */
    synchronized int take() {
        if (isGivenUp()) {
            return NONE;
        }
        int slot = taken.nextClearBit(cursor);
        if (slot >= slots) {
            slot = taken.nextClearBit(0);
        }
        if (slot >= slots) {
            return NONE;
        }
        taken.set(slot);
        cursor = slot + 1;
        return slot;
    }

    synchronized boolean isGivenUp() {
        return failuresInARow >= MOST_FAILURES;
    }

    /** The page is in the slot that was taken for it. */
    synchronized void written(int slot, SlotFacts page) {
        long at = (long) slot * FACT_BYTES;
        facts.set(LONG, at, page.page());
        facts.set(LONG, at + 8, page.sequence());
        facts.set(LONG, at + 16, page.tagLow());
        facts.set(LONG, at + 24, page.tagHigh());
        written.set(slot);
        usedSlots++;
        peakSlots = Math.max(peakSlots, usedSlots);
        failuresInARow = 0;
    }

    /** The write into a slot failed: it stays taken for good. */
    synchronized void failed() {
        failedSlots++;
        failuresInARow++;
    }

    /** What is in a slot, or null when no page is. */
    synchronized @Nullable SlotFacts facts(int slot) {
        if (slot < 0 || slot >= slots || !written.get(slot)) {
            return null;
        }
        long at = (long) slot * FACT_BYTES;
        return new SlotFacts(
                facts.get(LONG, at), facts.get(LONG, at + 8), facts.get(LONG, at + 16), facts.get(LONG, at + 24));
    }

    /** Frees a slot; false when no page is in it. */
    synchronized boolean free(int slot) {
        if (slot < 0 || slot >= slots || !written.get(slot)) {
            return false;
        }
        written.clear(slot);
        usedSlots--;
        taken.clear(slot);
        return true;
    }

    synchronized int usedSlots() {
        return usedSlots;
    }

    synchronized SwapSpaceStatistics statistics() {
        return new SwapSpaceStatistics(
                space.device().name(), space.priority(), slots, usedSlots, peakSlots, failedSlots, isGivenUp());
    }

    synchronized int failedSlots() {
        return failedSlots;
    }

    @Override
    public void close() {
        region.close();
    }
}
