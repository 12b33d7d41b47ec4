package io.vexel.cli;

import io.vexel.cli.terminal.Terminal;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The entry point of the command. */
public final class Main {

    /** Set by the launcher: a path that leads to the real standard error. */
    private static final String STDERR_PROPERTY = "vexel.stderr";

    private Main() {}

    /** Runs one verb and ends the process with its exit code. */
    public static void main(String[] args) {
        Terminal terminal = Terminal.system(standardError());
        StopSignal stop = StopSignal.ofProcess(terminal);
        int exitCode = new CommandRunner(terminal, stop).run(args);
        terminal.out().flush();
        terminal.err().flush();
        stop.finished();
        System.exit(exitCode);
    }

    /**
     * The launcher leads file descriptor 2 through a filter that takes out the JVM's notice about the incubating vector
     * module, and keeps the terminal itself on another descriptor. Where that cannot be opened, the filter serves.
     */
    private static PrintStream standardError() {
        String path = System.getProperty(STDERR_PROPERTY, "");
        if (!path.isEmpty() && Files.exists(Path.of(path))) {
            try {
                PrintStream direct = new PrintStream(new FileOutputStream(path, true), true, StandardCharsets.UTF_8);
                System.setErr(direct);
                return direct;
            } catch (IOException e) {
                return System.err;
            }
        }
        return System.err;
    }
}
