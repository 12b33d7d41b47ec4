package io.vexel.cli;

import java.util.List;
import picocli.CommandLine.Parameters;

/** A verb that the script 'vexel' runs out of a distribution of its own, whose program is not on the path of this process. */
abstract class ScriptVerb extends Verb {

    @Parameters(arity = "0..*", paramLabel = "ARGUMENT", description = "Handed on.")
    List<String> arguments = List.of();

    @Override
    public final Integer call() {
        throw usage("it is run by the script 'vexel' in the root of a source tree");
    }
}
