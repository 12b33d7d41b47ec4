package io.vexel.bench;

import io.vexel.base.Checks;
import io.vexel.base.ErrorCode;
import io.vexel.base.TimeSource;
import io.vexel.bench.soak.Soak;
import io.vexel.bench.soak.SoakPlan;
import io.vexel.bench.soak.SoakProcess;
import io.vexel.bench.soak.SoakResult;
import io.vexel.cli.terminal.Terminal;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel bench soak",
        description =
                "Runs a mixed load under little memory for a long time, and checks every answer and the memory of the process.",
        footer = {
            "",
            "A volume in a temporary directory (java.io.tmpdir) gets a collection, and threads write, search, save, compact, close and open it again,"
                    + " beside a model of what is in it. It runs in a JVM of its own, with a fixed heap. Exits with 70 when an answer was wrong, something"
                    + " was left in use, or the process had more memory than the budget, what the JVM needs, and the slack.",
            "",
            "Examples:",
            "  vexel bench soak --minutes 60",
            "  vexel bench soak --minutes 5 --rows 50000 --budget 40%% --seed 7 --json soak.json"
        })
final class SoakVerb extends BenchVerb {

    private static final double SECONDS_PER_MINUTE = 60;

    @Option(
            names = "--minutes",
            defaultValue = "10",
            paramLabel = "N",
            description = "How long, without the filling; 0.5 is half a minute (default: ${DEFAULT-VALUE}).")
    double minutes;

    @Option(
            names = "--rows",
            defaultValue = "40000",
            paramLabel = "N",
            description = "Points of the collection (default: ${DEFAULT-VALUE}).")
    int rows;

    @Option(
            names = "--dimension",
            defaultValue = "768",
            paramLabel = "N",
            description = "Dimension of the vectors (default: ${DEFAULT-VALUE}).")
    int dimension;

    @Option(
            names = "--budget",
            defaultValue = "25%",
            paramLabel = "PERCENT",
            description = "The budget, as percent of the bytes of the vectors (default: ${DEFAULT-VALUE}).")
    String budget = "";

    @Option(
            names = "--slack",
            defaultValue = "5",
            paramLabel = "PERCENT",
            description =
                    "How much more memory than budget and JVM the process may have (default: ${DEFAULT-VALUE} percent of both).")
    double slack;

    @Option(
            names = "--writers",
            defaultValue = "2",
            paramLabel = "N",
            description = "Threads that write (default: ${DEFAULT-VALUE}).")
    int writers;

    @Option(
            names = "--searchers",
            defaultValue = "3",
            paramLabel = "N",
            description = "Threads that search and read (default: ${DEFAULT-VALUE}).")
    int searchers;

    @Option(
            names = "--changes",
            defaultValue = "100",
            paramLabel = "N",
            description = "Most points that are changed in a second (default: ${DEFAULT-VALUE}).")
    int changes;

    @Option(
            names = "--kind",
            defaultValue = "graph",
            paramLabel = "KIND",
            description = "The index: graph, hnsw or lsh (default: ${DEFAULT-VALUE}).")
    String kind = "";

    @Option(
            names = "--option",
            paramLabel = "NAME=VALUE",
            description =
                    "An option of the index, as for 'vexel index create'; a graph has rows=small and codes=4bit when none is given.")
    Map<String, String> options = new LinkedHashMap<>();

    @Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "Decides what each thread does (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--in-process", hidden = true, description = "Runs in this JVM, whatever its options are.")
    boolean inProcess;

    SoakVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        SoakPlan plan = plan();
        ReportFile jsonFile = jsonFile();
        if (!inProcess) {
            List<String> arguments = spec.commandLine().getParseResult().originalArgs();
            return SoakProcess.run(
                    Main.class,
                    Stream.concat(Stream.of("soak", "--in-process"), arguments.stream())
                            .toList(),
                    terminal);
        }
        SoakResult result = new Soak(plan, progress(), TimeSource.SYSTEM).run();
        SoakText text = new SoakText(plan, result);
        terminal.out().print(text.text());
        finish(text.facts(), jsonFile);
        result.failure().ifPresent(failure -> {
            terminal.err().println("vexel: " + failure.getMessage());
            if (verbose) {
                failure.printStackTrace(terminal.err());
            }
        });
        return result.failure().isEmpty() ? 0 : ErrorCode.EXIT_SOFTWARE;
    }

    private SoakPlan plan() {
        Checks.argument(minutes > 0 && minutes <= 10_000, "minutes=" + minutes + ", allowed: above 0, up to 10000");
        return new SoakPlan(
                rows,
                dimension,
                percent(),
                slack,
                Math.max(1, Math.round(minutes * SECONDS_PER_MINUTE)),
                writers,
                searchers,
                changes,
                index(),
                seed);
    }

    private double percent() {
        try {
            return Double.parseDouble(budget.endsWith("%") ? budget.substring(0, budget.length() - 1) : budget);
        } catch (NumberFormatException _) {
            throw usage("budget=" + budget + ", allowed: a percentage of the bytes of the vectors, 25%");
        }
    }

    private IndexSpec index() {
        IndexKind wanted = Arrays.stream(IndexKind.values())
                .filter(each -> each != IndexKind.FLAT && each.name().equals(kind.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> usage("kind=" + kind + ", allowed: graph, hnsw, lsh"));
        boolean least = wanted == IndexKind.GRAPH && options.isEmpty();
        return IndexSpec.parse(wanted, least ? Map.of("rows", "small", "codes", "4bit") : options);
    }
}
