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
        footer = {
            "",
            "Options of the kinds (defaults); efConstruction is ef_construction as well:",
            "  graph  rows full or small (full), codes 7bit or 4bit (7bit; 4bit with",
            "         rows=small), efConstruction (100), seed (1)",
            "  hnsw   m (16), ef_construction (200), ef_search (50), max_levels (16),",
            "         seed (42)",
            "  lsh    tables (8), functions (16), probe_radius (2), seed (42)",
            "Bits are for hnsw and lsh.",
            "",
            "Examples:",
            "  vexel index create docs.vexel articles --kind graph",
            "  vexel index create docs.vexel articles --kind hnsw --option ef_search=100"
        })
final class IndexCreateVerb extends IndexedVerb {

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            defaultValue = "graph",
            description = "graph, hnsw, lsh, or flat for none (default: ${DEFAULT-VALUE}).")
    String kind = "";

    @Option(
            names = "--option",
            paramLabel = "NAME=VALUE",
            description = "An option of the kind, as below; may be given again.")
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
