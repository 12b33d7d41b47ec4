package io.vexel.cli;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.FieldIndex;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.engine.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel create",
        description = "Makes an empty collection in a volume.",
        footer = {"", "Example:", "  vexel create docs.vexel articles --dimension 768 --metric cosine"})
final class CreateVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the new collection.")
    String name = "";

    @Option(
            names = {"-D", "--dimension"},
            paramLabel = "N",
            description =
                    "Components of every vector, 1..4096; by default what the volume was formatted with (mkfs -D).")
    Optional<Integer> dimension = Optional.empty();

    @Option(
            names = "--metric",
            paramLabel = "METRIC",
            converter = MetricConverter.class,
            defaultValue = "cosine",
            description = "l2, cosine, dot, l1, or for vectors of bits hamming or jaccard (default: ${DEFAULT-VALUE}).")
    Metric metric = Metric.COSINE;

    @Option(
            names = "--element",
            paramLabel = "TYPE",
            converter = ElementConverter.class,
            description =
                    "What components are stored as: f32, f16 or bf16, rounded to the nearest; bit for hamming and jaccard"
                            + " (default: f32, or bit for hamming and jaccard).")
    Optional<ElementType> element = Optional.empty();

    @Option(
            names = "--index-field",
            paramLabel = "FIELD:KIND",
            converter = FieldIndexConverter.class,
            description =
                    "Keeps a payload index, to be given for each: keyword for values of a field, range for numbers,"
                            + " text for the words in it.")
    List<FieldIndex> indexes = new ArrayList<>();

    @Override
    public Integer call() {
        try (Volume volume = target.openWritable()) {
            int components = dimension.orElse(volume.info().defaultDimension());
            if (dimension.isEmpty() && components == 0) {
                throw usage("--dimension is missing, and the volume was not formatted with one (mkfs -D)");
            }
            CollectionSpec spec =
                    new CollectionSpec(name, components, metric, element.orElse(metric.defaultElementType()), indexes);
            volume.createCollection(spec);
            print(
                    facts(spec),
                    "created " + name + ": dimension " + spec.dimension() + ", metric " + metric.label() + ", element "
                            + spec.elementType().label() + indexText(spec) + System.lineSeparator());
        }
        return EXIT_OK;
    }

    static Map<String, Object> facts(CollectionSpec spec) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("collection", spec.name());
        facts.put("dimension", spec.dimension());
        facts.put("metric", spec.metric().label());
        facts.put("element", spec.elementType().label());
        facts.put("indexes", spec.indexes().stream().map(FieldIndex::toString).toList());
        return facts;
    }

    private static String indexText(CollectionSpec spec) {
        return spec.indexes().isEmpty()
                ? ""
                : spec.indexes().stream().map(FieldIndex::toString).collect(Collectors.joining(", ", ", indexes ", ""));
    }
}
