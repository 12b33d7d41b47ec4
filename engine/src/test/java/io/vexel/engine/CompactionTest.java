package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.NotFoundException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.CompactionResult;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.filesystem.Fsck;
import io.vexel.filesystem.FsckOptions;
import io.vexel.filesystem.VolumeInfo;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Giving back the space of dead rows: what comes back, what stays readable, and what a full volume can do. */
class CompactionTest {

    private static final int DIMENSION = 48;
    private static final CollectionSpec SPEC = new CollectionSpec("c", DIMENSION, Metric.L2);

    private final SimulatedClock clock = new SimulatedClock();

    private VolumeOptions options() {
        return VolumeOptions.builder()
                .budgetBytes(Long.MAX_VALUE)
                .time(clock)
                .indexThreads(0)
                .build();
    }

    private SimulatedDevice device(long bytes) {
        return new SimulatedDevice(Disks.formatted(bytes, 4096, 1), 1).withoutLog();
    }

    /** Around one of some centers, as vectors are that somebody searches in. */
    private static float[] vector(int id, int version) {
        Random random = new Random(id * 1_000_003L + version);
        Random center = new Random(random.nextInt(40));
        float[] components = new float[DIMENSION];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) (center.nextGaussian() + 0.5 * random.nextGaussian());
        }
        return components;
    }

    private static Point point(int id, int version) {
        return Point.of(PointId.of("point-" + id), VectorData.of(vector(id, version)))
                .withPayload("{\"version\": " + version + ", \"text\": \"" + "x".repeat(id % 200) + "\"}");
    }

    private static List<Point> points(int from, int to, int version) {
        List<Point> points = new ArrayList<>();
        for (int id = from; id < to; id++) {
            points.add(point(id, version));
        }
        return points;
    }

    private static void upsert(Collection c, List<Point> points) {
        for (int from = 0; from < points.size(); from += 1_000) {
            c.upsertAll(points.subList(from, Math.min(points.size(), from + 1_000)));
        }
    }

    private static Map<PointId, Point> all(Collection c) {
        Map<PointId, Point> points = new TreeMap<>();
        ScanRequest request = ScanRequest.first(700);
        ScanPage page = c.scan(request);
        page.points().forEach(point -> points.put(point.id(), point));
        while (page.next().isPresent()) {
            page = c.scan(request.after(page.next().get()));
            page.points().forEach(point -> points.put(point.id(), point));
        }
        return points;
    }

    private static long usedBytes(Volume volume) {
        VolumeInfo info = volume.info();
        return (info.totalBlocks() - info.freeBlocks()) * info.blockSize();
    }

    private static double recall(Collection c) {
        int found = 0;
        for (int q = 0; q < 200; q++) {
            SearchRequest.Builder request =
                    SearchRequest.builder(vector(1_000_000 + q, 7)).k(10).ef(40);
            Set<PointId> exact = new HashSet<>();
            c.search(request.build()).hits().forEach(hit -> exact.add(hit.id()));
            found += (int) c.search(request.exact().build()).hits().stream()
                    .filter(hit -> exact.contains(hit.id()))
                    .count();
        }
        return found / 2_000.0;
    }

    private static void requireClean(SimulatedDevice device) {
        var report = Fsck.check(new SimulatedDevice(device.image(), 1).withoutLog(), FsckOptions.defaults());
        assertThat(report.clean()).as(report.findings().toString()).isTrue();
    }

    /** An hnsw index takes long to build. */
    static List<IndexKind> kinds() {
        return Boolean.getBoolean("vexel.deep")
                ? List.of(IndexKind.values())
                : List.of(IndexKind.FLAT, IndexKind.GRAPH, IndexKind.LSH);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void halfOfThePoints_deletedAndStoredAgainFiveTimes_takesLittleMoreThanFresh(IndexKind kind) {
        int count = 4_096;
        SimulatedDevice device = device(128L << 20);
        Map<PointId, Point> model;
        double used;
        double found;
        try (Volume volume = Volume.open(device, options())) {
            long empty = usedBytes(volume);
            Collection c = filled(volume, kind, points(0, count, 0));
            model = all(c);
            Random random = new Random(5);
            for (int round = 1; round <= 5; round++) {
                replaceHalf(c, round, random, model);
                c.compact();
                c.awaitIndexed();
            }
            c.checkpointIndex();
            used = usedBytes(volume) - empty;
            found = recall(c);
            assertThat(all(c)).isEqualTo(model);
            assertThat(c.verifyIndex().findings()).isEmpty();
            assertThat(c.statistics().deadBytes()).isLessThan((long) used / 8);
        }
        requireClean(device);
        try (Volume volume = Volume.open(device(128L << 20), options())) {
            long empty = usedBytes(volume);
            Collection fresh = filled(volume, kind, List.copyOf(model.values()));
            double ratio = used / (usedBytes(volume) - empty);
            double best = recall(fresh);
            System.out.printf("churn with %s: %.3fx the space, recall %.4f, fresh %.4f%n", kind, ratio, found, best);
            assertThat(ratio).isLessThan(1.3);
            assertThat(found).isGreaterThan(best - 0.01);
        }
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 2).withoutLog(), options())) {
            Collection c = volume.collection("c");
            assertThat(c.loadIndex().problem()).isEmpty();
            assertThat(all(c)).isEqualTo(model);
            assertThat(recall(c)).isEqualTo(found);
        }
    }

    @Test
    void pointsThatComeAndGo_withCompactions_takeNoMoreMemoryForIdsInTheEnd() {
        int count = 4_096;
        int step = 1_024;
        SimulatedDevice device = device(128L << 20);
        long most;
        int last = count;
        try (Volume volume = Volume.open(device, options())) {
            Collection c = filled(volume, IndexKind.GRAPH, points(0, count, 0));
            // Columns grow by 16,384 rows of 24 bytes.
            most = idBytes(volume) + 24L * 16_384;
            for (int round = 1; round <= 30; round++) {
                c.deleteAll(points(last - count, last - count + step, 0).stream()
                        .map(Point::id)
                        .toList());
                upsert(c, points(last, last + step, 0));
                // Those in between are stored again.
                upsert(c, points(last - step, last, 0));
                last += step;
                c.compact();
                assertThat(idBytes(volume)).as("after round " + round).isLessThanOrEqualTo(most);
            }
            assertThat(c.statistics().points()).isEqualTo(count);
            assertThat(all(c)).isEqualTo(model(last - count, last));
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
        requireClean(device);
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 2).withoutLog(), options())) {
            Collection c = volume.collection("c");
            assertThat(all(c)).isEqualTo(model(last - count, last));
            assertThat(idBytes(volume)).as("opened again").isLessThanOrEqualTo(most);
            assertThat(c.get(PointId.of("point-5"))).isEmpty();
            c.upsert(point(5, 3));
            assertThat(c.get(PointId.of("point-5"))).contains(point(5, 3));
        }
    }

    private static Map<PointId, Point> model(int from, int to) {
        Map<PointId, Point> model = new TreeMap<>();
        points(from, to, 0).forEach(point -> model.put(point.id(), point));
        return model;
    }

    private static long idBytes(Volume volume) {
        return volume.memory().usedByOwner().get("ids");
    }

    private static Collection filled(Volume volume, IndexKind kind, List<Point> points) {
        Collection c = volume.createCollection(SPEC);
        setIndex(c, kind);
        upsert(c, points);
        c.awaitIndexed();
        c.checkpointIndex();
        return c;
    }

    private static void replaceHalf(Collection c, int version, Random random, Map<PointId, Point> model) {
        List<Point> again = new ArrayList<>();
        for (int id = 0; id < model.size(); id++) {
            if (random.nextBoolean()) {
                again.add(point(id, version));
            }
        }
        c.deleteAll(again.stream().map(Point::id).toList());
        c.awaitIndexed();
        upsert(c, again);
        c.awaitIndexed();
        again.forEach(point -> model.put(point.id(), point));
    }

    private static void setIndex(Collection c, IndexKind kind) {
        if (kind == IndexKind.FLAT) {
            c.dropIndex();
        } else {
            c.createIndex(IndexSpec.parse(kind, Map.of()));
        }
    }

    @Test
    void oldRows_allReplaced_areGivenBackWithoutMoving() {
        SimulatedDevice device = device(64L << 20);
        try (Volume volume = Volume.open(device, options())) {
            Collection c = volume.createCollection(SPEC);
            upsert(c, points(0, 4_096, 0));
            upsert(c, points(0, 4_096, 1));
            long before = usedBytes(volume);
            assertThat(c.statistics().deadBytes()).isGreaterThan(4_096 * DIMENSION * 4);
            CompactionResult result = c.compact();
            assertThat(result.movedRows()).isZero();
            assertThat(result.freedBytes()).isGreaterThan(4_096 * DIMENSION * 4);
            assertThat(result.deadBytes()).isEqualTo(c.statistics().deadBytes()).isLessThan(10_000);
            assertThat(usedBytes(volume)).isLessThan(before - result.freedBytes() + 100_000);
            assertThat(c.compact()).isEqualTo(new CompactionResult(0, 0, result.deadBytes()));
        }
        requireClean(device);
    }

    @Test
    void scan_thatGoesOn_holdsItsStateAndOneThatRestedIsRefused() {
        SimulatedDevice device = device(64L << 20);
        ScanRequest stale;
        try (Volume volume = Volume.open(device, options())) {
            Collection c = volume.createCollection(SPEC);
            upsert(c, points(0, 4_096, 0));
            ScanRequest request = ScanRequest.first(1_000);
            ScanPage first = c.scan(request);
            upsert(c, points(0, 4_096, 1));
            assertThat(c.compact().freedBytes()).isZero();
            clock.advance(Duration.ofMinutes(4).toNanos());
            ScanPage second = c.scan(request.after(first.next().orElseThrow()));
            assertThat(second.points()).isEqualTo(points(1_000, 2_000, 0));
            clock.advance(Duration.ofMinutes(4).toNanos());
            assertThat(c.compact().freedBytes()).isZero();
            clock.advance(Duration.ofMinutes(2).toNanos());
            assertThat(c.compact().freedBytes()).isPositive();
            stale = request.after(second.next().orElseThrow());
            requireRefused(c, stale);
            assertThat(all(c)).hasSize(4_096);
        }
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 2).withoutLog(), options())) {
            requireRefused(volume.collection("c"), stale);
            assertThat(all(volume.collection("c"))).hasSize(4_096);
        }
    }

    private static void requireRefused(Collection c, ScanRequest stale) {
        assertThatThrownBy(() -> c.scan(stale))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("was compacted since");
    }

    @Test
    void background_afterAFifthIsDead_givesItBackByItself() {
        SimulatedDevice device = device(128L << 20);
        VolumeOptions background = VolumeOptions.builder()
                .budgetBytes(Long.MAX_VALUE)
                .indexThreads(1)
                .build();
        try (Volume volume = Volume.open(device, background)) {
            Collection c = volume.createCollection(SPEC);
            c.dropIndex();
            upsert(c, points(0, 24_000, 0));
            Map<PointId, Point> model = all(c);
            List<Point> again = new ArrayList<>();
            for (int id = 0; id < 24_000; id += 1 + id % 3) {
                again.add(point(id, 1));
            }
            upsert(c, again);
            again.forEach(point -> model.put(point.id(), point));
            long stored = c.statistics().vectorBytes() + c.statistics().payloadBytes();
            long deadline = System.nanoTime() + 120_000_000_000L;
            while (c.statistics().deadBytes() > stored / 10) {
                assertThat(c.statistics().compactionProblem()).isEmpty();
                assertThat(System.nanoTime())
                        .as("a compaction has begun and ended")
                        .isLessThan(deadline);
                Thread.yield();
            }
            assertThat(all(c)).isEqualTo(model);
        }
        requireClean(device);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @EnabledIfSystemProperty(named = "vexel.deep", matches = "true")
    void nearlyFullVolume_afterSomeWereDeleted_isCompactedInSmallStepsAndTakesPointsAgain(boolean withIndex) {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(Disks.SMALL, 4096, 3), 3).withoutLog();
        Map<PointId, Point> model = new TreeMap<>();
        try (Volume volume = Volume.open(device, options())) {
            Collection c = volume.createCollection(SPEC);
            setIndex(c, withIndex ? IndexKind.GRAPH : IndexKind.FLAT);
            fill(volume, c, model);
            Random random = new Random(11);
            List<PointId> gone =
                    model.keySet().stream().filter(_ -> random.nextInt(5) < 3).toList();
            c.deleteAll(gone);
            gone.forEach(model::remove);
            long free = volume.info().freeBlocks();
            CompactionResult result = c.compact();
            assertThat(result.freedBytes()).isGreaterThan(1 << 20);
            assertThat(volume.info().freeBlocks()).isGreaterThan(free + 256);
            assertThat(all(c)).isEqualTo(model);
            List<Point> more = points(500_000, 501_000, 0);
            upsert(c, more);
            more.forEach(point -> model.put(point.id(), point));
            assertThat(c.verifyIndex().findings()).isEmpty();
        }
        requireClean(device);
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 4).withoutLog(), options())) {
            assertThat(all(volume.collection("c"))).isEqualTo(model);
            assertThat(volume.collection("c").verifyIndex().findings()).isEmpty();
        }
    }

    /** Stores points until less than a MiB is free: room for deletions, and for little else. */
    private static void fill(Volume volume, Collection c, Map<PointId, Point> model) {
        for (int id = 0; volume.info().freeBlocks() > 250; id += 100) {
            List<Point> batch = points(id, id + 100, 0);
            c.upsertAll(batch);
            batch.forEach(point -> model.put(point.id(), point));
            if (id == 4_000) {
                c.awaitIndexed();
                c.checkpointIndex();
            }
        }
    }
}
