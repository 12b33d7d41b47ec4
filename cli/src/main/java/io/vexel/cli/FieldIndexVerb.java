package io.vexel.cli;

import io.vexel.cli.terminal.Figures;
import io.vexel.collection.FieldIndex;
import io.vexel.engine.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Parameters;

/** What the verbs that change the payload indexes of a collection share. */
abstract class FieldIndexVerb extends IndexedVerb {

    @Parameters(
            index = "2..*",
            arity = "1..*",
            paramLabel = "FIELD:KIND",
            converter = FieldIndexConverter.class,
            description = "Field and kind of a payload index: keyword, range or text.")
    List<FieldIndex> fields = List.of();

    /** Tells which payload indexes the collection has now. */
    final int printIndexes(Collection collection, long nanos) {
        List<String> indexes =
                collection.spec().indexes().stream().map(FieldIndex::toString).toList();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("collection", name);
        facts.put("indexes", indexes);
        facts.put("indexBytes", collection.statistics().payloadIndexes().bytes());
        facts.put("seconds", nanos / 1e9);
        String list = indexes.isEmpty() ? "no payload index" : "payload indexes " + String.join(", ", indexes);
        print(facts, name + ": " + list + ", " + Figures.duration(nanos) + System.lineSeparator());
        return EXIT_OK;
    }
}
