package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.engine.FormatSpec;
import io.vexel.engine.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ingest",
        description =
                "Measures durable writes: batches out of a file, single upserts of 1 and 16 threads, beside what the disk"
                        + " itself does.",
        footer = {
            "",
            "DIRECTORY says on which disk; a volume is made there for each round and removed. Given a VOLUME, its collections"
                    + " stay as they are: a new one is filled and dropped.",
            "One round more comes first, in which the JVM has not compiled the code yet. It is not counted; its figures stand in"
                    + " the column FIRST.",
            "",
            "Example:",
            "  vexel bench ingest . --file base.fvecs"
        })
final class BenchIngestVerb extends Verb {

    private static final String COLLECTION = "vexel-bench-ingest";

    @Parameters(index = "0", paramLabel = "VOLUME|DIRECTORY", description = "Where to write.")
    Path place = Path.of("");

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Vectors to import; by default 100,000 random ones of dimension 128.")
    Optional<String> file = Optional.empty();

    @Mixin
    FileChoice choice = new FileChoice();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Rounds (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "2",
            description =
                    "Seconds for each kind of single upserts and for fdatasync, a round (default: ${DEFAULT-VALUE}).")
    double seconds;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Rows of a transaction of the import (default: ${DEFAULT-VALUE}).")
    int batch;

    @Option(
            names = "--many",
            paramLabel = "T",
            defaultValue = "16",
            description = "Threads of the second kind of single upserts (default: ${DEFAULT-VALUE}).")
    int many;

    @Override
    public Integer call() {
        if (rounds < 1 || batch < 1 || many < 1 || !(seconds > 0)) {
            throw usage("--rounds, --batch, --many and --seconds are at least 1 (seconds: above 0)");
        }
        IngestRows rows = IngestRows.load(this, file, choice);
        boolean directory = Files.isDirectory(place);
        Path disk = directory
                ? place
                : Optional.ofNullable(place.toAbsolutePath().getParent()).orElse(place);
        IngestRun run = new IngestRun(rows, new IngestRun.Plan(batch, many, (long) (seconds * 1e9)));
        try (DiskProbe probe = new DiskProbe(disk)) {
            for (int round = -1; round < rounds; round++) {
                if (directory) {
                    inNewVolume(run, rows, probe);
                } else {
                    try (Volume volume = Volume.open(place)) {
                        run.round(volume, COLLECTION, probe);
                    }
                }
            }
        }
        report(run, rows);
        return EXIT_OK;
    }

    private void inNewVolume(IngestRun run, IngestRows rows, DiskProbe probe) {
        try {
            Path image = Files.createTempFile(place, "vexel-bench", ".vexel");
            try {
                long bytes = Bytes.roundUp(4 * rows.vectorBytes() + Bytes.GIB, Bytes.MIB);
                Volume.format(
                        image, FormatSpec.builder().bytes(bytes).overwrite().build());
                try (Volume volume = Volume.open(image)) {
                    run.round(volume, COLLECTION, probe);
                }
            } finally {
                Files.deleteIfExists(image);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(place + ": no volume can be made there: " + e.getMessage(), e);
        }
    }

    private void report(IngestRun run, IngestRows rows) {
        Map<String, Object> facts = new LinkedHashMap<>(Versions.machine());
        facts.put("rows", rows.count());
        facts.put("dimension", rows.dimension());
        facts.put("batch", batch);
        facts.put("rounds", rounds);
        Table table = new Table("WHAT", "MEDIAN (MIN .. MAX)", "FIRST", "UNIT");
        for (IngestRun.Line line : run.lines()) {
            Measured warm = line.values().afterFirst();
            Map<String, Object> figures = warm.json();
            figures.put("first", line.values().first());
            facts.put(line.key(), figures);
            String first = Figures.decimal(line.values().first(), line.decimals());
            table.row(line.what(), warm.text(line.decimals()), first, line.unit());
        }
        String head = Figures.count(rows.count()) + " vectors of dimension " + rows.dimension() + ", batches of "
                + Figures.count(batch) + ", " + rounds + " rounds" + System.lineSeparator();
        print(facts, head + table + Versions.machineLine() + System.lineSeparator());
    }
}
