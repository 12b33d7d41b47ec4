package io.vexel.cli;

import io.vexel.base.ErrorCode;
import io.vexel.cli.terminal.Figures;
import io.vexel.engine.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What the verbs that work on the index of a collection share. */
abstract class IndexedVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    /** Waits for the index and tells what came of it. */
    final int build(Collection collection) {
        IndexBuild.Outcome outcome = IndexBuild.run(collection, session());
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("collection", name);
        facts.put("complete", outcome.complete());
        facts.put("seconds", outcome.nanos() / 1e9);
        facts.putAll(IndexFacts.json(outcome.status()));
        print(
                facts,
                name + ": " + IndexFacts.line(outcome.status()) + ", " + Figures.duration(outcome.nanos())
                        + System.lineSeparator());
        if (outcome.complete()) {
            return EXIT_OK;
        }
        return stop().isRequested() ? ErrorCode.EXIT_INTERRUPTED : ErrorCode.EXIT_SOFTWARE;
    }
}
