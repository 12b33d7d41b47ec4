package io.vexel.index;

import java.util.Arrays;

/** A set of places that is emptied in time proportional to what was put in: a bit a place, charged to the budget. Used by one thread. */
final class PlaceSet {

    private static final int FIRST_CAPACITY = 1024;

    private final HeapCharge heap;
    private long[] words = {};
    private int[] touched = new int[FIRST_CAPACITY];
    private int touchedCount;
    private int end;

    PlaceSet(HeapCharge heap) {
        this.heap = heap;
    }

    /**
     * Empties the set; from now on it is for places below {@code newEnd}.
     *
     * @throws io.vexel.base.CapacityException when there is no memory for so many
     */
    void reset(int newEnd) {
        end = newEnd;
        for (int i = 0; i < touchedCount; i++) {
            words[touched[i]] = 0;
        }
        touchedCount = 0;
        int needed = (end >>> 6) + 1;
        if (words.length < needed) {
            int length = needed + (needed >>> 1);
            heap.add((long) Long.BYTES * (length - words.length));
            words = new long[length];
        }
    }

    /** False when the place was there already, or is not below the end: it came into use after the set was emptied. */
    boolean add(int place) {
        if (place >= end) {
            return false;
        }
        int word = place >>> 6;
        long old = words[word];
        long bit = 1L << place;
        if ((old & bit) != 0) {
            return false;
        }
        if (old == 0) {
            if (touchedCount == touched.length) {
                heap.add((long) Integer.BYTES * touchedCount);
                touched = Arrays.copyOf(touched, 2 * touchedCount);
            }
            touched[touchedCount++] = word;
        }
        words[word] = old | bit;
        return true;
    }
}
