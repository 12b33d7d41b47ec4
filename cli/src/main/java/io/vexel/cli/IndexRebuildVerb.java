package io.vexel.cli;

import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import picocli.CommandLine.Command;

@Command(
        name = "rebuild",
        description = "Makes the index of a collection anew from its points; mends a damaged one.",
        footer = {"", "Example:", "  vexel index rebuild docs.vexel articles"})
final class IndexRebuildVerb extends IndexedVerb {

    @Override
    public Integer call() {
        stop().arm();
        try (Volume volume = target.openWritable()) {
            Collection collection = volume.collection(name);
            collection.rebuildIndex();
            return build(collection);
        }
    }
}
