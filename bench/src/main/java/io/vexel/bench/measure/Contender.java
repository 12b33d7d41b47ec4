package io.vexel.bench.measure;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.engine.AnnEngine;
import io.vexel.bench.engine.AnnIndex;
import io.vexel.bench.engine.BuildTime;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An engine in the comparison: its index, and what has been measured so far. */
final class Contender implements AutoCloseable {

    /** No larger {@code ef} is measured from here on: the highest recall that is reported lies below. */
    private static final double ENOUGH_RECALL = 0.995;

    private final AnnEngine engine;
    private final Dataset data;
    private final AnnPlan plan;
    private final Map<Integer, List<BuildTime>> builds = new LinkedHashMap<>();
    private final Map<Integer, List<CurvePoint>> points = new LinkedHashMap<>();
    private Optional<AnnIndex> index = Optional.empty();
    private long heapGrowth;

    Contender(AnnEngine engine, Dataset data, AnnPlan plan) {
        this.engine = engine;
        this.data = data;
        this.plan = plan;
    }

    String name() {
        return engine.name();
    }

    /** Builds with a number of threads; the first index built is the one that is searched. */
    BuildTime build(int threads) {
        long before = usedHeap();
        BuildTime start = BuildTime.now();
        AnnIndex built = engine.build(data, threads);
        BuildTime time = BuildTime.now().minus(start).plus(built.sharedBuild());
        builds.computeIfAbsent(threads, _ -> new ArrayList<>()).add(time);
        if (index.isPresent()) {
            built.close();
        } else {
            index = Optional.of(built);
            heapGrowth = usedHeap() - before;
        }
        return time;
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private AnnIndex index() {
        return index.orElseThrow(() -> new IllegalStateException(engine.name() + " is not built"));
    }

    /** Takes the recall at every {@code ef} that will be measured. */
    void explore(Recall recall) {
        plan.threads().forEach(threads -> points.put(threads, new ArrayList<>()));
        for (int ef : engine.isApproximate() ? plan.efs() : List.of(plan.k())) {
            double reached = recall.of(index(), ef);
            points.values().forEach(list -> list.add(new CurvePoint(ef, reached)));
            if (reached >= ENOUGH_RECALL) {
                return;
            }
        }
    }

    /** Runs a timed pass at every {@code ef} on every number of threads. */
    void round(SearchTeam team, boolean counted) {
        points.forEach((threads, curve) -> {
            for (CurvePoint point : curve) {
                Pass pass = team.pass(index(), point.ef(), threads);
                if (counted) {
                    point.add(pass);
                }
            }
        });
    }

    EngineResult result() {
        List<Curve> curves = new ArrayList<>();
        points.forEach((threads, list) -> curves.add(new Curve(threads, plan.clock(), list)));
        return new EngineResult(
                engine.name(),
                engine.settings(),
                builds,
                index().bytes(heapGrowth) / (double) data.base().length,
                curves);
    }

    @Override
    public void close() {
        index.ifPresent(AnnIndex::close);
        index = Optional.empty();
    }
}
