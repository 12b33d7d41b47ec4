package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.base.CapacityException;
import io.vexel.base.ConflictException;
import io.vexel.base.NotFoundException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.CompactionProgress;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.PayloadIndexStatistics.Status;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.CrashEnumeration;
import io.vexel.testkit.CrashTrace;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Payload indexes that come and go while a collection is in use. */
class PayloadIndexChangeTest {

    private static final FieldIndex COLOR = FieldIndex.parse("color:keyword");
    private static final FieldIndex PRICE = FieldIndex.parse("price:range");
    private static final FieldIndex TITLE = FieldIndex.parse("title:text");
    private static final List<String> FILTERS = List.of(
            "color = \"c3\"",
            "price < 11",
            "color IN (\"c1\", \"c2\") AND price >= 90",
            "NOT EXISTS color",
            "color != \"c4\"");

    private static CollectionSpec spec(String name) {
        return CollectionSpec.builder(name).dimension(4).metric(Metric.L2).build();
    }

    private static VectorData vector(Random random) {
        return VectorData.of(random.nextInt(40), random.nextInt(40), random.nextInt(40), random.nextInt(40));
    }

    private static List<Point> points(Random random, int first, int count) {
        List<Point> points = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            points.add(Point.of(PointId.of(i), vector(random))
                    .withPayload("{\"color\": \"c" + random.nextInt(12) + "\", \"price\": " + random.nextInt(100)
                            + ", \"title\": \"w" + random.nextInt(50) + " w" + random.nextInt(50) + "\"}"));
        }
        return points;
    }

    private static SearchRequest filtered(VectorData query, String filter) {
        return SearchRequest.builder(query).k(20).filter(filter).exact().build();
    }

    private static SearchRequest words(String words) {
        return SearchRequest.keywords("title", words).k(10).build();
    }

    private static void requireSame(Collection one, Collection other, Random random) {
        for (String filter : FILTERS) {
            SearchRequest request = filtered(vector(random), filter);
            assertThat(one.search(request).hits())
                    .as(filter)
                    .isEqualTo(other.search(request).hits());
        }
    }

    /** Both write the manifest: neither may take back what the other wrote. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void create_besideACompaction_bothStayAfterReopening(boolean compactFirst) {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(4 * Disks.SMALL, 4096, 4), 4).withoutLog();
        Random random = new Random(3);
        List<Point> points = points(random, 0, 4_000);
        try (Volume volume = Volume.open(device, Disks.options())) {
            Collection collection = volume.createCollection(spec("c"));
            for (int version = 0; version < 3; version++) {
                collection.upsertAll(points);
            }
            if (!compactFirst) {
                collection.createPayloadIndex(COLOR);
            }
            assertThat(collection.compact(CompactionProgress.NONE).freedBytes()).isPositive();
            collection.createPayloadIndex(PRICE);
            collection.upsertAll(points);
            assertThat(collection.compact(CompactionProgress.NONE).freedBytes()).isPositive();
        }
        device = new SimulatedDevice(device.image(), 4).withoutLog();
        try (Volume volume = Volume.open(device, Disks.options())) {
            Collection collection = volume.collection("c");
            assertThat(collection.spec().indexes())
                    .containsExactlyElementsOf(compactFirst ? List.of(PRICE) : List.of(COLOR, PRICE));
            Collection plain = volume.createCollection(spec("plain"));
            plain.upsertAll(points);
            requireSame(plain, collection, random);
        }
    }

    @Test
    void create_onACollectionInUse_isUsedAndStaysAfterReopening() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(4 * Disks.SMALL, 4096, 4), 4).withoutLog();
        Random random = new Random(1);
        try (Volume volume = Volume.open(device, Disks.options())) {
            Collection plain = volume.createCollection(spec("plain"));
            Collection indexed = volume.createCollection(spec("indexed"));
            for (int round = 0; round < 5; round++) {
                List<Point> batch = points(random, round * 200, 300);
                for (Collection each : List.of(plain, indexed)) {
                    each.upsertAll(batch);
                    each.deleteAll(List.of(PointId.of(round * 150), PointId.of(round * 180 + 1)));
                }
                requireSame(plain, indexed, random);
                switch (round) {
                    case 0 -> indexed.createPayloadIndex(COLOR);
                    case 1 -> indexed.createPayloadIndex(PRICE);
                    case 2 -> indexed.createPayloadIndex(TITLE);
                    case 3 -> indexed.dropPayloadIndex(COLOR);
                    default -> {}
                }
                requireSame(plain, indexed, random);
            }
            assertThat(indexed.spec().indexes()).containsExactly(PRICE, TITLE);
            SearchResult found = indexed.search(filtered(vector(random), "price = 7"));
            assertThat(found.cost().payloadsChecked()).isZero();
            assertThat(found.cost().vectorsCompared()).isLessThan(200);
            assertThat(indexed.search(words("w3")).hits()).isNotEmpty();
            assertThat(indexed.statistics().payloadIndexes().status()).isEqualTo(Status.IN_USE);
        }
        device = new SimulatedDevice(device.image(), 4).withoutLog();
        try (Volume volume = Volume.open(device, Disks.options())) {
            Collection indexed = volume.collection("indexed");
            assertThat(indexed.spec().indexes()).containsExactly(PRICE, TITLE);
            assertThat(indexed.search(words("w3")).hits()).isNotEmpty();
            requireSame(volume.collection("plain"), indexed, random);
            indexed.dropPayloadIndex(TITLE);
            indexed.dropPayloadIndex(PRICE);
            assertThat(indexed.statistics().payloadIndexes())
                    .extracting(facts -> facts.status(), facts -> facts.bytes())
                    .containsExactly(Status.NONE, 0L);
            assertThatThrownBy(() -> indexed.search(words("w3")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("allowed: a field with a text index, of []");
            requireSame(volume.collection("plain"), indexed, random);
        }
    }

    @Test
    void create_onAnEmptyCollection_indexesWhatComes() {
        try (Volume volume = Volume.inMemory(64 << 20)) {
            Collection c = volume.createCollection(spec("c"));
            c.createPayloadIndex(COLOR);
            c.upsertAll(points(new Random(3), 0, 500));
            SearchResult found = c.search(filtered(vector(new Random(4)), "color = \"c3\""));
            assertThat(found.cost().payloadsChecked()).isZero();
            assertThat(c.statistics().payloadIndexes().rows()).isEqualTo(500);
        }
    }

    @Test
    void change_thatCannotBe_isRefusedAndChangesNothing() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(Disks.SMALL, 4096, 4), 4).withoutLog();
        try (Volume volume = Volume.open(device, Disks.options())) {
            Collection c = volume.createCollection(spec("c"));
            c.createPayloadIndex(COLOR);
            assertThatThrownBy(() -> c.createPayloadIndex(COLOR))
                    .isInstanceOf(ConflictException.class)
                    .hasMessage("collection c has a payload index color:keyword already");
            assertThatThrownBy(() -> c.dropPayloadIndex(PRICE))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessage("collection c has no payload index price:range, but [color:keyword]");
            for (int i = 1; i < FieldIndex.MAX_INDEXES; i++) {
                c.createPayloadIndex(FieldIndex.parse("f" + i + ":keyword"));
            }
            assertThatThrownBy(() -> c.createPayloadIndex(PRICE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("payload indexes=65");
            assertThat(c.spec().indexes()).hasSize(FieldIndex.MAX_INDEXES);
        }
        VolumeOptions reading = VolumeOptions.builder()
                .readOnly()
                .budget(MemoryBudget.unlimited())
                .time(new SimulatedClock())
                .build();
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 4), reading)) {
            Collection c = volume.collection("c");
            assertThatThrownBy(() -> c.createPayloadIndex(PRICE)).isInstanceOf(AccessException.class);
            assertThatThrownBy(() -> c.dropPayloadIndex(COLOR)).isInstanceOf(AccessException.class);
        }
    }

    private static Volume volume(MemoryBudget budget) {
        VolumeOptions options = VolumeOptions.builder()
                .budget(budget)
                .time(new SimulatedClock())
                .build();
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(4 * Disks.SMALL, 4096, 4), 4).withoutLog();
        return Volume.open(device, options);
    }

    @Test
    void create_progressThrows_comesOutAndNothingHasChanged() {
        MemoryBudget budget = new MemoryBudget(1L << 30);
        try (Volume volume = volume(budget)) {
            Collection c = volume.createCollection(spec("c"));
            c.upsertAll(points(new Random(2), 0, 1_900));
            List<Long> told = new ArrayList<>();
            c.createPayloadIndex(COLOR, told::add);
            assertThat(told).containsExactly(0L, 1_024L);
            long before = budget.usedBytes();
            assertThatThrownBy(() -> c.createPayloadIndex(PRICE, read -> {
                        if (read > 1_000) {
                            throw new CancellationException("enough");
                        }
                    }))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("enough");
            assertThat(budget.usedBytes()).isEqualTo(before);
            assertThat(c.spec().indexes()).containsExactly(COLOR);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void create_whenTheBudgetHasNoRoom_isRefusedAndTheOthersStay() {
        MemoryBudget budget = new MemoryBudget(1L << 30);
        try (Volume volume = volume(budget)) {
            Collection c = volume.createCollection(spec("c"));
            c.upsertAll(points(new Random(2), 0, 1_900));
            c.createPayloadIndex(COLOR);
            long others = budget.availableBytes() - 5_000;
            budget.reserve("others", others);
            assertThatThrownBy(() -> c.createPayloadIndex(PRICE))
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("payload indexes");
            assertThat(c.statistics().payloadIndexes().status()).isEqualTo(Status.IN_USE);
            budget.release("others", others);
            c.createPayloadIndex(PRICE);
            assertThat(c.spec().indexes()).containsExactly(COLOR, PRICE);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Writers and readers go on while indexes come and go; every filter finds whole batches all along. */
    @Test
    void change_whileOthersWriteAndSearch_losesNothing() throws Exception {
        try (Volume volume = Volume.inMemory(128 << 20)) {
            Collection c = volume.createCollection(spec("c"));
            AtomicBoolean done = new AtomicBoolean();
            AtomicInteger searches = new AtomicInteger();
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                Random random = new Random(5);
                for (int batches = 0; batches < 300 && !done.get(); batches++) {
                    List<Point> batch = new ArrayList<>();
                    String color = "c" + random.nextInt(5);
                    for (int i = 0; i < 20; i++) {
                        batch.add(Point.of(PointId.of(i), vector(random))
                                .withPayload("{\"color\": \"" + color + "\", \"price\": " + i + "}"));
                    }
                    c.upsertAll(batch);
                }
            });
            CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
                Random random = new Random(6);
                while (!done.get()) {
                    String color = "color = \"c" + random.nextInt(5) + "\"";
                    assertThat(c.search(filtered(vector(random), color)).hits().size())
                            .isIn(0, 20);
                    assertThat(c.search(filtered(vector(random), "price < 10"))
                                    .hits()
                                    .size())
                            .isIn(0, 10);
                    searches.incrementAndGet();
                }
            });
            for (int round = 0; (round < 20 || searches.get() < 20) && !reader.isDone(); round++) {
                c.createPayloadIndex(COLOR);
                c.createPayloadIndex(PRICE);
                c.dropPayloadIndex(COLOR);
                c.dropPayloadIndex(PRICE);
            }
            done.set(true);
            writer.get();
            reader.get();
            c.createPayloadIndex(COLOR);
            assertThat(c.search(filtered(vector(new Random(1)), "EXISTS color")).hits())
                    .hasSize(20);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32})
    void change_crashAnywhere_leavesTheIndexesBeforeOrAfterAndAllPoints(long seed) {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(Disks.SMALL, 4096, seed), seed);
        CrashTrace trace = new CrashTrace(device, "no collection");
        Random random = new Random(seed);
        Volume volume = Volume.open(device, Disks.options());
        trace.begins("0 []");
        Collection c = volume.createCollection(spec("c"));
        trace.acknowledged();
        List<FieldIndex> indexes = new ArrayList<>();
        int count = 0;
        for (int step = 0; step < 12; step++) {
            FieldIndex index = List.of(COLOR, PRICE, TITLE).get(random.nextInt(3));
            boolean drop = indexes.contains(index);
            if (drop) {
                indexes.remove(index);
            } else {
                indexes.add(index);
            }
            trace.begins(count + " " + indexes);
            if (drop) {
                c.dropPayloadIndex(index);
            } else {
                c.createPayloadIndex(index);
            }
            trace.acknowledged();
            int more = 1 + random.nextInt(20);
            count += more;
            trace.begins(count + " " + indexes);
            c.upsertAll(points(random, count - more, more));
            trace.acknowledged();
        }
        volume.close();
        CrashEnumeration.Outcome outcome = CrashEnumeration.run(
                trace, PayloadIndexChangeTest::recover, new CrashEnumeration.Options(seed, 2, 3, 3));
        assertThat(outcome.violation()).isEmpty();
        assertThat(outcome.states()).isGreaterThan(100);
    }

    private static String recover(SimulatedDevice device, long salt) {
        try (Volume volume = Volume.open(device, Disks.options())) {
            if (volume.listCollections().isEmpty()) {
                return "no collection";
            }
            Collection c = volume.collection("c");
            Random random = new Random(salt);
            SearchRequest every = SearchRequest.builder(vector(random))
                    .k(SearchRequest.ALL)
                    .filter("EXISTS color AND price >= 0")
                    .build();
            assertThat(c.search(every).hits()).hasSize((int) c.count());
            return c.count() + " " + c.spec().indexes();
        }
    }
}
