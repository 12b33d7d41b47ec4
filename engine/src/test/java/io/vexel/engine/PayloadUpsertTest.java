package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.CompactionResult;
import io.vexel.collection.Filter;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Points that get other payloads and keep their vectors: searches see it at once, and the index never does, of whatever kind it is. */
@ParameterizedClass
@EnumSource(
        value = IndexKind.class,
        names = {"GRAPH", "HNSW", "LSH"})
class PayloadUpsertTest {

    private static final int POINTS = 3_000;
    private static final int DIMENSION = 32;

    private SimulatedDevice device = new SimulatedDevice(Disks.formatted(96L << 20, 4096, 5), 5).withoutLog();

    private final IndexKind kind;

    PayloadUpsertTest(IndexKind kind) {
        this.kind = kind;
    }

    private static Volume open(SimulatedDevice disk) {
        return Volume.open(disk, Disks.withoutIndexThreads(MemoryBudget.unlimited()));
    }

    private static Point point(int id, int version) {
        Random random = new Random(id);
        float[] components = new float[DIMENSION];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) random.nextGaussian();
        }
        return Point.of(PointId.of(id), VectorData.of(components))
                .withPayload("{\"version\": " + version + ", \"text\": \"" + "x".repeat(100) + "\"}");
    }

    private static void upsert(Collection c, int from, int to, int version) {
        List<Point> points = new ArrayList<>();
        for (int id = from; id < to; id++) {
            points.add(point(id, version));
        }
        c.upsertAll(points);
    }

    private Collection indexed(Volume volume) {
        Collection c = volume.createCollection(CollectionSpec.builder("c")
                .dimension(DIMENSION)
                .metric(Metric.COSINE)
                .rangeIndex("version")
                .build());
        Map<String, String> options = kind == IndexKind.LSH ? Map.of() : Map.of("ef_construction", "40");
        c.createIndex(IndexSpec.parse(kind, options));
        upsert(c, 0, POINTS, 0);
        assertThat(c.awaitIndexed().rows()).isEqualTo(POINTS);
        return c;
    }

    private static void setPayloads(Collection c, int from, int to, int version) {
        Map<PointId, Payload> payloads = new HashMap<>();
        for (int id = from; id < to; id++) {
            payloads.put(PointId.of(id), point(id, version).payload().orElseThrow());
        }
        c.setPayloads(payloads);
    }

    /** What stays the same as long as no vertex comes, goes or is linked otherwise. */
    private record Shape(long rows, long links, long freePlaces) {

        static Shape of(Collection c) {
            IndexStatus status = c.indexStatus();
            assertThat(status.problem()).isEmpty();
            return new Shape(status.rows(), status.links(), status.freePlaces());
        }
    }

    /** A filter that few points fulfil, one that most do, and none. */
    private void requireAsExact(Collection c) {
        for (Filter filter : List.of(Filter.eq("version", 1), Filter.ge("version", 0), Filter.lt("version", 0))) {
            for (int id = 0; id < POINTS; id += 200) {
                SearchRequest.Builder request = SearchRequest.builder(
                                point(id, 0).vector())
                        .k(5)
                        .ef(400)
                        .filter(filter)
                        .includePayloads();
                List<Hit> hits = c.search(request.build()).hits();
                SearchRequest.Builder exact = kind == IndexKind.LSH ? request.k(POINTS) : request;
                List<Hit> all = c.search(exact.exact().build()).hits();
                if (kind == IndexKind.LSH) {
                    // It misses some in data without clusters; what it finds is right.
                    assertThat(all).containsAll(hits);
                } else {
                    assertThat(hits).isEqualTo(all);
                }
            }
        }
        for (int id = 0; id < POINTS; id += 50) {
            Hit nearest = c.search(SearchRequest.builder(point(id, 0).vector())
                            .k(1)
                            .ef(100)
                            .includePayloads()
                            .build())
                    .hits()
                    .getFirst();
            assertThat(nearest.id()).isEqualTo(PointId.of(id));
            assertThat(nearest.payload())
                    .isEqualTo(c.get(PointId.of(id)).orElseThrow().payload());
        }
        assertThat(c.verifyIndex().findings()).isEmpty();
    }

    @Test
    void payloads_replacedAgainAndAgain_leaveTheIndexAsItIs() {
        try (Volume volume = open(device)) {
            Collection c = indexed(volume);
            Shape before = Shape.of(c);
            for (int version = 1; version < 5; version++) {
                upsert(c, 0, POINTS / version, version);
                setPayloads(c, 100, 120, version);
                requireAsExact(c);
                c.awaitIndexed();
                assertThat(c.indexStatus().tailRows()).isZero();
                assertThat(Shape.of(c)).isEqualTo(before);
                requireAsExact(c);
            }
        }
    }

    @Test
    void compaction_movesRowsAndNoVertex() {
        try (Volume volume = open(device)) {
            Collection c = indexed(volume);
            c.checkpointIndex();
            Shape before = Shape.of(c);
            // In every block half of the rows die.
            List<Point> half = new ArrayList<>();
            for (int id = 0; id < POINTS; id += 2) {
                half.add(point(id, 1));
            }
            c.upsertAll(half);
            CompactionResult result = c.compact();
            assertThat(result.movedRows()).isGreaterThan(POINTS / 4);
            assertThat(result.freedBytes()).isPositive();
            c.awaitIndexed();
            assertThat(Shape.of(c)).isEqualTo(before);
            requireAsExact(c);
        }
        reboot();
        try (Volume volume = open(device)) {
            requireAsExact(volume.collection("c"));
        }
    }

    /** The same disk, as the next process finds it. */
    private void reboot() {
        device = new SimulatedDevice(device.image(), 6).withoutLog();
    }

    /** After a crash the index is as it was saved last, and the tail has what came since. */
    @Test
    void payloads_replacedSinceTheLastCheckpoint_leaveTheIndexAsItIsAfterACrash() {
        Shape before;
        Volume volume = open(device);
        Collection c = indexed(volume);
        upsert(c, 0, 100, 1);
        c.awaitIndexed();
        c.checkpointIndex();
        before = Shape.of(c);
        upsert(c, 50, 500, 1);
        c.awaitIndexed();
        upsert(c, 200, 300, 2);
        SimulatedDevice crashed = new SimulatedDevice(device.image(), 6).withoutLog();
        volume.close();
        try (Volume again = open(crashed)) {
            Collection opened = again.collection("c");
            assertThat(opened.loadIndex().tailRows()).isEqualTo(550);
            requireAsExact(opened);
            opened.awaitIndexed();
            assertThat(Shape.of(opened)).isEqualTo(before);
            requireAsExact(opened);
        }
    }
}
