package io.vexel.bench;

import io.vexel.base.ErrorCode;
import io.vexel.cli.Failures;
import io.vexel.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The entry point of the comparisons; its arguments are {@code paging}, {@code filter}, {@code budget}, {@code life}, {@code reopen}, {@code soak}, {@code jmh} or {@code memory} and those of that one, or those of {@code vexel bench ann}. */
public final class Main {

    private static final int USAGE_WIDTH = 100;

    /** Kept, since a logger that nobody holds forgets its level. */
    private static final Logger ROOT = Logger.getLogger("");

    private Main() {}

    /** Runs a comparison and ends the process with its exit code. */
    public static void main(String[] args) {
        // The peers announce which kernels they found; the settings say so where it matters.
        ROOT.setLevel(Level.SEVERE);
        Terminal terminal = Terminal.ofProcess();
        int exitCode = run(terminal, args);
        terminal.out().flush();
        terminal.err().flush();
        System.exit(exitCode);
    }

    /** Runs a comparison and returns the exit code. */
    static int run(Terminal terminal, String... arguments) {
        BenchVerb verb = switch (arguments.length == 0 ? "" : arguments[0]) {
            case "paging" -> new PagingVerb(terminal);
            case "filter" -> new FilterVerb(terminal);
            case "budget" -> new BudgetVerb(terminal);
            case "life" -> new LifeVerb(terminal);
            case "reopen" -> new ReopenVerb(terminal);
            case "soak" -> new SoakVerb(terminal);
            case "jmh" -> new JmhVerb(terminal);
            case "memory" -> new MemoryVerb(terminal);
            default -> null;
        };
        return verb == null
                ? run(terminal, new AnnVerb(terminal), arguments)
                : run(terminal, verb, Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    private static int run(Terminal terminal, BenchVerb verb, String... arguments) {
        return new CommandLine(verb)
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setUsageHelpWidth(USAGE_WIDTH)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setParameterExceptionHandler((failure, _) -> usageFailure(terminal, verb, failure))
                .setExecutionExceptionHandler((failure, _, _) -> runFailure(terminal, verb, failure))
                .execute(arguments);
    }

    private static int usageFailure(Terminal terminal, BenchVerb verb, ParameterException failure) {
        String message = String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " ");
        terminal.err().println("vexel: " + message + " (see '" + verb.spec.name() + " --help')");
        return ErrorCode.EXIT_USAGE;
    }

    private static int runFailure(Terminal terminal, BenchVerb verb, Exception failure) {
        if (failure instanceof ParameterException usage) {
            return usageFailure(terminal, verb, usage);
        }
        terminal.out().flush();
        terminal.err().println("vexel: " + Failures.line(failure));
        if (verb.verbose) {
            failure.printStackTrace(terminal.err());
        }
        return Failures.exitCode(failure);
    }
}
