package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.IndexStatus.Phase;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.GraphRows;
import io.vexel.index.GraphSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An index that is used where it was saved while it is brought into memory. */
class WalkedIndexTest {

    private static final CollectionSpec SPEC = CollectionSpec.builder("c")
            .dimension(24)
            .metric(Metric.L2)
            .keywordIndex("g")
            .build();
    private static final int POINTS = 3_000;
    private static final int QUERIES = 20;

    /** With this ef a search comes to every row that can be reached, so a row is found by its own vector. */
    private static final int FOUND_FOR_SURE = 2 * POINTS;

    private static DiskImage image;

    /** What a search through the index in memory answers. */
    private static List<List<Hit>> answers;

    /** Holds up who would bring the index into memory in the background, at its first large reservation, until it is opened. */
    private static final class Gate {

        private static final long LARGE_BYTES = 128 << 10;

        private final CountDownLatch opened = new CountDownLatch(1);
        private final CountDownLatch heldUp = new CountDownLatch(1);

        MemoryBudget budget() {
            return MemoryBudget.withRefusal(1L << 32, (owner, bytes) -> {
                boolean loading = owner.equals("graph") && bytes >= LARGE_BYTES;
                if (loading && Thread.currentThread().isDaemon()) {
                    heldUp.countDown();
                    try {
                        opened.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return false;
            });
        }
    }

    private static VolumeOptions options(MemoryBudget budget, int threads) {
        return VolumeOptions.builder()
                .budget(budget)
                .time(new SimulatedClock())
                .indexThreads(threads)
                .walkWhileLoading(0)
                .withoutPressure()
                .build();
    }

    private static MemoryBudget plenty() {
        return new MemoryBudget(1L << 32);
    }

    private static VectorData vector(int seed) {
        Random random = new Random(seed * 31L);
        float[] components = new float[SPEC.dimension()];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) random.nextGaussian();
        }
        return VectorData.of(components);
    }

    private static Point point(int id) {
        return Point.of(PointId.of(id), vector(id)).withPayload("{\"g\":\"" + id % 3 + "\"}");
    }

    private static SearchRequest.Builder nearest(int query) {
        return SearchRequest.builder(vector(1_000_000 + query)).k(10).ef(200);
    }

    private static List<Hit> hits(Collection c, int query) {
        return c.search(nearest(query).build()).hits();
    }

    @BeforeAll
    static void make() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(64L << 20, 4096, 21), 21).withoutLog();
        try (Volume volume = Volume.open(device, options(plenty(), 2))) {
            Collection c = volume.createCollection(SPEC);
            c.createIndex(GraphSpec.defaults().withEfConstruction(40));
            c.upsertAll(
                    IntStream.range(0, POINTS).mapToObj(WalkedIndexTest::point).toList());
            assertThat(c.awaitIndexed().problem()).isEmpty();
        }
        image = device.image();
        try (Volume volume = Volume.open(disk(), options(plenty(), 0))) {
            Collection c = volume.collection("c");
            c.loadIndex();
            answers = IntStream.range(0, QUERIES).mapToObj(q -> hits(c, q)).toList();
        }
    }

    private static SimulatedDevice disk() {
        return new SimulatedDevice(image, 6).withoutLog();
    }

    private static void assertAnswers(Collection c) {
        for (int q = 0; q < QUERIES; q++) {
            assertThat(hits(c, q)).as("query %d", q).isEqualTo(answers.get(q));
        }
    }

    @Test
    void searches_whileTheIndexIsLoaded_findWhatTheyFindAfterwards() throws InterruptedException {
        Gate gate = new Gate();
        MemoryBudget budget = gate.budget();
        try (Volume volume = Volume.open(disk(), options(budget, 2))) {
            Collection c = volume.collection("c");
            assertAnswers(c);
            IndexStatus status = c.indexStatus();
            assertThat(status.phase()).isEqualTo(Phase.LOADING);
            assertThat(status.layout()).isEmpty();
            assertThat(status.rows()).isEqualTo(POINTS);
            assertThat(status.problem()).isEmpty();
            assertThat(c.search(nearest(1).build()).plan().explain()).contains("the index is being loaded");

            PointId gone = answers.getFirst().getFirst().id();
            c.delete(gone);
            c.upsert(point(POINTS));
            assertThat(c.search(SearchRequest.builder(vector(POINTS)).k(1).build())
                            .hits()
                            .getFirst()
                            .id())
                    .isEqualTo(PointId.of(POINTS));
            assertThat(hits(c, 0)).extracting(Hit::id).doesNotContain(gone);
            assertThat(c.search(nearest(2).filter(Filter.parse("g = '1'")).build())
                            .hits())
                    .hasSize(10)
                    .allMatch(hit -> ((PointId.Numeric) hit.id()).value() % 3 == 1);
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.LOADING);
            assertThat(c.tailRows()).isEqualTo(1);

            gate.heldUp.await();
            gate.opened.countDown();
            status = c.awaitIndexed();
            assertThat(status.phase()).isEqualTo(Phase.ACTIVE);
            assertThat(status.layout()).map(GraphRows::isAsWanted).contains(true);
            assertThat(status.tailRows()).isZero();
            assertThat(hits(c, 0)).extracting(Hit::id).doesNotContain(gone);
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
        assertThat(budget.usedByOwner()).isEmpty();
    }

    /** What may be asked of a collection whose index is not in memory yet. */
    private enum Wish {
        LOAD(Collection::loadIndex),
        WAIT(Collection::awaitIndexed),
        SAVE(Collection::checkpointIndex),
        CHECK(c -> assertThat(c.verifyIndex().findings()).isEmpty()),
        COMPACT(c -> {
            c.deleteAll(PointModel.ids(0, 500));
            c.compact();
            c.upsertAll(IntStream.range(0, 500).mapToObj(WalkedIndexTest::point).toList());
        }),
        REBUILD(Collection::rebuildIndex),
        REPLACE(c -> c.createIndex(GraphSpec.defaults().withEfConstruction(32)));

        private final Consumer<Collection> wish;

        Wish(Consumer<Collection> wish) {
            this.wish = wish;
        }
    }

    @ParameterizedTest
    @EnumSource
    void wish_whileTheIndexIsWalked_comesTrue(Wish wish) {
        SimulatedDevice device = disk();
        MemoryBudget budget = plenty();
        try (Volume volume = Volume.open(device, options(budget, 0))) {
            Collection c = volume.collection("c");
            assertAnswers(c);
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.LOADING);
            wish.wish.accept(c);
            IndexStatus status = c.awaitIndexed();
            assertThat(status.phase()).isEqualTo(Phase.ACTIVE);
            assertThat(status.problem()).isEmpty();
            assertThat(c.verifyIndex().findings()).isEmpty();
            for (int q = 0; q < QUERIES; q++) {
                assertThat(hits(c, q)).hasSize(10);
            }
        }
        assertThat(budget.usedByOwner()).isEmpty();
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 7).withoutLog(), options(plenty(), 0))) {
            assertThat(volume.collection("c").loadIndex().problem()).isEmpty();
        }
    }

    @Test
    void dropOrClose_whileTheIndexIsWalked_givesEverythingBack() {
        SimulatedDevice device = disk();
        MemoryBudget budget = plenty();
        try (Volume volume = Volume.open(device, options(budget, 0))) {
            assertAnswers(volume.collection("c"));
        }
        assertThat(budget.usedByOwner()).isEmpty();
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 8).withoutLog(), options(budget, 0))) {
            Collection c = volume.collection("c");
            assertAnswers(c);
            c.dropIndex();
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.NONE);
            assertThat(hits(c, 0)).hasSize(10);
            volume.drop("c");
        }
        assertThat(budget.usedByOwner()).isEmpty();
    }

    /** A volume that is only read has nothing loaded before a search. */
    @Test
    void readOnlyVolume_firstSearch_walksAndTheRestIsLoadedInTheBackground() {
        Gate gate = new Gate();
        VolumeOptions options = VolumeOptions.builder()
                .readOnly()
                .budget(gate.budget())
                .indexThreads(1)
                .walkWhileLoading(0)
                .build();
        try (Volume volume = Volume.open(disk(), options)) {
            Collection c = volume.collection("c");
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.UNLOADED);
            assertAnswers(c);
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.LOADING);
            gate.opened.countDown();
            assertThat(c.loadIndex().phase()).isEqualTo(Phase.ACTIVE);
            assertAnswers(c);
        }
    }

    /** The rows are in memory, but nothing is read from the device any more. */
    @Test
    void unreadablePages_whileTheIndexIsWalked_areAnsweredExactlyAndReported() {
        SimulatedDevice device = disk();
        try (Volume volume = Volume.open(device, options(plenty(), 0))) {
            Collection c = volume.collection("c");
            List<List<Hit>> exact = IntStream.range(0, QUERIES)
                    .mapToObj(q -> c.search(nearest(q).exact().build()).hits())
                    .toList();
            hits(c, 0);
            assertThat(c.search(nearest(0)
                                    .filter("NOT EXISTS x")
                                    .k(POINTS)
                                    .exact()
                                    .build())
                            .hits())
                    .hasSize(POINTS);
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.LOADING);
            device.inject(FaultRule.onRange(Fault.READ_ERROR, 0, Long.MAX_VALUE));
            int unread = 0;
            for (int i = 0; i < 2 * QUERIES; i++) {
                int q = i / 2;
                // All fulfil the filter, so the hits are the same; their payloads are in memory, too.
                SearchRequest.Builder request =
                        i % 2 == 0 ? nearest(q) : nearest(q).filter("NOT EXISTS x");
                SearchResult found = c.search(request.build());
                boolean scanned = found.plan().kind() == SearchPlan.Kind.INDEX_THEN_SCAN;
                assertThat(found.hits()).as("query %d", q).isEqualTo(scanned ? exact.get(q) : answers.get(q));
                if (scanned) {
                    assertThat(found.plan().explain()).contains("a part of the index cannot be read");
                    unread++;
                }
            }
            assertThat(unread).isPositive();
            assertThat(c.indexStatus().problem()).get().asString().contains("a part of the index cannot be read");
            device.healAll();
            assertAnswers(c);
            assertThat(c.awaitIndexed().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(c.indexStatus().problem()).isEmpty();
            assertAnswers(c);
        }
    }

    @Test
    void budgetWithoutRoomForBoth_indexIsLoadedByTheFirstSearch() {
        try (Volume volume = Volume.open(disk(), options(new MemoryBudget(20L << 20), 0))) {
            Collection c = volume.collection("c");
            assertAnswers(c);
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.ACTIVE);
        }
    }

    /** Searches and a writer from the first moment on, again and again. */
    @Test
    void reopened_underSearchesAndWrites_answersRightAllTheTime() throws Exception {
        SimulatedDevice device = disk();
        int next = POINTS;
        for (int round = 0; round < 12; round++) {
            int first = next;
            AtomicInteger written = new AtomicInteger(first);
            AtomicBoolean loading = new AtomicBoolean(true);
            MemoryBudget budget = plenty();
            try (Volume volume = Volume.open(device, options(budget, 2));
                    ExecutorService threads = Executors.newFixedThreadPool(3)) {
                Collection c = volume.collection("c");
                List<Future<?>> working = new ArrayList<>();
                for (int s = 0; s < 2; s++) {
                    int seed = round * 10 + s;
                    working.add(threads.submit(() -> search(c, written, loading, seed)));
                }
                working.add(threads.submit(() -> {
                    for (int id = first; id < first + 60; id++) {
                        c.upsert(point(id));
                        written.set(id + 1);
                    }
                }));
                assertThat(c.loadIndex().phase()).isEqualTo(Phase.ACTIVE);
                assertThat(c.awaitIndexed().problem()).isEmpty();
                loading.set(false);
                for (Future<?> each : working) {
                    each.get();
                }
                next = first + 60;
                assertThat(c.count()).isEqualTo(next);
                assertThat(c.verifyIndex().findings()).isEmpty();
            }
            assertThat(budget.usedByOwner()).isEmpty();
            device = new SimulatedDevice(device.image(), round).withoutLog();
        }
    }

    private static void search(Collection c, AtomicInteger written, AtomicBoolean loading, int seed) {
        Random random = new Random(seed);
        do {
            int id = random.nextInt(written.get());
            List<Hit> found = c.search(SearchRequest.builder(vector(id))
                            .k(5)
                            .ef(FOUND_FOR_SURE)
                            .build())
                    .hits();
            assertThat(found).hasSize(5);
            assertThat(found.getFirst().id()).isEqualTo(PointId.of(id));
            assertThat(found).extracting(Hit::id).doesNotHaveDuplicates();
        } while (loading.get());
    }
}
