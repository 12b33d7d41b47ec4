package io.vexel.bench.data;

import io.vexel.base.Checks;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Clustered vectors made up from a seed: about a thousand rows around each center, variance falling from component to component as
 * in embeddings, so that neighborhoods are neither trivial nor hopeless. Queries come from the same clusters.
 */
final class SyntheticVectors {

    static final String PREFIX = "synthetic:";

    private static final Pattern FORM = Pattern.compile("synthetic:(\\d{1,9})x(\\d{1,4})");
    private static final int QUERIES = 1_000;
    private static final int ROWS_PER_CLUSTER = 1_000;
    private static final double SPREAD = 0.6;
    private static final long SEED = 20_260_101;

    private final int rows;
    private final int dimension;

    private SyntheticVectors(int rows, int dimension) {
        this.rows = Checks.inRange("synthetic rows", rows, 1, 100_000_000);
        this.dimension = Checks.inRange("synthetic dimension", dimension, 1, ElementType.MAX_DIMENSION);
    }

    /**
     * What the text describes; empty when it names files.
     *
     * @throws IllegalArgumentException when it begins as a made-up set and goes on differently
     */
    static Optional<SyntheticVectors> parse(String text) {
        if (!text.startsWith(PREFIX)) {
            return Optional.empty();
        }
        Matcher matcher = FORM.matcher(text);
        Checks.argument(matcher.matches(), "dataset=" + text + ", allowed: synthetic:ROWSxDIMENSION");
        return Optional.of(
                new SyntheticVectors(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))));
    }

    Vectors make(OptionalInt limit) {
        int clusters = Math.max(1, rows / ROWS_PER_CLUSTER);
        float[][] centers = new float[clusters][];
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < clusters; i++) {
            centers[i] = around(random, new float[dimension], 1);
        }
        float[][] base = sample(new SplittableRandom(SEED + 1), centers, Math.min(rows, limit.orElse(rows)));
        return Vectors.of(Metric.L2, base, sample(new SplittableRandom(SEED + 2), centers, QUERIES));
    }

    private float[][] sample(SplittableRandom random, float[][] centers, int count) {
        float[][] result = new float[count][];
        for (int i = 0; i < count; i++) {
            result[i] = around(random, centers[random.nextInt(centers.length)], SPREAD);
        }
        return result;
    }

    private float[] around(SplittableRandom random, float[] center, double spread) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) (center[i] + spread * random.nextGaussian() / Math.sqrt(i + 1));
        }
        return vector;
    }
}
