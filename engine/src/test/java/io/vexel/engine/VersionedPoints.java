package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.distance.Metric;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A collection some of whose points are replaced by every write, all of these, so that each state that a search may see has one version of them. Components follow from id and
 * version. The other points are far away: they are there so that there is an index.
 */
final class VersionedPoints {

    static final String NAME = "points";

    private static final int VERSIONED = 60;
    private static final int OTHERS = 2_048;
    private static final int DIMENSION = 6;
    private static final int K = 20;

    private VersionedPoints() {}

    /** Makes it, with version 1. */
    static Collection create(Volume volume) {
        Collection points = volume.createCollection(new CollectionSpec(NAME, DIMENSION, Metric.L2));
        points.upsertAll(LongStream.range(VERSIONED, VERSIONED + OTHERS)
                .mapToObj(id -> Point.of(id, vector(id, 0)))
                .toList());
        points.upsertAll(version(1));
        return points;
    }

    /** All points of a version. */
    static List<Point> version(long version) {
        return LongStream.range(0, VERSIONED)
                .mapToObj(id -> Point.of(id, vector(id, version)).withPayload("{\"v\": " + version + "}"))
                .toList();
    }

    private static float[] vector(long id, long version) {
        float[] components = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            long mixed = (id * 1_000_003 + version * 7_919 + i * 104_729L) * 0x9E3779B97F4A7C15L;
            components[i] = (mixed >>> 40) % 64 + (id < VERSIONED ? 0 : 1_000);
        }
        return components;
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < DIMENSION; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }

    /** Searches near the versioned points; the answer is right for the version that is returned. */
    static long search(Collection points, int query, boolean exact) {
        float[] wanted = vector(query % VERSIONED, -1);
        SearchRequest.Builder request = SearchRequest.builder(wanted).k(K).includePayloads();
        List<Hit> hits = points.search((exact ? request.exact() : request.ef(64)).build())
                .hits();
        assertThat(hits).hasSize(K);
        long version = version(hits.getFirst());
        List<Double> nearest = LongStream.range(0, VERSIONED)
                .mapToObj(id -> distance(wanted, vector(id, version)))
                .sorted()
                .toList();
        for (int i = 0; i < K; i++) {
            Hit hit = hits.get(i);
            assertThat(version(hit)).isEqualTo(version);
            assertThat(hit.distance())
                    .isEqualTo(distance(wanted, vector(Long.parseLong(hit.id().toString()), version)));
            if (exact) {
                assertThat(hit.distance()).isEqualTo(nearest.get(i));
            }
        }
        return version;
    }

    private static long version(Hit hit) {
        return number(hit.payload().orElseThrow());
    }

    private static long number(Object payload) {
        return Long.parseLong(payload.toString().replaceAll("\\D", ""));
    }

    /** The version that the points have. */
    static long versionOfAll(Collection points) {
        assertThat(points.count()).isEqualTo(VERSIONED + OTHERS);
        List<Point> found =
                points
                        .getAll(LongStream.range(0, VERSIONED)
                                .<PointId>mapToObj(PointId::of)
                                .toList())
                        .stream()
                        .map(Optional::orElseThrow)
                        .toList();
        long version = number(found.getFirst().payload().orElseThrow());
        assertThat(found).isEqualTo(version(version));
        return version;
    }
}
