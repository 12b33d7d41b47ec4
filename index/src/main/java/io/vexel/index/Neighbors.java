package io.vexel.index;

import io.vexel.base.Checks;
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
