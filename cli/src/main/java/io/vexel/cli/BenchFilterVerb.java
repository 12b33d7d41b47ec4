package io.vexel.cli;

import picocli.CommandLine.Command;

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
final class BenchFilterVerb extends ScriptVerb {}
