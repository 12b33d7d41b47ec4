package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.filesystem.Fsck;
import io.vexel.filesystem.FsckOptions;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.CrashEnumeration;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.SimulatedDevice;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever operation of the device the power fails at while a collection is compacted: it opens, has every acknowledged point with its vector and its payload,
 * finds each with the index, and can be compacted again.
 */
class CompactionCrashTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 16, Metric.COSINE);
    private static final int POINTS = 2_200;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int ROUNDS = DEEP ? 20 : 2;
    private static final int SAMPLES = 4;

    private static VolumeOptions options() {
        return Disks.withoutIndexThreads(MemoryBudget.unlimited());
    }

    private static Point point(int id, int version) {
        Random random = new Random(id * 1_000_003L + version);
        float[] components = new float[SPEC.dimension()];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) random.nextGaussian();
        }
        return Point.of(PointId.of(id), VectorData.of(components))
                .withPayload("{\"v\": " + version + ", \"t\": \"" + "x".repeat(id % 50) + "\"}");
    }

    /** With each kind of index, and without one. */
    static LongStream seeds() {
        return LongStream.range(40, DEEP ? 52 : 44);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void points_afterACrashAnywhereInACompaction_areAllThere(long seed) {
        CrashTrace trace = new Workload(seed).run();
        CrashEnumeration.Outcome outcome =
                CrashEnumeration.run(trace, CompactionCrashTest::recover, new CrashEnumeration.Options(seed, 1, 2, 2));
        System.out.println("crash states with a compaction: seed " + seed + ", " + outcome.states() + " states, "
                + outcome.recoveryStates() + " of them inside recoveries");
        assertThat(outcome.violation()).as("seed " + seed).isEmpty();
        assertThat(outcome.states()).as("states looked at").isGreaterThan(100);
    }

    private static String recover(SimulatedDevice device, long salt) {
        String text;
        try (Volume volume = Volume.open(device, options())) {
            Collection c = volume.collection("c");
            Map<PointId, Point> points = all(c);
            assertThat(c.loadIndex().problem()).isEmpty();
            requireFound(c, points, salt);
            if (Math.floorMod(salt, DEEP ? 4 : 16) == 0) {
                assertThat(c.verifyIndex().findings()).isEmpty();
                c.compact();
                assertThat(all(c)).isEqualTo(points);
                assertThat(c.awaitIndexed().problem()).isEmpty();
                requireFound(c, points, salt + 1);
                assertThat(c.verifyIndex().findings()).isEmpty();
            }
            text = TracedPoints.text(points);
        }
        if (Math.floorMod(salt, 8) == 0) {
            var report = Fsck.check(new SimulatedDevice(device.image(), salt).withoutLog(), FsckOptions.defaults());
            assertThat(report.clean()).as(report.findings().toString()).isTrue();
        }
        return text;
    }

    private static Map<PointId, Point> all(Collection c) {
        Map<PointId, Point> points = new TreeMap<>();
        c.scan(ScanRequest.first(10_000)).points().forEach(point -> points.put(point.id(), point));
        return points;
    }

    private static void requireFound(Collection c, Map<PointId, Point> points, long salt) {
        List<Point> all = List.copyOf(points.values());
        Random random = new Random(salt);
        for (int i = 0; i < SAMPLES; i++) {
            Point wanted = all.get(random.nextInt(all.size()));
            SearchRequest.Builder request = SearchRequest.builder(wanted.vector())
                    .k(5)
                    .ef(2 * POINTS)
                    .includeVectors()
                    .includePayloads();
            Hit nearest = c.search(request.build()).hits().getFirst();
            assertThat(nearest.id()).isEqualTo(wanted.id());
            assertThat(nearest.vector()).contains(wanted.vector());
            assertThat(nearest.payload()).isEqualTo(wanted.payload());
            assertThat(c.search(request.exact().build()).hits().getFirst()).isEqualTo(nearest);
        }
    }

    /** Replaces, deletes, compacts and saves, in a seeded order on one thread. */
    private static final class Workload {

        private final Random random;
        private final Volume volume;
        private final Collection collection;
        private final TracedPoints points;

        Workload(long seed) {
            random = new Random(seed);
            SimulatedDevice blank = new SimulatedDevice(
                            Disks.formatted(40L << 20, seed % 2 == 0 ? 4096 : 1024, seed), seed)
                    .withoutLog();
            try (Volume fresh = Volume.open(blank, options())) {
                Collection c = fresh.createCollection(SPEC);
                switch ((int) (seed % 4)) {
                    case 0 -> c.createIndex(IndexSpec.parse(IndexKind.GRAPH, Map.of()));
                    case 1 -> c.createIndex(IndexSpec.parse(IndexKind.HNSW, Map.of("ef_construction", "24")));
                    case 2 -> c.createIndex(IndexSpec.parse(IndexKind.LSH, Map.of()));
                    default -> c.dropIndex();
                }
                c.upsertAll(TracedPoints.first(POINTS, CompactionCrashTest::point));
                c.awaitIndexed();
            }
            SimulatedDevice device = new SimulatedDevice(blank.image(), seed);
            volume = Volume.open(device, options());
            collection = volume.collection("c");
            points = new TracedPoints(random, collection, device, POINTS, CompactionCrashTest::point);
        }

        CrashTrace run() {
            for (int round = 0; round < ROUNDS; round++) {
                points.write(400);
                points.delete(20);
                if (random.nextBoolean()) {
                    collection.awaitIndexed();
                }
                long before = collection.statistics().deadBytes();
                assertThat(before).isPositive();
                collection.compact();
                assertThat(collection.statistics().deadBytes()).isLessThan(before);
                points.write(30);
            }
            volume.close();
            return points.trace();
        }
    }
}
