package io.vexel.bench.life;

import io.vexel.base.TimeSource;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.engine.RowVolume;
import io.vexel.bench.engine.TemporaryDirectory;
import io.vexel.engine.Collection;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.Volume;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Runs the phases one after the other, each on a volume of its own in a temporary directory. */
public final class LifeRun {

    private static final int PROBE_EVERY_BATCHES = 5;

    private final Dataset data;
    private final LifePlan plan;
    private final Consumer<String> progress;
    private final TimeSource time = TimeSource.SYSTEM;

    /** @param progress is told what happens, a line each */
    public LifeRun(Dataset data, LifePlan plan, Consumer<String> progress) {
        this.data = data;
        this.plan = plan;
        this.progress = progress;
    }

    /** Measures all. */
    public LifeResult measure() {
        try (TemporaryDirectory directory = new TemporaryDirectory()) {
            progress.accept("sustained, not counted");
            LifeResult.Sustained first = sustained(directory.path().resolve("first.vexel"));
            List<LifeResult.Sustained> sustained = new ArrayList<>();
            for (int round = 1; round <= plan.rounds(); round++) {
                progress.accept("sustained, round " + round + " of " + plan.rounds());
                sustained.add(sustained(directory.path().resolve("sustained-" + round + ".vexel")));
            }
            progress.accept("burst");
            LifeResult.Burst burst = burst(directory.path().resolve("burst.vexel"));
            progress.accept("crash");
            LifeResult.Crash crash = new CrashPhase(data, plan).run(directory.path());
            progress.accept("churn");
            return new LifeResult(first, sustained, burst, crash, new ChurnPhase(data, plan).run(directory.path()));
        }
    }

    private LifeResult.Sustained sustained(Path image) {
        int rows = data.base().length;
        List<Long> probes = new ArrayList<>();
        RowVolume.format(image, rows, data.dimension());
        try (Volume volume = RowVolume.open(image, plan.indexThreads())) {
            Collection collection = RowVolume.create(volume, data.dimension(), data.metric());
            long longest = 0;
            long batches = 0;
            long start = time.nanoTime();
            for (int row = 0; row < rows; ) {
                row += RowVolume.upsert(collection, data.base(), row, rows, plan.batch());
                longest = Math.max(longest, collection.tailRows());
                if (batches++ % PROBE_EVERY_BATCHES == 0) {
                    probes.add(probe(collection, data.queries()[probes.size() % data.queries().length]));
                }
                IndexWait.awaitShortTail(collection, plan.mostTail());
            }
            IndexWait.awaitShortTail(collection, 0);
            return new LifeResult.Sustained(
                    rows,
                    time.nanoTime() - start,
                    longest,
                    probes.stream().sorted().toList());
        }
    }

    private long probe(Collection collection, float[] query) {
        long start = time.nanoTime();
        collection.search(SearchRequest.builder(query).k(10).build());
        return time.nanoTime() - start;
    }

    private LifeResult.Burst burst(Path image) {
        int rows = data.base().length;
        RowVolume.format(image, rows, data.dimension());
        try (Volume volume = RowVolume.open(image, plan.indexThreads())) {
            Collection collection = RowVolume.create(volume, data.dimension(), data.metric());
            long start = time.nanoTime();
            for (int row = 0; row < rows; ) {
                row += RowVolume.upsert(collection, data.base(), row, rows, plan.batch());
            }
            long acknowledged = time.nanoTime();
            IndexWait.awaitShortTail(collection, 0);
            return new LifeResult.Burst(rows, acknowledged - start, time.nanoTime() - acknowledged);
        }
    }
}
