package io.vexel.bench;

import io.vexel.cli.terminal.Json;
import io.vexel.cli.terminal.Terminal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
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

    /** Says what happens next. */
    final Consumer<String> progress() {
        return step -> terminal.err().println("vexel: " + step);
    }

    /** Prints what was measured on, and writes the facts with the same. */
    final void finish(Map<String, Object> facts, ReportFile jsonFile) {
        terminal.out().println(Machine.line());
        Map<String, Object> all = new LinkedHashMap<>(facts);
        all.put("machine", Machine.facts());
        jsonFile.write(() -> Json.of(all) + System.lineSeparator());
    }

    static OptionalInt optionalInt(Optional<Integer> number) {
        return number.map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }

    final ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
