package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.base.NotFoundException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Other payloads for points that keep their vectors. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SetPayloadTest {

    private static final int WRITES = Boolean.getBoolean("vexel.deep") ? 5_000 : 200;

    private final SimulatedDevice device = new SimulatedDevice(Disks.formatted(32L << 20, 4096, 9), 9).withoutLog();
    private final Volume volume = Volume.open(device, Disks.withoutIndexThreads(MemoryBudget.unlimited()));

    @AfterEach
    void close() {
        volume.close();
    }

    private static Payload number(int number) {
        return Payload.parse("{\"number\": " + number + "}");
    }

    private static VectorData vector(ElementType type, int number) {
        return type == ElementType.BIT
                ? VectorData.ofBits(16, (byte) number, (byte) 3)
                : VectorData.of(0.1f * number, 1.7f, -0.3f, 1e-3f, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    }

    @ParameterizedTest
    @EnumSource
    void vectors_ofEveryElementType_stayAsTheyAre(ElementType type) {
        Collection c = volume.createCollection(CollectionSpec.builder("c")
                .dimension(16)
                .metric(type == ElementType.BIT ? Metric.HAMMING : Metric.L2)
                .elementType(type)
                .rangeIndex("number")
                .build());
        List<PointId> ids = List.of(PointId.of(1), PointId.of("two"), PointId.of(3));
        for (int i = 0; i < ids.size(); i++) {
            c.upsert(Point.of(ids.get(i), vector(type, i)).withPayload(number(i)));
        }
        List<VectorData> before =
                ids.stream().map(id -> c.get(id).orElseThrow().vector()).toList();
        WriteResult result = c.setPayloads(Map.of(ids.get(1), number(21), ids.get(2), number(22)));
        assertThat(result.inserted()).isZero();
        assertThat(result.replaced()).isEqualTo(2);
        c.setPayload(ids.get(2), number(23));
        assertThat(ids.stream().map(id -> c.get(id).orElseThrow().vector())).isEqualTo(before);
        assertThat(ids.stream().map(id -> c.get(id).orElseThrow().payload().orElseThrow()))
                .containsExactly(number(0), number(21), number(23));
        assertThat(c.count()).isEqualTo(3);
        SearchRequest filtered = SearchRequest.builder(before.get(1))
                .k(3)
                .filter(Filter.gt("number", 20))
                .build();
        assertThat(c.search(filtered).hits()).extracting(Hit::id).containsExactlyInAnyOrder(ids.get(1), ids.get(2));
    }

    @Test
    void pointThatIsNotThere_isRefusedAndNothingIsStored() {
        Collection c = volume.createCollection(new CollectionSpec("c", 2, Metric.L2));
        c.upsert(Point.of(1, 1, 2), Point.of(2, 3, 4));
        c.delete(PointId.of(2));
        for (PointId absent : List.of(PointId.of(2), PointId.of("three"))) {
            assertThatThrownBy(() -> c.setPayloads(Map.of(PointId.of(1), number(1), absent, number(2))))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining(absent.toString());
        }
        assertThat(c.get(PointId.of(1)).orElseThrow().payload()).isEmpty();
        assertThat(c.get(PointId.of(2))).isEmpty();
        assertThat(c.setPayloads(Map.of()).replaced()).isZero();
    }

    @Test
    void readOnlyVolume_isRefused() {
        volume.createCollection(new CollectionSpec("c", 2, Metric.L2)).upsert(Point.of(1, 1, 2));
        SimulatedDevice copy = new SimulatedDevice(device.image(), 10).withoutLog();
        try (Volume reading = Volume.open(
                copy, VolumeOptions.builder().readOnly().indexThreads(0).build())) {
            Collection c = reading.collection("c");
            assertThatThrownBy(() -> c.setPayload(PointId.of(1), number(1))).isInstanceOf(AccessException.class);
        }
    }

    /** A write that is not durable yet is what the payload is set on. */
    @Test
    void pointOfAWriteUnderWay_getsThePayloadBesideItsNewVector() {
        Collection c = volume.createCollection(new CollectionSpec("c", 2, Metric.L2));
        c.upsert(Point.of(1, 1, 2));
        PendingWrite first = c.submitUpsert(List.of(Point.of(1, 7, 8), Point.of(2, 9, 10)));
        PendingWrite second = c.submitPayloads(Map.of(PointId.of(1), number(1), PointId.of(2), number(2)));
        second.await();
        first.await();
        assertThat(c.get(PointId.of(1))).contains(Point.of(1, 7, 8).withPayload(number(1)));
        assertThat(c.get(PointId.of(2))).contains(Point.of(2, 9, 10).withPayload(number(2)));
    }

    /** Whose vector one thread replaces, and the payload another: no vector is ever an older one again. */
    @Test
    void vectorsAndPayloads_changedByTwoThreads_losesNoVector() throws Exception {
        Collection c = volume.createCollection(new CollectionSpec("c", 2, Metric.L2));
        c.upsert(Point.of(1, 0, 0));
        AtomicBoolean writing = new AtomicBoolean(true);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<Integer> payloads = threads.submit(() -> {
                int number = 0;
                while (writing.get()) {
                    c.setPayload(PointId.of(1), number(number++));
                }
                return number;
            });
            Future<?> vectors = threads.submit(() -> {
                for (int i = 1; i <= WRITES; i++) {
                    c.upsert(Point.of(1, i, 1));
                    assertThat(c.get(PointId.of(1)).orElseThrow().vector()).isEqualTo(VectorData.of(i, 1));
                }
            });
            try {
                vectors.get();
            } finally {
                writing.set(false);
            }
            assertThat(payloads.get()).isPositive();
        }
        c.setPayload(PointId.of(1), number(-1));
        assertThat(c.get(PointId.of(1))).contains(Point.of(1, WRITES, 1).withPayload(number(-1)));
        assertThat(c.count()).isEqualTo(1);
    }
}
