package io.vexel.bench;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.life.LifePlan;
import io.vexel.bench.life.LifeResult;
import io.vexel.cli.Measured;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the phases measured, for people and for programs. */
final class LifeText {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_MICRO = 1e3;

    private final Dataset data;
    private final LifePlan plan;
    private final LifeResult result;

    LifeText(Dataset data, LifePlan plan, LifeResult result) {
        this.data = data;
        this.plan = plan;
        this.result = result;
    }

    String text() {
        LifeResult.Burst burst = result.burst();
        LifeResult.Crash crash = result.crash();
        Table table = new Table("PHASE", "WHAT", "VALUE");
        table.row("sustained", "rows/s until all are in the index", rates().text(0));
        table.row("sustained", "the same in a new JVM", Figures.rate(rate(result.first())));
        table.row("sustained", "longest tail, rows", Figures.count(longestTail()));
        table.row("sustained", "search beside it, median, µs", micros(probe(.5)));
        table.row("sustained", "search beside it, slowest, µs", micros(probe(1)));
        table.row(
                "burst",
                "rows/s acknowledged",
                Figures.rate(Figures.perSecond(burst.rows(), burst.acknowledgedNanos())));
        table.row("burst", "until the index has them", Figures.duration(burst.indexedNanos()));
        table.row("crash", "rows acknowledged", Figures.count(crash.acknowledged()));
        table.row("crash", "acknowledged rows lost", Figures.count(crash.lost()));
        table.row("crash", "rows found", Figures.count(crash.found()));
        table.row("crash", "open", Figures.duration(crash.openNanos()));
        table.row("crash", "rows above the checkpoint", Figures.count(crash.unsaved()));
        table.row("crash", "until the index has them", Figures.duration(crash.indexedNanos()));
        table.row("crash", "recall@10", Figures.decimal(crash.recall(), 4));
        table.row("crash", "recall@10 of the twins", Figures.decimal(crash.twinRecall(), 4));
        table.row("crash", "less than the twins", Figures.decimal(crash.recallLoss(), 4));
        LifeResult.Churn churn = result.churn();
        table.row("churn", "space over that of the twin", Figures.decimal(churn.space(), 3));
        table.row("churn", "... after a compaction", Figures.decimal(churn.compactedSpace(), 3));
        table.row("churn", "recall@10", Figures.decimal(churn.recall(), 4));
        table.row("churn", "... after a compaction", Figures.decimal(churn.compactedRecall(), 4));
        table.row("churn", "recall@10 of the twin", Figures.decimal(churn.twinRecall(), 4));
        return data.text()
                + ", batches of " + Figures.count(plan.batch()) + ", " + plan.indexThreads() + " index threads, seed "
                + plan.seed() + System.lineSeparator() + table;
    }

    Map<String, Object> facts() {
        LifeResult.Burst burst = result.burst();
        LifeResult.Crash crash = result.crash();
        Map<String, Object> steady = new LinkedHashMap<>();
        steady.put("rowsPerSecond", rates().median());
        steady.put("rowsPerSecondSpread", rates().json());
        steady.put("rowsPerSecondNewJvm", rate(result.first()));
        steady.put("longestTail", longestTail());
        steady.put("searches", probes().size());
        steady.put("p50Micros", probe(.5) / NANOS_PER_MICRO);
        steady.put("p99Micros", probe(.99) / NANOS_PER_MICRO);
        steady.put("maxMicros", probe(1) / NANOS_PER_MICRO);
        Map<String, Object> fast = new LinkedHashMap<>();
        fast.put("rowsPerSecond", Figures.perSecond(burst.rows(), burst.acknowledgedNanos()));
        fast.put("indexSeconds", burst.indexedNanos() / NANOS_PER_SECOND);
        Map<String, Object> killed = new LinkedHashMap<>();
        killed.put("acknowledged", crash.acknowledged());
        killed.put("lost", crash.lost());
        killed.put("found", crash.found());
        killed.put("openMillis", crash.openNanos() / NANOS_PER_MILLI);
        killed.put("unsavedRows", crash.unsaved());
        killed.put("indexSeconds", crash.indexedNanos() / NANOS_PER_SECOND);
        killed.put("recall", crash.recall());
        killed.put("twinRecall", crash.twinRecall());
        killed.put("recallLoss", crash.recallLoss());
        Map<String, Object> replaced = new LinkedHashMap<>();
        replaced.put("space", result.churn().space());
        replaced.put("compactedSpace", result.churn().compactedSpace());
        replaced.put("recall", result.churn().recall());
        replaced.put("compactedRecall", result.churn().compactedRecall());
        replaced.put("twinRecall", result.churn().twinRecall());
        Map<String, Object> facts = data.facts();
        facts.put("batch", plan.batch());
        facts.put("mostTail", plan.mostTail());
        facts.put("threads", plan.indexThreads());
        facts.put("rounds", plan.rounds());
        facts.put("seed", plan.seed());
        facts.put("sustained", steady);
        facts.put("burst", fast);
        facts.put("crash", killed);
        facts.put("churn", replaced);
        return facts;
    }

    private static double rate(LifeResult.Sustained round) {
        return Figures.perSecond(round.rows(), round.nanos());
    }

    private Measured rates() {
        Measured rates = new Measured();
        result.sustained().forEach(round -> rates.add(rate(round)));
        return rates;
    }

    private long longestTail() {
        return result.sustained().stream()
                .mapToLong(LifeResult.Sustained::longestTail)
                .max()
                .orElseThrow();
    }

    /** Of all rounds, ascending. */
    private List<Long> probes() {
        return result.sustained().stream()
                .flatMap(round -> round.probes().stream())
                .sorted()
                .toList();
    }

    private long probe(double share) {
        return Figures.percentile(probes(), share);
    }

    private static String micros(long nanos) {
        return Figures.count(Math.round(nanos / NANOS_PER_MICRO));
    }
}
