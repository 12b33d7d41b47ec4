package io.vexel.engine;

import io.vexel.collection.Payload;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import java.util.Optional;

/**
 * A point that a search found.
 *
 * @param distance in the unit of the metric; smaller is nearer
 * @param vector present when the request asked for vectors
 * @param payload present when the request asked for payloads and the point has one
 */
public record Hit(PointId id, double distance, Optional<VectorData> vector, Optional<Payload> payload) {}
