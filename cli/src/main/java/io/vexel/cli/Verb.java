package io.vexel.cli;

import io.vexel.base.ErrorCode;
import io.vexel.base.TimeSource;
import io.vexel.cli.terminal.Json;
import io.vexel.cli.terminal.Terminal;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all verbs share: where they write, how they fail, and the options that each of them has. */
abstract class Verb implements Callable<Integer> {

    static final int EXIT_OK = 0;

    @Spec
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this text.")
    boolean help;

    @Option(names = "--json", description = "Prints one JSON value on standard output, for programs.")
    boolean json;

    @Option(
            names = {"-v", "--verbose"},
            description = "Says more; after an error, its cause and where it arose.")
    boolean verbose;

    private Session session;

    /**
     * What a verb runs in.
     *
     * @param stop Ctrl-C
     * @param time the clock that progress goes by
     */
    record Session(Terminal terminal, StopSignal stop, TimeSource time) {}

    @SuppressWarnings("NullAway.Init") // picocli sets spec, the runner the session, before anything is called
    Verb() {}

    final void enter(Session entered) {
        session = entered;
    }

    final Terminal terminal() {
        return session.terminal();
    }

    final StopSignal stop() {
        return session.stop();
    }

    final TimeSource time() {
        return session.time();
    }

    final Session session() {
        return session;
    }

    /** Prints the facts as JSON when asked to, and the text otherwise. */
    final void print(Map<String, ?> facts, String text) {
        if (json) {
            terminal().out().println(Json.of(facts));
        } else {
            terminal().out().print(text);
        }
    }

    /** A line for the person in front, not for programs. */
    final void say(String line) {
        if (!json) {
            terminal().out().println(line);
        }
    }

    /** A warning; the run goes on. */
    final void warn(String line) {
        terminal().err().println("vexel: " + line);
    }

    /** A wrong command line. */
    final ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** The value of an option or parameter, when it is in its range; {@link Long#MAX_VALUE} says that there is no upper end. */
    final long inRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            String range = most == Long.MAX_VALUE ? "at least " + least : least + ".." + most;
            throw usage(name + "=" + value + ", allowed: " + range);
        }
        return value;
    }

    /** Exit code for an error of this verb. */
    int exitCode(Throwable failure) {
        return Failures.exitCode(failure);
    }

    /** Exit code for a wrong command line of this verb. */
    int usageExitCode() {
        return ErrorCode.EXIT_USAGE;
    }
}
