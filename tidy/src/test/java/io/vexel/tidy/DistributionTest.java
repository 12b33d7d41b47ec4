package io.vexel.tidy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command as users run it: a process whose classes are named modules. It is there from the package phase on. */
class DistributionTest {

    private static final Path DISTRIBUTION = Repository.ROOT.resolve("cli/target/dist");

    @TempDir
    Path directory;

    private record Result(int exitCode, String out, String err) {}

    private Result run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "--enable-native-access=io.vexel.memory,io.vexel.device",
                "-p",
                DISTRIBUTION.toString(),
                "-m",
                "io.vexel.cli/io.vexel.cli.Main"));
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        return new Result(process.waitFor(), Files.readString(out), Files.readString(err));
    }

    private static boolean isPackaged() {
        if (!Files.isDirectory(DISTRIBUTION)) {
            return false;
        }
        try (Stream<Path> files = Files.list(DISTRIBUTION)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("cli-"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void command_asModules_doesItsMainJobAndWarnsOfNothingElse() throws Exception {
        assumeTrue(isPackaged(), "the command is not packaged: run with mvn verify");
        Result demo = run("demo", "--json");
        assertThat(demo.exitCode()).as(demo.err()).isZero();
        assertThat(demo.out()).contains("\"passed\":true").contains("\"recall\":1.0");
        // The launcher takes this one line out; any other would reach the user.
        assertThat(demo.err().strip()).isEqualTo("WARNING: Using incubator modules: jdk.incubator.vector");
    }
}
