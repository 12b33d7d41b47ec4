package io.vexel.bench;

import io.vexel.base.Checks;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.paging.CompressionRun;
import io.vexel.bench.paging.FaultRun;
import io.vexel.bench.paging.PagingRun;
import io.vexel.bench.paging.SwapRun;
import io.vexel.cli.terminal.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel bench paging",
        description =
                "Replays traces of pages against every replacement policy, and against the best that knows the future.",
        footer = {
            "",
            "Traces are recorded from searches through a graph over each data set: the pages of the full vectors that they rank,"
                    + " queries by a Zipf distribution, and a scan of all rows now and then. One more is made up.",
            "",
            "Examples:",
            "  vexel bench paging --dataset data/sift --dataset data/text",
            "  vexel bench paging --trace recorded.trace --cache 10,25,50",
            "  vexel bench paging --faults --dataset data/sift"
        })
final class PagingVerb extends BenchVerb {

    @Option(
            names = "--dataset",
            paramLabel = "DIR/NAME",
            description = "Vectors to search in, as for 'vexel bench ann'; may be given several times.")
    List<String> datasets = List.of();

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "A trace that was written before; may be given several times.")
    List<Path> traces = List.of();

    @Option(
            names = "--record",
            paramLabel = "DIR",
            description = "Writes the traces there: their names in small letters, words joined by '-', and .trace.")
    Optional<Path> record = Optional.empty();

    @Option(
            names = "--cache",
            paramLabel = "PERCENT",
            split = ",",
            defaultValue = "25",
            description = "Frames, as percent of a trace's pages (default: ${DEFAULT-VALUE}).")
    List<Integer> cache = List.of();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "20000",
            description = "Takes so many base rows of a data set (default: ${DEFAULT-VALUE}).")
    int limit;

    @Option(
            names = "--searches",
            paramLabel = "N",
            defaultValue = "20000",
            description = "Searches of a trace (default: ${DEFAULT-VALUE}).")
    int searches;

    @Option(
            names = "--skew",
            paramLabel = "S",
            defaultValue = "0.9",
            description = "Exponent of the Zipf distribution (default: ${DEFAULT-VALUE}).")
    double skew;

    @Option(
            names = "--searches-per-scan",
            paramLabel = "N",
            defaultValue = "500",
            description = "Searches between two scans (default: ${DEFAULT-VALUE}).")
    int searchesPerScan;

    @Option(
            names = "--page-bytes",
            paramLabel = "N",
            defaultValue = "4096",
            description = "Bytes of a page (default: ${DEFAULT-VALUE}).")
    int pageBytes;

    @Option(names = "--swap", paramLabel = "DIR", description = "Measures swap as well, in memory and in a file there.")
    Optional<Path> swap = Optional.empty();

    @Option(
            names = "--faults",
            description = {
                "Replays nothing, and measures what a page in memory costs, what faults cost, and how small pages become,",
                "those of the data sets among them. Pages of 4, 8 or 16 KiB."
            })
    boolean faults;

    PagingVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        cache.forEach(percent -> Checks.inRange("cache", percent, 1, 100));
        Checks.inRange("limit", limit, 1, Integer.MAX_VALUE);
        Checks.inRange("searches", searches, 1, 100_000_000);
        Checks.inRange("searches-per-scan", searchesPerScan, 1, Integer.MAX_VALUE);
        Checks.powerOfTwo("page-bytes", pageBytes, 512, 1 << 20);
        Checks.argument(skew > 0 && skew <= 10, "skew=" + skew + ", allowed: above 0, up to 10");
        record.ifPresent(directory -> checkDirectory("record", directory));
        swap.ifPresent(directory -> checkDirectory("swap", directory));
        ReportFile jsonFile = jsonFile();
        if (faults) {
            measureFaults(jsonFile);
            return 0;
        }
        PagingRun run = new PagingRun(new PagingRun.Plan(searches, skew, searchesPerScan, pageBytes));
        for (String dataset : datasets) {
            progress().accept(dataset + ": recording");
            run.record(load(dataset));
        }
        traces.forEach(run::read);
        if (traces.isEmpty()) {
            run.makeUp();
        }
        record.ifPresent(run::write);
        List<Map<String, Object>> results = new ArrayList<>();
        cache.forEach(percent -> {
            terminal.out().println(run.measure(percent, results::add));
        });
        SwapRun swapRun = new SwapRun(pageBytes);
        swap.ifPresent(directory -> {
            swapRun.measure(directory);
            terminal.out().println(swapRun);
        });
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("results", results);
        swap.ifPresent(_ -> facts.put("swap", swapRun.json()));
        finish(facts, jsonFile);
        return 0;
    }

    private Dataset load(String dataset) {
        return Datasets.load(new DatasetRequest(dataset, Optional.empty(), OptionalInt.of(limit), 1));
    }

    private void measureFaults(ReportFile jsonFile) {
        Checks.inRange("page-bytes", pageBytes, 4096, 16_384);
        FaultRun faultRun = new FaultRun(pageBytes);
        faultRun.measure();
        terminal.out().println(faultRun);
        CompressionRun compression = new CompressionRun(pageBytes);
        compression.measureMadeUp();
        datasets.forEach(dataset -> compression.measure(load(dataset)));
        terminal.out().println(compression);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("faults", faultRun.json());
        facts.put("compression", compression.json());
        finish(facts, jsonFile);
    }

    private static void checkDirectory(String option, Path directory) {
        Checks.argument(Files.isDirectory(directory), option + "=" + directory + ", allowed: a directory that exists");
    }
}
