package io.vexel.bench;

import io.vexel.base.Bytes;
import io.vexel.bench.soak.MemoryFigures;
import io.vexel.bench.soak.SoakCounts;
import io.vexel.bench.soak.SoakPlan;
import io.vexel.bench.soak.SoakResult;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What a soak saw, for people and for programs. */
final class SoakText {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;

    private final SoakPlan plan;
    private final SoakResult result;

    SoakText(SoakPlan plan, SoakResult result) {
        this.plan = plan;
        this.result = result;
    }

    String text() {
        Table operations = new Table("OPERATION", "DONE", "REFUSED", "GAVE UP", "SLOWEST");
        result.counts()
                .forEach((kind, count) -> operations.row(
                        kind,
                        Figures.count(count.done()),
                        Figures.count(count.refused()),
                        Figures.count(count.stopped()),
                        Figures.duration(count.slowestNanos())));
        String refusals = result.counts().entrySet().stream()
                .flatMap(entry -> entry.getValue().refusal().stream()
                        .map(text -> entry.getKey() + " was refused last: " + text + System.lineSeparator()))
                .collect(Collectors.joining());
        MemoryFigures memory = result.memory();
        Table figures = new Table("WHAT", "VALUE");
        figures.row("took, with the filling", Figures.duration(result.nanos()));
        figures.row("budget", Bytes.text(plan.budgetBytes()));
        figures.row("most of it in use", Bytes.text(memory.peakUsed()));
        figures.row("peak resident", Bytes.text(memory.peakResident()));
        figures.row("allowed then", Bytes.text(memory.boundAtPeak()));
        figures.row("need of the JVM then", Bytes.text(memory.jvmAtPeak()));
        figures.row("least below what was allowed", signed(memory.leastMargin()));
        figures.row("resident then", Bytes.text(memory.residentAtLeastMargin()));
        figures.row("most beside budget in use and JVM", signed(memory.mostUnexplained()));
        figures.row("times that malloc had to give back", Figures.count(memory.trims()));
        figures.row("samples of memory", Figures.count(memory.samples()));
        figures.row("cache of vectors, hits", Figures.count(result.cache().hits()));
        figures.row("cache of vectors, faults", Figures.count(result.cache().faults()));
        result.plans().forEach((plan, count) -> figures.row("searches by " + plan, Figures.count(count)));
        result.indexRounds().forEach((place, count) -> figures.row("rounds, index " + place, Figures.count(count)));
        result.levelChanges().forEach((change, count) -> figures.row("memory, " + change, Figures.count(count)));
        figures.row("least recall@10", Figures.decimal(result.leastRecall(), 4));
        figures.row("passed", result.failure().isEmpty() ? "yes" : "no");
        return "soak: " + Figures.count(plan.rows(), "point") + " of dimension " + plan.dimension() + ", budget "
                + plan.budgetPercent() + " % of " + Bytes.text(plan.vectorBytes()) + ", " + plan.writers()
                + " writers, " + plan.searchers() + " searchers, " + Figures.count(plan.changesPerSecond())
                + " changes/s at most, " + plan.index() + ", seed " + plan.seed() + System.lineSeparator() + operations
                + refusals + System.lineSeparator() + figures;
    }

    private static String signed(long bytes) {
        return bytes < 0 ? "-" + Bytes.text(-bytes) : Bytes.text(bytes);
    }

    Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("rows", plan.rows());
        facts.put("dimension", plan.dimension());
        facts.put("budgetBytes", plan.budgetBytes());
        facts.put("vectorBytes", plan.vectorBytes());
        facts.put("seconds", plan.seconds());
        facts.put("writers", plan.writers());
        facts.put("searchers", plan.searchers());
        facts.put("slackPercent", plan.slackPercent());
        facts.put("changesPerSecond", plan.changesPerSecond());
        facts.put("seed", plan.seed());
        facts.put("tookSeconds", result.nanos() / NANOS_PER_SECOND);
        facts.put("memory", memory(result.memory()));
        Map<String, Object> counts = new LinkedHashMap<>();
        result.counts().forEach((kind, count) -> counts.put(kind, count(count)));
        facts.put("operations", counts);
        facts.put("plans", result.plans());
        facts.put("indexRounds", result.indexRounds());
        facts.put("cacheHits", result.cache().hits());
        facts.put("cacheFaults", result.cache().faults());
        facts.put("levelChanges", result.levelChanges());
        facts.put("leastRecall", result.leastRecall());
        facts.put("failure", result.failure().map(Throwable::getMessage).orElse(null));
        return facts;
    }

    private static Map<String, Object> memory(MemoryFigures memory) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("samples", memory.samples());
        facts.put("peakResidentBytes", memory.peakResident());
        facts.put("allowedAtPeakBytes", memory.boundAtPeak());
        facts.put("jvmAtPeakBytes", memory.jvmAtPeak());
        facts.put("peakUsedBytes", memory.peakUsed());
        facts.put("leastMarginBytes", memory.leastMargin());
        facts.put("mostUnexplainedBytes", memory.mostUnexplained());
        facts.put("trims", memory.trims());
        return facts;
    }

    private static Map<String, Object> count(SoakCounts.Count count) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("done", count.done());
        facts.put("refused", count.refused());
        facts.put("gaveUp", count.stopped());
        facts.put("slowestMillis", count.slowestNanos() / NANOS_PER_MILLI);
        facts.put("refusal", count.refusal().orElse(null));
        return facts;
    }
}
