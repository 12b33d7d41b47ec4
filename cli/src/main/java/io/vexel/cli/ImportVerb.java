package io.vexel.cli;

import io.vexel.base.CapacityException;
import io.vexel.base.ErrorCode;
import io.vexel.base.ProtocolException;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Progress;
import io.vexel.collection.CollectionSpec;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel import",
        description = "Stores the vectors of a file. Ctrl-C stops in good order; --resume goes on where it stopped.",
        footer = {
            "",
            "Examples:",
            "  vexel import docs.vexel articles articles.jsonl",
            "  vexel import docs.vexel sift base.fvecs --create --metric l2"
        })
final class ImportVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    @Parameters(index = "2", paramLabel = "FILE", description = "File of vectors; - is standard input.")
    String file = "";

    @Mixin
    FileChoice choice = new FileChoice();

    @Mixin
    IdRule ids = new IdRule();

    @Option(
            names = "--create",
            description = "Makes the collection when there is none, with the dimension of the file.")
    boolean create;

    @Option(
            names = "--metric",
            paramLabel = "METRIC",
            converter = MetricConverter.class,
            description = "For --create: l2, cosine, dot, l1, hamming or jaccard (default: cosine).")
    Optional<Metric> metric = Optional.empty();

    @Option(
            names = "--element",
            paramLabel = "TYPE",
            converter = ElementConverter.class,
            description = "For --create: f32, f16, bf16 or bit (default: f32, or bit for hamming and jaccard).")
    Optional<ElementType> element = Optional.empty();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Most rows of a transaction, 1..1000000 (default: ${DEFAULT-VALUE}).")
    int batch;

    @Option(names = "--limit", paramLabel = "N", description = "Stops after so many rows.")
    Optional<Long> limit = Optional.empty();

    @Option(
            names = "--resume",
            description =
                    "Passes over the beginning of the file that stands in the collection already, as it was read.")
    boolean resume;

    @Option(
            names = "--acknowledge",
            description =
                    "Prints 'acknowledged N' on standard output when the first N rows are durable, after each batch.")
    boolean acknowledge;

    @Option(
            names = "--no-index-wait",
            description =
                    "Ends when the rows are stored. Without it, the import waits until they are in the index too.")
    boolean noIndexWait;

    @Override
    public Integer call() {
        inRange("--batch", batch, 1, 1_000_000);
        inRange("--limit", limit.orElse(0L), 0, Long.MAX_VALUE);
        ids.check(this);
        stop().arm();
        try (RowReader reader = choice.open(this, file);
                Volume volume = target.openWritable()) {
            Optional<Row> first = firstRow(reader);
            Collection collection = volume.findCollection(name)
                    .or(() -> create ? Optional.of(createFor(volume, reader, first)) : Optional.empty())
                    .orElseGet(() -> volume.collection(name));
            checkKind(collection);
            Importer importer = new Importer(
                    collection, reader, first, new Importer.Plan(ids, batch, limit.orElse(Long.MAX_VALUE), resume));
            Progress progress = new Progress(terminal(), time(), "rows");
            Importer.Outcome outcome;
            try {
                outcome = importer.run(stop()::isRequested, (rows, bytes) -> {
                    if (acknowledge) {
                        terminal().out().println("acknowledged " + rows);
                        terminal().out().flush();
                    }
                    progress.update(rows, share(reader, rows, bytes));
                });
            } catch (CapacityException e) {
                say(stoppedAfter(importer.rowsStored()));
                throw e;
            } finally {
                progress.clear();
            }
            long nanos = progress.elapsedNanos();
            Optional<IndexBuild.Outcome> index = outcome.complete() && !noIndexWait
                    ? Optional.of(IndexBuild.run(collection, session()))
                    : Optional.empty();
            return report(outcome, nanos, index);
        }
    }

    private static Optional<Row> firstRow(RowReader reader) {
        try {
            return reader.next();
        } catch (ProtocolException e) {
            throw Importer.faulty(e, 0);
        }
    }

    private void checkKind(Collection collection) {
        Metric has = collection.spec().metric();
        if (metric.isPresent() && metric.get() != has) {
            throw usage("--metric=" + metric.get().label() + ", allowed: " + has.label() + ", which " + name + " has");
        }
        ElementType holds = collection.spec().elementType();
        if (element.isPresent() && element.get() != holds) {
            throw usage(
                    "--element=" + element.get().label() + ", allowed: " + holds.label() + ", which " + name + " has");
        }
    }

    private Collection createFor(Volume volume, RowReader reader, Optional<Row> first) {
        if (first.isEmpty()) {
            throw new ProtocolException(file + ": is empty, so that no dimension for a new collection can be seen");
        }
        Metric wanted = metric.orElse(Metric.COSINE);
        ElementType type = element.orElse(wanted.defaultElementType());
        int dimension = RowVectors.dimensionFor(reader, first.get(), type);
        return volume.createCollection(new CollectionSpec(name, dimension, wanted, type));
    }

    private OptionalDouble share(RowReader reader, long rows, long bytes) {
        if (limit.isPresent()) {
            long whole = Math.min(limit.get(), reader.rowCount().orElse(limit.get()));
            return OptionalDouble.of(whole == 0 ? 1 : rows / (double) whole);
        }
        if (reader.input().size().isEmpty()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(
                bytes / (double) Math.max(1, reader.input().size().getAsLong()));
    }

    private int report(Importer.Outcome outcome, long nanos, Optional<IndexBuild.Outcome> index) {
        double perSecond = Figures.perSecond(outcome.stored(), nanos);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("collection", name);
        facts.put("stored", outcome.stored());
        facts.put("passedOver", outcome.passedOver());
        facts.put("complete", outcome.complete());
        facts.put("seconds", nanos / 1e9);
        facts.put("rowsPerSecond", perSecond);
        facts.put("index", index.map(built -> IndexFacts.json(built.status())));
        facts.put("indexSeconds", index.map(built -> built.nanos() / 1e9));
        long rows = outcome.stored() + outcome.passedOver();
        String text = outcome.complete()
                ? "imported " + Figures.count(outcome.stored(), "row") + " into " + name + " in "
                        + Figures.duration(nanos) + ", " + Figures.rate(perSecond) + "/s"
                : stoppedAfter(rows);
        String passed = outcome.passedOver() == 0 ? "" : " (" + Figures.count(outcome.passedOver()) + " stood already)";
        String built = index.map(done -> System.lineSeparator() + "index: " + IndexFacts.line(done.status()) + ", "
                        + Figures.duration(done.nanos()))
                .orElse("");
        print(facts, text + passed + built + System.lineSeparator());
        return outcome.complete() ? EXIT_OK : ErrorCode.EXIT_INTERRUPTED;
    }

    private String stoppedAfter(long rows) {
        return "stopped: the first " + Figures.count(rows) + " rows of " + FileChoice.shown(file)
                + " are stored; the same command with --resume goes on from there";
    }
}
