package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.ClosedException;
import io.vexel.base.CorruptionException;
import io.vexel.base.VexelException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What users see when the device fails or lies: an error and the last durable state, never a wrong answer. */
class FaultTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 16, Metric.L2);

    private static Point point(int number) {
        float[] components = new float[16];
        components[0] = number;
        components[15] = number + 0.123f;
        return Point.of(PointId.of("identifier-" + number), VectorData.of(components))
                .withPayload("{\"number\": \"payload-" + number + "\"}");
    }

    private static List<Point> points(int from, int to) {
        return IntStream.range(from, to).mapToObj(FaultTest::point).toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"FLUSH_ERROR", "WRITE_ERROR", "DEVICE_FULL", "GARBAGE_IN_FLIGHT"})
    void write_thatTheDeviceFails_isNotAcknowledgedAndReadersKeepTheLastDurableState(Fault fault) {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(Disks.SMALL, 4096, 5), 5);
        Volume volume = Volume.open(device, Disks.options());
        Collection c = volume.createCollection(SPEC);
        c.upsertAll(points(0, 20));
        device.inject(FaultRule.afterCall(fault, 0));
        assertThatThrownBy(() -> c.upsertAll(points(10, 30))).isInstanceOf(VexelException.class);
        assertThatThrownBy(() -> c.delete(point(3).id())).isInstanceOf(VexelException.class);
        device.healAll();
        assertThatThrownBy(() -> c.upsert(point(99)))
                .as("no retry: the volume takes nothing more")
                .isInstanceOf(VexelException.class);
        assertThat(c.count()).isEqualTo(20);
        for (int i = 0; i < 30; i++) {
            assertThat(c.get(point(i).id()).isPresent()).isEqualTo(i < 20);
        }
        assertThat(c.search(SearchRequest.builder(new float[16]).k(100).build()).hits())
                .hasSize(20);
        assertThat(c.statistics().batchesFailed()).isEqualTo(3);
        closeQuietly(volume);
        reopenAndCheck(device.image());
    }

    @Test
    void drop_afterAFailedCommit_isRefusedAndTheCollectionKeepsTheLastDurableState() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(Disks.SMALL, 4096, 8), 8);
        Volume volume = Volume.open(device, Disks.options());
        Collection c = volume.createCollection(SPEC);
        c.upsertAll(points(0, 20));
        device.inject(FaultRule.afterCall(Fault.FLUSH_ERROR, 0));
        assertThatThrownBy(() -> c.upsertAll(points(20, 30))).isInstanceOf(VexelException.class);
        assertThatThrownBy(() -> volume.drop("c")).isInstanceOf(ClosedException.class);
        assertThat(c.count()).isEqualTo(20);
        assertThat(volume.collection("c").count()).isEqualTo(20);
        assertThat(volume.collection("c").get(point(25).id())).isEmpty();
        closeQuietly(volume);
    }

    @Test
    void create_thatTheDeviceFails_leavesNothingToBeSeen() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(Disks.SMALL, 4096, 9), 9);
        Volume volume = Volume.open(device, Disks.options());
        volume.createCollection(SPEC);
        device.inject(FaultRule.afterCall(Fault.FLUSH_ERROR, 0));
        CollectionSpec late = new CollectionSpec("late", 2, Metric.L2);
        assertThatThrownBy(() -> volume.createCollection(late)).isInstanceOf(VexelException.class);
        assertThat(volume.listCollections()).containsExactly("c");
        assertThat(volume.findCollection("late")).isEmpty();
        closeQuietly(volume);
    }

    private static void closeQuietly(Volume volume) {
        try {
            volume.close();
        } catch (VexelException e) {
            assertThat(e).as("closing a poisoned volume may say so").isNotNull();
        }
    }

    private static void reopenAndCheck(DiskImage image) {
        try (Volume volume = Volume.open(new SimulatedDevice(image, 6).withoutLog(), Disks.options())) {
            Collection c = volume.collection("c");
            for (Point expected : points(0, 10)) {
                assertThat(c.get(expected.id())).contains(expected);
            }
            c.upsert(point(99));
            assertThat(c.get(point(99).id())).contains(point(99));
        }
    }

    /** A closed volume with two collections, large enough that nothing of their files lies in the journal only. */
    private static DiskImage filled() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(Disks.SMALL, 4096, 7), 7).withoutLog();
        try (Volume volume = Volume.open(device, Disks.options())) {
            volume.createCollection(SPEC).upsertAll(points(0, 2_000));
            volume.createCollection(new CollectionSpec("other", 2, Metric.L2)).upsert(Point.of(1, 1, 1));
        }
        return device.image();
    }

    /** Flips a bit in every place of the disk where the bytes stand, except in the journal's range if given. */
    private static int flipEvery(DiskImage image, byte[] pattern) {
        byte[] all = image.bytes(0, (int) image.size());
        List<Integer> places = new ArrayList<>();
        for (int at = 0; at + pattern.length <= all.length; at++) {
            int matched = 0;
            while (matched < pattern.length && all[at + matched] == pattern[matched]) {
                matched++;
            }
            if (matched == pattern.length) {
                places.add(at);
            }
        }
        places.forEach(place -> image.flipBit(place, 3));
        return places.size();
    }

    private interface Check {
        void check(Volume volume);
    }

    private static void withDamage(byte[] pattern, Check check) {
        DiskImage image = filled().copy();
        assertThat(flipEvery(image, pattern)).as("places with the bytes").isPositive();
        try (Volume volume = Volume.open(new SimulatedDevice(image, 8).withoutLog(), Disks.options())) {
            assertThat(volume.collection("other").count()).isEqualTo(1);
            check.check(volume);
        }
    }

    @Test
    void damagedVectors_areReportedAndTheRestIsRead() {
        byte[] pattern = new byte[4];
        MemorySegment.ofArray(pattern)
                .set(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0, 1_500 + 0.123f);
        withDamage(pattern, volume -> {
            Collection c = volume.collection("c");
            assertThat(c.count()).isEqualTo(2_000);
            assertThatThrownBy(
                            () -> c.search(SearchRequest.builder(new float[16]).build()))
                    .isInstanceOf(CorruptionException.class);
            assertThatThrownBy(() -> c.get(point(1_500).id())).isInstanceOf(CorruptionException.class);
            assertThat(c.get(point(1).id())).contains(point(1));
            assertThatThrownBy(() -> c.search(
                            SearchRequest.builder(new float[16]).threads(2).build()))
                    .as("the second search does not find half a chunk in memory")
                    .isInstanceOf(CorruptionException.class);
        });
    }

    @Test
    void damagedPayloads_areReportedAndSearchesWithoutThemAnswer() {
        withDamage("payload-1500\"".getBytes(StandardCharsets.UTF_8), volume -> {
            Collection c = volume.collection("c");
            assertThat(c.search(SearchRequest.builder(new float[16]).k(2_000).build())
                            .hits())
                    .hasSize(2_000);
            assertThatThrownBy(() -> c.get(point(1_500).id())).isInstanceOf(CorruptionException.class);
            assertThatThrownBy(() -> c.search(SearchRequest.builder(new float[16])
                            .k(2_000)
                            .filter("number = \"payload-7\"")
                            .build()))
                    .isInstanceOf(CorruptionException.class);
            assertThat(c.get(point(1).id())).contains(point(1));
        });
    }

    @Test
    void damagedIds_areReportedAndNeverReadAsNoPoints() {
        withDamage("identifier-1500".getBytes(StandardCharsets.UTF_8), volume -> {
            assertThatThrownBy(() -> volume.collection("c")).isInstanceOf(CorruptionException.class);
            assertThatThrownBy(() -> volume.collection("c")).isInstanceOf(CorruptionException.class);
            assertThat(volume.listCollections()).containsExactly("c", "other");
        });
    }
}
