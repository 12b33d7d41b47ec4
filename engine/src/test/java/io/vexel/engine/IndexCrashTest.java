package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
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
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever operation of the device the power fails at while an index is made, saved, replaced and dropped, and rows take over the places of others in it: the collection opens, every
 * acknowledged point is found by a search with the index, and the index is sound.
 */
class IndexCrashTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 16, Metric.L2);
    private static final int POINTS = 2_200;
    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 40 : 5;
    private static final int SAMPLES = 8;

    private static VolumeOptions options() {
        return Disks.withoutIndexThreads(MemoryBudget.unlimited());
    }

    private static Point point(int id, int version) {
        Random random = new Random(id * 1_000_003L + version);
        float[] components = new float[SPEC.dimension()];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) random.nextGaussian();
        }
        return Point.of(PointId.of(id), VectorData.of(components));
    }

    @ParameterizedTest
    @CsvSource({"31, GRAPH", "32, GRAPH", "33, HNSW", "34, LSH"})
    void index_afterACrashAnywhere_isSoundAndEveryAcknowledgedPointIsFound(long seed, IndexKind kind) {
        CrashTrace trace = new Workload(seed, kind).run();
        CrashEnumeration.Outcome outcome =
                CrashEnumeration.run(trace, IndexCrashTest::recover, new CrashEnumeration.Options(seed, 1, 2, 2));
        System.out.println("crash states with an index: " + kind + ", seed " + seed + ", " + outcome.states()
                + " states, " + outcome.recoveryStates() + " of them inside recoveries");
        assertThat(outcome.violation()).as("seed " + seed).isEmpty();
        assertThat(outcome.states()).as("states looked at").isGreaterThan(200);
    }

    private static String recover(SimulatedDevice device, long salt) {
        String text;
        try (Volume volume = Volume.open(device, options())) {
            Collection c = volume.collection("c");
            Map<PointId, Point> points = new TreeMap<>();
            ScanPage page = c.scan(ScanRequest.first(10_000));
            page.points().forEach(point -> points.put(point.id(), point));
            IndexStatus status = c.loadIndex();
            assertThat(status.problem()).isEmpty();
            // The workload waits for the calibration before each checkpoint, so none is without, but for lsh, which has
            // none.
            assertThat(status.calibration().isPresent())
                    .as("calibration beside %s", status.checkpoint())
                    .isEqualTo(status.checkpoint().isPresent() && status.kind() != IndexKind.LSH);
            requireFound(c, points, salt);
            if (Math.floorMod(salt, 4) == 0) {
                assertThat(c.verifyIndex().findings()).isEmpty();
                assertThat(c.awaitIndexed().problem()).isEmpty();
                c.checkpointIndex();
                requireFound(c, points, salt + 1);
                assertThat(c.verifyIndex().findings()).isEmpty();
            }
            text = TracedPoints.text(points);
        }
        if (Math.floorMod(salt, 16) == 0) {
            var report = Fsck.check(new SimulatedDevice(device.image(), salt).withoutLog(), FsckOptions.defaults());
            assertThat(report.clean()).as(report.findings().toString()).isTrue();
        }
        return text;
    }

    private static void requireFound(Collection c, Map<PointId, Point> points, long salt) {
        List<Point> all = List.copyOf(points.values());
        Random random = new Random(salt);
        for (int i = 0; i < SAMPLES; i++) {
            Point wanted = i == 0 ? all.getLast() : all.get(random.nextInt(all.size()));
            SearchRequest.Builder request =
                    SearchRequest.builder(wanted.vector()).k(5).ef(2 * POINTS);
            List<Hit> hits = c.search(request.build()).hits();
            assertThat(hits.getFirst().id()).isEqualTo(wanted.id());
            assertThat(hits.getFirst().distance()).isZero();
            assertThat(c.search(request.exact().build()).hits().getFirst()).isEqualTo(hits.getFirst());
            SearchRequest target = SearchRequest.builder(wanted.vector())
                    .k(5)
                    .recallTarget(0.9)
                    .build();
            assertThat(c.search(target).plan().goal().orElseThrow().expected()).isGreaterThanOrEqualTo(0.9);
        }
    }

    /** Writes, waits for the index, saves it, and replaces it, in a seeded order on one thread. */
    private static final class Workload {

        private final Random random;
        private final IndexKind kind;
        private final SimulatedDevice device;
        private final Volume volume;
        private final Collection collection;
        private final TracedPoints points;

        Workload(long seed, IndexKind kind) {
            this.kind = kind;
            random = new Random(seed);
            SimulatedDevice blank = new SimulatedDevice(
                            Disks.formatted(40L << 20, seed % 2 == 0 ? 4096 : 1024, seed), seed)
                    .withoutLog();
            try (Volume fresh = Volume.open(blank, options())) {
                Collection c = fresh.createCollection(SPEC);
                c.createIndex(spec());
                c.upsertAll(TracedPoints.first(POINTS, IndexCrashTest::point));
            }
            device = new SimulatedDevice(blank.image(), seed);
            volume = Volume.open(device, options());
            collection = volume.collection("c");
            points = new TracedPoints(random, collection, device, POINTS, IndexCrashTest::point);
        }

        private IndexSpec spec() {
            return IndexSpec.parse(kind, kind == IndexKind.HNSW ? Map.of("ef_construction", "24") : Map.of());
        }

        CrashTrace run() {
            for (int round = 0; round < ROUNDS; round++) {
                save();
                points.write(30 + random.nextInt(40));
                save();
                replacePayloads();
                points.delete(30);
                if (round == 1) {
                    collection.rebuildIndex();
                } else if (round == 2) {
                    collection.dropIndex();
                    points.write(10);
                    collection.createIndex(spec());
                } else if (round == 3) {
                    // Enough dead rows for a sweep.
                    points.write(1_500);
                }
            }
            volume.close();
            return points.trace();
        }

        /** In the tail, taken over, saved or not, and twice over before they are drained: no vertex comes or goes. */
        private void replacePayloads() {
            IndexStatus before = collection.indexStatus();
            points.writePayloads(20 + random.nextInt(40));
            if (random.nextBoolean()) {
                collection.awaitIndexed();
            }
            points.writePayloads(20 + random.nextInt(40));
            points.writePayloads(10);
            if (random.nextBoolean()) {
                save();
            }
            IndexStatus after = collection.indexStatus();
            assertThat(after.rows()).isEqualTo(before.rows());
            assertThat(after.links()).isEqualTo(before.links());
        }

        /**
         * Makes a checkpoint. The first ones of a graph, and those after most points were replaced, put the whole image into another
         * order; the share of near links would be a third of this otherwise.
         */
        private void save() {
            collection.awaitIndexed();
            collection.checkpointIndex();
            OptionalDouble locality =
                    collection.indexStatus().checkpoint().orElseThrow().locality();
            assertThat(locality.isPresent()).isEqualTo(kind == IndexKind.GRAPH);
            assertThat(locality.orElse(1)).isGreaterThan(0.1);
        }
    }
}
