package io.vexel.engine;

import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Points of one collection that are replaced and deleted in a seeded order on one thread, with a model of them and a trace that says when a
 * change of the model began and when it was acknowledged.
 */
final class TracedPoints {

    /** What a point is in a version. */
    @FunctionalInterface
    interface Making {
        Point point(int id, int version);
    }

    private final Map<PointId, Point> model = new TreeMap<>();
    private final Random random;
    private final int count;
    private final Making making;
    private final Collection collection;
    private final CrashTrace trace;
    private int version;

    /**
     * @param collection has {@link #first} of them
     * @param device of its volume, whose operations are traced from now on
     * @param count points with ids from 0 on
     */
    TracedPoints(Random random, Collection collection, SimulatedDevice device, int count, Making making) {
        this.random = random;
        this.collection = collection;
        this.count = count;
        this.making = making;
        first(count, making).forEach(point -> model.put(point.id(), point));
        trace = new CrashTrace(device, text(model));
    }

    /** The points in their first version. */
    static List<Point> first(int count, Making making) {
        List<Point> points = new ArrayList<>();
        for (int id = 0; id < count; id++) {
            points.add(making.point(id, 0));
        }
        return points;
    }

    CrashTrace trace() {
        return trace;
    }

    /** Puts so many anew, spread over all. */
    void write(int some) {
        version++;
        List<Point> batch = new ArrayList<>();
        for (int i = 0; i < some; i++) {
            batch.add(making.point(random.nextInt(count / some) + i * (count / some), version));
        }
        batch.forEach(point -> model.put(point.id(), point));
        trace.begins(text(model));
        collection.upsertAll(batch);
        trace.acknowledged();
    }

    /** Gives so many points other payloads, and the vectors that they have. */
    void writePayloads(int some) {
        version++;
        List<Point> present = List.copyOf(model.values());
        List<Point> batch = new ArrayList<>();
        for (int i = 0; i < some; i++) {
            Point point = present.get(random.nextInt(present.size() / some) + i * (present.size() / some));
            batch.add(Point.of(point.id(), point.vector()).withPayload("{\"version\": " + version + "}"));
        }
        batch.forEach(point -> model.put(point.id(), point));
        trace.begins(text(model));
        if (random.nextBoolean()) {
            collection.upsertAll(batch);
        } else {
            collection.setPayloads(batch.stream()
                    .collect(
                            Collectors.toMap(Point::id, point -> point.payload().orElseThrow())));
        }
        trace.acknowledged();
    }

    void delete(int some) {
        List<PointId> ids = List.copyOf(model.keySet());
        List<PointId> gone = new ArrayList<>();
        for (int i = 0; i < some; i++) {
            gone.add(ids.get(random.nextInt(ids.size())));
        }
        gone.forEach(model::remove);
        trace.begins(text(model));
        collection.deleteAll(gone);
        trace.acknowledged();
    }

    /** A line for each hundred points, so that a difference can be read. */
    static String text(Map<PointId, Point> points) {
        Map<Long, Integer> hashes = new TreeMap<>();
        points.forEach((id, point) ->
                hashes.merge(((PointId.Numeric) id).value() / 100, point.hashCode(), (a, b) -> 31 * a + b));
        StringBuilder text = new StringBuilder();
        hashes.forEach(
                (block, hash) -> text.append(block).append(' ').append(hash).append('\n'));
        return text.toString();
    }
}
