package io.vexel.bench.reopen;

import io.vexel.base.Bytes;
import io.vexel.base.TimeSource;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.RowFile;
import io.vexel.bench.engine.TemporaryDirectory;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.engine.Collection;
import io.vexel.engine.FormatSpec;
import io.vexel.engine.Hit;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Makes a volume from a data set, closes it, and measures how it is opened again and what it finds then. */
public final class Reopen {

    static final String COLLECTION = "reopen";

    private static final int BATCH = 10_000;
    private static final int K = 10;
    private static final int WARM_UP_PASSES = 3;
    private static final int PASSES = 5;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Dataset data;
    private final ReopenPlan plan;
    private final Consumer<String> progress;
    private final TimeSource time = TimeSource.SYSTEM;

    /** @param progress is told what happens, a line each */
    public Reopen(Dataset data, ReopenPlan plan, Consumer<String> progress) {
        this.data = data;
        this.plan = plan;
        this.progress = progress;
    }

    static Volume open(Path image, int indexThreads) {
        return Volume.open(
                image, VolumeOptions.builder().indexThreads(indexThreads).build());
    }

    /** Measures all. */
    public ReopenResult measure() {
        try (TemporaryDirectory directory = new TemporaryDirectory()) {
            Path image = directory.path().resolve("reopen.vexel");
            Path queries = directory.path().resolve("queries");
            try {
                RowFile.write(queries, data.queries());
            } catch (IOException e) {
                throw new UncheckedIOException(queries + ": cannot be written: " + e.getMessage(), e);
            }
            progress.accept("making the volume");
            ReopenResult.Made made = make(image);
            List<Opening> fresh = new ArrayList<>();
            List<Opening> warm = new ArrayList<>();
            int ef = plan.efs().getFirst();
            for (int round = 1; round <= plan.rounds(); round++) {
                progress.accept("opening it in a new JVM, round " + round + " of " + plan.rounds());
                fresh.add(OpeningProcess.run(image, queries, plan.indexThreads(), ef));
            }
            for (int round = 0; round <= plan.rounds(); round++) {
                progress.accept(
                        round == 0
                                ? "opening it here, not counted"
                                : "opening it here, round " + round + " of " + plan.rounds());
                Opening opening = Opening.measure(image, plan.indexThreads(), data.queries(), ef);
                if (round > 0) {
                    warm.add(opening);
                }
            }
            return new ReopenResult(made, fresh, warm, searches(image));
        }
    }

    private ReopenResult.Made make(Path image) {
        long vectorBytes = data.base().length * data.rawBytesPerVector();
        Volume.format(image, FormatSpec.ofBytes(Bytes.roundUp(12 * vectorBytes + Bytes.GIB, Bytes.MIB)));
        long start = time.nanoTime();
        long written;
        long indexed;
        long closing;
        long indexBytes;
        try (Volume volume = open(image, plan.indexThreads())) {
            Collection collection = volume.createCollection(CollectionSpec.builder(COLLECTION)
                    .dimension(data.dimension())
                    .metric(data.metric())
                    .build());
            float[][] rows = data.base();
            for (int from = 0; from < rows.length; from += BATCH) {
                int to = Math.min(rows.length, from + BATCH);
                List<Point> points = new ArrayList<>(to - from);
                for (int row = from; row < to; row++) {
                    points.add(Point.of(row, rows[row]));
                }
                collection.upsertAll(points);
            }
            written = time.nanoTime() - start;
            progress.accept("waiting for the index");
            IndexStatus status = collection.awaitIndexed();
            if (status.phase() != IndexStatus.Phase.ACTIVE || status.tailRows() > 0) {
                throw new IllegalStateException("the index is " + status.phase() + " with " + status.tailRows()
                        + " rows outside, expected: ACTIVE with all");
            }
            indexBytes = status.memoryBytes();
            indexed = time.nanoTime() - start;
            closing = time.nanoTime();
        }
        return new ReopenResult.Made(written, indexed, time.nanoTime() - closing, indexBytes);
    }

    private List<ReopenResult.Searches> searches(Path image) {
        progress.accept("searching");
        List<ReopenResult.Searches> found = new ArrayList<>();
        try (Volume volume = open(image, plan.indexThreads())) {
            Collection collection = volume.collection(COLLECTION);
            collection.loadIndex();
            for (int ef : plan.efs()) {
                double recall = recall(collection, ef);
                for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
                    searchAll(collection, ef);
                }
                long start = time.nanoTime();
                for (int pass = 0; pass < PASSES; pass++) {
                    searchAll(collection, ef);
                }
                double seconds = (time.nanoTime() - start) / NANOS_PER_SECOND;
                found.add(new ReopenResult.Searches(ef, recall, PASSES * data.queries().length / seconds));
            }
        }
        return found;
    }

    private void searchAll(Collection collection, int ef) {
        for (float[] query : data.queries()) {
            search(collection, query, ef);
        }
    }

    private static List<Hit> search(Collection collection, float[] query, int ef) {
        return collection
                .search(SearchRequest.builder(query).k(K).ef(ef).build())
                .hits();
    }

    private double recall(Collection collection, int ef) {
        long hits = 0;
        long wanted = 0;
        for (int query = 0; query < data.queries().length; query++) {
            Set<PointId> nearest = Arrays.stream(data.truth()[query])
                    .limit(K)
                    .mapToObj(PointId::of)
                    .collect(Collectors.toSet());
            wanted += nearest.size();
            hits += search(collection, data.queries()[query], ef).stream()
                    .filter(hit -> nearest.contains(hit.id()))
                    .count();
        }
        return hits / (double) wanted;
    }
}
