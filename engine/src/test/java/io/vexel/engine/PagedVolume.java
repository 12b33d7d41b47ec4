package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.GraphSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.ReservationRefusal;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedDevice;
import java.util.List;
import java.util.stream.IntStream;

/** A volume with a collection whose graph does not fit a budget with small rows either, and queries with their true answers. Made once. */
final class PagedVolume {

    static final CollectionSpec SPEC = new CollectionSpec("c", 1024, Metric.L2);
    static final int POINTS = 10_000;
    static final int K = 10;
    static final int QUERIES = 20;

    /** Less than the graph takes with small rows, 1,220 bytes a point, and enough for a page cache. */
    private static final long TOO_LITTLE = 10 * Bytes.MIB;

    private PagedVolume() {}

    private static final class Made {

        private static final DiskImage IMAGE;

        /** The true nearest to each query. */
        private static final List<List<Hit>> TRUTH;

        static {
            SimulatedDevice device = new SimulatedDevice(Disks.formatted(256L << 20, 4096, 71), 71).withoutLog();
            try (Volume volume = open(device, MemoryBudget.unlimited())) {
                Collection c = volume.createCollection(SPEC);
                c.createIndex(GraphSpec.defaults().withEfConstruction(24));
                for (int from = 0; from < POINTS; from += 1_000) {
                    c.upsertAll(points(from, from + 1_000));
                }
                assertThat(c.awaitIndexed().problem()).isEmpty();
                TRUTH = IntStream.range(0, QUERIES)
                        .mapToObj(q -> c.search(nearest(q).exact().build()).hits())
                        .toList();
            }
            IMAGE = device.image();
        }
    }

    static List<List<Hit>> truth() {
        return Made.TRUTH;
    }

    static DiskImage image() {
        return Made.IMAGE;
    }

    /** A budget that leaves the graph too little, whatever else the volume holds when the index is loaded. */
    static MemoryBudget tooLittle() {
        return tooLittle(ReservationRefusal.NONE);
    }

    /** As the other, and refuses what a test wants. */
    static MemoryBudget tooLittle(ReservationRefusal refusal) {
        return MemoryBudget.withRefusal(Disks.limitLeaving(device(70), TOO_LITTLE, Collection::loadIndex), refusal);
    }

    static SimulatedDevice device(long seed) {
        return new SimulatedDevice(image(), seed).withoutLog();
    }

    static Volume open(SimulatedDevice device, MemoryBudget budget) {
        return Volume.open(device, Disks.withoutIndexThreads(budget));
    }

    static VectorData vector(int seed) {
        return Disks.clustered(SPEC.dimension(), seed);
    }

    static List<Point> points(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(id -> Point.of(PointId.of(id), vector(id)))
                .toList();
    }

    static SearchRequest.Builder nearest(int seed) {
        return SearchRequest.builder(vector(1_000_000 + seed)).k(K).ef(100);
    }
}
