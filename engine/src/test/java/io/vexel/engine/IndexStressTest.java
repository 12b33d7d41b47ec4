package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Inserts, updates of vectors and of payloads alone, deletes, searches, drains, sweeps, checkpoints, compacts, scans, checks and rebuilds, all at once. */
class IndexStressTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 16, Metric.L2);
    private static final int IDS = 4_000;
    private static final int WRITERS = 2;
    private static final int BATCHES = Boolean.getBoolean("vexel.deep") ? 5_000 : 150;
    private static final int BATCH = 40;

    /** Of so many writes of an id one has another vector than the one before. */
    private static final int SAME = 8;

    /**
     * Of each id: writes begun and acknowledged; the write of an odd number stores the point, with the number in its payload, that of an even one deletes.
     */
    private final AtomicIntegerArray begun = new AtomicIntegerArray(IDS);

    private final AtomicIntegerArray acknowledged = new AtomicIntegerArray(IDS);

    private static final Pattern NUMBER = Pattern.compile("\"number\": *([0-9]+)");

    @TempDir
    Path directory;

    private static Point point(int id, int number) {
        return Point.of(PointId.of(id), vector(id, number))
                .withPayload("{\"number\": " + number + ", \"half\": " + id % 2 + "}");
    }

    private static int number(Hit hit) {
        String payload = hit.payload().orElseThrow().toString();
        Matcher matcher = NUMBER.matcher(payload);
        assertThat(matcher.find()).as(payload).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static VectorData vector(int id, int writeNumber) {
        int number = writeNumber / SAME;
        Random random = new Random(id * 1_000_003L + number);
        float[] components = new float[SPEC.dimension()];
        for (int i = 2; i < components.length; i++) {
            components[i] = (float) random.nextGaussian() * 100;
        }
        components[0] = id;
        components[1] = number;
        return VectorData.of(components);
    }

    @ParameterizedTest
    @EnumSource(
            value = IndexKind.class,
            names = {"GRAPH", "HNSW", "LSH"})
    void searches_whileEverythingChanges_seeWhatWasAcknowledgedAndNothingElse(IndexKind kind) throws Exception {
        Path path = directory.resolve("volume.vexel");
        Volume.format(path, FormatSpec.ofBytes(256L << 20));
        AtomicBoolean writing = new AtomicBoolean(true);
        try (Volume volume = Volume.open(
                        path, VolumeOptions.builder().indexThreads(2).build());
                ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 4)) {
            Collection c = volume.createCollection(SPEC);
            c.createIndex(IndexSpec.parse(kind, kind == IndexKind.HNSW ? Map.of("ef_construction", "24") : Map.of()));
            insertAll(c);
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < WRITERS; w++) {
                int writer = w;
                writers.add(threads.submit(() -> write(c, writer)));
            }
            List<Future<?>> others = new ArrayList<>();
            others.add(threads.submit(() -> search(c, writing, 1)));
            others.add(threads.submit(() -> search(c, writing, 2)));
            others.add(threads.submit(() -> look(c, writing)));
            others.add(threads.submit(() -> compact(c, writing)));
            try {
                for (Future<?> writer : writers) {
                    writer.get();
                }
            } finally {
                writing.set(false);
            }
            for (Future<?> other : others) {
                other.get();
            }
            assertThat(c.awaitIndexed().problem()).isEmpty();
            checkAll(c);
        }
        try (Volume volume = Volume.open(path)) {
            assertThat(volume.collection("c").loadIndex().problem()).isEmpty();
            checkAll(volume.collection("c"));
        }
    }

    private void insertAll(Collection c) {
        IntStream.range(0, IDS).forEach(id -> begun.set(id, 1));
        c.upsertAll(IntStream.range(0, IDS).mapToObj(id -> point(id, 1)).toList());
        IntStream.range(0, IDS).forEach(id -> acknowledged.set(id, 1));
    }

    /** Each writer has ids of its own. */
    private void write(Collection c, int writer) {
        Random random = new Random(writer);
        for (int batch = 0; batch < BATCHES; batch++) {
            Set<Integer> ids = new HashSet<>();
            boolean deletes = batch % 3 == 2;
            while (ids.size() < BATCH) {
                ids.add(random.nextInt(IDS / WRITERS) * WRITERS + writer);
            }
            ids.removeIf(id -> deletes && begun.get(id) % 2 == 0);
            ids.forEach(id -> begun.addAndGet(id, deletes ? 1 : begun.get(id) % 2 == 0 ? 1 : 2));
            if (deletes) {
                c.deleteAll(ids.stream().<PointId>map(id -> PointId.of(id)).toList());
            } else {
                c.upsertAll(ids.stream().map(id -> point(id, begun.get(id))).toList());
            }
            ids.forEach(id -> acknowledged.set(id, begun.get(id)));
        }
    }

    private void search(Collection c, AtomicBoolean writing, int seed) {
        Random random = new Random(seed);
        do {
            int id = random.nextInt(IDS);
            int atLeast = acknowledged.get(id);
            SearchRequest.Builder request = SearchRequest.builder(vector(id, atLeast | 1))
                    .k(10)
                    .ef(2_000)
                    .threads(seed)
                    .includePayloads()
                    .includeVectors();
            switch (random.nextInt(8)) {
                case 0 -> request.exact();
                case 1, 2, 3 -> request.filter(Filter.eq("half", id % 2));
                default -> {}
            }
            int[] before = IntStream.range(0, IDS).map(acknowledged::get).toArray();
            SearchResult result = c.search(request.build());
            boolean unchanged = begun.get(id) == atLeast;
            checkHits(result.hits(), vector(id, atLeast | 1));
            for (Hit hit : result.hits()) {
                int number = number(hit);
                assertThat(number).as(result.plan().explain()).isGreaterThanOrEqualTo(before[id(hit)]);
            }
            Hit nearest = result.hits().getFirst();
            if (unchanged && atLeast % 2 == 1) {
                assertThat(nearest.id()).as(result.plan().explain()).isEqualTo(PointId.of(id));
                assertThat(nearest.distance()).isZero();
                assertThat(number(nearest)).isEqualTo(atLeast);
            } else if (unchanged) {
                assertThat(result.hits()).noneMatch(hit -> hit.id().equals(PointId.of(id)));
            }
        } while (writing.get());
    }

    private static int id(Hit hit) {
        return (int) ((PointId.Numeric) hit.id()).value();
    }

    private void checkHits(List<Hit> hits, VectorData query) {
        Set<PointId> ids = new HashSet<>();
        for (Hit hit : hits) {
            VectorData.Floats found = (VectorData.Floats) hit.vector().orElseThrow();
            assertThat(ids.add(hit.id())).as("each point once").isTrue();
            assertThat(hit.id()).isEqualTo(PointId.of((long) found.get(0)));
            assertThat(found).isEqualTo(vector(id(hit), number(hit)));
            assertThat(number(hit)).isLessThanOrEqualTo(begun.get(id(hit)));
            double sum = 0;
            for (int i = 0; i < SPEC.dimension(); i++) {
                double difference = ((VectorData.Floats) query).get(i) - found.get(i);
                sum += difference * difference;
            }
            assertThat(hit.distance()).isCloseTo(Math.sqrt(sum), org.assertj.core.data.Percentage.withPercentage(0.01));
        }
    }

    private static void look(Collection c, AtomicBoolean writing) {
        int round = 0;
        do {
            switch (round++ % 5) {
                case 0 -> c.checkpointIndex();
                case 1 -> assertThat(c.verifyIndex().findings()).isEmpty();
                case 2 -> assertThat(c.indexStatus().problem()).isEmpty();
                case 3 -> c.awaitIndexed();
                default -> {
                    if (round % 20 == 0) {
                        c.rebuildIndex();
                    }
                }
            }
        } while (writing.get());
    }

    /** Beside compactions, whole scans: each shows one state, and the points of it are those of its time. */
    private void compact(Collection c, AtomicBoolean writing) {
        do {
            c.compact();
            Set<PointId> ids = new HashSet<>();
            ScanRequest request = ScanRequest.first(500);
            ScanPage page = c.scan(request);
            while (true) {
                for (Point point : page.points()) {
                    VectorData.Floats vector = (VectorData.Floats) point.vector();
                    int id = (int) vector.get(0);
                    assertThat(point.id()).isEqualTo(PointId.of(id));
                    assertThat(ids.add(point.id())).as("%s once", point.id()).isTrue();
                    assertThat(point.vector()).isEqualTo(vector(id, SAME * (int) vector.get(1)));
                }
                if (page.next().isEmpty()) {
                    break;
                }
                page = c.scan(request.after(page.next().get()));
            }
        } while (writing.get());
    }

    private void checkAll(Collection c) {
        for (int id = 0; id < IDS; id += 7) {
            int number = acknowledged.get(id);
            Hit nearest = c.search(SearchRequest.builder(vector(id, number | 1))
                            .k(1)
                            .ef(2_000)
                            .includePayloads()
                            .build())
                    .hits()
                    .getFirst();
            boolean found = nearest.id().equals(PointId.of(id));
            assertThat(found).isEqualTo(number % 2 == 1);
            assertThat(!found || number(nearest) == number).as("newest payload").isTrue();
        }
        assertThat(c.verifyIndex().findings()).isEmpty();
    }
}
