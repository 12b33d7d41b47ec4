package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.engine.Collection;
import io.vexel.engine.CollectionStatistics;
import io.vexel.engine.Volume;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "scan",
        description = "Measures exact search beside the bandwidth of the memory it reads, in the same rounds.",
        footer = {
            "",
            "Queries are vectors of the collection itself, k is 10. One round that is not counted comes first.",
            "",
            "Example:",
            "  vexel bench scan docs.vexel articles --rounds 9"
        })
final class BenchScanVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "7",
            description = "Rounds (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "0.5",
            description = "Seconds for each kind of measurement, a round (default: ${DEFAULT-VALUE}).")
    double seconds;

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,2",
            description = "Numbers of threads to measure (default: ${DEFAULT-VALUE}).")
    List<Integer> threads = List.of();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "100",
            description = "Queries of a batch (default: ${DEFAULT-VALUE}).")
    int batch;

    @Override
    public Integer call() {
        if (rounds < 1 || batch < 1 || !(seconds > 0) || threads.stream().anyMatch(count -> count < 1)) {
            throw usage("--rounds, --batch, --threads and --seconds are at least 1 (seconds: above 0)");
        }
        try (Volume volume = target.openReadOnly()) {
            Collection collection = volume.collection(name);
            if (collection.count() == 0) {
                throw usage("collection " + name + " is empty: there is nothing to scan");
            }
            try (ScanRun run = new ScanRun(collection, threads, batch, (long) (seconds * 1e9))) {
                for (int round = -1; round < rounds; round++) {
                    run.round(round >= 0);
                }
                report(collection, run);
            }
        }
        return EXIT_OK;
    }

    private void report(Collection collection, ScanRun run) {
        CollectionStatistics statistics = collection.statistics();
        Map<String, Object> facts = new LinkedHashMap<>(Versions.machine());
        facts.put("points", statistics.points());
        facts.put("dimension", collection.spec().dimension());
        facts.put("metric", collection.spec().metric().label());
        facts.put("vectorBytes", statistics.vectorBytes());
        facts.put("batch", batch);
        facts.put("rounds", rounds);
        Table table = new Table("WHAT", "THREADS", "MEDIAN (MIN .. MAX)", "UNIT");
        for (ScanRun.Line line : run.lines()) {
            facts.put(line.key() + line.threads(), line.values().json());
            table.row(line.what(), line.threads(), line.values().text(line.decimals()), line.unit());
        }
        String head = name + ": " + Figures.count(statistics.points()) + " points of dimension "
                + collection.spec().dimension() + ", "
                + collection.spec().metric().label() + ", "
                + Bytes.text(statistics.vectorBytes()) + " of vectors, " + rounds + " rounds" + System.lineSeparator();
        print(facts, head + table + Versions.machineLine() + System.lineSeparator());
    }
}
