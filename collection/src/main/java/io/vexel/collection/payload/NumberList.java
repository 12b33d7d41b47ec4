package io.vexel.collection.payload;

import java.util.Arrays;
import org.roaringbitmap.RoaringBitmap;

/** Pairs of a double and a row, which can be put in order. */
final class NumberList {

    private static final int DIGIT_BITS = 8;
    private static final int DIGITS = 1 << DIGIT_BITS;

    private double[] values;
    private int[] rows;
    private int size;

    NumberList(int capacity) {
        values = new double[capacity];
        rows = new int[capacity];
    }

    void add(double value, int row) {
        if (size == rows.length) {
            values = Arrays.copyOf(values, size + (size >> 1) + 1);
            rows = Arrays.copyOf(rows, values.length);
        }
        values[size] = value;
        rows[size] = row;
        size++;
    }

    void addLiving(double value, int row, RoaringBitmap dead) {
        if (!dead.contains(row)) {
            add(value, row);
        }
    }

    double[] values() {
        return Arrays.copyOf(values, size);
    }

    int[] rows() {
        return Arrays.copyOf(rows, size);
    }

    /** Sorts by value, keeping the order of equal ones: a radix sort from the lowest digit, without the digits that all share. */
    void sort() {
        long[] keys = new long[size];
        long common = -1;
        for (int i = 0; i < size; i++) {
            keys[i] = sortable(values[i]);
            common &= ~(keys[i] ^ keys[0]);
        }
        int[] order = Arrays.copyOf(rows, size);
        long[] otherKeys = new long[size];
        int[] otherOrder = new int[size];
        for (int shift = 0; shift < Long.SIZE; shift += DIGIT_BITS) {
            if ((common >>> shift & DIGITS - 1) == DIGITS - 1) {
                continue;
            }
            int[] at = starts(keys, shift);
            for (int i = 0; i < size; i++) {
                int slot = at[digit(keys[i], shift)]++;
                otherKeys[slot] = keys[i];
                otherOrder[slot] = order[i];
            }
            long[] keysBefore = keys;
            keys = otherKeys;
            otherKeys = keysBefore;
            int[] orderBefore = order;
            order = otherOrder;
            otherOrder = orderBefore;
        }
        for (int i = 0; i < size; i++) {
            values[i] = fromSortable(keys[i]);
            rows[i] = order[i];
        }
    }

    private static int[] starts(long[] keys, int shift) {
        int[] counts = new int[DIGITS + 1];
        for (long key : keys) {
            counts[digit(key, shift) + 1]++;
        }
        for (int d = 0; d < DIGITS; d++) {
            counts[d + 1] += counts[d];
        }
        return counts;
    }

    private static int digit(long key, int shift) {
        return (int) (key >>> shift) & DIGITS - 1;
    }

    /** Unsigned longs in the order of the doubles; both zeros are one. */
    private static long sortable(double value) {
        long bits = Double.doubleToLongBits(value + 0.0);
        return bits ^ (bits >> 63 | Long.MIN_VALUE);
    }

    private static double fromSortable(long key) {
        return Double.longBitsToDouble(key ^ (~key >> 63 | Long.MIN_VALUE));
    }
}
