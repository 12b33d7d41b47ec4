package io.vexel.engine;

import io.vexel.collection.Payload;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A point that a search found.
 *
 * @param distance in the unit of the metric; smaller is nearer. With several query vectors their combination, or the least of them when ranks
 *     are fused; NaN when the request has no vector
 * @param score what the hits are ordered by when that is not the distance: the keyword score, or what a {@link Fusion} gives; larger is better
 * @param vector present when the request asked for vectors
 * @param payload present when the request asked for payloads and the point has one
 */
public record Hit(
        PointId id, double distance, OptionalDouble score, Optional<VectorData> vector, Optional<Payload> payload) {

    /** A hit that is ordered by its distance. */
    public Hit(PointId id, double distance, Optional<VectorData> vector, Optional<Payload> payload) {
        this(id, distance, OptionalDouble.empty(), vector, payload);
    }
}
