package io.vexel.bench;

import io.vexel.bench.micro.JmhPlan;
import io.vexel.bench.micro.JmhRun;
import io.vexel.bench.micro.JmhScore;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.cli.terminal.Terminal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel bench jmh",
        description =
                "Measures the calls that happen most under JMH: objects and pages allocated and freed, rows in pages, page faults, searches"
                        + " of the graph.",
        footer = {
            "",
            "Each benchmark runs in processes of its own, some that warm up and some that count; all of them take about ten minutes. Values are"
                    + " wall clock, so a quiet machine matters. The error is half of the interval of 99.9 % confidence.",
            "",
            "Examples:",
            "  vexel bench jmh --list",
            "  vexel bench jmh ResidentRow",
            "  vexel bench jmh GraphSearch --allocation --threads 2 --json search.json"
        })
final class JmhVerb extends BenchVerb {

    private static final int DECIMALS = 2;

    @Parameters(
            arity = "0..1",
            paramLabel = "PATTERN",
            defaultValue = ".*",
            description = "A regular expression found in the names wanted (default: all).")
    String pattern = "";

    @Option(names = "--list", description = "Prints the names and runs nothing.")
    boolean list;

    @Option(names = "--forks", paramLabel = "N", description = "Processes of each benchmark (default: 2).")
    Optional<Integer> forks = Optional.empty();

    @Option(
            names = "--iterations",
            paramLabel = "N",
            description =
                    "Measured iterations of each process, after as many that are not counted (default: 5; of faults 20 after 40).")
    Optional<Integer> iterations = Optional.empty();

    @Option(
            names = "--millis",
            paramLabel = "N",
            description = "Milliseconds of an iteration (default: 1000; faults have as many calls as pages).")
    Optional<Integer> millis = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Threads that run a benchmark at once (default: 1).")
    Optional<Integer> threads = Optional.empty();

    @Option(names = "--allocation", description = "Counts the bytes that a call allocates on the Java heap, too.")
    boolean allocation;

    JmhVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        ReportFile jsonFile = jsonFile();
        JmhPlan plan = new JmhPlan(
                pattern,
                optionalInt(forks),
                optionalInt(iterations),
                optionalInt(millis),
                optionalInt(threads),
                allocation);
        JmhRun run = new JmhRun(plan, progress());
        if (list) {
            run.names().forEach(terminal.out()::println);
            return 0;
        }
        List<JmhScore> scores = run.measure();
        terminal.out().print(table(scores));
        List<Map<String, Object>> results = new ArrayList<>();
        scores.forEach(score -> results.add(json(score)));
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("results", results);
        finish(facts, jsonFile);
        return 0;
    }

    private static Table table(List<JmhScore> scores) {
        Table table = new Table("BENCHMARK", "PARAMETERS", "THREADS", "MEAN (MIN .. MAX)", "ERROR", "UNIT", "BYTES");
        for (JmhScore score : scores) {
            StringBuilder parameters = new StringBuilder();
            score.parameters()
                    .forEach((name, value) -> parameters
                            .append(parameters.isEmpty() ? "" : " ")
                            .append(name)
                            .append('=')
                            .append(value));
            table.row(
                    score.benchmark(),
                    parameters.isEmpty() ? "-" : parameters,
                    score.threads(),
                    Figures.decimal(score.mean(), DECIMALS) + " (" + Figures.decimal(score.least(), DECIMALS) + " .. "
                            + Figures.decimal(score.greatest(), DECIMALS) + ")",
                    Double.isNaN(score.error()) ? "-" : Figures.decimal(score.error(), DECIMALS),
                    score.unit(),
                    score.allocatedBytes().isEmpty()
                            ? "-"
                            : Figures.decimal(score.allocatedBytes().getAsDouble(), 1));
        }
        return table;
    }

    private static Map<String, Object> json(JmhScore score) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("benchmark", score.benchmark());
        facts.put("parameters", score.parameters());
        facts.put("threads", score.threads());
        facts.put("mean", score.mean());
        if (!Double.isNaN(score.error())) {
            facts.put("error", score.error());
        }
        facts.put("min", score.least());
        facts.put("max", score.greatest());
        facts.put("unit", score.unit());
        score.allocatedBytes().ifPresent(bytes -> facts.put("allocatedBytes", bytes));
        return facts;
    }
}
