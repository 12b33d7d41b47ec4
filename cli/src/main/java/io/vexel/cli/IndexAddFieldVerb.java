package io.vexel.cli;

import io.vexel.cli.terminal.Progress;
import io.vexel.collection.FieldIndex;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;

@Command(
        name = "add-field",
        description =
                "Adds payload indexes to a collection: keyword for values of a field, range for numbers, text for words.",
        footer = {"", "Example:", "  vexel index add-field docs.vexel articles year:range title:text"})
final class IndexAddFieldVerb extends FieldIndexVerb {

    @Override
    public Integer call() {
        stop().arm();
        Progress progress = new Progress(terminal(), time(), "payloads read");
        try (Volume volume = target.openWritable()) {
            Collection collection = volume.collection(name);
            fields.forEach(field -> add(collection, field, progress));
            progress.clear();
            return printIndexes(collection, progress.elapsedNanos());
        } finally {
            progress.clear();
        }
    }

    private void add(Collection collection, FieldIndex field, Progress progress) {
        double rows = Math.max(1, collection.statistics().rows());
        collection.createPayloadIndex(field, read -> {
            if (stop().isRequested()) {
                throw new CancellationException("stopped before there was a payload index " + field);
            }
            progress.update(read, OptionalDouble.of(read / rows));
        });
    }
}
