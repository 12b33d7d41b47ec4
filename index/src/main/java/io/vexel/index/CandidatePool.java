package io.vexel.index;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The nearest vertices seen so far, ascending by distance, at most {@code capacity}; each remembers whether its neighbors were
 * looked at. A binary heap would sort less, but the walk asks for the nearest open vertex at each step, and pools are small.
 *
 * <p>An entry is one long: the bits of the distance, which is a float not below zero, then the vertex, then one bit for "open".
 * Invariant: entries below {@code next} are closed. Used by one thread.
 */
final class CandidatePool {

    /** Up to here, shifting entry by entry is faster than searching and copying. */
    private static final int SHIFT_UP_TO = 96;

    private static final long CLOSED = 1;

    /** Up to so many entries are not charged: what insertions and filtered walks need, so that the former cannot be refused. */
    static final int MOST_UNCHARGED = 4096;

    private final @Nullable HeapCharge heap;
    private long[] entries = new long[64];
    private int capacity;
    private int size;
    private int next;

    /** A pool of no more than {@value #MOST_UNCHARGED} entries. */
    CandidatePool() {
        heap = null;
    }

    /** @param heap is charged for what is beyond {@value #MOST_UNCHARGED} entries */
    CandidatePool(HeapCharge heap) {
        this.heap = heap;
    }

    /** @throws io.vexel.base.CapacityException when there is no memory for so many; nothing changes */
    void reset(int newCapacity) {
        if (entries.length < newCapacity) {
            int length = Math.max(newCapacity, Math.min(MOST_UNCHARGED, 2 * entries.length));
            if (heap != null && length > MOST_UNCHARGED) {
                heap.add((long) Long.BYTES * (length - Math.max(MOST_UNCHARGED, entries.length)));
            }
            entries = new long[length];
        }
        capacity = newCapacity;
        size = 0;
        next = 0;
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return size == capacity;
    }

    int lastVertex() {
        return vertex(size - 1);
    }

    boolean lastIsOpen() {
        return (entries[size - 1] & CLOSED) == 0;
    }

    /** What a new vertex must stay below to get in. */
    float bound() {
        return size < capacity ? Float.POSITIVE_INFINITY : distance(size - 1);
    }

    /** As {@link #bound()} of a pool of another capacity, up to the one it has. */
    float bound(int ofCapacity) {
        return size < ofCapacity && size < capacity
                ? Float.POSITIVE_INFINITY
                : distance(Math.min(ofCapacity, capacity) - 1);
    }

    float distance(int rank) {
        return Float.intBitsToFloat((int) (entries[rank] >>> 32));
    }

    int vertex(int rank) {
        return (int) entries[rank] >>> 1;
    }

    boolean hasOpen() {
        return next < size;
    }

    /** The rank of the nearest open vertex; entries before are closed. */
    int openRank() {
        return next;
    }

    boolean isOpen(int rank) {
        return (entries[rank] & CLOSED) == 0;
    }

    float openDistance() {
        return distance(next);
    }

    /** The nearest open vertex, or {@link GraphLayout#NO_VERTEX}. */
    int peekOpen() {
        return next < size ? vertex(next) : GraphLayout.NO_VERTEX;
    }

    /** Closes the nearest open vertex and returns it. */
    int close() {
        int closed = vertex(next);
        entries[next] |= CLOSED;
        do {
            next++;
        } while (next < size && (entries[next] & CLOSED) != 0);
        return closed;
    }

    /** How many vertices are nearer. */
    int countBelow(float distance) {
        int count = size;
        while (count > 0 && distance(count - 1) >= distance) {
            count--;
        }
        return count;
    }

    /** Opens all vertices again. */
    void reopen() {
        for (int rank = 0; rank < size; rank++) {
            entries[rank] &= ~CLOSED;
        }
        next = 0;
    }

    /** Adds a vertex whose distance is below {@link #bound}. */
    void add(int vertex, float distance) {
        long entry = (long) Float.floatToRawIntBits(distance) << 32 | (long) vertex << 1;
        int last = size < capacity ? size++ : capacity - 1;
        int at = last > SHIFT_UP_TO ? shiftFarther(entry, last) : shiftEntries(entry, last);
        entries[at] = entry;
        if (at < next) {
            next = at;
        }
    }

    private int shiftEntries(long entry, int last) {
        long[] sorted = entries;
        int at = last;
        while (at > 0 && sorted[at - 1] > entry) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        return at;
    }

    private int shiftFarther(long entry, int last) {
        int found = Arrays.binarySearch(entries, 0, last, entry);
        int at = found < 0 ? -found - 1 : found;
        System.arraycopy(entries, at, entries, at + 1, last - at);
        return at;
    }
}
