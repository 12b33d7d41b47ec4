package io.vexel.collection;

import java.util.Optional;

/**
 * An id, its vector, and what the user wants to keep with it.
 *
 * @param payload a JSON object, or empty
 */
public record Point(PointId id, VectorData vector, Optional<Payload> payload) {

    /** A point with a number as id and without payload; the array is copied. */
    public static Point of(long unsignedId, float... components) {
        return new Point(PointId.of(unsignedId), VectorData.of(components), Optional.empty());
    }

    /** A point with a text as id and without payload; the array is copied. */
    public static Point of(String id, float... components) {
        return new Point(PointId.of(id), VectorData.of(components), Optional.empty());
    }

    /** A point without payload. */
    public static Point of(PointId id, VectorData vector) {
        return new Point(id, vector, Optional.empty());
    }

    /** This point with another payload. */
    public Point withPayload(Payload newPayload) {
        return new Point(id, vector, Optional.of(newPayload));
    }

    /**
     * This point with a payload given as JSON text.
     *
     * @throws IllegalArgumentException as {@link Payload#parse}
     */
    public Point withPayload(String json) {
        return withPayload(Payload.parse(json));
    }
}
