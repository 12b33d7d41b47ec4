package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "vexel bench",
        subcommands = {
            BenchScanVerb.class,
            BenchIngestVerb.class,
            BenchMemoryVerb.class,
            BenchAnnVerb.class,
            BenchPagingVerb.class,
            BenchFilterVerb.class,
            BenchBudgetVerb.class,
            BenchLifeVerb.class,
            BenchReopenVerb.class,
            BenchSoakVerb.class,
            BenchJmhVerb.class
        },
        description =
                "Measures scans or writes beside what the machine can do, the allocator of memory, search beside other engines, page replacement policies"
                        + " beside one another, filtered search beside an unfiltered one and an exact scan, search under little memory, the life"
                        + " of a collection, how a large one is opened again, or single calls under JMH; checks a long mixed load under little memory.",
        footer = {
            "",
            "Examples:",
            "  vexel bench scan docs.vexel articles",
            "  vexel bench ingest .",
            "  vexel bench memory",
            "  vexel bench ann --dataset data/sift --peers",
            "  vexel bench paging --dataset data/sift",
            "  vexel bench filter --dataset data/sift",
            "  vexel bench budget --dataset data/sift",
            "  vexel bench life",
            "  vexel bench reopen",
            "  vexel bench soak --minutes 5",
            "  vexel bench jmh --list"
        })
final class BenchVerb extends Verb {

    @Override
    public Integer call() {
        throw usage("say what to measure: 'vexel bench scan VOLUME COLLECTION', 'vexel bench ingest DIRECTORY',"
                + " 'vexel bench memory',"
                + " 'vexel bench ann --dataset DIR/NAME', 'vexel bench paging --dataset DIR/NAME',"
                + " 'vexel bench filter --dataset DIR/NAME', 'vexel bench budget --dataset DIR/NAME',"
                + " 'vexel bench life', 'vexel bench reopen', 'vexel bench soak' or 'vexel bench jmh'");
    }
}
