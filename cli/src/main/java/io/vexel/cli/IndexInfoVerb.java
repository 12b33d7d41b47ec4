package io.vexel.cli;

import io.vexel.collection.IndexStatus;
import io.vexel.engine.Volume;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(
        name = "info",
        description = "Shows the index of a collection: kind, rows, tail, memory, what is saved, and its recall by ef.",
        footer = {"", "Example:", "  vexel index info docs.vexel articles"})
final class IndexInfoVerb extends IndexedVerb {

    @Override
    public Integer call() {
        try (Volume volume = target.openReadOnly()) {
            IndexStatus status = volume.collection(name).loadIndex();
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("collection", name);
            facts.putAll(IndexFacts.json(status));
            print(
                    facts,
                    name + ": " + IndexFacts.line(status) + System.lineSeparator()
                            + IndexFacts.calibrationLines(status));
        }
        return EXIT_OK;
    }
}
