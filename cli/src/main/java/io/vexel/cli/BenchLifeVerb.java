package io.vexel.cli;

import picocli.CommandLine.Command;

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
final class BenchLifeVerb extends ScriptVerb {}
