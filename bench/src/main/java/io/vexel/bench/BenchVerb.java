package io.vexel.bench;

import io.vexel.cli.terminal.Terminal;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A measurement that the entry point runs; what all of them have alike. */
abstract class BenchVerb implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this text.")
    boolean help;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes one JSON value there.")
    Optional<String> json = Optional.empty();

    @Option(
            names = {"-v", "--verbose"},
            description = "Shows more, where there is more; after an error, its cause and where it arose.")
    boolean verbose;

    final Terminal terminal;

    @SuppressWarnings("NullAway.Init") // picocli sets spec before anything is called
    BenchVerb(Terminal terminal) {
        this.terminal = terminal;
    }

    /** The file of the JSON value; to be asked for before the long run begins. */
    final ReportFile jsonFile() {
        return ReportFile.of("--json", json, List.of(""));
    }

    final ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
