package io.vexel.cli;

import io.vexel.collection.PointId;
import io.vexel.engine.Volume;
import io.vexel.engine.WriteResult;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel delete",
        description = "Deletes points by their ids, all in one transaction. Ids that are not there are passed over.",
        footer = {"", "Example:", "  vexel delete docs.vexel articles 7 intro"})
final class DeleteVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    @Parameters(index = "2..*", arity = "1..*", paramLabel = "ID", description = "Ids of points.")
    List<String> ids = List.of();

    @Override
    public Integer call() {
        List<PointId> unwanted = ids.stream().map(PointId::parse).toList();
        try (Volume volume = target.openWritable()) {
            WriteResult result = volume.collection(name).deleteAll(unwanted);
            print(
                    Map.of("deleted", result.deleted()),
                    "deleted " + result.deleted() + " of " + unwanted.size() + System.lineSeparator());
        }
        return EXIT_OK;
    }
}
