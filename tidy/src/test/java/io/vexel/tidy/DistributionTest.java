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
    private static final Path COMPARISON = Repository.ROOT.resolve("bench/target/dist");

    @TempDir
    Path directory;

    private record Result(int exitCode, String out, String err) {}

    private Result run(String... arguments) throws IOException, InterruptedException {
        return java(
                List.of(
                        "--enable-native-access=io.vexel.memory,io.vexel.device",
                        "-p",
                        DISTRIBUTION.toString(),
                        "-m",
                        "io.vexel.cli/io.vexel.cli.Main"),
                arguments);
    }

    private Result compare(String... arguments) throws IOException, InterruptedException {
        return java(
                List.of(
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        COMPARISON + "/*",
                        "io.vexel.bench.Main"),
                arguments);
    }

    private Result java(List<String> program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m"));
        command.addAll(program);
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        return new Result(process.waitFor(), Files.readString(out), Files.readString(err));
    }

    private static List<String> jars(Path distribution) {
        if (!Files.isDirectory(distribution)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(distribution)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void assumePackaged(Path distribution, String jar) {
        assumeTrue(
                jars(distribution).stream().anyMatch(name -> name.startsWith(jar)),
                "the command is not packaged: run with mvn verify");
    }

    @Test
    void command_asModules_doesItsMainJobAndWarnsOfNothingElse() throws Exception {
        assumePackaged(DISTRIBUTION, "cli-");
        Result demo = run("demo", "--json");
        assertThat(demo.exitCode()).as(demo.err()).isZero();
        assertThat(demo.out()).contains("\"passed\":true").contains("\"recall\":1.0");
        // The launcher takes this one line out; any other would reach the user.
        assertThat(demo.err().strip()).isEqualTo("WARNING: Using incubator modules: jdk.incubator.vector");
    }

    @Test
    void comparison_onItsClassPath_measuresOurEngineAndAPeer() throws Exception {
        assumePackaged(COMPARISON, "bench-");
        Result result = compare(
                "--dataset",
                "synthetic:500x8",
                "--engines",
                "vexel-flat,lucene",
                "--rounds",
                "1",
                "--ef",
                "20",
                "--seconds",
                "0.001");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("vexel-flat", "Lucene 10.");
        assertThat(result.err().lines())
                .allMatch(line -> line.startsWith("vexel: ")
                        || line.equals("WARNING: Using incubator modules: jdk.incubator.vector"));
    }

    @Test
    void command_distribution_holdsNoOtherEngine() {
        assumePackaged(DISTRIBUTION, "cli-");
        assertThat(jars(DISTRIBUTION)).noneMatch(name -> name.matches("(lucene|jvector|hnswlib|jhdf|slf4j).*"));
    }
}
