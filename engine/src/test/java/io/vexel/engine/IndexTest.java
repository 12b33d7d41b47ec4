package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.IndexStatus.Phase;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The life of an index: made, drained, searched, swept, saved, loaded, replaced. */
class IndexTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 8, Metric.L2);
    private static final int ENOUGH = 3_000;

    private final MemoryBudget budget = new MemoryBudget(1L << 30);
    private SimulatedDevice device = new SimulatedDevice(Disks.formatted(64L << 20, 4096, 21), 21).withoutLog();

    private VolumeOptions.Builder options() {
        return VolumeOptions.builder().budget(budget).indexThreads(0);
    }

    private Volume open(VolumeOptions.Builder options) {
        return Volume.open(device, options.build());
    }

    /** The same disk, as the next process finds it. */
    private void reboot() {
        DiskImage image = device.image();
        device = new SimulatedDevice(image, 22).withoutLog();
    }

    static VectorData vector(long seed) {
        Random random = new Random(seed * 7919);
        float[] components = new float[SPEC.dimension()];
        for (int i = 0; i < components.length; i++) {
            components[i] = random.nextInt(100);
        }
        return VectorData.of(components);
    }

    static List<Point> points(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> Point.of(PointId.of(i), vector(i)))
                .toList();
    }

    private static SearchRequest.Builder nearest(long seed) {
        return SearchRequest.builder(vector(seed)).k(10).ef(400);
    }

    private static void assertAsExact(Collection c, SearchPlan.Kind kind) {
        int found = 0;
        for (int seed = 0; seed < 20; seed++) {
            SearchResult result = c.search(nearest(seed).build());
            assertThat(result.plan().kind()).as(result.plan().explain()).isEqualTo(kind);
            found += hitsAmongTheTrueOnes(c, result, nearest(seed));
        }
        assertThat(found).as("of 200").isGreaterThanOrEqualTo(kind == SearchPlan.Kind.INDEX_AND_TAIL ? 190 : 200);
    }

    /** Every hit is a point with its distance, nearest first; how many of them a scan finds too. */
    private static int hitsAmongTheTrueOnes(Collection c, SearchResult result, SearchRequest.Builder request) {
        SearchResult exact = c.search(request.exact().build());
        assertThat(exact.plan().kind()).isEqualTo(SearchPlan.Kind.EXACT_SCAN);
        assertThat(result.hits()).hasSameSizeAs(exact.hits());
        List<Hit> all = c.search(request.k(SearchRequest.ALL).build()).hits();
        assertThat(all).containsAll(result.hits());
        assertThat(result.hits())
                .isSortedAccordingTo(Comparator.comparingDouble(Hit::distance).thenComparing(Hit::id))
                .doesNotHaveDuplicates();
        return (int) result.hits().stream().filter(exact.hits()::contains).count();
    }

    @Test
    void collection_withFewPoints_hasNoIndexAndGetsOneWhenItGrows() {
        try (Volume volume = open(options())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, 2_047));
            assertThat(c.awaitIndexed().phase()).isEqualTo(Phase.NONE);
            assertAsExact(c, SearchPlan.Kind.EXACT_SCAN);
            c.upsertAll(points(2_047, 2_048));
            IndexStatus status = c.awaitIndexed();
            assertThat(status.phase()).isEqualTo(Phase.ACTIVE);
            assertThat(status.kind()).isEqualTo(IndexKind.GRAPH);
            assertThat(status.rows()).isEqualTo(2_048);
            assertThat(status.tailRows()).isZero();
            assertThat(status.bytesPerVector()).isPositive();
            assertThat(status.checkpoint()).isEmpty();
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
    }

    @Test
    void writes_areFoundInTheTailBeforeTheyAreDrained() {
        try (Volume volume = open(options())) {
            Collection c = indexed(volume);
            c.upsertAll(points(ENOUGH, ENOUGH + 500));
            assertThat(c.indexStatus().tailRows()).isEqualTo(500);
            for (int i = ENOUGH; i < ENOUGH + 500; i += 50) {
                SearchResult found =
                        c.search(SearchRequest.builder(vector(i)).k(1).build());
                assertThat(found.hits().getFirst().distance()).isZero();
                assertThat(found.plan().comparedRows()).isEqualTo(500);
            }
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
            assertThat(c.awaitIndexed().tailRows()).isZero();
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
        }
    }

    private static Collection indexed(Volume volume) {
        Collection c = volume.createCollection(SPEC);
        c.upsertAll(points(0, ENOUGH));
        assertThat(c.awaitIndexed().phase()).isEqualTo(Phase.ACTIVE);
        return c;
    }

    @Test
    void deletesAndUpdates_areSeenAtOnceAndSweptInTime() {
        try (Volume volume = open(options())) {
            Collection c = indexed(volume);
            c.deleteAll(IntStream.range(0, 900).<PointId>mapToObj(PointId::of).toList());
            c.upsertAll(IntStream.range(900, 1_400)
                    .mapToObj(i -> Point.of(PointId.of(i), vector(i + 100_000)))
                    .toList());
            assertThat(c.indexStatus().rows()).as("nothing is swept yet").isEqualTo(ENOUGH);
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
            IndexStatus status = c.awaitIndexed();
            assertThat(status.rows()).as("swept before the tail was drained").isEqualTo(ENOUGH - 900);
            assertThat(status.tailRows()).isZero();
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
    }

    @Test
    void deadRows_areNotDrained() {
        try (Volume volume = open(options())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, ENOUGH));
            c.upsertAll(points(0, 100));
            c.delete(PointId.of(200));
            assertThat(c.awaitIndexed().rows()).isEqualTo(ENOUGH - 1);
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
        }
    }

    @Test
    void reopened_theIndexIsLoadedAndNotMadeAgain() {
        IndexStatus before;
        try (Volume volume = open(options())) {
            Collection c = indexed(volume);
            c.checkpointIndex();
            before = c.indexStatus();
            assertThat(before.checkpoint().orElseThrow().watermark()).isEqualTo(ENOUGH);
            assertThat(before.checkpoint().orElseThrow().changedRows()).isZero();
            c.upsertAll(points(ENOUGH, ENOUGH + 10));
        }
        reboot();
        try (Volume volume = open(options())) {
            Collection c = volume.collection("c");
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.UNLOADED);
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
            IndexStatus status = c.indexStatus();
            assertThat(status.rows()).isEqualTo(before.rows());
            assertThat(status.tailRows()).isEqualTo(10);
            assertThat(status.problem()).isEmpty();
            assertThat(c.verifyIndex().findings()).isEmpty();
            assertThat(c.awaitIndexed().rows()).isEqualTo(ENOUGH + 10);
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
        }
    }

    @Test
    void closed_theIndexIsSavedAndItsMemoryIsBack() {
        try (Volume volume = open(options())) {
            indexed(volume);
            assertThat(budget.usedByOwner()).containsKey("graph");
        }
        assertThat(budget.usedByOwner()).isEmpty();
        reboot();
        try (Volume volume = open(options().readOnly())) {
            Collection c = volume.collection("c");
            assertThat(c.loadIndex().rows()).isEqualTo(ENOUGH);
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
            assertThatThrownBy(c::rebuildIndex).isInstanceOf(AccessException.class);
            assertThatThrownBy(c::dropIndex).isInstanceOf(AccessException.class);
            assertThatThrownBy(c::checkpointIndex).isInstanceOf(AccessException.class);
            assertThatThrownBy(c::awaitIndexed).isInstanceOf(AccessException.class);
            assertThat(c.verifyIndex().clean()).isTrue();
        }
    }

    @Test
    void index_droppedCreatedAndRebuilt_isWhatWasAskedForAfterReopeningToo() {
        try (Volume volume = open(options())) {
            Collection c = indexed(volume);
            c.checkpointIndex();
            c.dropIndex();
            assertThat(c.awaitIndexed().kind()).isEqualTo(IndexKind.FLAT);
            assertThat(c.indexStatus().checkpoint()).isEmpty();
            assertAsExact(c, SearchPlan.Kind.EXACT_SCAN);
            assertThat(budget.usedByOwner()).doesNotContainKey("graph");
        }
        reboot();
        try (Volume volume = open(options())) {
            Collection c = volume.collection("c");
            assertThat(c.awaitIndexed().phase()).isEqualTo(Phase.NONE);
            c.createIndex(IndexSpec.parse(IndexKind.GRAPH, Map.of()));
            assertThat(c.indexStatus().rows()).isZero();
            assertAsExact(c, SearchPlan.Kind.EXACT_SCAN);
            assertThat(c.awaitIndexed().rows()).isEqualTo(ENOUGH);
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
            c.checkpointIndex();
            c.rebuildIndex();
            assertThat(c.indexStatus().checkpoint()).isEmpty();
            assertThat(c.awaitIndexed().rows()).isEqualTo(ENOUGH);
        }
        reboot();
        try (Volume volume = open(options())) {
            assertThat(volume.collection("c").loadIndex().rows()).isEqualTo(ENOUGH);
            assertThatThrownBy(() -> volume.createCollection(new CollectionSpec("bits", 8, Metric.HAMMING))
                            .createIndex(IndexSpec.parse(IndexKind.GRAPH, Map.of())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("hamming");
            volume.drop("c");
            volume.drop("bits");
            assertThat(budget.usedByOwner()).doesNotContainKey("graph");
        }
    }

    @Test
    void backgroundThreads_drainSweepAndEnd() {
        try (Volume volume = open(options().indexThreads(2))) {
            Collection c = volume.createCollection(SPEC);
            for (int from = 0; from < 6_000; from += 500) {
                c.upsertAll(points(from, from + 500));
                assertAsExactWhicheverWay(c);
            }
            c.deleteAll(IntStream.range(0, 3_000).<PointId>mapToObj(PointId::of).toList());
            IndexStatus status = c.awaitIndexed();
            assertThat(status.problem()).isEmpty();
            assertThat(status.tailRows()).isZero();
            assertAsExactWhicheverWay(c);
        }
        assertThat(budget.usedByOwner()).isEmpty();
    }

    private static void assertAsExactWhicheverWay(Collection c) {
        int found = 0;
        for (int seed = 0; seed < 5; seed++) {
            found += hitsAmongTheTrueOnes(c, c.search(nearest(seed).build()), nearest(seed));
        }
        assertThat(found).as("of 50").isGreaterThanOrEqualTo(47);
    }

    @Test
    void checkpoints_oneAfterTheOther_takeNoMoreThanTheLivePages() {
        try (Volume volume = open(options())) {
            Collection c = indexed(volume);
            long largest = 0;
            for (int round = 0; round < 12; round++) {
                int from = round * 250 % ENOUGH;
                c.upsertAll(points(from, from + 1_200));
                c.awaitIndexed();
                c.checkpointIndex();
                largest = Math.max(
                        largest, c.indexStatus().checkpoint().orElseThrow().fileBytes());
            }
            c.rebuildIndex();
            c.awaitIndexed();
            c.checkpointIndex();
            long fresh = c.indexStatus().checkpoint().orElseThrow().fileBytes();
            assertThat(largest).isLessThanOrEqualTo((long) (2.0 * fresh));
            for (int round = 0; round < 5; round++) {
                c.upsertAll(points(0, 1));
                c.awaitIndexed();
                c.checkpointIndex();
                assertThat(c.indexStatus().checkpoint().orElseThrow().fileBytes())
                        .isLessThanOrEqualTo((long) (1.3 * fresh));
            }
        }
    }

    /** Many points fulfil the filter, but none of those that the index comes by. */
    @Test
    void filteredSearch_withAllMatchesFarFromTheQuery_findsThem() {
        try (Volume volume = open(options())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, ENOUGH));
            List<Point> near = c
                    .search(nearest(3).k(300).exact().includeVectors().build())
                    .hits()
                    .stream()
                    .map(hit -> new Point(hit.id(), hit.vector().orElseThrow(), Optional.empty())
                            .withPayload("{\"near\": true}"))
                    .toList();
            c.upsertAll(near);
            c.awaitIndexed();
            SearchResult far =
                    c.search(nearest(3).ef(16).filter("NOT EXISTS near").build());
            List<Hit> exact = c.search(
                            nearest(3).filter("NOT EXISTS near").exact().build())
                    .hits();
            assertThat(far.hits()).as(far.plan().explain()).hasSameSizeAs(exact);
            // Behind so many others a great many points are about equally far.
            double farthest = 1.1 * exact.getLast().distance();
            assertThat(far.hits()).allMatch(hit -> hit.distance() <= farthest);
        }
    }

    @Test
    void filteredAndRangeSearches_missNothingThatIsThere() {
        try (Volume volume = open(options())) {
            Collection c = volume.createCollection(SPEC);
            List<Point> points = new ArrayList<>();
            for (Point point : points(0, ENOUGH)) {
                long number = ((PointId.Numeric) point.id()).value();
                points.add(point.withPayload("{\"n\": " + number % 600 + "}"));
            }
            c.upsertAll(points);
            c.awaitIndexed();
            SearchResult few = c.search(nearest(3).filter("n = 7").build());
            assertThat(few.hits()).hasSize(5);
            assertThat(few.plan().kind()).isEqualTo(SearchPlan.Kind.EXACT_SCAN);
            assertThat(few.plan().reason()).contains("of 3000 points fulfil the filter");
            assertThat(few.hits())
                    .isEqualTo(
                            c.search(nearest(3).filter("n = 7").exact().build()).hits());
            SearchResult many = c.search(nearest(3).filter("n < 300").build());
            assertThat(many.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_THEN_FILTER);
            assertThat(many.hits())
                    .isEqualTo(c.search(nearest(3).filter("n < 300").exact().build())
                            .hits());
            SearchResult range =
                    c.search(SearchRequest.builder(vector(3)).radius(60).build());
            assertThat(range.plan().kind()).isEqualTo(SearchPlan.Kind.EXACT_SCAN);
            double radius = c.search(nearest(3).build()).hits().get(4).distance();
            SearchResult cut = c.search(nearest(3).radius(radius).build());
            assertThat(cut.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
            assertThat(cut.hits())
                    .isEqualTo(
                            c.search(nearest(3).radius(radius).exact().build()).hits())
                    .hasSizeBetween(5, 9);
            assertThat(c.search(SearchRequest.builder(vector(3)).k(1_000).build())
                            .plan()
                            .kind())
                    .isEqualTo(SearchPlan.Kind.EXACT_SCAN);
        }
    }

    /** One vector 500 times, and 2,500 that are equal to one of seven. */
    @Test
    void equalVectors_areAllFoundAndTheIndexIsSound() {
        IntFunction<Point> point = i -> Point.of(PointId.of(i), vector(i < 500 ? 0 : 1 + i % 7));
        try (Volume volume = open(options())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(IntStream.range(0, ENOUGH).mapToObj(point).toList());
            c.awaitIndexed();
            assertFindsEqualVectors(c, 500);
            c.checkpointIndex();
            c.deleteAll(IntStream.range(0, 200).<PointId>mapToObj(PointId::of).toList());
            c.awaitIndexed();
            assertFindsEqualVectors(c, 300);
            c.checkpointIndex();
        }
        reboot();
        try (Volume volume = open(options())) {
            Collection c = volume.collection("c");
            assertThat(c.loadIndex().phase()).isEqualTo(Phase.ACTIVE);
            assertFindsEqualVectors(c, 300);
            c.rebuildIndex();
            c.awaitIndexed();
            assertFindsEqualVectors(c, 300);
        }
    }

    private static void assertFindsEqualVectors(Collection c, int copies) {
        assertThat(c.verifyIndex().findings()).isEmpty();
        SearchResult result = c.search(nearest(0).k(200).build());
        assertThat(result.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
        assertThat(result.hits())
                .hasSize(200)
                .allMatch(hit -> hit.distance() == 0)
                .allMatch(hit -> hit.id().compareTo(PointId.of(500 - copies)) >= 0);
    }

    @Test
    void batches_withAnIndex_answerEachQueryAsAlone() {
        try (Volume volume = open(options())) {
            Collection c = indexed(volume);
            c.upsertAll(points(ENOUGH, ENOUGH + 77));
            List<VectorData> queries =
                    IntStream.range(0, 30).mapToObj(IndexTest::vector).toList();
            BatchSearchResult batch = c.searchBatch(
                    SearchRequest.builder(queries).k(10).ef(400).threads(2).build());
            assertThat(batch.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
            for (int i = 0; i < queries.size(); i++) {
                assertThat(batch.hits().get(i))
                        .isEqualTo(c.search(nearest(i).build()).hits());
            }
        }
    }

    @Test
    void budget_thatRefusesTheIndex_isReportedAndSearchesGoOn() {
        MemoryBudget small = new MemoryBudget(64L << 20);
        try (Volume volume = Volume.open(
                device, VolumeOptions.builder().budget(small).indexThreads(0).build())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, ENOUGH));
            small.reserve("somebody else", small.availableBytes());
            IndexStatus status = c.awaitIndexed();
            assertThat(status.shortage().orElseThrow().text()).contains("memory budget");
            assertThat(status.problem()).isEmpty();
            assertThat(volume.warnings()).anyMatch(warning -> warning.contains("memory budget"));
            assertAsExactWhicheverWay(c);
            small.release("somebody else", small.usedByOwner().get("somebody else"));
            c.rebuildIndex();
            assertThat(c.awaitIndexed().shortage()).isEmpty();
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
        }
    }

    /** Rows that come while dead ones are taken out wait for their places instead of taking new ones. */
    @Test
    void halfOfThePoints_deletedAndStoredAgainByTheWay_takesFewMorePlacesThanThereArePoints() {
        int count = 12_000;
        Random random = new Random(5);
        try (Volume volume = open(options().indexThreads(2))) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(points(0, count));
            c.awaitIndexed();
            for (int round = 0; round < 3; round++) {
                List<PointId> half = IntStream.range(0, count)
                        .filter(_ -> random.nextBoolean())
                        .<PointId>mapToObj(PointId::of)
                        .toList();
                c.deleteAll(half);
                c.upsertAll(half.stream()
                        .map(id -> Point.of(id, vector(((PointId.Numeric) id).value())))
                        .toList());
                IndexStatus status = c.awaitIndexed();
                assertThat(status.rows() + status.freePlaces())
                        .as("places after round %d", round)
                        .isLessThan(count * 13 / 10);
            }
            assertAsExact(c, SearchPlan.Kind.INDEX_AND_TAIL);
        }
    }
}
