package io.vexel.bench.reopen;

import io.vexel.bench.data.RowFile;
import io.vexel.cli.KilledProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/** An opening in a JVM that has done nothing before. */
public final class OpeningProcess {

    private OpeningProcess() {}

    /** Opens; the arguments are the volume, the file of queries, the number of index threads and the effort. */
    public static void main(String[] args) {
        float[][] queries = RowFile.read(Path.of(args[1]));
        int threads = Integer.parseInt(args[2]);
        System.out.println(Opening.measure(Path.of(args[0]), threads, queries, Integer.parseInt(args[3]))
                .line());
    }

    /**
     * Runs such a process, with the jars and the shared classes that this one has.
     *
     * @param queries file of {@link RowFile}
     */
    static Opening run(Path image, Path queries, int indexThreads, int ef) {
        List<String> command = new ArrayList<>(KilledProcess.java(
                "-XX:MaxRAMPercentage=50",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                OpeningProcess.class.getName(),
                image.toString(),
                queries.toString(),
                String.valueOf(indexThreads),
                String.valueOf(ef)));
        Path errors = queries.resolveSibling("opening.err");
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            try {
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                int exit = process.waitFor();
                if (exit != 0) {
                    throw new IllegalStateException("the process that opens the volume ended with exit code " + exit
                            + ": " + Files.readString(errors).strip());
                }
                // The last line: warnings of the JVM come before it.
                return Opening.parse(said.lines().reduce("", (_, next) -> next));
            } finally {
                process.destroy();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the volume cannot be opened in a new process: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while the volume was opened");
        }
    }
}
