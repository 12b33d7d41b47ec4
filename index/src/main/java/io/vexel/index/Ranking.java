package io.vexel.index;

import io.vexel.distance.Metric;
import java.lang.foreign.MemorySegment;

/**
 * The rows that a walk through a graph found, nearest by code first, and their comparison by full vectors. Used by one thread, over and over.
 *
 * <p>Codes order rows well but not finally, so more rows are compared than are wanted. Most often the last of them are so far by code
 * that they cannot be among the nearest: a full distance has been at least {@code least} times its code distance in all comparisons so far, and
 * when even that would be too far for the next row, it is for all that follow. How far codes are off is seen on the rows themselves; where
 * one element outweighs all others and is cut off by the codes, the factors differ widely and every row is compared.
 */
final class Ranking {

    /** So many rows are compared before the factors say anything. */
    private static final int LEAST_COMPARED = 8;

    /** The next factor may be a little less than all that were seen. */
    private static final float CAUTION = 0.98f;

    private int[] ordinals = new int[64];
    private long[] addresses = new long[64];
    private float[] codeDistances = new float[64];
    private int count;

    /** Begins anew, with room for so many rows. */
    void reset(int most) {
        if (ordinals.length < most) {
            ordinals = new int[most];
            addresses = new long[most];
            codeDistances = new float[most];
        }
        count = 0;
    }

    /**
     * Adds a row that is no nearer by code than those before.
     *
     * @param address of its full vector, or 0
     */
    void add(int ordinal, long address, float codeDistance) {
        ordinals[count] = ordinal;
        addresses[count] = address;
        codeDistances[count++] = codeDistance;
    }

    int size() {
        return count;
    }

    /**
     * Offers the rows to a collector, the farthest excepted where they cannot be results.
     *
     * @param scratch takes the vectors that have no address
     * @return rows that were compared
     */
    int rank(Scorer scorer, int query, Collector best, FullVectors vectors, MemorySegment scratch) {
        boolean ends = isProportional(scorer.metric());
        float least = Float.POSITIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            float codeDistance = codeDistances[i];
            boolean known = i >= LEAST_COMPARED && least < Float.POSITIVE_INFINITY;
            if (ends && known && codeDistance * least * CAUTION > best.threshold()) {
                return i;
            }
            long address = addresses[i];
            if (address == 0) {
                vectors.read(ordinals[i], scratch);
                address = scratch.address();
            }
            float key = scorer.key(query, address);
            if (codeDistance > 0) {
                least = Math.min(least, key / codeDistance);
            }
            best.offer(key, ordinals[i]);
        }
        return count;
    }

    /** Whether keys are squared Euclidean distances of what codes stand for, up to a factor. */
    private static boolean isProportional(Metric metric) {
        return metric == Metric.L2 || metric == Metric.COSINE;
    }
}
