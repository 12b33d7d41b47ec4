package io.vexel.cli;

import io.vexel.collection.CollectionSpec;
import io.vexel.distance.Metric;
import io.vexel.engine.Volume;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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

    @Override
    public Integer call() {
        try (Volume volume = target.openWritable()) {
            int components = dimension.orElse(volume.info().defaultDimension());
            if (components == 0) {
                throw usage("--dimension is missing, and the volume was not formatted with one (mkfs -D)");
            }
            CollectionSpec spec = CollectionSpec.builder(name)
                    .dimension(components)
                    .metric(metric)
                    .build();
            volume.createCollection(spec);
            print(
                    facts(spec),
                    "created " + name + ": dimension " + spec.dimension() + ", metric " + metric.label()
                            + System.lineSeparator());
        }
        return EXIT_OK;
    }

    static Map<String, Object> facts(CollectionSpec spec) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("collection", spec.name());
        facts.put("dimension", spec.dimension());
        facts.put("metric", spec.metric().label());
        return facts;
    }
}
