package io.vexel.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.engine.AnnEngine;
import io.vexel.bench.engine.AnnIndex;
import io.vexel.bench.engine.AnnSearcher;
import io.vexel.bench.engine.BuildTime;
import io.vexel.bench.engine.FakeEngine;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class AnnRunTest {

    private static final Dataset DATA =
            Datasets.load(new DatasetRequest("synthetic:40x3", Optional.empty(), OptionalInt.empty(), 10));

    private final List<String> events = new CopyOnWriteArrayList<>();

    private static AnnPlan plan(List<Integer> threads, List<Integer> efs) {
        return new AnnPlan(threads, 10, efs, 2, 1e-4, SearchClock.WALL, new AnnPlan.Builds(0, 1));
    }

    private AnnResult run(AnnPlan plan, AnnEngine... engines) {
        return new AnnRun(DATA, plan, _ -> {}).measure(List.of(engines));
    }

    @Test
    void run_twoEngines_rotatesTheirOrder() {
        run(plan(List.of(1), List.of(10)), new FakeEngine("a", 20, events), new FakeEngine("b", 20, events));
        assertThat(events)
                .containsExactly(
                        "a builds 1", "b builds 1",
                        // recall
                        "a searches 10", "b searches 10",
                        // the round that is not counted
                        "a searches 10", "b searches 10",
                        "a searches 10", "b searches 10",
                        "b searches 10", "a searches 10",
                        "a closes 1", "b closes 1");
    }

    @Test
    void run_curve_endsWhereRecallIsEnough() {
        AnnResult result = run(plan(List.of(1), List.of(40, 10, 20, 30)), new FakeEngine("a", 20));
        Curve curve = result.engines().getFirst().curves().getFirst();
        assertThat(curve.points()).extracting(CurvePoint::ef).containsExactly(10, 20);
        assertThat(curve.points()).extracting(CurvePoint::recall).containsExactly(0.5, 1.0);
        assertThat(curve.points()).allMatch(point -> point.passes().size() == 2);
        assertThat(curve.isAlreadyAbove(0.4)).isTrue();
        assertThat(curve.isAlreadyAbove(0.9)).isFalse();
        assertThat(curve.pointAt(0.95).ef()).isEqualTo(20);
        double[] slowest = {
            curve.rates(curve.points().get(0)).median(),
            curve.rates(curve.points().get(1)).median()
        };
        assertThat(curve.ratesAt(0.95).orElseThrow().median())
                .isBetween(Math.min(slowest[0], slowest[1]) / 2, Math.max(slowest[0], slowest[1]) * 2);
    }

    @Test
    void run_recallNeverReached_hasNoRate() {
        AnnResult result = run(plan(List.of(1), List.of(10, 12)), new FakeEngine("a", 20));
        Curve curve = result.engines().getFirst().curves().getFirst();
        assertThat(curve.ratesAt(0.95)).isEmpty();
        assertThat(curve.pointAt(0.95).ef()).isEqualTo(12);
    }

    @Test
    void run_exactEngine_hasOnePoint() {
        AnnResult result = run(plan(List.of(1), List.of(10, 20)), new FakeEngine("flat", 0));
        assertThat(result.engines().getFirst().curves().getFirst().points())
                .singleElement()
                .satisfies(point -> assertThat(point.recall()).isEqualTo(1));
    }

    @Test
    void run_severalNumbersOfThreads_buildsWithEachAndSearchesTheFirst() {
        AnnResult result = run(plan(List.of(2, 1), List.of(20)), new FakeEngine("a", 20, events));
        assertThat(events).startsWith("a builds 2", "a builds 1", "a closes 1").endsWith("a closes 2");
        EngineResult engine = result.engines().getFirst();
        assertThat(engine.builds()).containsOnlyKeys(1, 2);
        assertThat(engine.buildSeconds(1).median()).isPositive();
        assertThat(engine.bytesPerVector()).isEqualTo(100);
        assertThat(engine.curves()).extracting(Curve::threads).containsExactly(2, 1);
        // Each thread searches its share of the queries at least once.
        assertThat(engine.curves().getFirst().points().getFirst().passes())
                .allMatch(pass -> pass.queries() > 0 && pass.wallPerSecond() > 0 && pass.cpuPerSecond() > 0)
                .allMatch(pass -> pass.p50Micros() <= pass.p95Micros() && pass.p95Micros() <= pass.p99Micros());
    }

    @Test
    void run_withWarmRows_buildsSmallIndexesOfAllBeforeThoseThatCount() {
        AnnPlan cold = plan(List.of(2, 1), List.of(20));
        AnnPlan warm = new AnnPlan(
                cold.threads(), cold.k(), cold.efs(), 1, cold.seconds(), cold.clock(), new AnnPlan.Builds(15, 1));
        run(warm, new FakeEngine("a", 20, events), new FakeEngine("b", 20, events));
        assertThat(events)
                .startsWith(
                        "a builds 2 of 15 rows",
                        "a closes 2",
                        "b builds 2 of 15 rows",
                        "b closes 2",
                        "a builds 2",
                        "a builds 1",
                        "a closes 1",
                        "b builds 2");
    }

    @Test
    void run_severalBuilds_takeTurnsAndTheFirstIsSearched() {
        AnnPlan once = plan(List.of(2, 1), List.of(20));
        AnnPlan.Builds twice = new AnnPlan.Builds(0, 2);
        AnnPlan often = new AnnPlan(once.threads(), once.k(), once.efs(), 1, once.seconds(), once.clock(), twice);
        EngineResult engine =
                run(often, new FakeEngine("a", 20, events)).engines().getFirst();
        assertThat(events)
                .startsWith(
                        "a builds 2",
                        "a builds 1",
                        "a closes 1",
                        "a builds 2",
                        "a closes 2",
                        "a builds 1",
                        "a closes 1",
                        "a searches 20")
                .endsWith("a closes 2");
        assertThat(engine.builds(2)).hasSize(2);
        assertThat(engine.buildSeconds(1).median())
                .isCloseTo(
                        engine.builds(1).stream()
                                .mapToDouble(BuildTime::seconds)
                                .average()
                                .orElseThrow(),
                        within(1e-9));
    }

    @Test
    void run_searchThatFails_endsAndClosesAllIndexes() {
        AnnEngine failing = new FailingEngine(new FakeEngine("bad", 20, events));
        assertThatThrownBy(() -> run(plan(List.of(2), List.of(10)), new FakeEngine("a", 20, events), failing))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("out of order");
        assertThat(events).contains("a closes 2", "bad closes 2");
    }

    /** Fails on every thread but the one that takes the recall. */
    private record FailingEngine(AnnEngine engine) implements AnnEngine {

        @Override
        public String name() {
            return engine.name();
        }

        @Override
        public String settings() {
            return engine.settings();
        }

        @Override
        public boolean isApproximate() {
            return true;
        }

        @Override
        public AnnIndex build(Dataset data, int threads) {
            AnnIndex index = engine.build(data, threads);
            Thread builder = Thread.currentThread();
            return new AnnIndex() {
                @Override
                public long bytes(long heapGrowth) {
                    return index.bytes(heapGrowth);
                }

                @Override
                public AnnSearcher searcher(int ef, int k) {
                    AnnSearcher searcher = index.searcher(ef, k);
                    return query -> {
                        if (Thread.currentThread() != builder) {
                            throw new IllegalStateException("out of order");
                        }
                        return searcher.search(query);
                    };
                }

                @Override
                public void close() {
                    index.close();
                }
            };
        }
    }

    @Test
    void plan_notAllowed_isRefused() {
        assertThatThrownBy(() -> plan(List.of(1), List.of(9)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ef=9, allowed: at least k = 10");
        assertThatThrownBy(() -> plan(List.of(0), List.of(10))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> plan(List.of(), List.of(10))).isInstanceOf(IllegalArgumentException.class);
    }
}
