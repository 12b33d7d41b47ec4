package io.vexel.cli;

import io.vexel.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs command lines in this process, with streams of its own. */
final class Command {

    private final byte[] input;
    private final Set<Terminal.Stream> interactive;

    private Command(String input, Set<Terminal.Stream> interactive) {
        this.input = input.getBytes(StandardCharsets.UTF_8);
        this.interactive = interactive;
    }

    /** What a command line did. */
    record Result(int exitCode, String out, String err) {

        JsonNode json() {
            return JsonMapper.shared().readTree(out);
        }
    }

    static Result run(Object... arguments) {
        return new Command("", Set.of()).runWith(arguments);
    }

    /** With this on standard input. */
    static Result runWithInput(String input, Object... arguments) {
        return new Command(input, Set.of()).runWith(arguments);
    }

    /** With a person at all three streams, who types this. */
    static Result runOnTerminal(String typed, Object... arguments) {
        return new Command(typed, Set.of(Terminal.Stream.values())).runWith(arguments);
    }

    /** As {@link #run}, with Ctrl-C after so many lines on standard output. */
    static Result runAndStopAfter(int lines, Object... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = terminal(new ByteArrayOutputStream(), err, new byte[0], Set.of());
        StopSignal stop = StopSignal.manual(terminal);
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                super.write(bytes, offset, length);
                if (toString(StandardCharsets.UTF_8).lines().count() >= lines) {
                    stop.request();
                }
            }
        };
        return run(terminal(out, err, new byte[0], Set.of()), stop, out, err, arguments);
    }

    private Result runWith(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = terminal(out, err, input, interactive);
        return run(terminal, StopSignal.manual(terminal), out, err, arguments);
    }

    private static Terminal terminal(
            ByteArrayOutputStream out, ByteArrayOutputStream err, byte[] input, Set<Terminal.Stream> interactive) {
        return new Terminal(
                new ByteArrayInputStream(input),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                interactive);
    }

    private static Result run(
            Terminal terminal,
            StopSignal stop,
            ByteArrayOutputStream out,
            ByteArrayOutputStream err,
            Object... arguments) {
        String[] texts = java.util.Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new);
        int exitCode = new CommandRunner(terminal, stop).run(texts);
        terminal.out().flush();
        terminal.err().flush();
        return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
