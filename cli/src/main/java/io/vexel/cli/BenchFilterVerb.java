package io.vexel.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "filter",
        description = "Measures filtered search beside an unfiltered one and an exact scan of the matches.",
        footer = {
            "",
            "The script 'vexel' runs it out of the distribution of the comparisons, which is built when it is first asked for;"
                    + " './vexel bench filter --help' explains its options.",
            "",
            "Example:",
            "  vexel bench filter --dataset data/sift"
        })
final class BenchFilterVerb extends Verb {

    @Parameters(arity = "0..*", paramLabel = "ARGUMENT", description = "Handed on.")
    List<String> arguments = List.of();

    /** The script runs the comparison itself: this process has its program not on its path. */
    @Override
    public Integer call() {
        throw usage("the comparison is run by the script 'vexel' in the root of a source tree");
    }
}
