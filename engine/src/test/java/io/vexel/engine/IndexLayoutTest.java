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
import io.vexel.index.Calibration;
import io.vexel.index.GraphRows;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.CrashEnumeration;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A collection whose graph has full rows where they fit the memory budget, and small ones where they do not. */
class IndexLayoutTest {

    private static final int MIB = 1 << 20;
    private static final CollectionSpec SPEC = new CollectionSpec("c", 100, Metric.L2);
    private static final int POINTS = 2_600;

    /** Enough for an index. */
    private static final int FEW = 2_100;

    private static final int K = 10;

    private SimulatedDevice device = new SimulatedDevice(Disks.formatted(96L << 20, 4096, 7), 7).withoutLog();

    /** Opens what the last volume left on its device. */
    private Volume open(MemoryBudget budget) {
        device = new SimulatedDevice(device.image(), 8).withoutLog();
        return open(device, budget);
    }

    /** A budget that leaves the graph this much beside all vectors. */
    private MemoryBudget leaving(long bytes) {
        SimulatedDevice copy = new SimulatedDevice(device.image(), 8).withoutLog();
        return new MemoryBudget(
                Disks.limitLeaving(copy, bytes, c -> c.search(nearest(1).exact().build())));
    }

    private static Volume open(SimulatedDevice device, MemoryBudget budget) {
        return Volume.open(device, Disks.withoutIndexThreads(budget));
    }

    private static VectorData vector(int seed) {
        return Disks.clustered(SPEC.dimension(), seed);
    }

    private static List<Point> points(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(id -> Point.of(PointId.of(id), vector(id)))
                .toList();
    }

    private static SearchRequest.Builder nearest(int seed) {
        return SearchRequest.builder(vector(1_000_000 + seed)).k(K);
    }

    /** The share of the true nearest that searches by the index find. */
    private static double recall(Collection c) {
        int found = 0;
        int queries = 40;
        for (int q = 0; q < queries; q++) {
            SearchResult result = c.search(nearest(q).ef(64).build());
            assertThat(result.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
            List<Hit> truth = c.search(nearest(q).exact().build()).hits();
            found += (int) result.hits().stream().filter(truth::contains).count();
        }
        return (double) found / (queries * K);
    }

    private static GraphRows layout(Collection c) {
        return c.indexStatus().layout().orElseThrow();
    }

    @Test
    void graph_reopenedWithLittleMemoryAndWithMuch_answersThroughTheIndexEachTime() {
        long links;
        try (Volume volume = open(MemoryBudget.unlimited())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, POINTS));
            IndexStatus status = c.awaitIndexed();
            assertThat(status.layout()).map(GraphRows::explain).contains("full");
            assertThat(status.calibration()).map(Calibration::layout).contains(Calibration.Layout.WANTED);
            assertThat(recall(c)).isGreaterThanOrEqualTo(0.95);
            links = status.links();
        }
        MemoryBudget tight = leaving(5 * MIB / 2);
        try (Volume volume = open(tight)) {
            Collection c = volume.collection("c");
            IndexStatus status = c.loadIndex();
            assertThat(status.problem()).isEmpty();
            assertThat(layout(c).isNarrowed()).isTrue();
            assertThat(status.links()).isEqualTo(links);
            assertThat(status.calibration()).as("of the other layout").isEmpty();
            assertThat(status.memoryBytes()).isEqualTo(tight.usedByOwner().get("graph"));
            assertThat(recall(c)).isGreaterThanOrEqualTo(0.95);
            assertThat(c.search(nearest(1).ef(64).build()).plan().explain())
                    .contains("graph index of 2600 rows")
                    .contains("rows: small (full wanted; they need ");
            assertThat(c.verifyIndex().findings()).isEmpty();
            assertThat(c.awaitIndexed().calibration()).map(Calibration::layout).contains(Calibration.Layout.NARROWED);
        }
        // The calibration alone was saved, beside the full image.
        try (Volume volume = open(tight)) {
            Collection c = volume.collection("c");
            assertThat(c.loadIndex().calibration()).isPresent();
            c.upsertAll(points(POINTS, POINTS + 10));
            c.awaitIndexed();
            long before = c.indexStatus().checkpoint().orElseThrow().fileBytes();
            c.checkpointIndex();
            assertThat(c.indexStatus().checkpoint().orElseThrow().fileBytes()).isLessThan(before / 2);
        }
        try (Volume volume = open(MemoryBudget.unlimited())) {
            Collection c = volume.collection("c");
            IndexStatus status = c.loadIndex();
            assertThat(status.layout()).map(GraphRows::explain).contains("full");
            assertThat(status.calibration()).as("of the other layout").isEmpty();
            assertThat(recall(c)).isGreaterThanOrEqualTo(0.95);
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
        SimulatedDevice left = new SimulatedDevice(device.image(), 9).withoutLog();
        assertThat(Fsck.check(left, FsckOptions.defaults()).clean()).isTrue();
    }

    @Test
    void graph_thatGrowsBeyondItsMemory_isNarrowedAndFollowsOn() {
        try (Volume volume = open(MemoryBudget.unlimited())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, FEW));
        }
        MemoryBudget budget = leaving(6 * MIB);
        try (Volume volume = open(budget)) {
            Collection c = volume.collection("c");
            c.upsertAll(points(FEW, FEW + 100));
            assertThat(c.awaitIndexed().problem()).isEmpty();
            assertThat(layout(c).isNarrowed()).isFalse();
            int points = FEW + 100;
            while (!layout(c).isNarrowed() && points < 5 * FEW) {
                c.upsertAll(points(points, points + 500));
                points += 500;
                IndexStatus status = c.awaitIndexed();
                assertThat(status.problem()).isEmpty();
                assertThat(status.tailRows()).isZero();
            }
            assertThat(layout(c).isNarrowed()).as("with %d points", points).isTrue();
            assertThat(c.indexStatus().calibration()).map(Calibration::layout).contains(Calibration.Layout.NARROWED);
            assertThat(recall(c)).isGreaterThanOrEqualTo(0.95);
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
    }

    /** The power fails while a graph is saved in the other form, in both directions; what is there then is one of both images, whole. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void checkpoint_afterASwitch_crashedAnywhere_leavesASoundIndex(boolean widens) {
        long seed = widens ? 52 : 51;
        try (Volume volume = open(MemoryBudget.unlimited())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, POINTS));
            c.awaitIndexed();
        }
        MemoryBudget tight = leaving(5 * MIB / 2);
        if (widens) {
            try (Volume volume = open(tight)) {
                Collection c = volume.collection("c");
                c.upsertAll(points(0, 1));
                c.awaitIndexed();
            }
        }
        SimulatedDevice traced = new SimulatedDevice(device.image(), seed);
        CrashTrace trace;
        MemoryBudget budget = widens ? MemoryBudget.unlimited() : tight;
        try (Volume volume = open(traced, budget)) {
            Collection c = volume.collection("c");
            assertThat(c.loadIndex().layout()).map(GraphRows::isNarrowed).contains(!widens);
            TracedPoints points = new TracedPoints(
                    new Random(seed),
                    c,
                    traced,
                    POINTS,
                    (id, _) -> points(id, id + 1).getFirst());
            points.write(3);
            c.awaitIndexed();
            c.checkpointIndex();
            points.write(2);
            c.awaitIndexed();
            c.checkpointIndex();
            trace = points.trace();
        }
        CrashEnumeration.Outcome outcome = CrashEnumeration.run(
                trace,
                (crashed, salt) -> recover(
                        crashed, salt % 2 == 0 ? MemoryBudget.unlimited() : new MemoryBudget(tight.limitBytes() + MIB)),
                new CrashEnumeration.Options(seed, 1, 2, 2));
        System.out.println("crash states of a switch: " + outcome.states());
        assertThat(outcome.violation()).isEmpty();
        assertThat(outcome.states()).isGreaterThan(20);
    }

    private static String recover(SimulatedDevice device, MemoryBudget budget) {
        try (Volume volume = open(device, budget)) {
            Collection c = volume.collection("c");
            IndexStatus status = c.loadIndex();
            assertThat(status.problem()).isEmpty();
            List<Hit> all = new ArrayList<>();
            for (int q = 0; q < 5; q++) {
                all.addAll(c.search(nearest(q).ef(400).build()).hits());
                assertThat(c.search(nearest(q).exact().build()).hits())
                        .isEqualTo(all.subList(all.size() - K, all.size()));
            }
            assertThat(c.verifyIndex().findings()).isEmpty();
            java.util.TreeMap<PointId, Point> points = new java.util.TreeMap<>();
            c.scan(ScanRequest.first(10_000)).points().forEach(point -> points.put(point.id(), point));
            return TracedPoints.text(points);
        }
    }
}
