package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.Calibration;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.index.Pool;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedDevice;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches that name a recall: what they get, what the plan says, and what becomes of the calibration. */
class RecallTargetTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 24, Metric.L2);
    private static final int POINTS = 5_000;
    private static final int CLUSTERS = 40;
    private static final int QUERIES = 150;

    private final MemoryBudget budget = new MemoryBudget(1L << 30);
    private SimulatedDevice device = new SimulatedDevice(Disks.formatted(64L << 20, 4096, 41), 41).withoutLog();

    private Volume open(boolean readOnly) {
        VolumeOptions.Builder options = VolumeOptions.builder().budget(budget).indexThreads(0);
        return Volume.open(device, (readOnly ? options.readOnly() : options).build());
    }

    private void reboot() {
        DiskImage image = device.image();
        device = new SimulatedDevice(image, 42).withoutLog();
    }

    private static VectorData vector(long seed) {
        Random random = new Random(seed * 7919 + 5);
        Random center = new Random(random.nextInt(CLUSTERS));
        float[] components = new float[SPEC.dimension()];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) (3 * center.nextGaussian() + random.nextGaussian());
        }
        return VectorData.of(components);
    }

    private static List<Point> points(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(
                        i -> new Point(PointId.of(i), vector(i), Optional.of(Payload.parse("{\"n\": " + i % 10 + "}"))))
                .toList();
    }

    private static SearchRequest.Builder query(int number, int k) {
        return SearchRequest.builder(vector(1_000_000L + number)).k(k);
    }

    private static void assertReached(Collection c, double target, int k) {
        double found = 0;
        SearchPlan plan = null;
        for (int q = 0; q < QUERIES; q++) {
            SearchResult result = c.search(query(q, k).recallTarget(target).build());
            List<Hit> exact = c.search(query(q, k).exact().build()).hits();
            double farthest = exact.getLast().distance();
            found += result.hits().stream()
                    .filter(hit -> hit.distance() <= farthest)
                    .count();
            plan = result.plan();
        }
        assertThat(found / QUERIES / k)
                .as("k=%d target=%s: %s", k, target, plan)
                .isGreaterThanOrEqualTo(target - 0.01);
    }

    @ParameterizedTest
    @EnumSource(
            value = IndexKind.class,
            names = {"GRAPH", "HNSW"})
    void search_namingARecall_getsItAndSaysHow(IndexKind kind) {
        try (Volume volume = open(false)) {
            Collection c = volume.createCollection(SPEC);
            c.createIndex(IndexSpec.parse(kind, Map.of()));
            c.upsertAll(points(0, POINTS));
            IndexStatus status = c.awaitIndexed();
            assertThat(status.calibration().orElseThrow().rows()).isEqualTo(POINTS);
            for (double target : new double[] {0.9, 0.95, 0.99}) {
                for (int k : new int[] {1, 10, 100}) {
                    assertReached(c, target, k);
                }
            }
            SearchPlan plan = c.search(query(0, 10).recallTarget(0.95).build()).plan();
            assertThat(plan.kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
            RecallGoal goal = plan.goal().orElseThrow();
            assertThat(goal.expected()).isBetween(0.95, 1.0).isEqualTo(goal.unfiltered());
            assertThat(plan.explain())
                    .contains("with ef " + plan.ef())
                    .contains("recall 0.95 asked for, ")
                    .contains(" at " + POINTS + " rows");
            int more = c.search(query(0, 10).recallTarget(0.99).build()).plan().ef();
            assertThat(more).isGreaterThanOrEqualTo(plan.ef());
            delete(c, 0, 2 * POINTS / 5);
            assertReached(c, 0.95, 10);
            c.awaitIndexed();
            assertReached(c, 0.95, 10);
            assertReached(c, 0.99, 10);
        }
    }

    private static void delete(Collection c, int from, int to) {
        c.deleteAll(IntStream.range(from, to).<PointId>mapToObj(PointId::of).toList());
    }

    @Test
    void calibration_savedWithTheIndex_isThereAfterReopeningAndReplacedWhenTheRowsAreOthers() {
        Calibration first;
        try (Volume volume = open(false)) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, POINTS));
            first = c.awaitIndexed().calibration().orElseThrow();
            c.checkpointIndex();
        }
        reboot();
        try (Volume volume = open(true)) {
            Collection c = volume.collection("c");
            assertThat(c.loadIndex().calibration()).contains(first);
            assertReached(c, 0.95, 10);
        }
        reboot();
        try (Volume volume = open(false)) {
            Collection c = volume.collection("c");
            assertThat(c.loadIndex().calibration()).contains(first);
            c.upsertAll(points(POINTS, POINTS + POINTS / 4));
            assertThat(c.awaitIndexed().calibration()).as("a quarter more").contains(first);
            c.upsertAll(points(POINTS + POINTS / 4, 2 * POINTS));
            Calibration second = c.awaitIndexed().calibration().orElseThrow();
            assertThat(second.rows()).isEqualTo(2 * POINTS);
            c.rebuildIndex();
            assertThat(c.indexStatus().calibration()).isEmpty();
            assertThat(c.search(query(0, 10).recallTarget(0.95).build()).plan().explain())
                    .contains("asked for, exact");
        }
    }

    /** It was measured after the last checkpoint, and nothing saved the index since. */
    @Test
    void calibration_measuredAfterACheckpoint_survivesACrash() {
        Volume volume = open(false);
        Collection c = volume.createCollection(SPEC);
        c.upsertAll(points(0, POINTS));
        c.awaitIndexed();
        c.checkpointIndex();
        c.upsertAll(points(POINTS, 2 * POINTS));
        Calibration last = c.awaitIndexed().calibration().orElseThrow();
        assertThat(last.rows()).isEqualTo(2 * POINTS);
        DiskImage crashed = device.image();
        volume.close();
        device = new SimulatedDevice(crashed, 43).withoutLog();
        try (Volume again = open(false)) {
            Collection loaded = again.collection("c");
            IndexStatus status = loaded.loadIndex();
            assertThat(status.rows()).isEqualTo(POINTS);
            assertThat(status.calibration()).contains(last);
            loaded.awaitIndexed();
            assertReached(loaded, 0.95, 10);
        }
    }

    @Test
    void search_namingARecall_wherePlansAreExact_comparesRowsAndSaysSo() {
        try (Volume volume = open(false)) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, 100));
            assertExact(c, query(0, 10).recallTarget(0.9), "there is no index");
            c.upsertAll(points(100, POINTS));
            c.awaitIndexed();
            assertExact(c, query(0, 10).recallTarget(0.9999), "the index cannot vouch for so much recall");
            assertExact(c, query(0, 2_000).recallTarget(0.9), "k is a large part of all points");
            assertExact(c, query(0, 625).recallTarget(0.9), "would cost as much as comparing all rows");
            c.createIndex(IndexSpec.parse(IndexKind.LSH, Map.of()));
            assertThat(c.awaitIndexed().calibration()).isEmpty();
            assertExact(c, query(0, 10).recallTarget(0.9), "an lsh index does not know its recall");
        }
    }

    private static void assertExact(Collection c, SearchRequest.Builder request, String reason) {
        SearchPlan plan = c.search(request.build()).plan();
        assertThat(plan.kind()).isEqualTo(SearchPlan.Kind.EXACT_SCAN);
        assertThat(plan.explain()).contains(reason).contains("asked for, exact");
        assertThat(plan.goal().orElseThrow().expected()).isEqualTo(1);
    }

    @Test
    void search_namingARecall_withAFilterOrManyQueries_findsMatchesAlone() {
        try (Volume volume = open(false)) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, POINTS));
            c.awaitIndexed();
            double found = 0;
            for (int q = 0; q < QUERIES; q++) {
                SearchRequest.Builder asked = query(q, 10).filter("n < 5");
                SearchResult result = c.search(asked.recallTarget(0.9).build());
                List<Hit> hits = result.hits();
                RecallGoal goal = result.plan().goal().orElseThrow();
                assertThat(goal.expected())
                        .as("what the index measured had no filter")
                        .isNaN();
                assertThat(goal.unfiltered()).isBetween(0.9, 1.0);
                assertThat(result.plan().explain())
                        .contains(" expected without the filter by the calibration of ")
                        .endsWith(", not measured with it");
                List<Hit> exact =
                        c.search(query(q, 10).filter("n < 5").exact().build()).hits();
                found += hits.stream().filter(exact::contains).count();
                assertThat(hits).allMatch(hit -> ((PointId.Numeric) hit.id()).value() % 10 < 5);
            }
            assertThat(found / QUERIES / 10).isGreaterThanOrEqualTo(0.89);
            BatchSearchResult batch = c.searchBatch(SearchRequest.builder(List.of(vector(-1), vector(-2)))
                    .recallTarget(0.95)
                    .build());
            assertThat(batch.hits()).hasSize(2);
            assertThat(batch.plan().goal()).isPresent();
            assertThat(c.search(query(0, 10).ef(50).build()).plan().goal()).isEmpty();
        }
    }

    @Test
    void search_namingAPool_goesByItWhereThereIsAChoice() {
        try (Volume volume = open(false)) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, POINTS));
            c.awaitIndexed();
            SearchResult exact = c.search(query(0, 10).build());
            assertThat(exact.plan().pool())
                    .as("at %d elements", SPEC.dimension())
                    .contains(Pool.EXACT);
            assertThat(exact.plan().explain()).contains(" and the exact pool, and the tail of 0 rows compared");
            SearchResult estimate = c.search(query(0, 10).pool(Pool.ESTIMATE).build());
            assertThat(estimate.plan().pool()).contains(Pool.ESTIMATE);
            assertThat(estimate.cost().vectorsCompared())
                    .isNotEqualTo(exact.cost().vectorsCompared());
            assertThat(c.search(query(0, 10).pool(Pool.ESTIMATE).exact().build())
                            .plan()
                            .pool())
                    .isEmpty();
            c.createIndex(IndexSpec.parse(IndexKind.GRAPH, Map.of("rows", "small")));
            c.awaitIndexed();
            SearchPlan small =
                    c.search(query(0, 10).pool(Pool.ESTIMATE).build()).plan();
            assertThat(small.pool()).contains(Pool.EXACT);
            assertThat(small.explain()).contains("no filter; small rows give no estimates");
            c.createIndex(IndexSpec.parse(IndexKind.HNSW, Map.of()));
            c.awaitIndexed();
            assertThat(c.search(query(0, 10).pool(Pool.ESTIMATE).build()).plan().pool())
                    .isEmpty();
        }
    }

    @Test
    void recallTarget_besideAPool_isRefused() {
        assertThatThrownBy(() -> query(0, 10).recallTarget(0.9).pool(Pool.EXACT).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("recallTarget=0.9 with pool=EXACT, allowed: AUTO, which recall is measured with");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -1, 95, Double.NaN})
    void recallTarget_thatIsNoShare_isRefused(double target) {
        assertThatThrownBy(() -> query(0, 10).recallTarget(target))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("recallTarget=" + target + ", allowed: more than 0, less than 1");
    }

    @Test
    void recallTarget_besideEfOrExact_isRefused() {
        assertThatThrownBy(() -> query(0, 10).recallTarget(0.9).ef(64).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("recallTarget=0.9 with ef=64, allowed: one of them");
        assertThatThrownBy(() -> query(0, 10).exact().recallTarget(0.9).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("recallTarget=0.9 with exact, allowed: one of them");
    }
}
