package io.vexel.cli;

import io.vexel.engine.Volume;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(
        name = "drop",
        description = "Removes the index of a collection and its space; searches compare every point from then on.",
        footer = {"", "Example:", "  vexel index drop docs.vexel articles"})
final class IndexDropVerb extends IndexedVerb {

    @Override
    public Integer call() {
        try (Volume volume = target.openWritable()) {
            volume.collection(name).dropIndex();
            print(Map.of("collection", name, "kind", "flat"), name + ": no index" + System.lineSeparator());
        }
        return EXIT_OK;
    }
}
