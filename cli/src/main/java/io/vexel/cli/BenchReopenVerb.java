package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "reopen",
        description =
                "Measures how a large collection is opened again: until the first answer, and until its index is in memory.",
        footer = {
            "",
            "The script 'vexel' runs it out of the distribution of 'bench ann'; './vexel bench reopen --help' explains its options.",
            "",
            "Example:",
            "  vexel bench reopen --dataset data/sift"
        })
final class BenchReopenVerb extends ScriptVerb {}
