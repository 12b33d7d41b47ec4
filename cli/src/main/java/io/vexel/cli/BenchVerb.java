package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "vexel bench",
        subcommands = {BenchScanVerb.class, BenchIngestVerb.class},
        description = "Measures scans or writes beside what the machine can do, in the same run.",
        footer = {"", "Examples:", "  vexel bench scan docs.vexel articles", "  vexel bench ingest ."})
final class BenchVerb extends Verb {

    @Override
    public Integer call() {
        throw usage("say what to measure: 'vexel bench scan VOLUME COLLECTION' or 'vexel bench ingest DIRECTORY'");
    }
}
