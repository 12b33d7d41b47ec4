package io.vexel.cli;

import picocli.CommandLine.Command;

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
final class BenchAnnVerb extends ScriptVerb {}
