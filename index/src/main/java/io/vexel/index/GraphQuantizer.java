package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CorruptionException;
import io.vexel.distance.Metric;
import io.vexel.distance.Rotation;
import io.vexel.distance.ScalarCodes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Turns vectors into codes whose Euclidean distances are in the order of the metric's: the mean is subtracted, the rest rotated at
 * random, and every element rounded to seven bits with one scale for all.
 * <ul>
 *   <li>L2, and L1 for want of better: the vector as it is.
 *   <li>COSINE: the vector at length one.
 *   <li>DOT: one more element brings every row to the same length, the largest of the sample, so that the nearest row is the one with
 *       the largest product; a query has zero there. Longer rows are taken for that long. (Y. Bachrach et al., "Speeding up the Xbox
 *       recommender system", 2014.) A query is brought to that length too, which changes no order.
 * </ul>
 * Immutable.
 */
final class GraphQuantizer {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** So many elements of a sample lie beyond the largest code, on each side. Coarse steps do better with a narrow range. */
    private static final double CLIPPED_SHARE = 1e-4;

    private static final double CLIPPED_SHARE_OF_FOUR_BITS = 4e-3;

    private static final float SMALLEST_LIMIT = 1e-30f;

    private final Metric metric;
    private final long seed;
    private final Rotation rotation;
    private final float[] mean;
    private final float length;
    private final float limit;
    private final float scale;

    private GraphQuantizer(Metric metric, long seed, float[] mean, float length, float limit) {
        this.metric = metric;
        this.seed = seed;
        this.rotation = Rotation.seeded(mean.length, seed);
        this.mean = mean;
        this.length = length;
        this.limit = limit;
        this.scale = ScalarCodes.MAX / (2 * limit);
    }

    /** Elements before the rotation. */
    private static int widthFor(Metric metric, int dimension) {
        return metric == Metric.DOT ? dimension + 1 : dimension;
    }

    /** Elements of the codes of vectors. */
    static int codeDimension(Metric metric, int dimension) {
        return Rotation.dimensionFor(widthFor(metric, dimension));
    }

    /**
     * Learns from a sample.
     *
     * @param sample rows, at least one
     */
    static GraphQuantizer learn(Metric metric, int dimension, GraphSpec spec, float[][] sample) {
        float length = 0;
        for (float[] row : sample) {
            length = Math.max(length, norm(row));
        }
        int width = widthFor(metric, dimension);
        double[] sums = new double[width];
        float[] shaped = new float[width];
        for (float[] row : sample) {
            shape(metric, row, true, length, shaped);
            for (int i = 0; i < width; i++) {
                sums[i] += shaped[i];
            }
        }
        float[] mean = new float[width];
        for (int i = 0; i < width; i++) {
            mean[i] = (float) (sums[i] / sample.length);
        }
        double clipped = spec.codes() == GraphSpec.Codes.FOUR_BITS ? CLIPPED_SHARE_OF_FOUR_BITS : CLIPPED_SHARE;
        return new GraphQuantizer(metric, spec.seed(), mean, length, 1).withLimitFor(sample, clipped);
    }

    private GraphQuantizer withLimitFor(float[][] sample, double clippedShare) {
        int rotated = codeDimension();
        float[] magnitudes = new float[sample.length * rotated];
        try (var arena = Arena.ofConfined()) {
            long scratch = arena.allocate(4L * rotated, 64).address();
            float[] shaped = new float[rotated];
            for (int r = 0; r < sample.length; r++) {
                rotate(sample[r], true, shaped, scratch);
                for (int i = 0; i < rotated; i++) {
                    magnitudes[r * rotated + i] = Math.abs(ALL.get(FLOAT, scratch + 4L * i));
                }
            }
        }
        Arrays.sort(magnitudes);
        int rank = Math.min(magnitudes.length - 1, (int) Math.ceil(magnitudes.length * (1 - 2 * clippedShare)));
        float learnt = Math.max(SMALLEST_LIMIT, magnitudes[rank]);
        return new GraphQuantizer(metric, seed, mean, length, learnt);
    }

    /** Elements of the codes. */
    int codeDimension() {
        return rotation.dimension();
    }

    float scale() {
        return scale;
    }

    /**
     * Shapes, centers and rotates a vector.
     *
     * @param row whether it is a row, not a query
     * @param work at least {@link #codeDimension} floats
     * @param target native address of as many floats
     */
    void rotate(float[] vector, boolean row, float[] work, long target) {
        int width = mean.length;
        shape(metric, vector, row, length, work);
        for (int i = 0; i < width; i++) {
            work[i] -= mean[i];
        }
        Arrays.fill(work, width, rotation.dimension(), 0);
        MemorySegment.copy(work, 0, ALL, FLOAT, target, rotation.dimension());
        rotation.apply(target);
    }

    /** Encodes what {@link #rotate} made. */
    void encode(long rotated, long codes) {
        ScalarCodes.encode(rotated, rotation.dimension(), limit, scale, codes);
    }

    private static void shape(Metric metric, float[] vector, boolean row, float length, float[] target) {
        switch (metric) {
            case COSINE -> scaled(vector, inverse(norm(vector)), target);
            case DOT -> {
                float norm = norm(vector);
                scaled(vector, row ? 1 : length * inverse(norm), target);
                double rest = (double) length * length - (double) norm * norm;
                target[vector.length] = row ? (float) Math.sqrt(Math.max(0, rest)) : 0;
            }
            case L2, L1 -> System.arraycopy(vector, 0, target, 0, vector.length);
            case HAMMING, JACCARD ->
                throw new IllegalArgumentException("metric=" + metric.label() + ", allowed: l2, cosine, dot, l1");
        }
    }

    private static void scaled(float[] vector, float factor, float[] target) {
        for (int i = 0; i < vector.length; i++) {
            target[i] = vector[i] * factor;
        }
    }

    private static float inverse(float norm) {
        return norm == 0 ? 0 : Math.min(1 / norm, Float.MAX_VALUE);
    }

    private static float norm(float[] vector) {
        double a = 0;
        double b = 0;
        int even = vector.length & -2;
        for (int i = 0; i < even; i += 2) {
            a += (double) vector[i] * vector[i];
            b += (double) vector[i + 1] * vector[i + 1];
        }
        if (even < vector.length) {
            a += (double) vector[even] * vector[even];
        }
        return (float) Math.sqrt(a + b);
    }

    /** Bytes that {@link #write} takes. */
    static int storedBytes(Metric metric, int dimension) {
        return 8 + 4 + 4 + 4 + 4 * widthFor(metric, dimension);
    }

    /** Seed, length, limit, number of means, means. */
    void write(ByteBuffer target) {
        target.putLong(seed).putFloat(length).putFloat(limit).putInt(mean.length);
        for (float element : mean) {
            target.putFloat(element);
        }
    }

    /** Reads what {@link #write} wrote. */
    static GraphQuantizer read(Metric metric, int dimension, ByteBuffer source) {
        long seed = source.getLong();
        float length = source.getFloat();
        float limit = source.getFloat();
        int width = source.getInt();
        if (width != widthFor(metric, dimension) || !(limit > 0) || !Float.isFinite(limit) || !Float.isFinite(length)) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK, "graph: quantizer with " + width + " means and limit " + limit);
        }
        float[] mean = new float[width];
        for (int i = 0; i < width; i++) {
            mean[i] = source.getFloat();
        }
        return new GraphQuantizer(metric, seed, mean, length, limit);
    }
}
