package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.testkit.CrashEnumeration;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever operation of the device the power fails at: collections open, every acknowledged batch is there, and every other one is
 * whole or absent, as points that can be got, searched and counted.
 */
class CrashTest {

    private static final int STEPS = Boolean.getBoolean("vexel.deep") ? 400 : 50;

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void collections_afterACrashAnywhere_holdEveryAcknowledgedBatchAndNoHalfOne(long seed) {
        CrashTrace trace = new Workload(seed).run();
        CrashEnumeration.Outcome outcome =
                CrashEnumeration.run(trace, CrashTest::recover, new CrashEnumeration.Options(seed, 2, 2, 3));
        System.out.println("crash states at collection level: seed " + seed + ", " + outcome.states() + " states, "
                + outcome.recoveryStates() + " of them inside recoveries");
        assertThat(outcome.violation()).as("seed " + seed).isEmpty();
        assertThat(outcome.states()).as("states looked at").isGreaterThan(200);
    }

    private static String recover(SimulatedDevice device, long salt) {
        try (Volume volume = Volume.open(device, Disks.options())) {
            Map<String, Map<PointId, Point>> found = new TreeMap<>();
            for (String name : volume.listCollections()) {
                Collection collection = volume.collection(name);
                Map<PointId, Point> points = new TreeMap<>();
                ScanPage page = collection.scan(ScanRequest.first(100));
                page.points().forEach(point -> points.put(point.id(), point));
                while (page.next().isPresent()) {
                    page = collection.scan(
                            ScanRequest.first(100).after(page.next().get()));
                    page.points().forEach(point -> points.put(point.id(), point));
                }
                check(collection, points);
                // What a recovery that was cut short itself has written.
                points.remove(PointId.of("after"));
                found.put(name, points);
            }
            String text = text(found);
            if (Math.floorMod(salt, 8) == 0) {
                requireWritable(volume, found);
            }
            return text;
        }
    }

    private static void check(Collection collection, Map<PointId, Point> points) {
        assertThat(collection.count()).isEqualTo(points.size());
        points.forEach((id, point) -> assertThat(collection.get(id)).contains(point));
        List<Hit> hits = collection
                .search(SearchRequest.builder(new float[collection.spec().dimension()])
                        .k(SearchRequest.ALL)
                        .includePayloads()
                        .build())
                .hits();
        assertThat(hits).hasSize(points.size());
        hits.forEach(
                hit -> assertThat(hit.payload()).isEqualTo(points.get(hit.id()).payload()));
    }

    /** A recovered volume goes on: what is written to it now is there. */
    private static void requireWritable(Volume volume, Map<String, Map<PointId, Point>> found) {
        for (String name : found.keySet()) {
            Collection collection = volume.collection(name);
            Point point =
                    Point.of("after", new float[collection.spec().dimension()]).withPayload("{\"x\":1}");
            collection.upsert(point);
            assertThat(collection.get(point.id())).contains(point);
            assertThat(collection.delete(point.id())).isTrue();
            assertThat(collection.count()).isEqualTo(found.get(name).size());
        }
    }

    private static String text(Map<String, Map<PointId, Point>> collections) {
        StringBuilder text = new StringBuilder();
        collections.forEach((name, points) -> {
            text.append(name).append(": ").append(points.size());
            points.forEach((id, point) -> text.append(' ')
                    .append(id)
                    .append('=')
                    .append(((VectorData.Floats) point.vector()).get(0))
                    .append('/')
                    .append(point.payload()
                            .map(payload -> payload.json().hashCode())
                            .orElse(0)));
            text.append('\n');
        });
        return text.toString();
    }

    /** Seeded batches, deletions, new and dropped collections; some batches wait for nobody. */
    private static final class Workload {

        private final Random random;
        private final SimulatedDevice device;
        private final CrashTrace trace;
        private final Volume volume;
        private final Map<String, Map<PointId, Point>> model = new TreeMap<>();

        Workload(long seed) {
            random = new Random(seed);
            device = new SimulatedDevice(Disks.formatted(Disks.SMALL, 1024 << (seed % 3), seed), seed);
            volume = Volume.open(device, Disks.options());
            trace = new CrashTrace(device, "");
        }

        CrashTrace run() {
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            volume.close();
            return trace;
        }

        private void step() {
            List<String> names = List.copyOf(model.keySet());
            int kind = random.nextInt(20);
            if (names.isEmpty() || (kind == 0 && names.size() < 3)) {
                create("c" + random.nextInt(1_000));
            } else if (kind == 1) {
                drop(names.get(random.nextInt(names.size())));
            } else if (kind < 5) {
                delete(names.get(random.nextInt(names.size())));
            } else {
                upsert(names.get(random.nextInt(names.size())));
            }
        }

        private void create(String name) {
            if (model.putIfAbsent(name, new HashMap<>()) == null) {
                trace.begins(state());
                List<FieldIndex> indexes = random.nextBoolean() ? List.of() : List.of(FieldIndex.parse("n:keyword"));
                volume.createCollection(new CollectionSpec(
                        name, 1 + random.nextInt(100), Metric.L2, Metric.L2.defaultElementType(), indexes));
                trace.acknowledged();
            }
        }

        private void drop(String name) {
            model.remove(name);
            trace.begins(state());
            volume.drop(name);
            trace.acknowledged();
        }

        private void delete(String name) {
            List<PointId> ids = new ArrayList<>();
            for (int n = random.nextInt(8); n >= 0; n--) {
                ids.add(PointId.of(random.nextInt(60)));
            }
            boolean any = false;
            for (PointId id : ids) {
                any |= model.get(name).remove(id) != null;
            }
            if (any) {
                trace.begins(state());
                volume.collection(name).deleteAll(ids);
                trace.acknowledged();
            }
        }

        private void upsert(String name) {
            Collection collection = volume.collection(name);
            List<PendingWrite> pending = new ArrayList<>();
            for (int n = random.nextInt(3); n >= 0; n--) {
                Map<PointId, Point> batch = batch(collection.spec().dimension());
                Map<PointId, Point> before = new HashMap<>(model.get(name));
                model.get(name).putAll(batch);
                trace.begins(state());
                try {
                    pending.add(collection.submitUpsert(List.copyOf(batch.values())));
                } catch (CapacityException e) {
                    model.put(name, before);
                    trace.withdrawn();
                }
            }
            if (random.nextInt(4) > 0 && !pending.isEmpty()) {
                pending.getLast().await();
                trace.acknowledged();
            }
        }

        private Map<PointId, Point> batch(int dimension) {
            Map<PointId, Point> batch = new HashMap<>();
            int most = random.nextInt(12) == 0 ? 100 : 6;
            for (int n = random.nextInt(most); n >= 0; n--) {
                int number = random.nextInt(most * 4);
                PointId id = random.nextBoolean() ? PointId.of(number) : PointId.of("t" + number);
                float[] components = new float[dimension];
                components[0] = random.nextInt(1_000);
                components[dimension - 1] = components[0];
                Point point = Point.of(id, VectorData.of(components));
                batch.put(
                        id,
                        random.nextBoolean()
                                ? point
                                : point.withPayload("{\"p\": \"" + "y".repeat(random.nextInt(600)) + "\"}"));
            }
            return batch;
        }

        private String state() {
            return text(copy());
        }

        private Map<String, Map<PointId, Point>> copy() {
            Map<String, Map<PointId, Point>> copy = new TreeMap<>();
            model.forEach((name, points) -> copy.put(name, new TreeMap<>(points)));
            return copy;
        }
    }
}
