package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.FieldIndex;
import io.vexel.engine.Collection;
import io.vexel.engine.CollectionStatistics;
import io.vexel.engine.Volume;
import io.vexel.filesystem.VolumeInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "vexel stat",
        description =
                "Shows counted facts of a volume's collections, or of one: points, rows, bytes, overhead, and what they take of the memory.",
        footer = {"", "Examples:", "  vexel stat docs.vexel articles --json", "  vexel stat docs.vexel --memory 512MiB"
        })
final class StatVerb extends Verb {

    /** Takes what begins with a digit for the size; else the option has none, and what follows is the volume, or the collection. */
    static final class LimitConsumer implements IParameterConsumer {

        @Override
        public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
            if (!arguments.isEmpty() && arguments.peek().matches("\\d.*")) {
                try {
                    option.setValue(Optional.of(new SizeConverter().convert(arguments.pop())));
                } catch (TypeConversionException e) {
                    throw new ParameterException(
                            command.commandLine(),
                            "Invalid value for option '--memory': " + e.getMessage(),
                            e,
                            option,
                            null);
                }
            }
        }
    }

    @Parameters(index = "0", paramLabel = "VOLUME", description = "Image file or block device.")
    Path path = Path.of("");

    @Option(
            names = "--memory",
            arity = "0..1",
            paramLabel = "SIZE",
            parameterConsumer = LimitConsumer.class,
            description =
                    "What the volume's memory is used for, which is shown anyway; with a size, for instance 512MiB, when there is no more"
                            + " than that outside the Java heap.")
    Optional<Long> memoryBytes = Optional.empty();

    @Option(names = "--buffered", description = VolumeTarget.BUFFERED)
    boolean buffered;

    @Parameters(index = "1", arity = "0..1", paramLabel = "COLLECTION", description = "Shows this collection only.")
    Optional<String> name = Optional.empty();

    @Override
    public Integer call() {
        VolumeTarget target = new VolumeTarget();
        target.path = path;
        target.memoryBytes = memoryBytes;
        target.buffered = buffered;
        try (Volume volume = target.openReadOnly()) {
            List<String> names = name.map(List::of).orElseGet(volume::listCollections);
            StringBuilder text = new StringBuilder();
            List<Map<String, Object>> all = new ArrayList<>();
            if (name.isEmpty()) {
                text.append(volumeText(volume.info())).append(System.lineSeparator());
                text.append(pressureText(volume));
                text.append(volume.statistics().overlapsReads() ? "reads: overlapped" : "reads: one by one")
                        .append(System.lineSeparator());
            }
            for (String each : names) {
                Collection collection = volume.collection(each);
                collection.loadIndex();
                CollectionStatistics statistics = collection.statistics();
                all.add(facts(collection, statistics));
                text.append(collectionText(collection, statistics));
            }
            Map<String, Object> facts = new LinkedHashMap<>();
            if (name.isEmpty()) {
                text.append(MemoryFacts.text(volume.memory()));
                facts.put("memory", MemoryFacts.json(volume.memory()));
                facts.put("volume", VolumeFacts.json(volume.info()));
                facts.put("memoryPressure", pressure(volume));
                facts.put("overlapsReads", volume.statistics().overlapsReads());
                facts.put("collections", all);
            }
            print(name.isEmpty() ? facts : all.getFirst(), text.toString());
        }
        return EXIT_OK;
    }

    /** How short memory is while this command runs; empty where nobody looks. */
    private static Optional<String> pressure(Volume volume) {
        return volume.statistics().pressure().map(each -> each.level().name());
    }

    private static String pressureText(Volume volume) {
        return pressure(volume)
                .map(level -> "memory: pressure " + level + System.lineSeparator())
                .orElse("");
    }

    private static String volumeText(VolumeInfo info) {
        long used = (info.totalBlocks() - info.freeBlocks()) * info.blockSize();
        return "volume: " + Bytes.text(used) + " used of " + Bytes.text(info.totalBlocks() * info.blockSize()) + ", "
                + Figures.count(info.totalInodes() - info.freeInodes()) + " inodes used, commit "
                + Figures.count(info.commitNumber());
    }

    private static Map<String, Object> facts(Collection collection, CollectionStatistics statistics) {
        Map<String, Object> facts = CreateVerb.facts(collection.spec());
        facts.put("points", statistics.points());
        facts.put("rows", statistics.rows());
        facts.put("deadRows", statistics.deadRows());
        facts.put("deadBytes", statistics.deadBytes());
        facts.put("compactionProblem", statistics.compactionProblem());
        facts.put("vectorBytes", statistics.vectorBytes());
        facts.put("idBytes", statistics.idBytes());
        facts.put("payloadBytes", statistics.payloadBytes());
        facts.put("allocatedBytes", statistics.allocatedBytes());
        facts.put("overheadBytes", statistics.overheadBytes());
        facts.put("index", IndexFacts.json(statistics.index()));
        return facts;
    }

    private static String collectionText(Collection collection, CollectionStatistics statistics) {
        return """
                %s: %s points of dimension %d, metric %s, element %s
                  rows      %s stored since it was made
                  dead      %s rows, %s%s
                  vectors   %s
                  ids       %s
                  payloads  %s
                  blocks    %s, of which %s overhead
                  index     %s
                %s""".formatted(
                        collection.name(),
                        Figures.count(statistics.points()),
                        collection.spec().dimension(),
                        collection.spec().metric().label(),
                        collection.spec().elementType().label(),
                        Figures.count(statistics.rows()),
                        Figures.count(statistics.deadRows()),
                        Bytes.text(statistics.deadBytes()),
                        statistics.compactionProblem().map(text -> "; " + text).orElse(""),
                        Bytes.text(statistics.vectorBytes()),
                        Bytes.text(statistics.idBytes()),
                        Bytes.text(statistics.payloadBytes()),
                        Bytes.text(statistics.allocatedBytes()),
                        Bytes.text(statistics.overheadBytes()),
                        IndexFacts.line(statistics.index()),
                        indexText(collection.spec()));
    }

    private static String indexText(CollectionSpec spec) {
        return spec.indexes().isEmpty()
                ? ""
                : "  indexes   "
                        + spec.indexes().stream().map(FieldIndex::toString).collect(Collectors.joining(", "))
                        + System.lineSeparator();
    }
}
