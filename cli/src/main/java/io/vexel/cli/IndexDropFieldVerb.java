package io.vexel.cli;

import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import picocli.CommandLine.Command;

@Command(
        name = "drop-field",
        description = "Removes payload indexes from a collection; filters read payloads where there is none.",
        footer = {"", "Example:", "  vexel index drop-field docs.vexel articles year:range"})
final class IndexDropFieldVerb extends FieldIndexVerb {

    @Override
    public Integer call() {
        long start = time().nanoTime();
        try (Volume volume = target.openWritable()) {
            Collection collection = volume.collection(name);
            fields.forEach(collection::dropPayloadIndex);
            return printIndexes(collection, time().nanoTime() - start);
        }
    }
}
