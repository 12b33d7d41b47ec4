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
 *
 * <p>Rows that have no address are read together, so that a device has their reads under way at once: those that are certain to be compared and a few more,
 * then those that will be if the factors stay as they are. So a few rows may be read that are not compared.
 */
final class Ranking {

    /** So many rows are compared before the factors say anything. */
    private static final int LEAST_COMPARED = 8;

    /** Most rows that are read together. */
    static final int MOST_TOGETHER = 16;

    /** So many more reads at once take less time than another round of them. */
    private static final int SPARE_READS = 4;

    /** So many rows are compared, or as many as are read together, between two questions whether to go on. */
    private static final int ROWS_PER_CHECK = 64;

    /** The next factor may be a little less than all that were seen. */
    private static final float CAUTION = 0.98f;

    private int[] ordinals = new int[64];
    private long[] addresses = new long[64];
    private float[] codeDistances = new float[64];
    private int count;

    /** Rows to be read together, their places in the order, and how many of them. */
    private final long[] together = new long[MOST_TOGETHER];

    private final int[] places = new int[MOST_TOGETHER];

    private final FullVectors vectors;

    /** Memory for one of them, for two, and so on. */
    private final MemorySegment[] scratch = new MemorySegment[MOST_TOGETHER];

    /**
     * Of rows that have addresses or are read.
     *
     * @param memory room for {@link #MOST_TOGETHER} rows that have no address
     */
    Ranking(FullVectors vectors, MemorySegment memory) {
        this.vectors = vectors;
        long rowBytes = memory.byteSize() / MOST_TOGETHER;
        for (int i = 0; i < MOST_TOGETHER; i++) {
            scratch[i] = memory.asSlice(0, (i + 1) * rowBytes);
        }
    }

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
     * @param target the query
     * @param cancellation asked between them
     * @return rows that were compared
     */
    int rank(RowScorer target, Collector best, Cancellation cancellation) {
        boolean ends = isProportional(target.metric());
        float least = Float.POSITIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            float codeDistance = codeDistances[i];
            if (ends && i >= LEAST_COMPARED && isBeyond(codeDistance, least, best.threshold())) {
                return i;
            }
            if (addresses[i] == 0) {
                cancellation.check();
                readFrom(i, ends ? likelyEnd(i, least, best) : count);
            } else if ((i + 1) % ROWS_PER_CHECK == 0) {
                cancellation.check();
            }
            float key = target.key(addresses[i]);
            if (codeDistance > 0) {
                least = Math.min(least, key / codeDistance);
            }
            best.offer(key, ordinals[i]);
        }
        return count;
    }

    private static boolean isBeyond(float codeDistance, float least, float threshold) {
        return least < Float.POSITIVE_INFINITY && codeDistance * least * CAUTION > threshold;
    }

    /** The row before which all will be compared, as far as can be told before the row {@code i} was. */
    private int likelyEnd(int i, float least, Collector best) {
        if (best.threshold() == Float.POSITIVE_INFINITY) {
            long wanted = (long) best.wanted() - best.size();
            return (int) Math.min(count, Math.max(LEAST_COMPARED, i + wanted) + SPARE_READS);
        }
        int end = Math.min(count, Math.max(LEAST_COMPARED, i + 1));
        if (i < LEAST_COMPARED) {
            return Math.min(count, end + SPARE_READS);
        }
        while (end < count && !isBeyond(codeDistances[end], least, best.threshold())) {
            end++;
        }
        return end;
    }

    /** Reads the row {@code from}, and those behind it that have no address, as many as there is room for. */
    private void readFrom(int from, int end) {
        int reads = 0;
        for (int i = from; i < end && reads < MOST_TOGETHER; i++) {
            if (addresses[i] == 0) {
                together[reads] = ordinals[i];
                places[reads++] = i;
            }
        }
        vectors.readMany(together, reads, scratch[reads - 1]);
        MemorySegment one = scratch[0];
        for (int read = 0; read < reads; read++) {
            addresses[places[read]] = one.address() + read * one.byteSize();
        }
    }

    /** Whether keys are squared Euclidean distances of what codes stand for, up to a factor. */
    private static boolean isProportional(Metric metric) {
        return metric == Metric.L2 || metric == Metric.COSINE;
    }
}
