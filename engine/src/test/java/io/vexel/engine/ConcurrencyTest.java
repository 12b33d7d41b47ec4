package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConcurrencyTest {

    private static final int WRITERS = 4;
    private static final int POINTS_OF_A_BATCH = 5;
    private static final int BATCHES = Boolean.getBoolean("vexel.deep") ? 5_000 : 250;

    @TempDir
    Path directory;

    private Volume volume() {
        Path path = directory.resolve("volume.vexel");
        Volume.format(path, FormatSpec.ofBytes(64L << 20));
        return Volume.open(path);
    }

    /** Each writer writes its points again and again, all with the number of the batch in them; readers must never see two numbers. */
    @Test
    void searches_whileBatchesAreWritten_seeEachBatchWholeAndNeverAnOlderOneThanAcknowledged() throws Exception {
        AtomicIntegerArray acknowledged = new AtomicIntegerArray(WRITERS);
        AtomicBoolean writing = new AtomicBoolean(true);
        try (Volume volume = volume();
                ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 3)) {
            Collection c = volume.createCollection(new CollectionSpec("c", 2, Metric.L1));
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < WRITERS; w++) {
                int writer = w;
                writers.add(threads.submit(() -> write(c, writer, acknowledged)));
            }
            List<Future<Integer>> readers = new ArrayList<>();
            for (int r = 0; r < 3; r++) {
                int reader = r;
                readers.add(threads.submit(() -> readUntil(writing, c, reader, acknowledged)));
            }
            try {
                await(writers);
            } finally {
                writing.set(false);
            }
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).as("reads of one reader").isPositive();
            }
            assertThat(c.count()).isEqualTo(WRITERS * POINTS_OF_A_BATCH);
        }
        try (Volume volume = Volume.open(directory.resolve("volume.vexel"))) {
            check(volume.collection("c"), 0, new int[] {BATCHES, BATCHES, BATCHES, BATCHES});
        }
    }

    private static void await(List<Future<?>> tasks) throws InterruptedException, ExecutionException {
        for (Future<?> task : tasks) {
            task.get();
        }
    }

    private static void write(Collection c, int writer, AtomicIntegerArray acknowledged) {
        for (int batch = 1; batch <= BATCHES; batch++) {
            int number = batch;
            c.upsertAll(IntStream.range(0, POINTS_OF_A_BATCH)
                    .mapToObj(i -> Point.of(writer * 100L + i, writer, number))
                    .toList());
            acknowledged.set(writer, batch);
        }
    }

    private static int readUntil(AtomicBoolean writing, Collection c, int reader, AtomicIntegerArray acknowledged) {
        int reads = 0;
        do {
            int[] atLeast = IntStream.range(0, WRITERS).map(acknowledged::get).toArray();
            check(c, reader, atLeast);
            reads++;
        } while (writing.get());
        return reads;
    }

    private static void check(Collection c, int reader, int[] atLeast) {
        List<Point> points = switch (reader) {
            case 0 ->
                c
                        .search(SearchRequest.builder(0, 0)
                                .k(SearchRequest.ALL)
                                .threads(2)
                                .includeVectors()
                                .build())
                        .hits()
                        .stream()
                        .map(hit -> Point.of(hit.id(), hit.vector().orElseThrow()))
                        .toList();
            case 1 -> c.scan(ScanRequest.first(1_000)).points();
            default ->
                c
                        .getAll(IntStream.range(0, WRITERS * POINTS_OF_A_BATCH)
                                .mapToObj(
                                        i -> (PointId) PointId.of(i / POINTS_OF_A_BATCH * 100L + i % POINTS_OF_A_BATCH))
                                .toList())
                        .stream()
                        .flatMap(point -> point.stream())
                        .toList();
        };
        Map<Integer, Set<Integer>> numbers = new HashMap<>();
        Map<Integer, Integer> counts = new HashMap<>();
        for (Point point : points) {
            VectorData.Floats vector = (VectorData.Floats) point.vector();
            numbers.computeIfAbsent((int) vector.get(0), _ -> new HashSet<>()).add((int) vector.get(1));
            counts.merge((int) vector.get(0), 1, Integer::sum);
        }
        for (int writer = 0; writer < WRITERS; writer++) {
            if (atLeast[writer] > 0 || numbers.containsKey(writer)) {
                assertThat(numbers.get(writer))
                        .as("numbers of writer " + writer)
                        .hasSize(1);
                assertThat(numbers.get(writer).iterator().next()).isGreaterThanOrEqualTo(atLeast[writer]);
                assertThat(counts.get(writer)).isEqualTo(POINTS_OF_A_BATCH);
            }
        }
    }

    @Test
    void searches_afterADeleteWasAcknowledged_neverReturnThePoint() throws Exception {
        int count = 400;
        AtomicIntegerArray deleted = new AtomicIntegerArray(1);
        AtomicBoolean deleting = new AtomicBoolean(true);
        try (Volume volume = volume();
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Collection c = volume.createCollection(new CollectionSpec("c", 1, Metric.L2));
            c.upsertAll(IntStream.range(0, count).mapToObj(i -> Point.of(i, i)).toList());
            Future<?> deleter = threads.submit(() -> {
                for (int i = 0; i < count; i++) {
                    assertThat(c.delete(PointId.of(i))).isTrue();
                    deleted.set(0, i + 1);
                }
            });
            List<Future<?>> readers = new ArrayList<>();
            for (int r = 0; r < 2; r++) {
                readers.add(threads.submit(() -> {
                    while (deleting.get()) {
                        int gone = deleted.get(0);
                        List<Hit> hits = c.search(SearchRequest.builder(0)
                                        .k(SearchRequest.ALL)
                                        .build())
                                .hits();
                        assertThat(hits).noneMatch(hit -> ((PointId.Numeric) hit.id()).value() < gone);
                        assertThat(hits.size()).isLessThanOrEqualTo(count - gone);
                        assertThat(c.get(PointId.of(Math.max(0, gone - 1))).isPresent() && gone > 0)
                                .isFalse();
                    }
                }));
            }
            try {
                deleter.get();
            } finally {
                deleting.set(false);
            }
            await(readers);
            assertThat(c.count()).isZero();
        }
    }

    @Test
    void drop_whileSearchesRun_waitsForThemAndThenRefuses() throws Exception {
        try (Volume volume = volume();
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 10; round++) {
                Collection c = volume.createCollection(new CollectionSpec("c", 64, Metric.L2));
                c.upsertAll(IntStream.range(0, 500)
                        .mapToObj(i -> Point.of(i, new float[64]))
                        .toList());
                List<Future<?>> readers = new ArrayList<>();
                for (int r = 0; r < 2; r++) {
                    readers.add(threads.submit(() -> {
                        try {
                            while (true) {
                                assertThat(c.search(SearchRequest.builder(new float[64])
                                                        .build())
                                                .hits())
                                        .hasSize(10);
                            }
                        } catch (io.vexel.base.ClosedException e) {
                            assertThat(e).hasMessageContaining("collection c");
                        }
                    }));
                }
                volume.drop("c");
                await(readers);
                assertThat(volume.listCollections()).isEmpty();
            }
        }
    }
}
