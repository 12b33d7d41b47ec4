package io.vexel.cli;

import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "create",
        description = "Gives a collection another index and builds it; the one it had is gone.",
        footer = {"", "Example:", "  vexel index create docs.vexel articles --kind graph"})
final class IndexCreateVerb extends IndexedVerb {

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            defaultValue = "graph",
            description = "graph, hnsw, lsh, or flat for none (default: ${DEFAULT-VALUE}).")
    String kind = "";

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "An option of the kind; may be given again.")
    Map<String, String> options = new LinkedHashMap<>();

    @Override
    public Integer call() {
        IndexKind wanted = IndexKind.parse(kind);
        if (wanted == IndexKind.FLAT && !options.isEmpty()) {
            throw usage("--option=" + options + ", allowed: none with --kind flat");
        }
        stop().arm();
        try (Volume volume = target.openWritable()) {
            Collection collection = volume.collection(name);
            if (wanted == IndexKind.FLAT) {
                collection.dropIndex();
            } else {
                collection.createIndex(IndexSpec.parse(wanted, options));
            }
            return build(collection);
        }
    }
}
