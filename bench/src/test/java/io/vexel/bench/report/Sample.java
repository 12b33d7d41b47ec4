package io.vexel.bench.report;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.engine.FakeEngine;
import io.vexel.bench.measure.AnnPlan;
import io.vexel.bench.measure.AnnResult;
import io.vexel.bench.measure.AnnRun;
import io.vexel.bench.measure.SearchClock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A small comparison of engines that only pretend. */
final class Sample {

    private static final Dataset DATA =
            Datasets.load(new DatasetRequest("synthetic:40x3", Optional.empty(), OptionalInt.empty(), 10));

    private static final AnnResult USUAL = of(
            List.of(1, 2),
            new FakeEngine("vexel", 20),
            new FakeEngine("vexel-flat", 0),
            new FakeEngine("peer", 20),
            new FakeEngine("weak & <slow>", 40));

    private Sample() {}

    static AnnResult of(List<Integer> threads, FakeEngine... engines) {
        AnnPlan plan =
                new AnnPlan(threads, 10, List.of(10, 15, 19, 20), 3, 1e-4, SearchClock.WALL, new AnnPlan.Builds(5, 1));
        return new AnnRun(DATA, plan, _ -> {}).measure(List.of(engines));
    }

    /** Ours, an exact one, a peer, and one that never finds enough; on one thread and on two. */
    static AnnResult usual() {
        return USUAL;
    }
}
