package io.vexel.bench.report;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.measure.AnnPlan;
import io.vexel.bench.measure.AnnResult;
import io.vexel.bench.measure.Curve;
import io.vexel.bench.measure.CurvePoint;
import io.vexel.bench.measure.EngineResult;
import io.vexel.bench.measure.Pass;
import io.vexel.cli.Measured;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** A comparison as a map for JSON; docs/cli.md names the keys. */
public final class AnnJson {

    /** The recall at which latencies are reported. */
    static final double LATENCY_RECALL = 0.95;

    private final AnnResult result;
    private final Map<String, Object> machine;

    /** @param machine versions and facts of the machine, put in front */
    public AnnJson(AnnResult result, Map<String, Object> machine) {
        this.result = result;
        this.machine = machine;
    }

    /** The map. */
    public Map<String, Object> facts() {
        Dataset data = result.data();
        AnnPlan plan = result.plan();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("dataset", data.name());
        facts.put("threads", plan.threads().getFirst());
        facts.put("machine", machine);
        facts.put("rows", data.base().length);
        facts.put("dimension", data.dimension());
        facts.put("metric", data.originalMetric().label());
        facts.put("queries", data.queries().length);
        facts.put("groundTruth", data.truthOrigin());
        facts.put("k", plan.k());
        facts.put("rounds", plan.rounds());
        facts.put("secondsPerPass", plan.seconds());
        facts.put("clock", plan.clock().label());
        facts.put("warmRows", plan.builds().warmRows());
        facts.put("builds", plan.builds().rounds());
        facts.put("latencyAtRecall", LATENCY_RECALL);
        facts.putAll(run(0));
        if (plan.threads().size() > 1) {
            facts.put("otherThreads", otherThreads());
        }
        return facts;
    }

    private List<Map<String, Object>> otherThreads() {
        List<Integer> threads = result.plan().threads();
        return IntStream.range(1, threads.size())
                .mapToObj(i -> {
                    Map<String, Object> facts = new LinkedHashMap<>();
                    facts.put("threads", threads.get(i));
                    facts.putAll(run(i));
                    return facts;
                })
                .toList();
    }

    private Map<String, Object> run(int index) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put(
                "engines",
                result.engines().stream().map(engine -> engine(engine, index)).toList());
        Map<String, Object> ratios = ratios(index);
        if (!ratios.isEmpty()) {
            facts.put("ratios", ratios);
        }
        return facts;
    }

    private static Map<String, Object> engine(EngineResult engine, int index) {
        Curve curve = engine.curves().get(index);
        CurvePoint latency = curve.pointAt(LATENCY_RECALL);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", engine.name());
        facts.put("settings", engine.settings());
        facts.put("buildSeconds", engine.buildSeconds(curve.threads()).median());
        facts.put("buildCpuSeconds", engine.buildCpuSeconds(curve.threads()).median());
        facts.put("buildSecondsSpread", engine.buildSeconds(curve.threads()).json());
        facts.put("bytesPerVector", engine.bytesPerVector());
        Map<String, Object> rates = new LinkedHashMap<>();
        Map<String, Object> spreads = new LinkedHashMap<>();
        Map<String, Object> above = new LinkedHashMap<>();
        for (double target : AnnPlan.TARGETS) {
            var rate = curve.ratesAt(target);
            rates.put(key(target), rate.map(Measured::median));
            spreads.put(key(target), rate.map(Measured::json));
            above.put(key(target), curve.isAlreadyAbove(target));
        }
        facts.put("qpsAtRecall", rates);
        facts.put("qpsAtRecallSpread", spreads);
        facts.put("alreadyAbove", above);
        facts.put("latencyEf", latency.ef());
        facts.put("p50Micros", latency.measured(Pass::p50Micros).median());
        facts.put("p95Micros", latency.measured(Pass::p95Micros).median());
        facts.put("p99Micros", latency.measured(Pass::p99Micros).median());
        facts.put(
                "curve",
                curve.points().stream().map(point -> point(curve, point)).toList());
        return facts;
    }

    private static Map<String, Object> point(Curve curve, CurvePoint point) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("ef", point.ef());
        facts.put("recall", point.recall());
        facts.put("queriesPerSecond", curve.rates(point).json());
        facts.put("cpuQueriesPerSecond", point.measured(Pass::cpuPerSecond).median());
        facts.put("wallQueriesPerSecond", point.measured(Pass::wallPerSecond).median());
        facts.put("p50Micros", point.measured(Pass::p50Micros).median());
        facts.put("p95Micros", point.measured(Pass::p95Micros).median());
        facts.put("p99Micros", point.measured(Pass::p99Micros).median());
        return facts;
    }

    private Map<String, Object> ratios(int index) {
        Map<String, Object> facts = new LinkedHashMap<>();
        int threads = result.plan().threads().get(index);
        Optional<EngineResult> ours = Ratios.ours(result.engines());
        ours.ifPresent(mine -> Ratios.peers(result.engines()).forEach(peer -> {
            Map<String, Object> targets = new LinkedHashMap<>();
            for (double target : AnnPlan.TARGETS) {
                targets.put(
                        key(target),
                        Ratios.at(
                                        target,
                                        mine.curves().get(index),
                                        peer.curves().get(index))
                                .map(Measured::json));
            }
            targets.put("build", Ratios.build(mine, peer, threads));
            facts.put(peer.name(), targets);
        }));
        return facts;
    }

    static String key(double recall) {
        return String.format(Locale.ROOT, "%.2f", recall);
    }
}
