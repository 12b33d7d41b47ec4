package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.base.ConflictException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writers, searches, background threads and compactions beside each other, while one reservation of a few is refused: everybody goes on, and nothing is lost. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RefusalStressTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 16, Metric.L2);
    private static final int IDS = 3_000;
    private static final int BATCH = 60;
    private static final int BATCHES = Boolean.getBoolean("vexel.deep") ? 5_000 : 200;
    private static final int ONE_OF = 3;
    private static final int INDEX_THREADS = 2;

    /** Searches of a thread beyond the writes, until one of all was answered. */
    private static final int MOST_SEARCHES = 10_000;

    private final AtomicBoolean refusing = new AtomicBoolean();
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final MemoryBudget budget = MemoryBudget.withRefusal(256L << 20, (_, _) -> refuses());

    /** Of each id the number of its last write, begun and acknowledged. */
    private final AtomicIntegerArray begun = new AtomicIntegerArray(IDS);

    private final AtomicIntegerArray acknowledged = new AtomicIntegerArray(IDS);
    private final AtomicLong answers = new AtomicLong();

    private boolean refuses() {
        boolean strikes = refusing.get() && asked.incrementAndGet() % ONE_OF == 0;
        if (strikes) {
            refused.incrementAndGet();
        }
        return strikes;
    }

    private static VectorData vector(int id, int number) {
        Random random = new Random(id * 1_000_003L + number);
        float[] components = new float[SPEC.dimension()];
        for (int i = 2; i < components.length; i++) {
            components[i] = random.nextInt(200);
        }
        components[0] = id;
        components[1] = number;
        return VectorData.of(components);
    }

    @Test
    void everybody_whoseReservationsAreRefusedNowAndThen_goesOn() throws Exception {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(256L << 20, 4096, 9), 9).withoutLog();
        try (Volume volume = Volume.open(
                        device,
                        VolumeOptions.builder()
                                .budget(budget)
                                .indexThreads(INDEX_THREADS)
                                .withoutPressure()
                                .build());
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(IntStream.range(0, IDS)
                    .mapToObj(id -> Point.of(PointId.of(id), vector(id, 0)))
                    .toList());
            refusing.set(true);
            AtomicBoolean writing = new AtomicBoolean(true);
            Future<?> writer = threads.submit(() -> write(c));
            List<Future<?>> others = new ArrayList<>();
            others.add(threads.submit(() -> search(c, writing, 1)));
            others.add(threads.submit(() -> search(c, writing, 2)));
            others.add(threads.submit(() -> keep(c, writing)));
            try {
                writer.get();
            } finally {
                writing.set(false);
            }
            for (Future<?> other : others) {
                other.get();
            }
            refusing.set(false);
            IndexStatus status = c.awaitIndexed();
            for (int late = 0; late < INDEX_THREADS && status.shortage().isPresent(); late++) {
                // A background thread that was refused before says so only now.
                status = c.awaitIndexed();
            }
            assertThat(status.shortage()).isEmpty();
            assertThat(status.phase()).isEqualTo(IndexStatus.Phase.ACTIVE);
            assertThat(status.tailRows()).isZero();
            assertThat(c.verifyIndex().findings()).isEmpty();
            c.compact();
            check(c);
        }
        assertThat(budget.usedByOwner()).isEmpty();
        assertThat(refused.get()).isPositive();
        assertThat(answers.get()).isPositive();
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 10).withoutLog(), Disks.options())) {
            check(volume.collection("c"));
        }
    }

    private void write(Collection c) {
        Random random = new Random(7);
        for (int batch = 0; batch < BATCHES; batch++) {
            Set<Integer> ids = new HashSet<>();
            while (ids.size() < BATCH) {
                ids.add(random.nextInt(IDS));
            }
            ids.forEach(begun::incrementAndGet);
            List<Point> points = ids.stream()
                    .map(id -> Point.of(PointId.of(id), vector(id, begun.get(id))))
                    .toList();
            boolean done = false;
            while (!done) {
                try {
                    c.upsertAll(points);
                    done = true;
                } catch (CapacityException _) {
                    Thread.onSpinWait();
                }
            }
            ids.forEach(id -> acknowledged.set(id, begun.get(id)));
        }
    }

    private void search(Collection c, AtomicBoolean writing, int seed) {
        Random random = new Random(seed);
        for (int beyond = 0; writing.get() || (answers.get() == 0 && beyond < MOST_SEARCHES); ) {
            beyond += writing.get() ? 0 : 1;
            int id = random.nextInt(IDS);
            int atLeast = acknowledged.get(id);
            SearchRequest.Builder request = SearchRequest.builder(vector(id, atLeast))
                    .k(10)
                    .ef(64)
                    .threads(seed)
                    .includeVectors();
            if (random.nextInt(4) == 0) {
                request.exact();
            }
            try {
                List<Hit> hits = c.search(request.build()).hits();
                checkHits(hits);
                answers.incrementAndGet();
            } catch (CapacityException _) {
                // What was refused gave no answer.
            }
        }
    }

    private void checkHits(List<Hit> hits) {
        assertThat(hits).hasSize(10);
        assertThat(hits).extracting(Hit::id).doesNotHaveDuplicates();
        for (Hit hit : hits) {
            VectorData.Floats found = (VectorData.Floats) hit.vector().orElseThrow();
            int id = (int) found.get(0);
            assertThat(hit.id()).isEqualTo(PointId.of(id));
            assertThat(found).isEqualTo(vector(id, (int) found.get(1)));
            assertThat((int) found.get(1)).isLessThanOrEqualTo(begun.get(id));
        }
    }

    /** Saves, compacts, checks, waits, makes anew. */
    private static void keep(Collection c, AtomicBoolean writing) {
        int round = 0;
        do {
            try {
                switch (round++ % 5) {
                    case 0 -> c.checkpointIndex();
                    case 1 -> c.compact();
                    case 2 -> c.awaitIndexed();
                    case 3 -> c.verifyIndex();
                    default -> {
                        if (round % 4 == 0) {
                            c.rebuildIndex();
                        }
                    }
                }
            } catch (CapacityException | ConflictException _) {
                // Refused, or the index waits for memory.
            }
        } while (writing.get());
    }

    private void check(Collection c) {
        assertThat(c.count()).isEqualTo(IDS);
        for (int id = 0; id < IDS; id++) {
            assertThat(c.get(PointId.of(id)).orElseThrow().vector()).isEqualTo(vector(id, acknowledged.get(id)));
        }
    }
}
