package io.vexel.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * This program once more, importing row by row, until it is killed.
 *
 * <p>It cannot reach the end before the kill: what it says goes through a pipe, which holds about 4,000 lines, and nobody reads
 * on once the moment has come.
 */
final class KilledWriter {

    private KilledWriter() {}

    /** Runs the writer and kills it once it has acknowledged that many rows. */
    static KilledProcess.Result run(Path volume, String collection, Path file, long rows) {
        List<String> command = new ArrayList<>(thisProgram());
        command.addAll(List.of("import", volume.toString(), collection, file.toString()));
        command.addAll(List.of("--create", "--metric", "l2", "--batch", "1", "--acknowledge"));
        return KilledProcess.run(command, file.resolveSibling("writer.err"), "acknowledged ", rows, _ -> {});
    }

    /** Started the way it was started itself: as modules or, in tests, on the class path. */
    private static List<String> thisProgram() {
        String main = Main.class.getName();
        return Main.class.getModule().isNamed()
                ? KilledProcess.java(
                        "-Xmx256m",
                        "--enable-native-access=io.vexel.memory,io.vexel.device",
                        "-p",
                        System.getProperty("jdk.module.path"),
                        "-m",
                        "io.vexel.cli/" + main)
                : KilledProcess.java(
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main);
    }
}
