package io.vexel.index;

import io.vexel.distance.Metric;
import java.util.Arrays;

/**
 * The best rows seen so far for one query: at most {@code k}, with keys up to a bound. Until it is full it only appends; the
 * first row beyond turns the arrays into a binary heap whose root is the worst row, and from then on a better row replaces it.
 *
 * <p>Invariants: {@code 0 <= size <= k}; {@link #threshold} is the largest key that can still enter; keys are not NaN. Rows are
 * totally ordered by (key, tie break), so what is kept does not depend on the order of the offers. Not thread-safe.
 */
final class Collector {

    private static final int FIRST_CAPACITY = 64;

    private int k;
    private float bound;
    private RowFilter filter;
    private TieBreak tieBreak;
    private float[] keys = {};
    private long[] ordinals = {};
    private long[] ranked = {};
    private int size;
    private float threshold;

    /** @param bound the largest key of a result */
    Collector(int k, float bound, RowFilter filter, TieBreak tieBreak) {
        this.k = k;
        this.bound = bound;
        this.filter = filter;
        this.tieBreak = tieBreak;
        this.threshold = bound;
        ensure(Math.min(k, FIRST_CAPACITY));
    }

    /** Begins anew, for another query. */
    void reset(int newK, float newBound, RowFilter newFilter, TieBreak newTieBreak) {
        k = newK;
        bound = newBound;
        filter = newFilter;
        tieBreak = newTieBreak;
        threshold = newBound;
        size = 0;
        ensure(Math.min(newK, FIRST_CAPACITY));
    }

    /** Lets go of filter and order, which may hold much. */
    void forget() {
        filter = RowFilter.ALL;
        tieBreak = TieBreak.ORDINAL;
    }

    private void ensure(int capacity) {
        if (keys.length < capacity) {
            keys = Arrays.copyOf(keys, capacity);
            ordinals = Arrays.copyOf(ordinals, capacity);
        }
    }

    /** Rows with larger keys need not be offered. */
    float threshold() {
        return threshold;
    }

    int size() {
        return size;
    }

    /** Rows it keeps at most. */
    int wanted() {
        return k;
    }

    /** Takes the row if it belongs to the best and the filter accepts it. */
    void offer(float key, long ordinal) {
        if (key <= threshold) {
            consider(key, ordinal);
        }
    }

    private void consider(float key, long ordinal) {
        if (size < k) {
            if (filter.accepts(ordinal)) {
                append(key, ordinal);
            }
        } else if (precedes(key, ordinal, keys[0], ordinals[0]) && filter.accepts(ordinal)) {
            siftDown(0, key, ordinal);
            threshold = Math.min(bound, keys[0]);
        }
    }

    private void append(float key, long ordinal) {
        if (size == keys.length) {
            ensure((int) Math.min(k, 2L * size));
        }
        keys[size] = key;
        ordinals[size] = ordinal;
        size++;
        if (size == k) {
            for (int i = k / 2 - 1; i >= 0; i--) {
                siftDown(i, keys[i], ordinals[i]);
            }
            threshold = Math.min(bound, keys[0]);
        }
    }

    /** Places the row in the subtree of a slot whose content is given up. */
    private void siftDown(int start, float key, long ordinal) {
        int slot = start;
        while (2L * slot + 1 < size) {
            int child = worseChild(slot);
            if (!precedes(key, ordinal, keys[child], ordinals[child])) {
                break;
            }
            keys[slot] = keys[child];
            ordinals[slot] = ordinals[child];
            slot = child;
        }
        keys[slot] = key;
        ordinals[slot] = ordinal;
    }

    private int worseChild(int slot) {
        int left = 2 * slot + 1;
        int right = left + 1;
        boolean takeRight = right < size && precedes(keys[left], ordinals[left], keys[right], ordinals[right]);
        return takeRight ? right : left;
    }

    private boolean precedes(float keyA, long a, float keyB, long b) {
        return keyA != keyB ? keyA < keyB : tieBreak.compare(a, b) < 0;
    }

    /** Adds what another collector of the same request kept; its rows have passed the filter. */
    void absorb(Collector other) {
        for (int i = 0; i < other.size; i++) {
            float key = other.keys[i];
            long ordinal = other.ordinals[i];
            if (size < k) {
                append(key, ordinal);
            } else if (precedes(key, ordinal, keys[0], ordinals[0])) {
                siftDown(0, key, ordinal);
            }
        }
    }

    /** What was kept, nearest first. */
    Neighbors neighbors(Metric metric) {
        if (ranked.length < size) {
            ranked = new long[keys.length];
        }
        for (int i = 0; i < size; i++) {
            ranked[i] = (long) sortable(keys[i]) << 32 | i;
        }
        Arrays.sort(ranked, 0, size);
        long[] resultOrdinals = new long[size];
        double[] distances = new double[size];
        for (int i = 0; i < size; i++) {
            int slot = (int) ranked[i];
            resultOrdinals[i] = ordinals[slot];
            distances[i] = metric.distance(keys[slot]);
        }
        sortTies(resultOrdinals, distances);
        return new Neighbors(resultOrdinals, distances);
    }

    /** A row that was kept twice; below zero when there is none. */
    long foundTwice() {
        if (ranked.length < size) {
            ranked = new long[keys.length];
        }
        System.arraycopy(ordinals, 0, ranked, 0, size);
        Arrays.sort(ranked, 0, size);
        for (int i = 1; i < size; i++) {
            if (ranked[i] == ranked[i - 1]) {
                return ranked[i];
            }
        }
        return -1;
    }

    /** An int in the order of the floats. Both zeros are one. */
    private static int sortable(float key) {
        int bits = Float.floatToIntBits(key + 0f);
        return bits ^ (bits >> 31 & Integer.MAX_VALUE);
    }

    private void sortTies(long[] rows, double[] distances) {
        for (int first = 0; first < rows.length; ) {
            int end = first + 1;
            while (end < rows.length && distances[end] == distances[first]) {
                end++;
            }
            if (end - first > 1) {
                sortByTieBreak(rows, first, end);
            }
            first = end;
        }
    }

    /** Heapsort: in place, and fast for many of them, too. */
    private void sortByTieBreak(long[] rows, int first, int end) {
        int count = end - first;
        for (int slot = count / 2 - 1; slot >= 0; slot--) {
            siftLater(rows, first, slot, count);
        }
        for (int left = count - 1; left > 0; left--) {
            long last = rows[first];
            rows[first] = rows[first + left];
            rows[first + left] = last;
            siftLater(rows, first, 0, left);
        }
    }

    /** Places a row of a heap whose root comes last in the order. */
    private void siftLater(long[] rows, int first, int start, int count) {
        long row = rows[first + start];
        int slot = start;
        while (2L * slot + 1 < count) {
            int child = 2 * slot + 1;
            if (child + 1 < count && tieBreak.compare(rows[first + child], rows[first + child + 1]) < 0) {
                child++;
            }
            if (tieBreak.compare(row, rows[first + child]) >= 0) {
                break;
            }
            rows[first + slot] = rows[first + child];
            slot = child;
        }
        rows[first + slot] = row;
    }
}
