package io.vexel.bench;

import io.vexel.base.Checks;
import io.vexel.bench.filter.FilterResult;
import io.vexel.bench.filter.FilterRun;
import io.vexel.cli.terminal.Terminal;
import io.vexel.index.Effort;
import io.vexel.index.IndexKind;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel bench filter",
        description = "Measures filtered search beside an unfiltered one and an exact scan of the matches.",
        footer = {
            "",
            "A collection in memory gets the rows, a number on each with a range index, and an index of its vectors. Each round"
                    + " searches for every query in all three ways at every share.",
            "",
            "Examples:",
            "  vexel bench filter --dataset data/sift",
            "  vexel bench filter --dataset data/text --share 25,5,.5 --ef 64 --correlated",
            "  vexel bench filter --dataset data/text --share 90,50,10 --unindexed --index hnsw"
        })
final class FilterVerb extends DatasetVerb {

    private static final int K = 10;

    @Option(
            names = "--share",
            paramLabel = "PERCENT",
            split = ",",
            defaultValue = "50,10,1,.1",
            description = "Points that fulfil the filter, as percent of all (default: ${DEFAULT-VALUE}).")
    List<Double> shares = List.of();

    @Option(
            names = "--correlated",
            description = "Those lie in one place, nearest to a random row, instead of anywhere.")
    boolean correlated;

    @Option(names = "--unindexed", description = "The number has no range index: its payload is read.")
    boolean unindexed;

    @Option(
            names = "--index",
            paramLabel = "KIND",
            defaultValue = "graph",
            description = "Index of the vectors: graph, hnsw or lsh (default: ${DEFAULT-VALUE}).")
    String index = "";

    @Option(
            names = "--ef",
            paramLabel = "N",
            description = "Candidates that the index keeps (default: what it chooses).")
    Optional<Integer> ef = Optional.empty();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "7",
            description = "Rounds that count (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--queries",
            paramLabel = "N",
            defaultValue = "400",
            description = "Takes so many queries (default: ${DEFAULT-VALUE}).")
    int queries;

    FilterVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        shares.forEach(share -> Checks.argument(
                share > 0 && share <= 100, "share=" + share + ", allowed: above 0, up to 100, in percent"));
        ef.ifPresent(candidates -> Checks.inRange("ef", candidates, K, Effort.MAX_EF));
        Checks.inRange("rounds", rounds, 1, 10_000);
        Checks.inRange("queries", queries, 1, Integer.MAX_VALUE);
        IndexKind kind = IndexKind.parse(index);
        Checks.argument(kind != IndexKind.FLAT, "index=" + index + ", allowed: graph, hnsw, lsh");
        ReportFile jsonFile = jsonFile();
        // The ground truth of the set is not used: that of a filter is another.
        FilterRun.Points points = new FilterRun.Points(correlated, unindexed, kind);
        FilterRun run =
                new FilterRun(load(1), new FilterRun.Plan(shares, points, queries, K, optionalInt(ef), rounds, clock));
        List<FilterResult> results = run.measure(datasetProgress());
        report(
                run.heading() + System.lineSeparator() + FilterRun.table(results),
                run.json(),
                results.stream().map(FilterResult::json).toList(),
                jsonFile);
        return 0;
    }
}
