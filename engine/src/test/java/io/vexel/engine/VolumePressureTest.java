package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.device.MemoryDevice;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.pressure.MemoryHistory;
import io.vexel.memory.pressure.PressureLevel;
import io.vexel.memory.pressure.PressureOptions;
import io.vexel.memory.pressure.PressureStatistics;
import io.vexel.testkit.SimulatedClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumePressureTest {

    private static final int DIMENSION = 64;
    private static final int POINTS = 6_000;
    private static final String GROUP = "/sys/fs/cgroup/service";

    @TempDir
    Path root;

    private void put(String path, String text) throws IOException {
        Path file = root.resolve(path.substring(1));
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void group(long used) throws IOException {
        put("/proc/self/cgroup", "0::/service\n");
        put("/proc/self/mountinfo", "26 22 0:24 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        put(GROUP + "/memory.max", "1000000\n");
        put(GROUP + "/memory.current", used + "\n");
    }

    private static Volume open(MemoryBudget budget, VolumeOptions.Builder options) {
        MemoryDevice device = MemoryDevice.create(FormatSpec.MIN_BYTES, MemoryBudget.unlimited());
        Mkfs.format(device, FormatOptions.defaults());
        return Volume.open(device, options.budget(budget).build());
    }

    /** Looks only when it is asked to. */
    private PressureOptions watch() {
        return PressureOptions.standard()
                .withRoot(root)
                .withInterval(Duration.ofHours(1))
                .withHold(Duration.ZERO);
    }

    @Test
    void volume_inAGroupShortOfMemory_saysSoAndIsSilentAfterwards() throws IOException {
        group(500_000);
        List<String> told = new ArrayList<>();
        try (Volume volume =
                open(new MemoryBudget(256 * Bytes.MIB), VolumeOptions.builder().pressure(watch()))) {
            volume.addPressureListener((before, now) -> told.add(before + ">" + now));
            assertThat(volume.statistics().pressure())
                    .map(PressureStatistics::level)
                    .hasValue(PressureLevel.NORMAL);
            assertThat(volume.warnings()).isEmpty();
            group(970_000);
            assertThat(volume.statistics().pressure())
                    .map(PressureStatistics::level)
                    .hasValue(PressureLevel.CRITICAL);
            assertThat(volume.warnings())
                    .containsExactly(
                            "memory is critically short: 3.0 % of 1000000 bytes of " + GROUP + " are available");
            group(870_000);
            assertThat(volume.statistics().pressure())
                    .map(PressureStatistics::level)
                    .hasValue(PressureLevel.LOW);
            assertThat(volume.warnings()).isEmpty();
        }
        assertThat(told).containsExactly("NORMAL>CRITICAL", "CRITICAL>LOW");
    }

    private static long chunkBytes(Volume volume) {
        return volume.statistics().memory().usedByOwner().getOrDefault("vectors", 0L);
    }

    @Test
    void volume_shortOfMemory_givesVectorsBackAnswersAllTheSameAndTakesThemAgainSlowly() throws IOException {
        group(500_000);
        SimulatedClock clock = new SimulatedClock();
        PressureOptions watch = watch().withTime(clock);
        try (Volume volume = open(
                new MemoryBudget(256 * Bytes.MIB),
                VolumeOptions.builder().pressure(watch).indexThreads(0))) {
            Collection points = volume.createCollection(CollectionSpec.builder("c")
                    .dimension(DIMENSION)
                    .metric(Metric.L2)
                    .build());
            List<Point> batch = new ArrayList<>();
            for (int i = 0; i < POINTS; i++) {
                batch.add(Point.of(i, vector(i)));
            }
            points.upsertAll(batch);
            SearchRequest request =
                    SearchRequest.builder(vector(77)).k(1).exact().build();
            assertThat(nearest(points, request)).isEqualTo(PointId.of(77));
            long before = chunkBytes(volume);
            assertThat(before).isGreaterThan(Bytes.MIB);

            group(970_000);
            clock.advance(watch.interval().toNanos());
            volume.statistics();
            assertThat(chunkBytes(volume)).isZero();
            assertThat(nearest(points, request)).isEqualTo(PointId.of(77));
            assertThat(chunkBytes(volume)).as("no room for caches").isZero();

            group(500_000);
            for (int i = 0; i < 120; i++) {
                clock.advance(1_000_000_000L);
                volume.statistics();
            }
            assertThat(nearest(points, request)).isEqualTo(PointId.of(77));
            assertThat(chunkBytes(volume)).isEqualTo(before);
            MemoryHistory history = volume.memoryHistory().orElseThrow();
            MemoryHistory.Window all = history.since(0).orElseThrow();
            assertThat(all.highest()).isEqualTo(PressureLevel.CRITICAL);
            assertThat(all.usedBytes().max() - all.usedBytes().min()).isGreaterThanOrEqualTo(before);
        }
    }

    private static PointId nearest(Collection points, SearchRequest request) {
        return points.search(request).hits().getFirst().id();
    }

    private static float[] vector(int number) {
        float[] vector = new float[DIMENSION];
        vector[number % DIMENSION] = number;
        vector[0] += 1;
        return vector;
    }

    @Test
    void volume_thatDoesNotWatch_saysNothing() throws IOException {
        group(970_000);
        try (Volume volume = open(
                MemoryBudget.unlimited(),
                VolumeOptions.builder().pressure(watch()).withoutPressure())) {
            assertThat(volume.statistics().pressure()).isEmpty();
            assertThat(volume.warnings()).isEmpty();
        }
        try (Volume volume = open(
                MemoryBudget.forOneThread(256 * Bytes.MIB),
                VolumeOptions.builder().pressure(watch()))) {
            assertThat(volume.statistics().pressure()).isEmpty();
        }
    }
}
