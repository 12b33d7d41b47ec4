package io.vexel.collection.store;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.List;

/** Whether vectors and batches are allowed in a collection. All checks come before anything is stored. */
public final class BatchChecks {

    private BatchChecks() {}

    /**
     * Checks one vector.
     *
     * @param where names it in the message, for instance {@code points[3].vector}
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public static void check(CollectionSpec spec, String where, VectorData vector) {
        ElementType type = switch (vector) {
            case VectorData.Floats _ -> ElementType.FLOAT32;
            case VectorData.Bits _ -> ElementType.BIT;
        };
        if (type != spec.elementType()) {
            throw new IllegalArgumentException(where + " elementType=" + type + ", allowed: " + spec.elementType()
                    + " for metric " + spec.metric().label());
        }
        if (vector.dimension() != spec.dimension()) {
            throw new IllegalArgumentException(
                    where + " dimension=" + vector.dimension() + ", allowed: " + spec.dimension());
        }
        if (vector instanceof VectorData.Floats floats) {
            int bad = floats.firstNotFinite();
            if (bad >= 0) {
                throw new IllegalArgumentException(
                        where + "[" + bad + "]=" + floats.get(bad) + ", allowed: finite numbers");
            }
            if (spec.metric() == Metric.COSINE && floats.isZero()) {
                throw new IllegalArgumentException(
                        where + "=zero vector, allowed: vectors with a direction, for metric cosine");
            }
        }
    }

    /** Checks the vectors of a batch. */
    static void checkVectors(CollectionSpec spec, List<Point> points) {
        for (int i = 0; i < points.size(); i++) {
            VectorData vector = points.get(i).vector();
            boolean plain = vector instanceof VectorData.Floats floats
                    && spec.elementType() == ElementType.FLOAT32
                    && floats.dimension() == spec.dimension()
                    && floats.firstNotFinite() < 0
                    && spec.metric() != Metric.COSINE;
            if (!plain) {
                check(spec, "points[" + i + "].vector", vector);
            }
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
