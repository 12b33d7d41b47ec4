package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A vector to search for. Immutable: the arrays are copied. */
public final class QueryVector {

    private static final float[] NO_FLOATS = {};
    private static final long[] NO_WORDS = {};

    private final ElementType elementType;
    private final int dimension;
    private final float[] floats;
    private final long[] words;

    private QueryVector(ElementType elementType, int dimension, float[] floats, long[] words) {
        this.elementType = elementType;
        this.dimension = Checks.inRange("dimension", dimension, 1, ElementType.MAX_DIMENSION);
        this.floats = floats;
        this.words = words;
    }

    /**
     * A vector of floats.
     *
     * @throws IllegalArgumentException when an element is NaN or infinite
     */
    public static QueryVector of(float... elements) {
        for (int i = 0; i < elements.length; i++) {
            if (!Float.isFinite(elements[i])) {
                throw new IllegalArgumentException("query[" + i + "]=" + elements[i] + ", allowed: finite numbers");
            }
        }
        return new QueryVector(ElementType.FLOAT32, elements.length, elements.clone(), NO_WORDS);
    }

    /**
     * A vector of bits; element {@code i} is bit {@code i % 8} of byte {@code i / 8}, and bits beyond the dimension are ignored.
     *
     * @param packed exactly as many bytes as the dimension takes
     */
    public static QueryVector ofBits(byte[] packed, int dimension) {
        Checks.argument(
                packed.length == ElementType.BIT.rowBytes(dimension),
                "packed.length=" + packed.length + ", allowed: " + ElementType.BIT.rowBytes(dimension)
                        + " for dimension=" + dimension);
        long[] words = new long[(dimension + 63) >>> 6];
        for (int i = 0; i < packed.length; i++) {
            words[i >>> 3] |= (packed[i] & 0xFFL) << (8 * (i & 7));
        }
        return new QueryVector(ElementType.BIT, dimension, NO_FLOATS, words);
    }

    /**
     * A vector between these: rows that are near to it are those whose distances to them have small sums, exactly in that order under cosine and
     * dot. It is the sum of their directions under cosine, their mean under other metrics.
     *
     * @return empty for bits, and where directions cancel out
     */
    public static Optional<QueryVector> between(List<QueryVector> vectors, Metric metric) {
        if (vectors.getFirst().elementType == ElementType.BIT) {
            return Optional.empty();
        }
        double[] sums = new double[vectors.getFirst().dimension];
        vectors.forEach(vector -> vector.addTo(sums, metric));
        return ofSums(sums, vectors.size(), metric);
    }

    /**
     * For each of these the vector {@linkplain #between between} all of them when that one counts twice; the vector itself where directions cancel
     * out.
     *
     * @param vectors of floats
     */
    public static List<QueryVector> leaning(List<QueryVector> vectors, Metric metric) {
        double[] sums = new double[vectors.getFirst().dimension];
        vectors.forEach(vector -> vector.addTo(sums, metric));
        return vectors.stream()
                .map(twice -> {
                    double[] more = sums.clone();
                    twice.addTo(more, metric);
                    return ofSums(more, vectors.size() + 1, metric).orElse(twice);
                })
                .toList();
    }

    private void addTo(double[] sums, Metric metric) {
        double weight = metric == Metric.COSINE ? 1 / norm() : 1;
        for (int i = 0; i < sums.length; i++) {
            sums[i] += weight * floats[i];
        }
    }

    /** The mean, or the sum under cosine; empty where that is a direction and there is none. */
    private static Optional<QueryVector> ofSums(double[] sums, int vectors, Metric metric) {
        double divisor = metric == Metric.COSINE ? 1 : vectors;
        float[] elements = new float[sums.length];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) (sums[i] / divisor);
        }
        QueryVector made = of(elements);
        return metric == Metric.COSINE && made.isZero() ? Optional.empty() : Optional.of(made);
    }

    private double norm() {
        double squares = 0;
        for (float element : floats) {
            squares += (double) element * element;
        }
        return Math.sqrt(squares);
    }

    public ElementType elementType() {
        return elementType;
    }

    public int dimension() {
        return dimension;
    }

    /** The elements of a float vector, not copied. */
    float[] floats() {
        return floats;
    }

    /** The bits of a bit vector in little-endian words, not copied. */
    long[] words() {
        return words;
    }

    boolean isZero() {
        for (float element : floats) {
            if (element != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QueryVector that
                && elementType == that.elementType
                && dimension == that.dimension
                && Arrays.equals(floats, that.floats)
                && Arrays.equals(words, that.words);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(floats) + Arrays.hashCode(words) + dimension;
    }
}
