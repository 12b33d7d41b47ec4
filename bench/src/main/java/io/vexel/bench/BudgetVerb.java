package io.vexel.bench;

import io.vexel.base.Checks;
import io.vexel.bench.budget.BudgetResult;
import io.vexel.bench.budget.BudgetRun;
import io.vexel.cli.terminal.Terminal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel bench budget",
        description = "Measures search under less memory than the collection takes.",
        footer = {
            "",
            "A volume in a temporary file gets the rows and a graph index. It is searched without a limit on memory, and under shares of what"
                    + " was in use then, each time with the ef that the recall takes.",
            "",
            "Examples:",
            "  vexel bench budget --dataset data/sift",
            "  vexel bench budget --dataset data/text --share 50,25 --direct --clock wall"
        })
final class BudgetVerb extends DatasetVerb {

    private static final int K = 10;

    @Option(
            names = "--share",
            paramLabel = "PERCENT",
            split = ",",
            defaultValue = "100,50,25",
            description = "Budgets, as percent of what is in use without a limit (default: ${DEFAULT-VALUE}).")
    List<Double> shares = List.of();

    @Option(
            names = "--recall",
            paramLabel = "R",
            defaultValue = "0.95",
            description = "Recall@10 that is to be reached (default: ${DEFAULT-VALUE}).")
    double recall;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Rounds that count (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--queries",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Takes so many queries (default: ${DEFAULT-VALUE}).")
    int queries;

    @Option(
            names = "--direct",
            description =
                    "Reads the volume past the page cache of the system: what is not in memory comes from the disk.")
    boolean direct;

    BudgetVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        shares.forEach(share -> Checks.argument(
                share > 0 && share <= 1_000, "share=" + share + ", allowed: above 0, up to 1000, in percent"));
        Checks.argument(recall > 0 && recall <= 1, "recall=" + recall + ", allowed: above 0, up to 1");
        limit.ifPresent(rows -> Checks.inRange("limit", rows, K, Integer.MAX_VALUE));
        Checks.inRange("rounds", rounds, 1, 10_000);
        Checks.inRange("queries", queries, 1, Integer.MAX_VALUE);
        ReportFile jsonFile = jsonFile();
        BudgetRun run = new BudgetRun(load(K), new BudgetRun.Plan(shares, recall, queries, rounds, clock, direct));
        List<BudgetResult> results = run.measure(datasetProgress());
        report(
                run.heading() + System.lineSeparator() + BudgetRun.table(results),
                run.json(),
                results.stream().map(BudgetResult::json).toList(),
                jsonFile);
        return 0;
    }
}
