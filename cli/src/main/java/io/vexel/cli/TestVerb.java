package io.vexel.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel test",
        description = "Checks the format of the sources, builds everything and runs all tests (from a source tree).",
        footer = {"", "Example:", "  vexel test --deep"})
final class TestVerb extends Verb {

    @Option(names = "--deep", description = "Runs the long tests too: hours instead of minutes.")
    boolean deep;

    @Parameters(arity = "0..*", paramLabel = "ARGUMENT", description = "Handed on to Maven.")
    List<String> arguments = List.of();

    /** The launcher runs the tests itself: Maven cannot replace the program that it is started from. */
    @Override
    public Integer call() {
        throw usage("tests are run by the script 'vexel' in the root of a source tree");
    }
}
