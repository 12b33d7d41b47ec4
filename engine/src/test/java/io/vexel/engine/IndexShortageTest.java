package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.ConflictException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.GraphSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The index of a collection whose budget has no memory for a while: it waits, searches are right, and it goes on when there is memory again. */
class IndexShortageTest {

    private static final int MIB = 1 << 20;
    private static final CollectionSpec SPEC = new CollectionSpec("c", 64, Metric.L2);
    private static final int POINTS = 4_000;
    private static final int MORE = 4_000;
    private static final int MOST = 60_000;

    private static final String HOG = "hog";

    /** What an index leaves of the budget when it grows. */
    private static final long HEADROOM = 2 * MIB;

    private final MemoryBudget budget = new MemoryBudget(64 * MIB);
    private SimulatedDevice device = new SimulatedDevice(Disks.formatted(96L << 20, 4096, 5), 5).withoutLog();

    private Volume open(int indexThreads) {
        device = new SimulatedDevice(device.image(), 6).withoutLog();
        return Volume.open(
                device,
                VolumeOptions.builder()
                        .budget(budget)
                        .indexThreads(indexThreads)
                        .withoutPressure()
                        .build());
    }

    private static VectorData vector(int seed) {
        Random random = new Random(seed);
        float[] components = new float[SPEC.dimension()];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) random.nextGaussian();
        }
        return VectorData.of(components);
    }

    private static void upsert(Collection c, int from, int to) {
        c.upsertAll(IntStream.range(from, to)
                .mapToObj(id -> Point.of(PointId.of(id), vector(id)))
                .toList());
    }

    private static Collection create(Volume volume) {
        Collection c = volume.createCollection(SPEC);
        // Rows that cannot become smaller.
        c.createIndex(GraphSpec.defaults().withRows(GraphSpec.Rows.SMALL));
        return c;
    }

    /**
     * Upserts rows until the index waits for memory.
     *
     * @param settled how it stands with the index when it has done what it could
     * @return how many points there are then
     */
    private static int upsertUntilShort(Collection c, Supplier<IndexStatus> settled) {
        int points = POINTS;
        while (settled.get().shortage().isEmpty()) {
            assertThat(points).isLessThan(MOST);
            upsert(c, points, points + 500);
            points += 500;
        }
        return points;
    }

    /** Takes all memory but this, and what others could give back. */
    private long takeAllBut(long bytes) {
        while (budget.reclaim(budget.limitBytes()) > 0) {
            Thread.onSpinWait();
        }
        long taken = budget.availableBytes() - bytes;
        budget.reserve(HOG, taken);
        return taken;
    }

    private static void checkFinds(Collection c, int from, int to) {
        for (int id = from; id < to; id += 97) {
            Hit nearest = c.search(
                            SearchRequest.builder(vector(id)).k(1).ef(2_000).build())
                    .hits()
                    .getFirst();
            assertThat(nearest.id()).isEqualTo(PointId.of(id));
        }
    }

    @Test
    void index_refusedMemory_waitsForItAndGoesOn() {
        try (Volume volume = open(0)) {
            Collection c = create(volume);
            upsert(c, 0, POINTS);
            assertThat(c.awaitIndexed().problem()).isEmpty();
            upsert(c, POINTS, POINTS + MORE);
            long taken = takeAllBut(HEADROOM + (320 << 10));
            IndexStatus status = c.awaitIndexed();
            assertThat(status.problem()).isEmpty();
            IndexStatus.Shortage shortage = status.shortage().orElseThrow();
            assertThat(shortage.requestedBytes()).isGreaterThan(shortage.freeBytes());
            assertThat(shortage.text())
                    .startsWith(
                            "collection c: work on the index waits for memory: not enough memory budget bytes for graph and headroom: requested="
                                    + shortage.requestedBytes());
            assertThat(status.phase()).isEqualTo(IndexStatus.Phase.ACTIVE);
            assertThat(status.tailRows()).isPositive();
            assertThat(volume.warnings()).anyMatch(text -> text.contains("waits for memory"));
            checkFinds(c, 0, POINTS + MORE);
            assertThat(c.verifyIndex().findings())
                    .as("what is in the index is sound")
                    .isEmpty();
            budget.release(HOG, taken);
            status = c.awaitIndexed();
            assertThat(status.problem()).isEmpty();
            assertThat(status.shortage()).isEmpty();
            assertThat(status.tailRows()).isZero();
            assertThat(c.verifyIndex().findings()).isEmpty();
            checkFinds(c, 0, POINTS + MORE);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void writes_whileTheIndexWaitsForMemory_findMemoryForTheirIds() {
        try (Volume volume = open(0)) {
            Collection c = create(volume);
            upsert(c, 0, POINTS);
            c.awaitIndexed();
            long taken = takeAllBut(HEADROOM + (400 << 10));
            int points = upsertUntilShort(c, c::awaitIndexed);
            // Two more chunks of each column of ids, and a map of twice the size.
            int more = points + 24_000;
            for (int from = points; from < more; from += 500) {
                upsert(c, from, from + 500);
            }
            assertThat(c.count()).isEqualTo(more);
            assertThat(c.awaitIndexed().shortage()).isPresent();
            assertThat(c.search(SearchRequest.builder(vector(more - 1)).k(1).build())
                            .hits()
                            .getFirst()
                            .id())
                    .isEqualTo(PointId.of(more - 1));
            budget.release(HOG, taken);
            assertThat(c.awaitIndexed().shortage()).isEmpty();
            assertThat(c.tailRows()).isZero();
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
    }

    @Test
    void compaction_whileTheIndexWaitsForMemory_givesItPlacesToGoOnWith() {
        try (Volume volume = open(0)) {
            Collection c = create(volume);
            upsert(c, 0, POINTS);
            c.awaitIndexed();
            c.deleteAll(IntStream.range(0, POINTS / 2)
                    .<PointId>mapToObj(PointId::of)
                    .toList());
            long taken = takeAllBut(2 * MIB);
            upsert(c, POINTS, POINTS + MORE);
            c.compact();
            budget.release(HOG, taken);
            assertThat(c.awaitIndexed().shortage()).isEmpty();
            checkFinds(c, POINTS / 2, POINTS + MORE);
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void backgroundThread_afterAShortage_goesOnWithoutASignal() {
        try (Volume volume = open(1)) {
            Collection c = create(volume);
            upsert(c, 0, POINTS);
            c.awaitIndexed();
            long taken = takeAllBut(HEADROOM + (400 << 10));
            upsertUntilShort(c, () -> {
                while (c.tailRows() > 0 && c.indexStatus().shortage().isEmpty()) {
                    Thread.onSpinWait();
                }
                return c.indexStatus();
            });
            budget.release(HOG, taken);
            while (c.tailRows() > 0) {
                Thread.onSpinWait();
            }
            assertThat(c.awaitIndexed().shortage()).isEmpty();
        }
    }

    @Test
    void savedIndex_thatFindsNoMemoryToBeLoaded_isLoadedWhenThereIsSome() {
        long indexBytes;
        try (Volume volume = open(0)) {
            Collection c = create(volume);
            upsert(c, 0, POINTS);
            indexBytes = c.awaitIndexed().memoryBytes();
            c.deleteAll(IntStream.range(0, POINTS / 2)
                    .<PointId>mapToObj(PointId::of)
                    .toList());
        }
        assertThat(budget.usedBytes()).isZero();
        try (Volume volume = open(0)) {
            Collection c = volume.collection("c");
            long taken = takeAllBut(indexBytes / 2);
            IndexStatus status = c.loadIndex();
            assertThat(status.phase()).isEqualTo(IndexStatus.Phase.WAITING);
            assertThat(status.shortage()).isPresent();
            assertThat(status.problem()).isEmpty();
            checkFinds(c, POINTS / 2, POINTS);
            assertThatThrownBy(c::verifyIndex)
                    .as("nothing is known of an index that cannot be loaded")
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("to load the index of collection c");
            assertThatThrownBy(c::compact)
                    .as("the saved index may still have the dead rows")
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("waits for memory");
            budget.release(HOG, taken);
            status = c.awaitIndexed();
            assertThat(status.phase()).isEqualTo(IndexStatus.Phase.ACTIVE);
            assertThat(status.checkpoint()).as("loaded, not made anew").isPresent();
            assertThat(status.shortage()).isEmpty();
            c.compact();
            assertThat(c.verifyIndex().findings()).isEmpty();
            checkFinds(c, POINTS / 2, POINTS);
        }
        assertThat(budget.usedBytes()).isZero();
    }
}
