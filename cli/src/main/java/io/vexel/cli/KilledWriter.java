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

/**
 * A second process that imports row by row and tells when each row is durable, until it is killed.
 *
 * <p>It cannot reach the end before the kill: what it says goes through a pipe, which holds about 4,000 lines, and nobody reads
 * on once the moment has come.
 */
final class KilledWriter {

    private static final String ACKNOWLEDGED = "acknowledged ";

    private KilledWriter() {}

    /**
     * How it ended.
     *
     * @param killed false when the writer had ended by itself
     * @param acknowledged rows that it said were durable
     */
    record Result(boolean killed, long acknowledged) {}

    /** Runs the writer and kills it once it has acknowledged that many rows. */
    static Result run(Path volume, String collection, Path file, long rows) {
        Path errors = file.resolveSibling("writer.err");
        List<String> command = new ArrayList<>(javaCommand());
        command.addAll(List.of("import", volume.toString(), collection, file.toString()));
        command.addAll(List.of("--create", "--metric", "l2", "--batch", "1", "--acknowledge"));
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                long acknowledged = read(lines, rows);
                boolean alive = process.isAlive();
                // Through the handle: the process's own method would close the pipe, and what stands in it.
                process.toHandle().destroyForcibly();
                // What it said before it was killed counts as well.
                acknowledged = Math.max(acknowledged, read(lines, Long.MAX_VALUE));
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

    private static long read(BufferedReader lines, long rows) throws IOException {
        long acknowledged = 0;
        while (acknowledged < rows) {
            String line = lines.readLine();
            // The last line may have been cut by the kill; one that is whole has its number in the right order anyway.
            if (line == null || !line.startsWith(ACKNOWLEDGED)) {
                break;
            }
            acknowledged = Math.max(acknowledged, parse(line.substring(ACKNOWLEDGED.length())));
        }
        return acknowledged;
    }

    private static long parse(String number) {
        return number.matches("\\d{1,18}") ? Long.parseLong(number) : 0;
    }

    /** This program, started the way it was started itself: as modules or, in tests, on the class path. */
    private static List<String> javaCommand() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--add-modules=jdk.incubator.vector"));
        if (Main.class.getModule().isNamed()) {
            command.add("--enable-native-access=io.vexel.memory,io.vexel.device");
            command.addAll(
                    List.of("-p", System.getProperty("jdk.module.path"), "-m", "io.vexel.cli/" + Main.class.getName()));
        } else {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        }
        return command;
    }
}
