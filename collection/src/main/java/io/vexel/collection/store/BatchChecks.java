package io.vexel.collection.store;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.List;
import java.util.function.ToLongBiFunction;

/** Whether vectors and batches are allowed in a collection. All checks come before anything is stored. */
public final class BatchChecks {

    private BatchChecks() {}

    /**
     * Checks a vector to search for.
     *
     * @param where names it in the message, for instance {@code queries[3]}
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public static void checkQuery(CollectionSpec spec, String where, VectorData query) {
        check(spec, spec.metric().defaultElementType(), where, query);
    }

    /**
     * Checks a vector to store.
     *
     * @param where names it in the message, for instance {@code points[3].vector}
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    static void check(CollectionSpec spec, String where, VectorData vector) {
        check(spec, spec.elementType(), where, vector);
    }

    private static void check(CollectionSpec spec, ElementType type, String where, VectorData vector) {
        boolean floats = vector instanceof VectorData.Floats;
        if (floats != type.isFloat()) {
            throw new IllegalArgumentException(
                    where + " elementType=" + (floats ? ElementType.FLOAT32 : ElementType.BIT) + ", allowed: "
                            + spec.metric().defaultElementType() + " for metric "
                            + spec.metric().label());
        }
        if (vector.dimension() != spec.dimension()) {
            throw new IllegalArgumentException(
                    where + " dimension=" + vector.dimension() + ", allowed: " + spec.dimension());
        }
        if (vector instanceof VectorData.Floats components) {
            checkComponents(spec.metric(), type, where, components);
        }
    }

    private static void checkComponents(Metric metric, ElementType type, String where, VectorData.Floats floats) {
        float largest = floats.largestMagnitude();
        if (!(largest < type.overflow())) {
            int bad = floats.firstNotBelow(type.overflow());
            String limit = type == ElementType.FLOAT32 || !Float.isFinite(floats.get(bad))
                    ? "finite numbers"
                    : "magnitudes below " + type.overflow() + ", what rounds to a finite " + type.label();
            throw new IllegalArgumentException(where + "[" + bad + "]=" + floats.get(bad) + ", allowed: " + limit);
        }
        if (metric == Metric.COSINE && largest <= type.underflow()) {
            String rounded = largest > 0 ? " once rounded to " + type.label() : "";
            throw new IllegalArgumentException(
                    where + "=zero vector" + rounded + ", allowed: vectors with a direction, for metric cosine");
        }
    }

    /** Checks the vectors of a batch. */
    static void checkVectors(CollectionSpec spec, List<Point> points) {
        float underflow = spec.metric() == Metric.COSINE ? spec.elementType().underflow() : -1;
        for (int i = 0; i < points.size(); i++) {
            VectorData vector = points.get(i).vector();
            boolean plain = vector instanceof VectorData.Floats floats
                    && floats.dimension() == spec.dimension()
                    && within(
                            floats.largestMagnitude(),
                            underflow,
                            spec.elementType().overflow());
            if (!plain) {
                check(spec, "points[" + i + "].vector", vector);
            }
        }
    }

    /** False for NaN, and for bits, whose overflow is NaN. */
    private static boolean within(float magnitude, float above, float below) {
        return magnitude > above && magnitude < below;
    }

    /**
     * Checks that no id stands in the list twice.
     *
     * @param hash of an id, good in all its bits; it may use the array, of {@value PointId#MAX_TEXT_BYTES} bytes
     */
    static void checkDistinct(List<PointId> ids, ToLongBiFunction<PointId, byte[]> hash) {
        long[] hashes = new long[ids.size()];
        byte[] buffer = new byte[PointId.MAX_TEXT_BYTES];
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = hash.applyAsLong(ids.get(i), buffer);
        }
        int duplicate = firstDuplicate(ids, hashes);
        if (duplicate >= 0) {
            throw new IllegalArgumentException("points[" + duplicate + "].id=" + ids.get(duplicate)
                    + " stands in the batch twice, allowed: each id once");
        }
    }

    /**
     * Finds the first id that stands in the list for a second time.
     *
     * @param hashes of the ids, good in all their bits
     * @return its position, or -1
     */
    static int firstDuplicate(List<PointId> ids, long[] hashes) {
        int bits = Math.max(4, Integer.SIZE - Integer.numberOfLeadingZeros(ids.size()) + 1);
        int mask = (1 << bits) - 1;
        int[] slots = new int[1 << bits];
        for (int i = 0; i < hashes.length; i++) {
            int slot = (int) hashes[i] & mask;
            while (slots[slot] != 0) {
                int other = slots[slot] - 1;
                if (hashes[other] == hashes[i] && ids.get(other).equals(ids.get(i))) {
                    return i;
                }
                slot = (slot + 1) & mask;
            }
            slots[slot] = i + 1;
        }
        return -1;
    }
}
