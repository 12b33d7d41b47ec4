package io.vexel.index;

import io.vexel.base.Checks;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The rows found for one query, nearest first, ties in the request's order. Immutable. */
public final class Neighbors {

    /**
     * One row found.
     *
     * @param ordinal the row
     * @param distance in the metric's unit; never NaN
     */
    public record Hit(long ordinal, double distance) {}

    private final long[] ordinals;
    private final double[] distances;

    /** Takes over the arrays. */
    Neighbors(long[] ordinals, double[] distances) {
        Checks.argument(ordinals.length == distances.length, "lengths differ");
        this.ordinals = ordinals;
        this.distances = distances;
    }

    /**
     * The best of two results for one query that have no row in common.
     *
     * @param k most rows of the merged result
     * @param tieBreak the order of rows at the same distance, in which both results are
     */
    public static Neighbors merge(Neighbors a, Neighbors b, int k, TieBreak tieBreak) {
        int size = (int) Math.min(k, (long) a.size() + b.size());
        long[] ordinals = new long[size];
        double[] distances = new double[size];
        int fromA = 0;
        for (int rank = 0; rank < size; rank++) {
            int fromB = rank - fromA;
            boolean takeA = fromB == b.size() || (fromA < a.size() && a.precedes(fromA, b, fromB, tieBreak));
            Neighbors source = takeA ? a : b;
            int at = takeA ? fromA++ : fromB;
            ordinals[rank] = source.ordinals[at];
            distances[rank] = source.distances[at];
        }
        return new Neighbors(ordinals, distances);
    }

    private boolean precedes(int rank, Neighbors other, int otherRank, TieBreak tieBreak) {
        double mine = distances[rank];
        double theirs = other.distances[otherRank];
        return mine != theirs ? mine < theirs : tieBreak.compare(ordinals[rank], other.ordinals[otherRank]) < 0;
    }

    /** The rows at a distance of at most {@code radius}. */
    public Neighbors within(double radius) {
        int size = size();
        while (size > 0 && distances[size - 1] > radius) {
            size--;
        }
        return size == size() ? this : new Neighbors(Arrays.copyOf(ordinals, size), Arrays.copyOf(distances, size));
    }

    /** The nearest of them, at most {@code most}. */
    public Neighbors first(int most) {
        int size = Math.min(most, size());
        return size == size() ? this : new Neighbors(Arrays.copyOf(ordinals, size), Arrays.copyOf(distances, size));
    }

    public int size() {
        return ordinals.length;
    }

    /** The row at a rank of 0..size - 1. */
    public long ordinal(int rank) {
        return ordinals[rank];
    }

    /** The distance at a rank of 0..size - 1. */
    public double distance(int rank) {
        return distances[rank];
    }

    public Hit hit(int rank) {
        return new Hit(ordinals[rank], distances[rank]);
    }

    public Stream<Hit> hits() {
        return IntStream.range(0, size()).mapToObj(this::hit);
    }

    @Override
    public String toString() {
        return "Neighbors[size=" + size() + "]";
    }
}
