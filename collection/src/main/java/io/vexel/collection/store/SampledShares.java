package io.vexel.collection.store;

import io.vexel.collection.Filter;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/** What share of rows fulfilled a filter when that was sampled last. Emptied when it is full; safe for use by any thread. */
final class SampledShares {

    private static final int MOST = 256;

    /** A sample serves while the rows and the points are as many as then, give or take one in so many. */
    private static final int TOLERANCE = 10;

    private final ConcurrentHashMap<Filter, Sample> samples = new ConcurrentHashMap<>();

    /**
     * What is sampled.
     *
     * @param count rows that are undecided
     * @param liveCount points of the collection
     */
    record Population(Filter filter, int count, int liveCount) {

        private boolean isLike(Population other) {
            return isNear(count, other.count) && isNear(liveCount, other.liveCount);
        }

        private static boolean isNear(int a, int b) {
            return Math.abs((long) a - b) <= Math.max(a, b) / TOLERANCE;
        }
    }

    private record Sample(Population population, double share) {}

    /** The share, 0..1, sampled now unless that was done for about the same rows. */
    double get(Population population, DoubleSupplier sample) {
        Sample known = samples.get(population.filter);
        if (known != null && known.population.isLike(population)) {
            return known.share;
        }
        Sample fresh = new Sample(population, sample.getAsDouble());
        if (samples.size() >= MOST) {
            samples.clear();
        }
        samples.put(population.filter, fresh);
        return fresh.share;
    }
}
