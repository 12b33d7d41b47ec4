package io.vexel.bench.report;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.measure.AnnPlan;
import io.vexel.bench.measure.AnnResult;
import io.vexel.bench.measure.Curve;
import io.vexel.bench.measure.CurvePoint;
import io.vexel.bench.measure.EngineResult;
import io.vexel.bench.measure.Pass;
import io.vexel.cli.Measured;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A comparison as tables of text. */
public final class AnnText {

    private static final String LINE = System.lineSeparator();
    private static final String ABSENT = "-";

    private final AnnResult result;

    public AnnText(AnnResult result) {
        this.result = result;
    }

    /** What was searched, in one line. */
    public String head() {
        Dataset data = result.data();
        String metric = data.originalMetric() == Metric.COSINE
                ? "cosine (l2 on vectors of length one)"
                : data.originalMetric().label();
        return data.text() + ", " + metric + ", " + Figures.count(data.queries().length) + " queries, ground truth "
                + data.truthOrigin();
    }

    /** How it was measured, in one line. */
    public String method() {
        AnnPlan plan = result.plan();
        return "k = " + plan.k() + ", one process, rates by " + plan.clock().label() + ", median of " + plan.rounds()
                + " rounds (min .. max) in rotated order after one that is not counted; a pass takes at least "
                + Figures.decimal(plan.seconds(), 2)
                + " s; latencies by wall clock; build by wall clock, and processor time of the whole process, "
                + builds(plan.builds());
    }

    private static String builds(AnnPlan.Builds builds) {
        String many = builds.rounds() == 1 ? "" : "median of " + builds.rounds() + " (min .. max) ";
        return many
                + (builds.warmRows() == 0
                        ? "with code that was not compiled yet"
                        : "after one of " + Figures.count(builds.warmRows()) + " rows that is not counted");
    }

    /** What the marks in the tables mean. */
    public String legend() {
        return "^ the smallest ef has more recall already; - not reached; latencies at the first ef with recall "
                + AnnJson.key(AnnJson.LATENCY_RECALL) + "; raw vectors take "
                + Figures.count(result.data().rawBytesPerVector()) + " bytes each";
    }

    /** All tables; with the curves when they are asked for. */
    public String tables(Detail detail) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < result.plan().threads().size(); i++) {
            int threads = result.plan().threads().get(i);
            text.append(LINE)
                    .append(threads)
                    .append(threads == 1 ? " thread" : " threads")
                    .append(LINE);
            text.append(rates(i)).append(LINE).append(costs(i));
            ratios(i).ifPresent(table -> text.append(LINE).append(table));
            if (detail == Detail.CURVES) {
                text.append(LINE).append(curves(i));
            }
        }
        return text.toString();
    }

    /** How much is shown. */
    public enum Detail {
        /** Rates at the recalls of the plan, costs, ratios. */
        SUMMARY,
        /** Every {@code ef} as well. */
        CURVES
    }

    /** Rates at the recalls of the plan. */
    Table rates(int index) {
        Table table = new Table(heading("ENGINE", "QUERIES/S AT "));
        for (EngineResult engine : result.engines()) {
            Curve curve = engine.curves().get(index);
            Object[] cells = new Object[1 + AnnPlan.TARGETS.size()];
            cells[0] = engine.name();
            for (int i = 0; i < AnnPlan.TARGETS.size(); i++) {
                double target = AnnPlan.TARGETS.get(i);
                String mark = curve.isAlreadyAbove(target) ? "^" : "";
                cells[i + 1] = curve.ratesAt(target)
                        .map(rate -> rate.text(rate.median() < 100 ? 1 : 0) + mark)
                        .orElse(ABSENT);
            }
            table.row(cells);
        }
        return table;
    }

    /** Latencies, build time and space. */
    Table costs(int index) {
        Table table =
                new Table("ENGINE", "EF", "RECALL", "P50 US", "P95 US", "P99 US", "BUILD S", "CPU S", "BYTES/VECTOR");
        for (EngineResult engine : result.engines()) {
            Curve curve = engine.curves().get(index);
            CurvePoint point = curve.pointAt(AnnJson.LATENCY_RECALL);
            table.row(
                    engine.name(),
                    point.ef(),
                    Figures.decimal(point.recall(), 4),
                    micros(point.measured(Pass::p50Micros)),
                    micros(point.measured(Pass::p95Micros)),
                    micros(point.measured(Pass::p99Micros)),
                    seconds(engine.buildSeconds(curve.threads())),
                    seconds(engine.buildCpuSeconds(curve.threads())),
                    Figures.count(Math.round(engine.bytesPerVector())));
        }
        return table;
    }

    private String seconds(Measured builds) {
        return result.plan().builds().rounds() == 1 ? Figures.decimal(builds.median(), 1) : builds.text(1);
    }

    /** Rates of ours over those of the peers, and how many times as long their builds took; empty without one of them. */
    Optional<Table> ratios(int index) {
        Optional<EngineResult> ours = Ratios.ours(result.engines());
        List<EngineResult> peers = Ratios.peers(result.engines());
        if (ours.isEmpty() || peers.isEmpty()) {
            return Optional.empty();
        }
        int threads = result.plan().threads().get(index);
        List<String> headings = new ArrayList<>(List.of(heading("VEXEL OVER", "RATIO AT ")));
        headings.add("BUILD");
        Table table = new Table(headings.toArray(String[]::new));
        for (EngineResult peer : peers) {
            Object[] cells = new Object[2 + AnnPlan.TARGETS.size()];
            cells[0] = peer.name();
            for (int i = 0; i < AnnPlan.TARGETS.size(); i++) {
                cells[i + 1] = Ratios.at(
                                AnnPlan.TARGETS.get(i),
                                ours.get().curves().get(index),
                                peer.curves().get(index))
                        .map(ratio -> ratio.text(2))
                        .orElse(ABSENT);
            }
            cells[cells.length - 1] = Figures.decimal(Ratios.build(ours.get(), peer, threads), 2);
            table.row(cells);
        }
        return Optional.of(table);
    }

    private Table curves(int index) {
        Table table = new Table("ENGINE", "EF", "RECALL", "QUERIES/S", "P50 US", "P99 US");
        for (EngineResult engine : result.engines()) {
            Curve curve = engine.curves().get(index);
            for (CurvePoint point : curve.points()) {
                table.row(
                        engine.name(),
                        point.ef(),
                        Figures.decimal(point.recall(), 4),
                        curve.rates(point).text(0),
                        micros(point.measured(Pass::p50Micros)),
                        micros(point.measured(Pass::p99Micros)));
            }
        }
        return table;
    }

    private static String[] heading(String first, String prefix) {
        String[] headings = new String[1 + AnnPlan.TARGETS.size()];
        headings[0] = first;
        for (int i = 0; i < AnnPlan.TARGETS.size(); i++) {
            headings[i + 1] = prefix + AnnJson.key(AnnPlan.TARGETS.get(i));
        }
        return headings;
    }

    private static String micros(Measured value) {
        return Figures.decimal(value.median(), value.median() < 100 ? 1 : 0);
    }
}
