package io.vexel.cli;

import io.vexel.base.TimeSource;
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
    private final TimeSource time;

    private Command(String input, Set<Terminal.Stream> interactive, TimeSource time) {
        this.input = input.getBytes(StandardCharsets.UTF_8);
        this.interactive = interactive;
        this.time = time;
    }

    /** What a command line did. */
    record Result(int exitCode, String out, String err) {

        JsonNode json() {
            return JsonMapper.shared().readTree(out);
        }
    }

    static Result run(Object... arguments) {
        return new Command("", Set.of(), TimeSource.SYSTEM).runWith(arguments);
    }

    /** With this on standard input. */
    static Result runWithInput(String input, Object... arguments) {
        return new Command(input, Set.of(), TimeSource.SYSTEM).runWith(arguments);
    }

    /** With a person at all three streams, who types this. */
    static Result runOnTerminal(String typed, Object... arguments) {
        return new Command(typed, Set.of(Terminal.Stream.values()), TimeSource.SYSTEM).runWith(arguments);
    }

    /** With a person at all three streams, and progress by this clock. */
    static Result runOnTerminal(TimeSource time, Object... arguments) {
        return new Command("", Set.of(Terminal.Stream.values()), time).runWith(arguments);
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
        Verb.Session session = new Verb.Session(terminal(out, err, new byte[0], Set.of()), stop, TimeSource.SYSTEM);
        return run(session, out, err, arguments);
    }

    private Result runWith(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = terminal(out, err, input, interactive);
        return run(new Verb.Session(terminal, StopSignal.manual(terminal), time), out, err, arguments);
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
            Verb.Session session, ByteArrayOutputStream out, ByteArrayOutputStream err, Object... arguments) {
        String[] texts = java.util.Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new);
        int exitCode = new CommandRunner(session).run(texts);
        session.terminal().out().flush();
        session.terminal().err().flush();
        return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
