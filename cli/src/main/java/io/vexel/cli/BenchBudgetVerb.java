package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "budget",
        description = "Measures search under less memory than the collection takes.",
        footer = {
            "",
            "The script 'vexel' runs it out of the distribution of the comparisons, which is built when it is first asked for;"
                    + " './vexel bench budget --help' explains its options.",
            "",
            "Example:",
            "  vexel bench budget --dataset data/sift"
        })
final class BenchBudgetVerb extends ScriptVerb {}
