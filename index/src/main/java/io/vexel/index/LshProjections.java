package io.vexel.index;

import io.vexel.distance.Kernels;
import io.vexel.distance.Metric;
import io.vexel.memory.Region;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Functions of the projection of a vector on a random one.
 *
 * <ul>
 *   <li>cosine: its sign (Charikar 2002); collision probability 1 - angle / pi.
 *   <li>l2, l1: the number of the interval of width w it falls into, with Gaussian or Cauchy random vectors (Datar et al. 2004).
 *   <li>dot: the sign for vectors of one more dimension (Neyshabur and Srebro 2015): rows are scaled by the largest norm in the
 *       sample and completed to length 1, queries scaled to length 1. A row longer than that is scaled by its own length, so it
 *       may be found less often than its product deserves.
 * </ul>
 */
final class LshProjections implements LshFunctions {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Metric metric;
    private final int count;
    private final float scale;
    private final Region vectors;
    private final float[] added;

    /** @param scale the width of intervals, or for dot the largest norm */
    LshProjections(LshSpec spec, IndexContext context, float scale) {
        metric = context.metric();
        count = spec.allFunctions();
        this.scale = scale;
        int dimension = context.dimension();
        vectors = Region.allocate(context.budget(), LshIndex.OWNER, 4L * count * dimension);
        added = new float[count];
        SplittableRandom random = new SplittableRandom(spec.seed());
        for (int f = 0; f < count; f++) {
            for (int i = 0; i < dimension; i++) {
                vectors.segment().setAtIndex(FLOAT, (long) f * dimension + i, randomElement(random));
            }
            added[f] = metric == Metric.DOT ? (float) random.nextGaussian() : random.nextFloat();
        }
    }

    private float randomElement(SplittableRandom random) {
        return metric == Metric.L1
                ? (float) Math.tan(Math.PI * (random.nextDouble() - 0.5))
                : (float) random.nextGaussian();
    }

    @Override
    public void ofRow(RowScorer row, LshSignature signature) {
        float[] projections = project(row, signature);
        switch (metric) {
            case COSINE -> signs(signature, projections, norm(row));
            case DOT -> {
                double norm = norm(row) / scale;
                double completion = Math.sqrt(Math.max(0, 1 - norm * norm));
                double longest = Math.max(1, norm) * scale;
                for (int f = 0; f < count; f++) {
                    projections[f] = (float) (projections[f] / longest + added[f] * completion);
                }
                signs(signature, projections, 1);
            }
            default -> intervals(signature, projections);
        }
    }

    @Override
    public void ofQuery(RowScorer query, LshSignature signature) {
        if (metric == Metric.DOT) {
            signs(signature, project(query, signature), norm(query));
        } else {
            ofRow(query, signature);
        }
    }

    private float[] project(RowScorer vector, LshSignature signature) {
        Kernels.negatedDot(vector.floats(), vectors.address(), count, signature.projections);
        for (int f = 0; f < count; f++) {
            signature.projections[f] = -signature.projections[f];
        }
        return signature.projections;
    }

    private static double norm(RowScorer vector) {
        double sum = 0;
        for (float element : vector.floats()) {
            sum += (double) element * element;
        }
        return Math.sqrt(sum);
    }

    /** The nearer the projection is to 0, the less sure its sign. */
    private void signs(LshSignature signature, float[] projections, double norm) {
        for (int f = 0; f < count; f++) {
            int sign = projections[f] >= 0 ? 1 : 0;
            float distance = norm > 0 ? (float) (projections[f] / norm) : 0;
            signature.set(f, sign, 1 - sign, distance * distance);
        }
    }

    /** The nearer the projection is to a border of its interval, the likelier the neighboring interval. */
    private void intervals(LshSignature signature, float[] projections) {
        for (int f = 0; f < count; f++) {
            double place = (double) projections[f] / scale + added[f];
            double interval = Math.clamp(Math.floor(place), -0x1p30, 0x1p30);
            float above = (float) (place - interval);
            int value = (int) interval;
            signature.set(f, value, value - 1, above * above);
            signature.alternatives[2 * f + 1] = value + 1;
            signature.costs[2 * f + 1] = (1 - above) * (1 - above);
        }
    }

    @Override
    public long memoryBytes() {
        return vectors.byteSize();
    }

    @Override
    public void close() {
        vectors.close();
    }
}
