package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "vexel bench",
        subcommands = {BenchScanVerb.class, BenchIngestVerb.class, BenchAnnVerb.class},
        description =
                "Measures scans or writes beside what the machine can do, or search beside other engines, in the same run.",
        footer = {
            "",
            "Examples:",
            "  vexel bench scan docs.vexel articles",
            "  vexel bench ingest .",
            "  vexel bench ann --dataset data/sift --peers"
        })
final class BenchVerb extends Verb {

    @Override
    public Integer call() {
        throw usage("say what to measure: 'vexel bench scan VOLUME COLLECTION', 'vexel bench ingest DIRECTORY'"
                + " or 'vexel bench ann --dataset DIR/NAME'");
    }
}
