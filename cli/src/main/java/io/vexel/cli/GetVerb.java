package io.vexel.cli;

import io.vexel.base.ErrorCode;
import io.vexel.base.NotFoundException;
import io.vexel.cli.terminal.Json;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.engine.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel get",
        description =
                "Prints points by their ids, one JSON object a line. A number is meant unless it stands in quotes.",
        footer = {"", "Example:", "  vexel get docs.vexel articles 7 intro '\"42\"'"})
final class GetVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    @Parameters(index = "2..*", arity = "1..*", paramLabel = "ID", description = "Ids of points.")
    List<String> ids = List.of();

    @Override
    public Integer call() {
        List<PointId> wanted = ids.stream().map(PointId::parse).toList();
        List<Optional<Point>> found;
        try (Volume volume = target.openReadOnly()) {
            found = volume.collection(name).getAll(wanted);
        }
        List<PointId> missing = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            if (found.get(i).isEmpty()) {
                missing.add(wanted.get(i));
            }
        }
        List<Map<String, Object>> points =
                found.stream().flatMap(Optional::stream).map(Points::json).toList();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("points", points);
        facts.put("missing", missing.stream().map(Points::id).toList());
        StringBuilder lines = new StringBuilder();
        points.forEach(point -> lines.append(Json.of(point)).append(System.lineSeparator()));
        print(facts, lines.toString());
        if (missing.isEmpty()) {
            return EXIT_OK;
        }
        String text = "no point with id "
                + String.join(", ", missing.stream().map(PointId::toString).toList());
        warn(text);
        return ErrorCode.of(new NotFoundException(text)).exitCode();
    }
}
