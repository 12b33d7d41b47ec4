package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "soak",
        description =
                "Runs a mixed load under little memory for a long time, and checks every answer and the memory of the process.",
        footer = {
            "",
            "The script 'vexel' runs it out of the distribution of 'bench ann'; './vexel bench soak --help' explains its options.",
            "",
            "Example:",
            "  vexel bench soak --minutes 60"
        })
final class BenchSoakVerb extends ScriptVerb {}
