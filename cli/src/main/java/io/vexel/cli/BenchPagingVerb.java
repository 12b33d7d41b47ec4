package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "paging",
        description = "Compares page replacement policies on traces recorded from searches.",
        footer = {
            "",
            "The script 'vexel' runs it out of the distribution of the comparisons, which is built when it is first asked for;"
                    + " './vexel bench paging --help' explains its options.",
            "",
            "Example:",
            "  vexel bench paging --dataset data/sift"
        })
final class BenchPagingVerb extends ScriptVerb {}
