package io.vexel.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "life",
        description =
                "Measures the life of a collection: steady upserts that the index keeps up with, a burst of them, and a crash.",
        footer = {
            "",
            "The script 'vexel' runs it out of the distribution of 'bench ann'; './vexel bench life --help' explains its options.",
            "",
            "Example:",
            "  vexel bench life --dataset data/sift"
        })
final class BenchLifeVerb extends Verb {

    @Parameters(arity = "0..*", paramLabel = "ARGUMENT", description = "Handed on.")
    List<String> arguments = List.of();

    /** The script runs it itself: this process has no readers of data sets on its path. */
    @Override
    public Integer call() {
        throw usage("it is run by the script 'vexel' in the root of a source tree");
    }
}
