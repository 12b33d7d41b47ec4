package io.vexel.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;

/** A writer in a process of its own that says how many rows are durable, a line each time, until it is killed (SIGKILL). */
public final class KilledProcess {

    private KilledProcess() {}

    /**
     * How it ended.
     *
     * @param killed false when the writer had ended by itself
     * @param acknowledged rows that it said were durable
     */
    public record Result(boolean killed, long acknowledged) {}

    /** A Java program of this machine's Java as such a writer; the arguments of the JVM follow, then those of the program. */
    public static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--add-modules=jdk.incubator.vector"));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Runs the command and kills the process when it has acknowledged so many rows.
     *
     * @param errors file for what it writes to standard error
     * @param prefix what stands before the number of rows in each line of its output
     * @param beforeKill is told the rows acknowledged, and returns when it is time to kill
     * @throws IllegalStateException when it ends before
     */
    public static Result run(List<String> command, Path errors, String prefix, long rows, LongConsumer beforeKill) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                long acknowledged = read(lines, prefix, rows);
                beforeKill.accept(acknowledged);
                boolean alive = process.isAlive();
                // Through the handle: the process's own method would close the pipe, and what stands in it.
                process.toHandle().destroyForcibly();
                // What it said before it was killed counts as well.
                acknowledged = Math.max(acknowledged, read(lines, prefix, Long.MAX_VALUE));
                int exit = process.waitFor();
                if (acknowledged < rows) {
                    throw new IllegalStateException("the writer ended with exit code " + exit + " after " + acknowledged
                            + " rows: " + Files.readString(errors).strip());
                }
                return new Result(alive && exit != 0, acknowledged);
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the writer cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while the writer ran");
        }
    }

    /** Reads until so many rows were acknowledged, or to the end; a last line that the kill has cut has a smaller number, or none. */
    private static long read(BufferedReader lines, String prefix, long rows) throws IOException {
        long acknowledged = 0;
        while (acknowledged < rows) {
            String line = lines.readLine();
            if (line == null || !line.startsWith(prefix)) {
                break;
            }
            String number = line.substring(prefix.length());
            if (!number.matches("\\d{1,18}")) {
                break;
            }
            acknowledged = Math.max(acknowledged, Long.parseLong(number));
        }
        return acknowledged;
    }
}
