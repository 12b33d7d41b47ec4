package io.vexel.index;

import io.vexel.distance.Metric;

/**
 * Below which estimated inner product a row cannot be among the best of a query: the test {@code dot >= constant + factor *
 * rowFactor}, with the constant and factor of the query and the row factor of the row. A row with {@code key <= threshold}
 * always passes; what else passes is sorted out by its exact key.
 *
 * <p>With u = 2^-24, e = 4(d + 16)u and squared norms Q and X, the tests are
 * <pre>
 * L2      dot >= ((1 - e) Q - (1 + e) threshold) / 2  +  (1 - e) X / 2
 * DOT     dot >= -threshold  -  e sqrt(Q) sqrt(X)
 * COSINE  dot >= (1 - threshold - e) sqrt(Q) sqrt(X)
 * </pre>
 * {@code docs/design/kernels.md} shows that e covers the errors of the estimate, of the exact key, of the norms and of the test
 * itself. Where the norms are so large or so small that the bound does not hold, one side is NaN and the row passes.
 */
final class DotBounds {

    private static final double UNIT = 0x1p-24;
    private static final double LARGEST_SQUARED_NORM = 0x1p120;

    /** Below, a squared norm has lost digits to underflow, and a bound that is a multiple of the norm would be too tight. */
    private static final double SMALLEST_SQUARED_NORM = 0x1p-80;

    /** More than underflow can take from any sum. */
    private static final double UNDERFLOW = 0x1p-100;

    private final Metric metric;
    private final double error;

    DotBounds(Metric metric, int dimension) {
        this.metric = metric;
        error = 4.0 * (dimension + 16) * UNIT;
    }

    /** Whether the keys of the metric follow from inner products and norms. */
    static boolean cover(Metric metric) {
        return metric == Metric.L2 || metric == Metric.DOT || metric == Metric.COSINE;
    }

    /** Q, in double precision. */
    static double squaredNorm(float[] query) {
        double sum = 0;
        for (float element : query) {
            sum += (double) element * element;
        }
        return sum;
    }

    /** The constant of a query whose results have keys up to the threshold. */
    float constant(double squaredNorm, float threshold) {
        if (!covers(squaredNorm)) {
            return Float.NaN;
        }
        double constant = switch (metric) {
            case L2 -> ((1 - error) * squaredNorm - (1 + error) * threshold) / 2 - UNDERFLOW;
            case DOT -> -(double) threshold - UNDERFLOW;
            default -> 0;
        };
        return Math.nextDown((float) constant);
    }

    /** The factor of a query whose results have keys up to the threshold. */
    float factor(double squaredNorm, float threshold) {
        double length = Math.sqrt(squaredNorm);
        return (float)
                switch (metric) {
                    case L2 -> 1;
                    case DOT -> -error * length;
                    default -> threshold >= 2 ? Double.NEGATIVE_INFINITY : (1 - threshold - error) * length;
                };
    }

    /** The row factor of a row with a squared norm of X. */
    float rowFactor(float squaredNorm) {
        if (!covers(squaredNorm)) {
            return Float.NaN;
        }
        return (float) (metric == Metric.L2 ? (1 - error) * squaredNorm / 2 : Math.sqrt(squaredNorm));
    }

    private boolean covers(double squaredNorm) {
        return squaredNorm <= LARGEST_SQUARED_NORM && (metric == Metric.L2 || squaredNorm >= SMALLEST_SQUARED_NORM);
    }
}
