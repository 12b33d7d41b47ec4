package io.vexel.cli;

import io.vexel.cli.terminal.Terminal;

/** The entry point of the command. */
public final class Main {

    private Main() {}

    /** Runs one verb and ends the process with its exit code. */
    public static void main(String[] args) {
        Terminal terminal = Terminal.ofProcess();
        StopSignal stop = StopSignal.ofProcess(terminal);
        int exitCode = new CommandRunner(terminal, stop).run(args);
        terminal.out().flush();
        terminal.err().flush();
        stop.finished();
        System.exit(exitCode);
    }
}
