package io.vexel.cli;

import io.vexel.base.ErrorCode;
import io.vexel.cli.file.FileFormat;
import io.vexel.cli.file.Output;
import io.vexel.cli.file.RowWriter;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Progress;
import io.vexel.collection.Point;
import io.vexel.engine.Collection;
import io.vexel.engine.ScanPage;
import io.vexel.engine.ScanRequest;
import io.vexel.engine.Volume;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel export",
        description =
                "Writes a collection's points to a file: jsonl or csv with ids and payloads, fvecs or npy without.",
        footer = {"", "Example:", "  vexel export docs.vexel articles articles.jsonl"})
final class ExportVerb extends Verb {

    private static final int PAGE_ROWS = 1_000;

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    @Parameters(index = "2", paramLabel = "FILE", description = "File to be written; - is standard output.")
    String file = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "jsonl, csv, fvecs or npy; by default what the name ends in.")
    Optional<FileFormat> format = Optional.empty();

    @Option(
            names = {"-f", "--force"},
            description = "Replaces a file that has the name.")
    boolean force;

    @Override
    public Integer call() {
        FileFormat chosen = format.or(() -> FileFormat.ofName(file))
                .orElseThrow(() -> usage(
                        "the ending of '" + file + "' names no known format; --format jsonl|csv|fvecs|npy says which"));
        if (!chosen.isWritable()) {
            throw usage("a file of this format can only be imported; allowed here: jsonl, csv, fvecs, npy");
        }
        stop().arm();
        try (Volume volume = target.openReadOnly();
                Output output = open()) {
            Collection collection = volume.collection(name);
            Progress progress = new Progress(terminal(), time(), "points");
            long written;
            try {
                written = write(collection, chosen, output, progress);
            } finally {
                progress.clear();
            }
            if (stop().isRequested()) {
                warn("stopped; " + file + " was not written");
                return ErrorCode.EXIT_INTERRUPTED;
            }
            output.commit();
            if (!toStandardOutput()) {
                report(written, progress.elapsedNanos());
            }
        }
        return EXIT_OK;
    }

    private boolean toStandardOutput() {
        return file.equals("-");
    }

    private Output open() {
        return toStandardOutput()
                ? Output.of("standard output", terminal().out())
                : Output.file(Path.of(file), force ? Output.Existing.REPLACE : Output.Existing.KEEP);
    }

    private long write(Collection collection, FileFormat chosen, Output output, Progress progress) {
        long total = collection.count();
        RowWriter writer = chosen.writer(output, collection.spec().dimension(), total);
        long written = 0;
        boolean left = false;
        Optional<ScanRequest> request = Optional.of(ScanRequest.first(PAGE_ROWS));
        while (request.isPresent() && !stop().isRequested()) {
            ScanRequest current = request.get();
            ScanPage page = collection.scan(current);
            for (Point point : page.points()) {
                writer.write(point);
                left |= !writer.keepsPayloads() && point.payload().isPresent();
            }
            written += page.points().size();
            progress.update(written, OptionalDouble.of(total == 0 ? 1 : written / (double) total));
            request = page.next().map(current::after);
        }
        if (left) {
            warn("the format has no room for payloads: they were left out");
        }
        return written;
    }

    private void report(long written, long nanos) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("collection", name);
        facts.put("file", file);
        facts.put("points", written);
        facts.put("seconds", nanos / 1e9);
        print(
                facts,
                "exported " + Figures.count(written) + " points to " + file + " in " + Figures.duration(nanos)
                        + System.lineSeparator());
    }
}
