package io.vexel.bench;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.reopen.Reopen;
import io.vexel.bench.reopen.ReopenPlan;
import io.vexel.bench.reopen.ReopenResult;
import io.vexel.cli.terminal.Terminal;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel bench reopen",
        description =
                "Measures how a large collection is opened again: until the first answer, and until its index is in memory.",
        footer = {
            "",
            "The volume lies in a temporary directory (java.io.tmpdir) and is read past the page cache of the system. It is opened in JVMs"
                    + " that have done nothing before, and in this one. A million rows of dimension 128 take 4 GiB of disk.",
            "",
            "Examples:",
            "  vexel bench reopen",
            "  vexel bench reopen --dataset data/sift --rounds 9 --json reopen.json"
        })
final class ReopenVerb extends BenchVerb {

    private static final int K = 10;

    @Option(
            names = "--dataset",
            defaultValue = "synthetic:1000000x128",
            paramLabel = "DIR/NAME",
            description = "Vectors, as for 'vexel bench ann' (default: ${DEFAULT-VALUE}).")
    String dataset = "";

    @Option(names = "--limit", paramLabel = "N", description = "Takes so many base rows (default: all).")
    Optional<Integer> limit = Optional.empty();

    @Option(
            names = "--threads",
            defaultValue = "2",
            paramLabel = "N",
            description = "Index threads (default: ${DEFAULT-VALUE}).")
    int threads;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            paramLabel = "N",
            description = "Openings in a new JVM each, and as many in one (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--ef",
            defaultValue = "64,96,128",
            split = ",",
            paramLabel = "LIST",
            description = "Efforts of the searches; the first is that of the openings (default: ${DEFAULT-VALUE}).")
    List<Integer> efs = List.of();

    ReopenVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        ReopenPlan plan = new ReopenPlan(threads, rounds, efs);
        ReportFile jsonFile = jsonFile();
        Dataset data = Datasets.load(new DatasetRequest(dataset, Optional.empty(), optionalInt(limit), K));
        ReopenResult result = new Reopen(data, plan, progress()).measure();
        ReopenText text = new ReopenText(data, plan, result);
        terminal.out().print(text.text());
        finish(text.facts(), jsonFile);
        return 0;
    }
}
