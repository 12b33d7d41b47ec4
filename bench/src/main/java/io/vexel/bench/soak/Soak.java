package io.vexel.bench.soak;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.bench.engine.TemporaryDirectory;
import io.vexel.bench.soak.SoakCounts.Kind;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Point;
import io.vexel.collection.VectorCacheStatistics;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.FormatSpec;
import io.vexel.engine.Hit;
import io.vexel.engine.ScanPage;
import io.vexel.engine.ScanRequest;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import io.vexel.index.GraphRows;
import io.vexel.memory.MemoryBudget;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Fills a collection and runs the load, round by round, in this process. */
public final class Soak {

    private static final String COLLECTION = "soak";
    private static final int FILL_BATCH = 200;

    /** Refusals in a row after which filling ends; each is waited after. */
    private static final int MOST_REFUSALS = 100;

    private static final int PAGE = 500;
    private static final int QUERIES = 50;
    private static final int K = 10;
    private static final int EF = 200;
    private static final double LEAST_RECALL = 0.9;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** Who has a share of the budget for as long as a volume is open. */
    private static final String LODGER = "soak lodger";

    private static final int LODGER_SHARE = 3;

    private final SoakPlan plan;
    private final Consumer<String> progress;
    private final TimeSource time;
    private final MemoryBudget budget;
    private final SoakModel model;
    private final SoakCounts counts;
    private final SplittableRandom seeds;
    private final Map<String, Long> levelChanges = new TreeMap<>();
    private final Map<String, Long> indexRounds = new TreeMap<>();
    private double leastRecall = 1;
    private long faults;
    private long hits;

    public Soak(SoakPlan plan, Consumer<String> progress, TimeSource time) {
        this.plan = plan;
        this.progress = progress;
        this.time = time;
        budget = new MemoryBudget(plan.budgetBytes());
        model = new SoakModel(plan);
        counts = new SoakCounts(time);
        seeds = new SplittableRandom(plan.seed());
    }

    SoakPlan plan() {
        return plan;
    }

    SoakModel model() {
        return model;
    }

    SoakCounts counts() {
        return counts;
    }

    MemoryBudget budget() {
        return budget;
    }

    /**
     * Runs it all.
     *
     * @return what was seen, also when that is a failure
     * @throws IllegalStateException when the JVM or the system does not say how much memory this process has
     */
    public SoakResult run() {
        Optional<RuntimeException> failure = Optional.empty();
        long start = time.nanoTime();
        try (MemoryWatch watch = MemoryWatch.start(budget, plan.slackPercent());
                TemporaryDirectory directory = new TemporaryDirectory()) {
            Path image = directory.path().resolve("soak.vexel");
            try {
                Volume.format(image, FormatSpec.ofBytes(Bytes.roundUp(12 * plan.vectorBytes() + Bytes.GIB, Bytes.MIB)));
                rounds(image, watch);
            } catch (RuntimeException e) {
                failure = Optional.of(e);
            }
            failure = failure.or(watch::failure);
            return new SoakResult(
                    time.nanoTime() - start,
                    watch.figures(),
                    counts.all(),
                    counts.plans(),
                    Map.copyOf(indexRounds),
                    new SoakResult.Cache(hits, faults),
                    Map.copyOf(levelChanges),
                    leastRecall,
                    failure);
        }
    }

    private Volume open(Path image) {
        Volume volume =
                Volume.open(image, VolumeOptions.builder().budget(budget).build());
        volume.addPressureListener((before, now) -> {
            synchronized (levelChanges) {
                levelChanges.merge(before + " to " + now, 1L, Long::sum);
            }
        });
        return volume;
    }

    private void rounds(Path image, MemoryWatch watch) {
        try (Volume volume = open(image)) {
            Collection collection = volume.createCollection(CollectionSpec.builder(COLLECTION)
                    .dimension(plan.dimension())
                    .metric(Metric.L2)
                    .keywordIndex("g")
                    .textIndex("t")
                    .build());
            collection.createIndex(plan.index());
            fill(collection, watch);
            keep(volume);
        }
        checkGivenBack();
        long start = time.nanoTime();
        int round = 0;
        for (int opening = 0;
                time.nanoTime() - start < plan.nanos() && watch.failure().isEmpty();
                opening++) {
            // Every other time somebody else has so much of the budget that the index may have no room in memory.
            long taken = opening % 2 == 0 ? 0 : budget.limitBytes() / LODGER_SHARE;
            budget.reserve(LODGER, taken);
            Volume volume = counts.count(Kind.REOPEN, () -> open(image))
                    .orElseThrow(() -> new SoakFailure("the volume cannot be opened under the budget again"));
            try (volume) {
                // Some rounds go on with the volume that is open.
                int stays = 1 + seeds.nextInt(2);
                for (int i = 0; i < stays && time.nanoTime() - start < plan.nanos(); i++) {
                    round(++round, volume, watch, plan.nanos() - (time.nanoTime() - start));
                }
                keep(volume);
            } finally {
                budget.release(LODGER, taken);
            }
            checkGivenBack();
        }
        watch.failure().ifPresent(e -> {
            throw e;
        });
    }

    private void fill(Collection collection, MemoryWatch watch) {
        for (int from = 0; from < plan.rows() && watch.failure().isEmpty(); from += FILL_BATCH) {
            List<Point> points = new ArrayList<>();
            int to = Math.min(plan.rows(), from + FILL_BATCH);
            for (int id = from; id < to; id++) {
                model.begin(id, SoakModel.withVector(0));
                points.add(model.point(id, model.begun(id)));
            }
            store(collection, points);
            for (int id = from; id < to; id++) {
                model.acknowledge(id, model.begun(id));
            }
            if (from / FILL_BATCH % 50 == 0) {
                progress.accept("filled " + to + " of " + plan.rows() + " points, resident "
                        + Bytes.text(ProcessMemory.resident().all()));
            }
        }
    }

    /** What is refused for a moment, while the index and the file system use what there is, is tried again. */
    private static void store(Collection collection, List<Point> points) {
        for (int refusals = 1; ; refusals++) {
            try {
                collection.upsertAll(points);
                return;
            } catch (CapacityException e) {
                if (refusals == MOST_REFUSALS) {
                    throw e;
                }
                LockSupport.parkNanos(NANOS_PER_SECOND / 20);
            }
        }
    }

    private void round(int number, Volume volume, MemoryWatch watch, long leftNanos) {
        Collection collection = volume.collection(COLLECTION);
        SoakTeam team = new SoakTeam();
        for (int w = 0; w < plan.writers(); w++) {
            SoakWriter writer = new SoakWriter(this, w, seeds.nextLong());
            long each = NANOS_PER_SECOND * plan.writers() / plan.changesPerSecond();
            team.add("soak writer " + w, () -> pause(team, each * writer.write(collection)));
        }
        for (int s = 0; s < plan.searchers(); s++) {
            SoakSearcher searcher = new SoakSearcher(this, seeds.nextLong());
            team.add("soak searcher " + s, () -> searcher.read(collection));
        }
        SoakKeeper keeper = new SoakKeeper(this, seeds.nextLong());
        team.add("soak keeper", () -> keeper.keep(volume, collection));
        team.work(Math.min(plan.roundNanos(), leftNanos), time, watch);
        calm(number, collection, keeper);
    }

    /** Holds a writer back so that it writes no faster than it should. */
    private void pause(SoakTeam team, long nanos) {
        long start = time.nanoTime();
        long left = nanos;
        while (left > 0 && !team.isStopping()) {
            LockSupport.parkNanos(Math.min(left, NANOS_PER_SECOND / 10));
            left = nanos - (time.nanoTime() - start);
        }
    }

    /** Nobody writes: everything is as the model has it. */
    private void calm(int number, Collection collection, SoakKeeper keeper) {
        IndexStatus status = collection.awaitIndexed();
        indexRounds.merge(indexPlace(status), 1L, Long::sum);
        checkContents(collection);
        keeper.verify(collection);
        double recall = recall(collection);
        leastRecall = Math.min(leastRecall, recall);
        if (recall < LEAST_RECALL) {
            throw new SoakFailure("recall@" + K + " " + recall + ", allowed: " + LEAST_RECALL + " or more");
        }
        progress.accept("round " + number + ": " + counts.total() + " operations, " + counts.refusals() + " refused, "
                + collection.count() + " points, "
                + collection.statistics().rows() + " rows stored, recall " + recall + ", resident "
                + Bytes.text(ProcessMemory.resident().all()) + ", budget in use "
                + Bytes.text(budget.usedBytes()) + ", index " + status.phase() + " with " + status.tailRows()
                + " rows outside"
                + status.problem()
                        .or(() -> status.shortage().map(IndexStatus.Shortage::text))
                        .map(text -> ": " + text)
                        .orElse("")
                + ", by owner " + budget.usedByOwner());
    }

    private static String indexPlace(IndexStatus status) {
        if (status.phase() != IndexStatus.Phase.ACTIVE) {
            return status.phase().name().toLowerCase(Locale.ROOT);
        }
        return status.layout().filter(GraphRows::paged).isPresent() ? "paged" : "in memory";
    }

    private void checkContents(Collection collection) {
        long live = 0;
        ScanRequest request = ScanRequest.first(PAGE);
        Optional<ScanPage> page = Optional.of(collection.scan(request));
        while (page.isPresent()) {
            for (Point point : page.get().points()) {
                int id = SoakModel.id(point.id());
                long state = model.acknowledged(id);
                if (!SoakModel.isAlive(state) || !point.equals(model.point(id, state))) {
                    throw new SoakFailure("point " + id + " is not as it was acknowledged: " + point.payload()
                            + (SoakModel.isAlive(state) ? "" : "; it was deleted"));
                }
                live++;
            }
            page = page.get().next().map(cursor -> collection.scan(request.after(cursor)));
        }
        if (live != model.live() || live != collection.count()) {
            throw new SoakFailure("a scan showed " + live + " points, and " + model.live()
                    + " are there; the collection counts " + collection.count());
        }
    }

    private double recall(Collection collection) {
        long found = 0;
        long wanted = 0;
        for (int q = 0; q < QUERIES; q++) {
            float[] query = model.query(q);
            List<Hit> exact = collection
                    .search(SearchRequest.builder(query).k(K).exact().build())
                    .hits();
            List<Hit> answer = collection
                    .search(SearchRequest.builder(query).k(K).ef(EF).build())
                    .hits();
            found += answer.stream().filter(exact::contains).count();
            wanted += exact.size();
        }
        return found / (double) wanted;
    }

    /** Remembers what a volume counted before it is closed. */
    private void keep(Volume volume) {
        VectorCacheStatistics cache = volume.memory().vectorCache();
        hits += cache.hits();
        faults += cache.misses();
    }

    private void checkGivenBack() {
        if (budget.usedBytes() != 0) {
            throw new SoakFailure("bytes in use of the budget after the volume was closed: " + budget.usedByOwner());
        }
    }
}
