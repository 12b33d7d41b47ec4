package io.vexel.collection.payload;

import java.util.Arrays;
import org.roaringbitmap.RoaringBitmap;

/** The rows with a word, ascending, and how often each has it. Immutable. */
final class Postings {

    static final Postings NONE = new Postings(new int[0], new int[0]);

    private final int[] rows;
    private final int[] counts;

    /** Takes over the arrays, which are equally long. */
    Postings(int[] rows, int[] counts) {
        this.rows = rows;
        this.counts = counts;
    }

    int size() {
        return rows.length;
    }

    /** A row, by its place of 0..size - 1. */
    int row(int at) {
        return rows[at];
    }

    /** How often the row at a place has the word, at least 1. */
    int count(int at) {
        return counts[at];
    }

    /** These without {@code dead}, together with those, which have larger rows only. */
    Postings join(Postings next, RoaringBitmap dead) {
        int[] bothRows = new int[rows.length + next.rows.length];
        int[] bothCounts = new int[bothRows.length];
        int size = copyLiving(bothRows, bothCounts, 0, dead);
        size = next.copyLiving(bothRows, bothCounts, size, dead);
        return new Postings(Arrays.copyOf(bothRows, size), Arrays.copyOf(bothCounts, size));
    }

    private int copyLiving(int[] toRows, int[] toCounts, int at, RoaringBitmap dead) {
        int end = at;
        for (int i = 0; i < rows.length; i++) {
            if (!dead.contains(rows[i])) {
                toRows[end] = rows[i];
                toCounts[end++] = counts[i];
            }
        }
        return end;
    }
}
