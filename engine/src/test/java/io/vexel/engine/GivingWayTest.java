package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.ConflictException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.IndexStatus.Phase;
import io.vexel.collection.PayloadIndexStatistics.Status;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.GraphRows;
import io.vexel.index.GraphSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes that find no memory have what is derived give way, step by step; searches are right all the while, and what gave way comes back with the memory. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GivingWayTest {

    private static final int MIB = 1 << 20;
    private static final int DIMENSION = 128;
    private static final CollectionSpec SPEC = CollectionSpec.builder("c")
            .dimension(DIMENSION)
            .metric(Metric.L2)
            .keywordIndex("g")
            .textIndex("t")
            .build();

    /** Rows for which each column of ids has one chunk: with the next one each needs another. */
    private static final int CHUNK_ROWS = 1 << 14;

    /** Ids with which their map doubles. */
    private static final int DOUBLING = (7 << 15) / 10;

    private static final String HOG = "hog";
    private static final int GROUPS = 20;
    private static final int BATCH = 500;

    private final MemoryBudget budget = new MemoryBudget(64 * MIB);
    private SimulatedDevice device = new SimulatedDevice(Disks.formatted(128L << 20, 4096, 5), 5).withoutLog();

    private Volume open(MemoryBudget memory) {
        device = new SimulatedDevice(device.image(), 6).withoutLog();
        return Volume.open(
                device,
                VolumeOptions.builder()
                        .budget(memory)
                        .indexThreads(0)
                        .withoutPressure()
                        .build());
    }

    private static Collection create(Volume volume, CollectionSpec spec, GraphSpec.Rows rows) {
        Collection c = volume.createCollection(spec);
        c.createIndex(GraphSpec.defaults().withRows(rows).withEfConstruction(16));
        return c;
    }

    private static VectorData vector(int seed) {
        return Disks.clustered(DIMENSION, seed);
    }

    private static Point point(int id) {
        Random random = new Random(id);
        StringBuilder text = new StringBuilder("id" + id);
        for (int word = 0; word < 6; word++) {
            text.append(" w").append(random.nextInt(30_000));
        }
        return Point.of(PointId.of(id), vector(id))
                .withPayload("{\"g\": " + id % GROUPS + ", \"t\": \"" + text + "\"}");
    }

    private static void upsert(Collection c, int from, int to) {
        for (int at = from; at < to; at += BATCH) {
            c.upsertAll(IntStream.range(at, Math.min(to, at + BATCH))
                    .mapToObj(GivingWayTest::point)
                    .toList());
        }
    }

    /** Takes all memory that is free, and what caches give back. */
    private static long takeAll(MemoryBudget memory) {
        long taken = 0;
        boolean more = true;
        while (more) {
            long _ = memory.reclaim(memory.limitBytes());
            long free = memory.availableBytes();
            more = free > 0 && memory.tryReserve(HOG, free);
            taken += more ? free : 0;
        }
        return taken;
    }

    private static SearchRequest.Builder nearest(int id) {
        return SearchRequest.builder(vector(id)).k(1).ef(1_000);
    }

    private static void checkFinds(Collection c, int points) {
        assertThat(c.count()).isEqualTo(points);
        for (int id = 0; id < points; id += points / 7) {
            assertThat(c.search(nearest(id).build()).hits()).extracting(Hit::id).containsExactly(PointId.of(id));
            long group = id % GROUPS;
            List<Hit> filtered = c.search(
                            nearest(id).k(5).filter(Filter.eq("g", group)).build())
                    .hits();
            assertThat(filtered).hasSize(5).extracting(Hit::id).contains(PointId.of(id));
            assertThat(filtered).allMatch(hit -> ((PointId.Numeric) hit.id()).value() % GROUPS == group);
        }
    }

    private static void checkFindsWords(Collection c, int id) {
        assertThat(c.search(SearchRequest.keywords("t", "id" + id).k(3).build()).hits())
                .extracting(Hit::id)
                .containsExactly(PointId.of(id));
    }

    @Test
    void compact_indexThatWaitsForMemory_isGivenUpWhenDeadRowsAreMany_andMadeAnew() {
        int points = 4_000;
        try (Volume volume = open(budget)) {
            Collection c = create(volume, new CollectionSpec("c", DIMENSION, Metric.L2), GraphSpec.Rows.FULL);
            upsert(c, 0, points);
            c.awaitIndexed();
            c.checkpointIndex();
            long taken = takeAll(budget);
            int rounds = 0;
            while (c.indexStatus().phase() == Phase.ACTIVE) {
                upsert(c, 0, points);
                rounds++;
            }
            // It has left. What it had goes to others, so that it stays out.
            long left = budget.availableBytes() - 2 * MIB;
            assertThat(left).isPositive();
            budget.reserve(HOG, left);
            taken += left;
            assertThatThrownBy(c::compact)
                    .as("%d rounds: not many dead rows yet", rounds)
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("needs an index that is in order");
            while (rounds < 6) {
                upsert(c, 0, points);
                rounds++;
            }
            assertThat(c.indexStatus().phase()).isNotEqualTo(Phase.ACTIVE);
            long ids = volume.memory().usedByOwner().get("ids");
            assertThat(c.compact().freedBytes()).isGreaterThan(4L * points * DIMENSION * Float.BYTES);
            assertThat(volume.memory().usedByOwner().get("ids")).isLessThan(ids - 4L * points * 24);
            assertThat(c.count()).isEqualTo(points);
            assertThat(c.search(nearest(7).build()).hits()).extracting(Hit::id).containsExactly(PointId.of(7));

            budget.release(HOG, taken);
            c.awaitIndexed();
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(c.indexStatus().rows()).isEqualTo(points);
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private static Status payloadIndexes(Collection c) {
        return c.statistics().payloadIndexes().status();
    }

    private static boolean isInMemory(Collection c) {
        IndexStatus status = c.indexStatus();
        return status.phase() == Phase.ACTIVE
                && status.layout().filter(GraphRows::paged).isEmpty();
    }

    @Test
    void writes_refusedMemoryForIds_havePayloadIndexesGiveWayAndThenTheIndex() {
        try (Volume volume = open(budget)) {
            Collection c = create(volume, SPEC, GraphSpec.Rows.SMALL);
            upsert(c, 0, CHUNK_ROWS);
            assertThat(c.awaitIndexed().tailRows()).isZero();
            checkFinds(c, CHUNK_ROWS);
            checkFindsWords(c, 77);
            assertThat(payloadIndexes(c)).isEqualTo(Status.IN_USE);
            long indexBytes = c.indexStatus().memoryBytes();
            long taken = takeAll(budget);

            upsert(c, CHUNK_ROWS, CHUNK_ROWS + BATCH);
            assertThat(payloadIndexes(c)).isEqualTo(Status.DROPPED);
            assertThat(isInMemory(c)).as("ids found memory before").isTrue();
            checkFinds(c, CHUNK_ROWS + BATCH);
            checkFindsWords(c, 77);
            assertThat(payloadIndexes(c)).as("payloads were read").isEqualTo(Status.DROPPED);

            taken += takeAll(budget);
            upsert(c, CHUNK_ROWS + BATCH, DOUBLING + BATCH);
            assertThat(isInMemory(c)).isFalse();
            assertThat(c.indexStatus().problem()).isEmpty();
            assertThat(c.indexStatus().shortage().orElseThrow().requestedBytes())
                    .as("the index, and headroom")
                    .isGreaterThan(indexBytes + budget.headroomBytes() - MIB);
            checkFinds(c, DOUBLING + BATCH);
            IndexStatus tried = c.awaitIndexed();
            assertThat(tried.shortage()).as("there is no room for it yet").isPresent();
            checkFinds(c, DOUBLING + BATCH);

            budget.release(HOG, taken);
            IndexStatus back = c.awaitIndexed();
            assertThat(back.shortage()).isEmpty();
            assertThat(back.problem()).isEmpty();
            assertThat(back.tailRows()).isZero();
            assertThat(isInMemory(c)).isTrue();
            assertThat(c.verifyIndex().findings()).isEmpty();
            checkFinds(c, DOUBLING + BATCH);
            checkFindsWords(c, DOUBLING + 1);
            assertThat(payloadIndexes(c)).isEqualTo(Status.IN_USE);
        }
        assertThat(budget.usedByOwner()).isEmpty();
        try (Volume volume = open(budget)) {
            checkFinds(volume.collection("c"), DOUBLING + BATCH);
        }
    }

    /** Nothing of it is left: the write is refused, changes nothing, and is done when there is memory. */
    @Test
    void write_whenNothingIsLeftToGiveWay_isRefusedAndChangesNothing() {
        try (Volume volume = open(budget)) {
            Collection c = volume.createCollection(new CollectionSpec("plain", DIMENSION, Metric.L2));
            upsert(c, 0, CHUNK_ROWS);
            long taken = takeAll(budget);
            assertThatThrownBy(() -> upsert(c, CHUNK_ROWS, CHUNK_ROWS + BATCH))
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("memory budget bytes for ids");
            assertThat(c.count()).isEqualTo(CHUNK_ROWS);
            budget.release(HOG, taken);
            upsert(c, CHUNK_ROWS, CHUNK_ROWS + BATCH);
            assertThat(c.count()).isEqualTo(CHUNK_ROWS + BATCH);
        }
    }

    /** A request that all of it together could not meet has nothing given up in vain. */
    @Test
    void write_thatNothingCouldHelp_leavesWhatIsDerived() {
        try (Volume volume = open(budget)) {
            Collection c = create(volume, SPEC, GraphSpec.Rows.SMALL);
            upsert(c, 0, 3_000);
            c.awaitIndexed();
            checkFindsWords(c, 77);
            long derived = c.indexStatus().memoryBytes()
                    + c.statistics().payloadIndexes().bytes();
            long taken = takeAll(budget);
            // A map of ids for this batch is larger than what is derived.
            int many = (int) (derived / 16);
            VectorData zero = VectorData.of(new float[DIMENSION]);
            List<Point> batch = IntStream.range(10_000, 10_000 + many)
                    .mapToObj(id -> Point.of(PointId.of(id), zero))
                    .toList();
            assertThatThrownBy(() -> c.upsertAll(batch)).isInstanceOf(CapacityException.class);
            assertThat(c.indexStatus().memoryBytes()
                            + c.statistics().payloadIndexes().bytes())
                    .isEqualTo(derived);
            budget.release(HOG, taken);
        }
    }

    @Test
    void write_besideAGraphWithFullRows_hasThemBecomeSmall() {
        AtomicReference<Collection> full = new AtomicReference<>();
        // Refused as long as the graph could become smaller.
        MemoryBudget memory = MemoryBudget.withRefusal(64 * MIB, (owner, _) -> {
            Collection c = full.get();
            return c != null
                    && owner.equals("ids")
                    && c.indexStatus().layout().filter(GraphRows::isNarrowed).isEmpty();
        });
        try (Volume volume = open(memory)) {
            Collection c = create(volume, SPEC, GraphSpec.Rows.FULL);
            upsert(c, 0, 3_000);
            c.awaitIndexed();
            long before = c.indexStatus().memoryBytes();
            full.set(c);
            upsert(c, 3_000, CHUNK_ROWS + BATCH);
            IndexStatus status = c.indexStatus();
            assertThat(status.layout().orElseThrow().isNarrowed()).isTrue();
            assertThat(status.memoryBytes()).isLessThan(before / 2);
            assertThat(isInMemory(c)).isTrue();
            checkFinds(c, CHUNK_ROWS + BATCH);
            assertThat(c.awaitIndexed().tailRows()).isZero();
            assertThat(c.verifyIndex().findings()).isEmpty();
            checkFinds(c, CHUNK_ROWS + BATCH);
            full.set(null);
        }
        assertThat(memory.usedByOwner()).isEmpty();
    }

    /** Ids of a collection that is opened find memory that indexes of others have; the one that has least of those that are enough gives way. */
    @Test
    void open_collectionBesideIndexesOfOthers_hasTheLeastThatIsEnoughGiveWay() {
        int rows = 2 * CHUNK_ROWS;
        try (Volume volume = open(budget)) {
            upsert(volume.createCollection(new CollectionSpec("plain", DIMENSION, Metric.L2)), 0, rows);
            for (int i = 0; i < 3; i++) {
                Collection c =
                        create(volume, new CollectionSpec("indexed" + i, DIMENSION, Metric.L2), GraphSpec.Rows.SMALL);
                upsert(c, 0, 2_500 + 3_000 * i);
                c.awaitIndexed();
            }
        }
        try (Volume volume = open(budget)) {
            List<Collection> indexed = IntStream.range(0, 3)
                    .mapToObj(i -> volume.collection("indexed" + i))
                    .toList();
            indexed.forEach(Collection::loadIndex);
            assertThat(indexed).allMatch(GivingWayTest::isInMemory);
            long taken = takeAll(budget);
            assertThat(volume.collection("plain").count()).isEqualTo(rows);
            assertThat(isInMemory(indexed.get(2))).as("the largest").isTrue();
            assertThat(indexed.stream().filter(GivingWayTest::isInMemory).count())
                    .isBetween(1L, 2L);
            for (int i = 0; i < 3; i++) {
                int id = 100 * i + 7;
                assertThat(indexed.get(i).search(nearest(id).build()).hits())
                        .extracting(Hit::id)
                        .containsExactly(PointId.of(id));
            }
            budget.release(HOG, taken);
            indexed.forEach(Collection::awaitIndexed);
            assertThat(indexed).allMatch(GivingWayTest::isInMemory);
        }
        assertThat(budget.usedByOwner()).isEmpty();
    }

    /** Two are refused before either has anything give way: one index is enough for both. */
    @Test
    void writes_refusedAtTheSameTime_haveOneIndexGiveWay() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        Set<Thread> refused = ConcurrentHashMap.newKeySet();
        AtomicBoolean full = new AtomicBoolean();
        MemoryBudget memory = MemoryBudget.withRefusal(64 * MIB, (owner, _) -> {
            if (full.get() && owner.equals("ids") && refused.add(Thread.currentThread())) {
                await(both);
                return true;
            }
            return false;
        });
        try (Volume volume = open(memory);
                ExecutorService writers = Executors.newFixedThreadPool(2)) {
            List<Collection> indexed = IntStream.range(0, 2)
                    .mapToObj(i -> create(
                            volume, new CollectionSpec("indexed" + i, DIMENSION, Metric.L2), GraphSpec.Rows.SMALL))
                    .toList();
            indexed.forEach(c -> upsert(c, 0, 3_000));
            indexed.forEach(Collection::awaitIndexed);
            List<Collection> plain = IntStream.range(0, 2)
                    .mapToObj(i -> volume.createCollection(new CollectionSpec("plain" + i, DIMENSION, Metric.L2)))
                    .toList();
            assertThat(indexed).allMatch(GivingWayTest::isInMemory);
            long taken = takeAll(memory);
            full.set(true);
            List<Future<?>> writing = new ArrayList<>();
            plain.forEach(c -> writing.add(writers.submit(() -> upsert(c, 0, 1))));
            for (Future<?> each : writing) {
                each.get();
            }
            assertThat(plain).allMatch(c -> c.count() == 1);
            assertThat(indexed.stream().filter(GivingWayTest::isInMemory)).hasSize(1);
            memory.release(HOG, taken);
        }
        assertThat(memory.usedByOwner()).isEmpty();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }
}
