package io.vexel.index;

import io.vexel.distance.Kernels;
import io.vexel.distance.Metric;

/** What the functions learn from a sample of rows. */
final class LshScale {

    private static final int MOST_ROWS = 256;

    /** Width of an interval as a multiple of the median distance to the nearest row of the sample. */
    private static final float GAUSSIAN_WIDTHS = 4;

    /** More than for Gaussian projections, as Cauchy ones are heavy-tailed. */
    private static final float CAUCHY_WIDTHS = 24;

    private LshScale() {}

    /** The width of intervals for l2 and l1, the largest norm for dot, 1 for others; a positive number. */
    static float learn(IndexContext context, long[] sample) {
        try (RowReader rows = new RowReader(context, LshIndex.OWNER)) {
            float scale = switch (context.metric()) {
                case L2 -> GAUSSIAN_WIDTHS * nearestDistance(context, rows, sample);
                case L1 -> CAUCHY_WIDTHS * nearestDistance(context, rows, sample);
                case DOT -> largestNorm(context, rows, sample);
                default -> 1;
            };
            return scale > 0 && scale < Float.POSITIVE_INFINITY ? scale : 1;
        }
    }

    private static float nearestDistance(IndexContext context, RowReader rows, long[] sample) {
        RowScorer scorer = new RowScorer(context.metric(), context.elementType(), context.dimension());
        int count = Math.min(MOST_ROWS, sample.length);
        float[] nearest = new float[count];
        for (int i = 0; i < count; i++) {
            nearest[i] = Float.POSITIVE_INFINITY;
            scorer.aim(rows.address((int) sample[i]));
            for (int j = 0; j < sample.length; j++) {
                float key = scorer.key(rows.address((int) sample[j]));
                if (key > 0) {
                    nearest[i] = Math.min(nearest[i], key);
                }
            }
        }
        java.util.Arrays.sort(nearest);
        return count == 0 ? 0 : (float) context.metric().distance(nearest[count / 2]);
    }

    private static float largestNorm(IndexContext context, RowReader rows, long[] sample) {
        RowScorer scorer = new RowScorer(Metric.DOT, context.elementType(), context.dimension());
        float largest = 0;
        for (long row : sample) {
            scorer.aim(rows.address((int) row));
            largest = Math.max(largest, Kernels.squaredNorm(scorer.floats()));
        }
        return (float) Math.sqrt(largest);
    }
}
