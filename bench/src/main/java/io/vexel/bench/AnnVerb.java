package io.vexel.bench;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.engine.AnnEngine;
import io.vexel.bench.engine.EngineCatalog;
import io.vexel.bench.measure.AnnPlan;
import io.vexel.bench.measure.AnnResult;
import io.vexel.bench.measure.AnnRun;
import io.vexel.bench.measure.SearchClock;
import io.vexel.bench.report.AnnJson;
import io.vexel.bench.report.AnnPage;
import io.vexel.bench.report.AnnText;
import io.vexel.cli.terminal.Json;
import io.vexel.cli.terminal.Terminal;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel bench ann",
        description =
                "Compares approximate search with other engines: recall against queries/s, latency, build time and space.",
        footer = {
            "",
            "DIR/NAME stands for NAME_base.fvecs or .bvecs, NAME_query.fvecs or .bvecs and NAME_groundtruth.ivecs, or for an HDF5"
                    + " file in the layout of ann-benchmarks (NAME.hdf5). Ground truth that is missing is computed.",
            "",
            "Examples:",
            "  vexel bench ann --dataset data/sift --peers --report sift.html",
            "  vexel bench ann --dataset synthetic:100000x128 --peers --threads 1,2 --json result.json"
        })
final class AnnVerb extends BenchVerb {

    /** About a quarter more each time. */
    private static final List<Integer> DEFAULT_EFS = List.of(
            10, 12, 15, 19, 24, 30, 38, 48, 60, 75, 95, 120, 150, 190, 240, 300, 380, 480, 600, 750, 950, 1_200);

    @Option(
            names = "--dataset",
            required = true,
            paramLabel = "DIR/NAME",
            description = "Files of vectors, or synthetic:ROWSxDIMENSION for clusters made up from a seed.")
    String dataset = "";

    @Option(names = "--peers", description = "Measures the engines of others too.")
    boolean peers;

    @Option(
            names = "--engines",
            paramLabel = "NAME",
            split = ",",
            description = "Measures these, instead of all of Vexel's own, of: ${COMPLETION-CANDIDATES}.",
            completionCandidates = EngineNames.class)
    List<String> engines = List.of();

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            defaultValue = "1",
            description =
                    "Threads to build and to search with; several numbers are measured one after the other (default:"
                            + " ${DEFAULT-VALUE}).")
    List<Integer> threads = List.of();

    @Option(
            names = "-k",
            paramLabel = "K",
            defaultValue = "10",
            description = "Rows to find (default: ${DEFAULT-VALUE}).")
    int k;

    @Option(
            names = "--ef",
            paramLabel = "N",
            split = ",",
            description =
                    "Candidates that a search keeps, each at least k; by default from k to 1200, until recall is .995.")
    List<Integer> efs = List.of();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Rounds that count (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "0.2",
            description = "Least seconds of a timed pass at one ef (default: ${DEFAULT-VALUE}).")
    double seconds;

    @Option(
            names = "--clock",
            paramLabel = "CLOCK",
            description =
                    "What rates are measured by: cpu (time of the searching threads) or wall. By default cpu for one thread,"
                            + " wall for more.")
    Optional<SearchClock> clock = Optional.empty();

    @Option(
            names = "--warm-rows",
            paramLabel = "N",
            defaultValue = "20000",
            description =
                    "Rows that every engine builds an index of before builds are timed, so that its code is compiled; 0:"
                            + " none (default: ${DEFAULT-VALUE}).")
    int warmRows;

    @Option(
            names = "--builds",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "How often each engine builds with each number of threads, which take turns; the two of JVector share a graph"
                            + " that is built for them once in turn (default: ${DEFAULT-VALUE}).")
    int builds;

    @Option(
            names = "--metric",
            paramLabel = "METRIC",
            description = "l2, cosine or dot; by default what the files say, or l2.")
    Optional<String> metric = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "Takes so many base rows; ground truth is computed for them.")
    Optional<Integer> limit = Optional.empty();

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Draws the curves: .svg the picture, .html a page with all figures.")
    Optional<String> report = Optional.empty();

    AnnVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        AnnPlan plan = plan();
        List<AnnEngine> chosen = choose();
        ReportFile jsonFile = jsonFile();
        ReportFile reportFile = ReportFile.of("--report", report, List.of(".svg", ".html", ".htm"));
        Dataset data = Datasets.load(new DatasetRequest(dataset, metric.map(Metric::parse), optionalInt(limit), k));
        AnnResult result = new AnnRun(data, plan, progress()).measure(chosen);
        print(result);
        jsonFile.write(() -> Json.of(new AnnJson(result, Machine.facts()).facts()) + System.lineSeparator());
        AnnPage page = new AnnPage(result, Machine.line());
        reportFile.write(() -> reportFile.endsIn(".svg") ? page.svg() : page.html());
        return 0;
    }

    private AnnPlan plan() {
        List<Integer> sweep = efs.isEmpty() ? defaultEfs() : efs;
        SearchClock by = clock.orElse(threads.equals(List.of(1)) ? SearchClock.CPU : SearchClock.WALL);
        return new AnnPlan(threads, k, sweep, rounds, seconds, by, new AnnPlan.Builds(warmRows, builds));
    }

    private List<Integer> defaultEfs() {
        Set<Integer> sweep = new LinkedHashSet<>(List.of(k));
        DEFAULT_EFS.stream().filter(ef -> ef > k).forEach(sweep::add);
        return List.copyOf(sweep);
    }

    private List<AnnEngine> choose() {
        EngineCatalog catalog = new EngineCatalog();
        List<String> names = new ArrayList<>(engines.isEmpty() ? catalog.ours() : engines);
        if (peers) {
            names.addAll(catalog.peers());
        }
        return names.stream().distinct().map(catalog::make).toList();
    }

    private void print(AnnResult result) {
        AnnText text = new AnnText(result);
        terminal.out().println(text.head());
        terminal.out().println(text.method());
        terminal.out()
                .print(text.tables(verbose ? AnnText.Detail.CURVES : AnnText.Detail.SUMMARY) + System.lineSeparator());
        terminal.out().println(text.legend());
        result.engines().forEach(engine -> terminal.out().println(engine.name() + ": " + engine.settings()));
        terminal.out().println(Machine.line());
    }
}
