package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "jmh",
        description =
                "Measures the calls that happen most under JMH: objects and pages, rows in pages, page faults, searches of the graph.",
        footer = {
            "",
            "The script 'vexel' runs it out of the distribution of 'bench ann'; './vexel bench jmh --help' explains its options.",
            "",
            "Example:",
            "  vexel bench jmh --list"
        })
final class BenchJmhVerb extends ScriptVerb {}
