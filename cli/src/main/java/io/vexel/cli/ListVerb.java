package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.file.RowWriter;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.collection.Filter;
import io.vexel.collection.Point;
import io.vexel.engine.Collection;
import io.vexel.engine.CollectionStatistics;
import io.vexel.engine.ScanCursor;
import io.vexel.engine.ScanPage;
import io.vexel.engine.ScanRequest;
import io.vexel.engine.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel ls",
        description = "Lists the collections of a volume, or the points of a collection.",
        footer = {"", "Example:", "  vexel ls docs.vexel articles --limit 5 --filter 'lang = \"en\"'"})
final class ListVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", arity = "0..1", paramLabel = "COLLECTION", description = "Lists this collection's points.")
    Optional<String> name = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "20",
            description = "Most points to list (default: ${DEFAULT-VALUE}).")
    int limit;

    @Option(names = "--after", paramLabel = "CURSOR", description = "Goes on where an earlier list ended.")
    Optional<String> after = Optional.empty();

    @Option(
            names = "--filter",
            paramLabel = "CONDITION",
            converter = FilterConverter.class,
            description = "Lists only points whose payload fulfils this.")
    Optional<Filter> filter = Optional.empty();

    @Override
    public Integer call() {
        inRange("--limit", limit, 1, Integer.MAX_VALUE);
        try (Volume volume = target.openReadOnly()) {
            if (name.isPresent()) {
                listPoints(volume.collection(name.get()));
            } else {
                listCollections(volume);
            }
        }
        return EXIT_OK;
    }

    private void listCollections(Volume volume) {
        List<Map<String, Object>> all = new ArrayList<>();
        Table table = new Table("COLLECTION", "POINTS", "DIMENSION", "METRIC", "SIZE");
        for (String each : volume.listCollections()) {
            Collection collection = volume.collection(each);
            CollectionStatistics statistics = collection.statistics();
            Map<String, Object> facts = CreateVerb.facts(collection.spec());
            facts.put("points", statistics.points());
            facts.put("allocatedBytes", statistics.allocatedBytes());
            all.add(facts);
            table.row(
                    each,
                    Figures.count(statistics.points()),
                    collection.spec().dimension(),
                    collection.spec().metric().label(),
                    Bytes.text(statistics.allocatedBytes()));
        }
        String empty = "no collections; 'vexel create' makes one" + System.lineSeparator();
        print(Map.of("collections", all), all.isEmpty() ? empty : table.toString());
    }

    private void listPoints(Collection collection) {
        List<Point> points = new ArrayList<>();
        Optional<ScanCursor> cursor = after.map(ScanCursor::parse);
        boolean more = true;
        while (more && points.size() < limit) {
            int page = Math.min(limit - points.size(), ScanRequest.MAX_LIMIT);
            ScanPage found = collection.scan(new ScanRequest(page, cursor, filter));
            points.addAll(found.points());
            cursor = found.next();
            more = cursor.isPresent();
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("points", points.stream().map(Points::json).toList());
        facts.put("next", cursor.map(ScanCursor::toString));
        Table table = new Table("ID", "PAYLOAD");
        points.forEach(point ->
                table.row(point.id(), point.payload().map(RowWriter::oneLine).orElse("-")));
        String rest = cursor.map(next -> "more: --after " + next + System.lineSeparator())
                .orElse("");
        print(facts, points.isEmpty() ? "no points" + System.lineSeparator() : table + rest);
    }
}
