package io.vexel.cli;

import picocli.CommandLine.Command;

@Command(
        name = "vexel index",
        subcommands = {
            IndexCreateVerb.class,
            IndexRebuildVerb.class,
            IndexDropVerb.class,
            IndexVerifyVerb.class,
            IndexInfoVerb.class,
            IndexAddFieldVerb.class,
            IndexDropFieldVerb.class
        },
        description =
                "Makes, mends, removes, checks or shows the index of a collection; adds and removes its payload indexes.",
        footer = {
            "",
            "A collection gets its index by itself when it has 2,048 points: graph for floats, none for bits.",
            "",
            "Examples:",
            "  vexel index info docs.vexel articles",
            "  vexel index create docs.vexel articles --kind graph",
            "  vexel index rebuild docs.vexel articles",
            "  vexel index add-field docs.vexel articles year:range"
        })
final class IndexVerb extends Verb {

    @Override
    public Integer call() {
        throw usage(
                "say what to do: 'vexel index create|rebuild|drop|verify|info|add-field|drop-field VOLUME COLLECTION'");
    }
}
