package io.vexel.bench;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.measure.SearchClock;
import io.vexel.cli.terminal.Terminal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** A measurement of searches on one thread in a collection that is made from one set of vectors. */
abstract class DatasetVerb extends BenchVerb {

    @Option(
            names = "--dataset",
            required = true,
            paramLabel = "DIR/NAME",
            description = "Vectors to search in, as for 'vexel bench ann'.")
    String dataset = "";

    @Option(names = "--limit", paramLabel = "N", description = "Takes so many base rows (default: all).")
    Optional<Integer> limit = Optional.empty();

    @Option(
            names = "--clock",
            paramLabel = "CLOCK",
            defaultValue = "CPU",
            description = "cpu: processor time of the searching thread; wall: time that passed (default: cpu).")
    SearchClock clock = SearchClock.CPU;

    DatasetVerb(Terminal terminal) {
        super(terminal);
    }

    /** @param trueNeighbors of each query that are wanted */
    final Dataset load(int trueNeighbors) {
        return Datasets.load(new DatasetRequest(dataset, Optional.empty(), optionalInt(limit), trueNeighbors));
    }

    /** Says what happens next with the data set. */
    final Consumer<String> datasetProgress() {
        return step -> progress().accept(dataset + ": " + step);
    }

    /**
     * Prints what was measured, and writes it.
     *
     * @param plan what was measured, as facts
     */
    final void report(String text, Map<String, Object> plan, List<Map<String, Object>> results, ReportFile jsonFile) {
        terminal.out().print(text);
        Map<String, Object> facts = new LinkedHashMap<>(plan);
        facts.put("results", results);
        finish(facts, jsonFile);
    }
}
