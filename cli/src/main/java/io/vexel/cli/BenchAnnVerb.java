package io.vexel.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "ann",
        description =
                "Compares approximate search with other engines: recall against queries/s, latency, build time and space.",
        footer = {
            "",
            "The script 'vexel' runs it out of a distribution of its own, which holds those engines and is built when it is first"
                    + " asked for; './vexel bench ann --help' explains its options.",
            "",
            "Example:",
            "  vexel bench ann --dataset data/sift --peers"
        })
final class BenchAnnVerb extends Verb {

    @Parameters(arity = "0..*", paramLabel = "ARGUMENT", description = "Handed on.")
    List<String> arguments = List.of();

    /** The script runs the comparison itself: this process has no other engines on its path. */
    @Override
    public Integer call() {
        throw usage("the comparison is run by the script 'vexel' in the root of a source tree");
    }
}
