package io.vexel.collection.indexing;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which rows were handed to an index: all below the watermark, which is the first row of the tail, and those above it that other
 * threads finished earlier. Rows that were dead count as handed over.
 *
 * <p>Everything but the watermark, which is volatile and only grows, is guarded by this object's monitor.
 */
final class Coverage {

    private final ArrayDeque<Rows> givenBack = new ArrayDeque<>();
    private final TreeMap<Long, Long> doneAbove = new TreeMap<>();
    private volatile long watermark;
    private long next;

    /** Rows from {@code first} up to {@code end}, both at least 0. */
    record Rows(long first, long end) {}

    /** @param watermark rows that were handed over earlier */
    Coverage(long watermark) {
        this.watermark = watermark;
        this.next = watermark;
    }

    /** The first row of the tail. */
    long watermark() {
        return watermark;
    }

    /** Takes rows that nobody else has taken, at most so many; empty when all below {@code rowCount} are taken. */
    synchronized Optional<Rows> claim(long rowCount, int most) {
        if (!givenBack.isEmpty()) {
            return Optional.of(givenBack.remove());
        }
        if (next >= rowCount) {
            return Optional.empty();
        }
        Rows claimed = new Rows(next, Math.min(rowCount, next + most));
        next = claimed.end();
        return Optional.of(claimed);
    }

    /** Says that claimed rows were handed over, up to {@code reached}; the others can be claimed again. */
    synchronized void handedOver(Rows claimed, long reached) {
        if (reached < claimed.end()) {
            givenBack.add(new Rows(reached, claimed.end()));
        }
        if (reached > claimed.first()) {
            doneAbove.put(claimed.first(), reached);
        }
        long reachedNow = watermark;
        while (!doneAbove.isEmpty() && doneAbove.firstKey() == reachedNow) {
            reachedNow = doneAbove.pollFirstEntry().getValue();
        }
        watermark = reachedNow;
    }

    /** True when no row above the watermark was handed over. */
    synchronized boolean isContiguous() {
        return doneAbove.isEmpty();
    }

    /** Says that the rows above the watermark are not in the index any more; they can be claimed again. While none are claimed. */
    synchronized void takeBack() {
        doneAbove.clear();
        givenBack.clear();
        next = watermark;
    }
}
