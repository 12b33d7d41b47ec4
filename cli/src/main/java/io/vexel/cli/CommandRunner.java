package io.vexel.cli;

import io.vexel.base.ErrorCode;
import io.vexel.base.TimeSource;
import io.vexel.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Finds the verb, parses its options, runs it, and turns what goes wrong into one line and an exit code. */
final class CommandRunner {

    private static final int USAGE_WIDTH = 100;
    private static final int LONGEST_SHOWN_ARGUMENT = 60;

    private final Verb.Session session;

    CommandRunner(Terminal terminal, StopSignal stop) {
        this(new Verb.Session(terminal, stop, TimeSource.SYSTEM));
    }

    CommandRunner(Verb.Session session) {
        this.session = session;
    }

    /** Runs a command line and returns the exit code. */
    int run(String... arguments) {
        if (arguments.length == 0) {
            return fail(
                    "no verb given; 'vexel help' lists them, 'vexel demo' shows what it does", ErrorCode.EXIT_USAGE);
        }
        String first = arguments[0];
        if (first.equals("--version")) {
            session.terminal().out().println("vexel " + Versions.vexel());
            return Verb.EXIT_OK;
        }
        if (first.equals("--help") || first.equals("-h")) {
            return run("help");
        }
        Optional<Verb> verb = Verbs.make(first);
        if (verb.isEmpty()) {
            String shown = first.length() > LONGEST_SHOWN_ARGUMENT ? first.substring(0, LONGEST_SHOWN_ARGUMENT) : first;
            String meant = Verbs.nearest(first)
                    .map(name -> "; did you mean '" + name + "'?")
                    .orElse("; 'vexel help' lists the verbs");
            return fail("there is no verb '" + shown + "'" + meant, ErrorCode.EXIT_USAGE);
        }
        return commandLine(verb.get(), session).execute(Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    static CommandLine commandLine(Verb verb, Verb.Session session) {
        CommandLine line = new CommandLine(verb);
        prepare(line, session);
        return line;
    }

    private static void prepare(CommandLine line, Verb.Session session) {
        Verb verb = line.getCommand();
        verb.enter(session);
        line.setOut(new PrintWriter(session.terminal().out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(session.terminal().err(), true, StandardCharsets.UTF_8))
                .setUsageHelpWidth(USAGE_WIDTH)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setParameterExceptionHandler((failure, _) -> usageFailure(failure, session))
                .setExecutionExceptionHandler((failure, failed, _) -> runFailure(failure, failed, session));
        line.getSubcommands().values().forEach(child -> prepare(child, session));
    }

    private static int usageFailure(ParameterException failure, Verb.Session session) {
        Verb verb = failure.getCommandLine().getCommand();
        String message = String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " ");
        if (failure instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            message += "; did you mean " + unmatched.getSuggestions().getFirst() + "?";
        }
        session.terminal()
                .err()
                .println("vexel: " + message + " (see '"
                        + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help')");
        return verb.usageExitCode();
    }

    private static int runFailure(Exception failure, CommandLine line, Verb.Session session) {
        Verb verb = line.getCommand();
        if (failure instanceof ParameterException usage) {
            return usageFailure(usage, session);
        }
        session.terminal().out().flush();
        session.terminal().err().println("vexel: " + Failures.line(failure));
        if (verb.verbose) {
            failure.printStackTrace(session.terminal().err());
        }
        return verb.exitCode(failure);
    }

    private int fail(String message, int exitCode) {
        session.terminal().err().println("vexel: " + message);
        return exitCode;
    }
}
