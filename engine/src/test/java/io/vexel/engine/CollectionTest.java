package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CollectionTest {

    private final Volume volume = Volume.inMemory(64L << 20);

    @AfterEach
    void close() {
        volume.close();
    }

    private Collection collection(int dimension, Metric metric) {
        return volume.createCollection(new CollectionSpec("c", dimension, metric));
    }

    @Test
    void upsert_ofWrongPoints_namesPositionAndValueAndStoresNothing() {
        Collection c = collection(2, Metric.COSINE);
        c.upsert(Point.of(9, 1, 1));
        Point good = Point.of(1, 1, 2);
        assertThatThrownBy(() -> c.upsert(good, Point.of(2, 1, 2, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("points[1].vector dimension=3, allowed: 2");
        assertThatThrownBy(() -> c.upsert(good, Point.of(2, 1, Float.NaN)))
                .hasMessage("points[1].vector[1]=NaN, allowed: finite numbers");
        assertThatThrownBy(() -> c.upsert(Point.of(2, Float.NEGATIVE_INFINITY, 1), good))
                .hasMessage("points[0].vector[0]=-Infinity, allowed: finite numbers");
        assertThatThrownBy(() -> c.upsert(good, Point.of(2, 0, -0f)))
                .hasMessageContaining("points[1].vector=zero vector");
        assertThatThrownBy(() -> c.upsert(good, Point.of("1", 1, 1), Point.of(1, 3, 3)))
                .hasMessage("points[2].id=1 stands in the batch twice, allowed: each id once");
        assertThatThrownBy(() -> c.upsert(Point.of(PointId.of(3), VectorData.ofBits(2, (byte) 1))))
                .hasMessageContaining("elementType=BIT");
        assertThat(c.count()).isEqualTo(1);
        assertThat(c.get(PointId.of(1))).isEmpty();
    }

    @Test
    void upsertAndDelete_sayWhatTheyDid() {
        Collection c = collection(2, Metric.L2);
        assertThat(c.upsert(Point.of(1, 1, 1), Point.of("1", 2, 2))).isEqualTo(new WriteResult(2, 0, 0));
        assertThat(c.upsert(Point.of(1, 3, 3), Point.of(2, 4, 4))).isEqualTo(new WriteResult(1, 1, 0));
        assertThat(c.get(PointId.of(1))).contains(Point.of(1, 3, 3));
        assertThat(c.get(PointId.of("1"))).contains(Point.of("1", 2, 2));
        assertThat(c.deleteAll(List.of(PointId.of(1), PointId.of(77), PointId.of(1))))
                .isEqualTo(new WriteResult(0, 0, 1));
        assertThat(c.delete(PointId.of(1))).isFalse();
        assertThat(c.upsert()).isEqualTo(new WriteResult(0, 0, 0));
        assertThat(c.count()).isEqualTo(2);
    }

    @Test
    void submit_isInvisibleUntilSomebodyWaits() {
        Collection c = collection(2, Metric.L2);
        PendingWrite first = c.submitUpsert(List.of(Point.of(1, 1, 1)));
        PendingWrite second = c.submitUpsert(List.of(Point.of(1, 2, 2), Point.of(2, 2, 2)));
        assertThat(c.count()).isZero();
        assertThat(c.get(PointId.of(1))).isEmpty();
        first.await();
        assertThat(c.get(PointId.of(1))).contains(Point.of(1, 1, 1));
        assertThat(c.count()).isEqualTo(1);
        assertThat(second.await()).isEqualTo(new WriteResult(1, 1, 0));
        assertThat(c.get(PointId.of(1))).contains(Point.of(1, 2, 2));
        assertThat(first.await()).isEqualTo(new WriteResult(1, 0, 0));
        assertThat(c.get(PointId.of(1)))
                .as("an older snapshot never comes back")
                .contains(Point.of(1, 2, 2));
    }

    @Test
    void search_withEqualDistances_ordersByIdWhateverTheThreads() {
        Collection c = collection(1, Metric.L1);
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            points.add(i % 2 == 0 ? Point.of(3_000 - i, i % 3) : Point.of("t" + (9_000 - i), i % 3));
        }
        c.upsertAll(points);
        List<PointId> expected = points.stream()
                .filter(point -> point.vector().equals(VectorData.of(1)))
                .map(Point::id)
                .sorted()
                .limit(700)
                .toList();
        for (int threads : new int[] {1, 2, 5}) {
            SearchResult result =
                    c.search(SearchRequest.builder(1).k(700).threads(threads).build());
            assertThat(result.hits()).extracting(Hit::id).isEqualTo(expected);
        }
    }

    @Test
    void search_byRadius_isInclusiveAndUnlimited() {
        Collection c = collection(1, Metric.L2);
        c.upsertAll(IntStream.range(0, 100).mapToObj(i -> Point.of(i, i)).toList());
        assertThat(c.search(SearchRequest.builder(50).radius(20).build()).hits())
                .hasSize(41);
        assertThat(c.search(SearchRequest.builder(50).radius(20).k(3).build()).hits())
                .extracting(Hit::id)
                .containsExactly(PointId.of(50), PointId.of(49), PointId.of(51));
        assertThat(c.search(SearchRequest.builder(50).radius(-1).build()).hits())
                .isEmpty();
        assertThat(c.search(SearchRequest.builder(50).k(SearchRequest.ALL).build())
                        .hits())
                .hasSize(100);
        assertThat(c.search(SearchRequest.builder(50).build()).hits()).hasSize(10);
    }

    @Test
    void search_withAFilter_readsOnlyPayloadsThatCouldEnter() {
        Collection c = collection(1, Metric.L2);
        c.upsertAll(IntStream.range(0, 1_000)
                .mapToObj(i -> Point.of(i, i).withPayload("{\"even\": " + (i % 2 == 0) + ", \"n\": " + i + "}"))
                .toList());
        c.upsert(Point.of(5_000, 0));
        SearchResult result = c.search(SearchRequest.builder(0)
                .k(3)
                .filter("even = false")
                .includePayloads()
                .includeVectors()
                .build());
        assertThat(result.hits()).extracting(Hit::id).containsExactly(PointId.of(1), PointId.of(3), PointId.of(5));
        assertThat(result.hits().getFirst().payload()).contains(Payload.parse("{\"even\": false, \"n\": 1}"));
        assertThat(result.hits().getFirst().vector()).contains(VectorData.of(1));
        assertThat(result.cost().vectorsCompared()).isEqualTo(1_001);
        assertThat(result.cost().payloadsChecked()).isBetween(3L, 50L);
        assertThat(c.search(SearchRequest.builder(0)
                                .filter(Filter.parse("n != 3"))
                                .k(1)
                                .build())
                        .hits()
                        .getFirst()
                        .id())
                .as("a point without payload has no field, so NE holds")
                .isEqualTo(PointId.of(0));
        assertThat(c.search(SearchRequest.builder(0).filter("NOT EXISTS n").build())
                        .hits())
                .extracting(Hit::id)
                .containsExactly(PointId.of(5_000));
    }

    @Test
    void search_ofWrongQueries_namesThem() {
        Collection c = collection(2, Metric.COSINE);
        assertThatThrownBy(() -> c.search(SearchRequest.builder(1).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queries[0] dimension=1, allowed: 2");
        assertThatThrownBy(() -> c.search(SearchRequest.builder(0, 0).build())).hasMessageContaining("zero vector");
        assertThatThrownBy(() -> c.search(SearchRequest.builder(0, Float.NaN).build()))
                .hasMessageContaining("queries[0][1]=NaN");
        assertThatThrownBy(() -> c.search(SearchRequest.builder(List.of(VectorData.of(1, 1), VectorData.of(1, 2)))
                        .build()))
                .hasMessageContaining("queries=2, allowed: 1");
        assertThatThrownBy(() -> SearchRequest.builder(1).k(0)).hasMessageContaining("k=0");
        assertThat(c.search(SearchRequest.builder(1, 1).build()).hits()).isEmpty();
    }

    @Test
    void search_beyondItsTimeout_isCancelled() {
        Collection c = collection(1, Metric.L2);
        c.upsertAll(IntStream.range(0, 1_000).mapToObj(i -> Point.of(i, i)).toList());
        assertThatThrownBy(() ->
                        c.search(SearchRequest.builder(1).timeout(Duration.ZERO).build()))
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void scan_inPages_showsOneStateWhateverIsWrittenMeanwhile() {
        Collection c = collection(1, Metric.L2);
        c.upsertAll(IntStream.range(0, 1_000).mapToObj(i -> Point.of(i, i)).toList());
        c.delete(PointId.of(3));
        List<Point> seen = new ArrayList<>();
        ScanPage page = c.scan(ScanRequest.first(64));
        int written = 0;
        while (true) {
            seen.addAll(page.points());
            if (page.next().isEmpty()) {
                break;
            }
            c.upsert(Point.of(written * 7L % 1_000, -1), Point.of(10_000 + written, 5));
            c.delete(PointId.of(999 - written));
            written++;
            ScanCursor cursor = ScanCursor.parse(page.next().orElseThrow().toString());
            page = c.scan(ScanRequest.first(64).after(cursor));
        }
        assertThat(written).isEqualTo(15);
        assertThat(seen)
                .isEqualTo(IntStream.range(0, 1_000)
                        .filter(i -> i != 3)
                        .mapToObj(i -> Point.of(i, i))
                        .toList());
    }

    @Test
    void scan_withForeignCursors_isRefused() {
        Collection c = collection(1, Metric.L2);
        c.upsert(Point.of(1, 1));
        assertThatThrownBy(() -> c.scan(ScanRequest.first(5).after(new ScanCursor(0, 2, 0))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> c.scan(ScanRequest.first(5).after(new ScanCursor(0, 1, 1))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ScanCursor.parse("1-2")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ScanCursor.parse("zz-1-0")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ScanRequest.first(0)).hasMessageContaining("limit=0");
    }

    @Test
    void bits_areStoredSearchedAndReturned() {
        Collection c = collection(12, Metric.HAMMING);
        c.upsert(
                Point.of(PointId.of(1), VectorData.ofBits(12, (byte) 0xFF, (byte) 0x0F)),
                Point.of(PointId.of(2), VectorData.ofBits(12, (byte) 0x0F, (byte) 0)));
        SearchResult result = c.search(SearchRequest.builder(VectorData.ofBits(12, (byte) 0x07, (byte) 0))
                .includeVectors()
                .build());
        assertThat(result.hits()).extracting(Hit::id).containsExactly(PointId.of(2), PointId.of(1));
        assertThat(result.hits()).extracting(Hit::distance).containsExactly(1.0, 9.0);
        assertThat(result.hits().getFirst().vector())
                .isEqualTo(Optional.of(VectorData.ofBits(12, (byte) 0x0F, (byte) 0)));
    }

    @Test
    void batch_largerThanTheVolume_failsAndChangesNothing() {
        Collection c = collection(4096, Metric.L2);
        c.upsert(Point.of(1, new float[4096]));
        List<Point> tooMany = IntStream.range(0, 6_000)
                .mapToObj(i -> Point.of(i + 2, new float[4096]))
                .toList();
        assertThatThrownBy(() -> c.upsertAll(tooMany)).isInstanceOf(CapacityException.class);
        assertThat(c.count()).isEqualTo(1);
        assertThat(c.search(SearchRequest.builder(new float[4096]).build()).hits())
                .hasSize(1);
        c.upsert(Point.of(2, new float[4096]));
        assertThat(c.count()).isEqualTo(2);
        assertThat(c.getAll(List.of(PointId.of(2), PointId.of(3), PointId.of(1))))
                .extracting(Optional::isPresent)
                .containsExactly(true, false, true);
    }
}
