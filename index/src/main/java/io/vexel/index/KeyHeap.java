package io.vexel.index;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap of numbers, the smallest on top. With {@link #entry} they are keys with a place: sorted by key, then by place. The
 * complements of entries make it a heap with the largest on top.
 */
final class KeyHeap {

    private static final int FIRST_CAPACITY = 256;

    private final @Nullable HeapCharge charge;
    private long[] entries = new long[FIRST_CAPACITY];
    private int size;

    /** For a number of entries that options limit. */
    KeyHeap() {
        charge = null;
    }

    /** @param charge is charged for what it grows by */
    KeyHeap(HeapCharge charge) {
        this.charge = charge;
    }

    /** A key and a number of 0..2^31-1 in one long, in the order of the keys; both zeros are one key. */
    static long entry(float key, int number) {
        int bits = Float.floatToRawIntBits(key + 0f);
        return (long) (bits ^ (bits >> 31 & Integer.MAX_VALUE)) << 32 | number;
    }

    static float key(long entry) {
        int bits = (int) (entry >> 32);
        return Float.intBitsToFloat(bits ^ (bits >> 31 & Integer.MAX_VALUE));
    }

    static int number(long entry) {
        return (int) entry;
    }

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    long top() {
        return entries[0];
    }

    /** @throws io.vexel.base.CapacityException when there is no memory for one more; nothing changes */
    void push(long entry) {
        if (size == entries.length) {
            if (charge != null) {
                charge.add((long) Long.BYTES * size);
            }
            entries = Arrays.copyOf(entries, 2 * size);
        }
        int slot = size++;
        while (slot > 0 && entries[(slot - 1) >>> 1] > entry) {
            entries[slot] = entries[(slot - 1) >>> 1];
            slot = (slot - 1) >>> 1;
        }
        entries[slot] = entry;
    }

    long pop() {
        long top = entries[0];
        size--;
        if (size > 0) {
            siftDown(entries[size]);
        }
        return top;
    }

    /** Pops the top and pushes the entry. */
    void replaceTop(long entry) {
        siftDown(entry);
    }

    private void siftDown(long entry) {
        int slot = 0;
        while (2 * slot + 1 < size) {
            int child = 2 * slot + 1;
            if (child + 1 < size && entries[child + 1] < entries[child]) {
                child++;
            }
            if (entries[child] >= entry) {
                break;
            }
            entries[slot] = entries[child];
            slot = child;
        }
        entries[slot] = entry;
    }
}
