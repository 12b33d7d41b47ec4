package io.vexel.bench.reopen;

import io.vexel.base.TimeSource;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.RowFile;
import io.vexel.bench.engine.RowVolume;
import io.vexel.bench.engine.TemporaryDirectory;
import io.vexel.bench.measure.Recall;
import io.vexel.collection.IndexStatus;
import io.vexel.engine.Collection;
import io.vexel.engine.Hit;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.Volume;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Makes a volume from a data set, closes it, and measures how it is opened again and what it finds then. */
public final class Reopen {

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

    /** Measures all. */
    public ReopenResult measure() {
        try (TemporaryDirectory directory = new TemporaryDirectory()) {
            Path image = directory.path().resolve("reopen.vexel");
            Path queries = directory.path().resolve("queries");
            RowFile.write(queries, data.queries());
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
        RowVolume.format(image, data.base().length, data.dimension());
        long start = time.nanoTime();
        long written;
        long indexed;
        long closing;
        long indexBytes;
        try (Volume volume = RowVolume.open(image, plan.indexThreads())) {
            Collection collection = RowVolume.create(volume, data.dimension(), data.metric());
            RowVolume.upsertAll(collection, data.base());
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
        try (Volume volume = RowVolume.open(image, plan.indexThreads())) {
            Collection collection = volume.collection(RowVolume.COLLECTION);
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
        Recall recall = new Recall(data, K);
        long hits = 0;
        for (int query = 0; query < data.queries().length; query++) {
            hits += recall.hits(query, RowVolume.rows(search(collection, data.queries()[query], ef)));
        }
        return hits / ((double) K * data.queries().length);
    }
}
