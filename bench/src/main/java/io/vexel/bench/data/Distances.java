package io.vexel.bench.data;

import io.vexel.distance.Metric;

/** Distances in 64-bit floats, by which recall is judged. */
public final class Distances {

    private Distances() {}

    /** The square of the Euclidean distance for {@link Metric#L2}, the negated inner product for {@link Metric#DOT}. */
    public static double of(Metric metric, float[] a, float[] b) {
        return switch (metric) {
            case L2 -> squared(a, b);
            case DOT -> -dot(a, b);
            default -> throw new IllegalArgumentException("metric=" + metric.label() + ", allowed: l2, dot");
        };
    }

    private static double squared(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** Scales the vector to length one, in place. */
    static void normalize(float[] vector) {
        double length = Math.sqrt(dot(vector, vector));
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / length);
        }
    }
}
