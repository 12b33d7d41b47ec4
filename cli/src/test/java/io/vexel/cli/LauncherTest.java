package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The script {@code vexel} looking for a JDK, in environments that are made up. */
class LauncherTest {

    private static final Path SCRIPT = Path.of(System.getProperty("vexel.root"), "vexel");

    @TempDir
    Path directory;

    private record Result(int exitCode, String out, String err) {}

    private Result run(Path script, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(script.toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().clear();
        // A PATH with the everyday tools and no java, an empty home, and an empty place for JDKs.
        builder.environment().put("PATH", tools().toString());
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("VEXEL_JDK_PLACES", directory.resolve("jvm").toString());
        builder.environment().putAll(environment);
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        int exitCode = process.waitFor();
        return new Result(exitCode, Files.readString(out), Files.readString(err));
    }

    private Path tools() throws IOException {
        Path tools = Files.createDirectories(directory.resolve("tools"));
        for (String name : List.of("bash", "env", "sed", "head", "readlink", "dirname", "cat")) {
            for (String place : List.of("/usr/bin", "/bin")) {
                Path tool = Path.of(place, name);
                if (Files.exists(tool) && !Files.exists(tools.resolve(name))) {
                    Files.createSymbolicLink(tools.resolve(name), tool);
                }
            }
        }
        return tools;
    }

    private Path fakeJdk(String name, String version) throws IOException {
        Path home = Files.createDirectories(directory.resolve(name));
        Files.createDirectories(home.resolve("bin"));
        for (String program : List.of("java", "javac")) {
            Path file = Files.writeString(home.resolve("bin").resolve(program), "#!/bin/sh\nexit 1\n");
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        Files.writeString(
                home.resolve("release"),
                "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n",
                StandardCharsets.UTF_8);
        return home;
    }

    @Test
    void launcher_withoutAnyJdk_saysWhatToInstall() throws Exception {
        Result result = run(SCRIPT, Map.of(), "--version");
        assertThat(result.exitCode()).isEqualTo(69);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .startsWith("vexel: needs a JDK, version 25.0.3 or newer")
                .contains("apt-get install");
    }

    @ParameterizedTest
    @CsvSource({"25.0.3", "25.0.10", "25.1", "26", "26-ea", "25.0.3+9-LTS"})
    void launcher_newEnoughJdk_isFound(String version) throws Exception {
        Path home = fakeJdk("jvm/a-jdk", version);
        assertThat(run(SCRIPT, Map.of(), "--jdk").out().strip()).isEqualTo(home.toString());
    }

    @ParameterizedTest
    @CsvSource({"25.0.2", "25", "24.0.9", "17.0.12", "1.8.0_402", "25-ea"})
    void launcher_olderJdk_isRefusedByItsVersion(String version) throws Exception {
        Path home = fakeJdk("old", version);
        Result result = run(SCRIPT, Map.of("JAVA_HOME", home.toString()), "--version");
        assertThat(result.exitCode()).isEqualTo(69);
        assertThat(result.err()).contains("found only Java " + version + " in " + home);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0|0|0|7 passed, 0 failed, 2 skipped",
                "1|3|1|4 passed, 3 failed, 2 skipped",
                "1|0|1|7 passed, 1 failed, 2 skipped"
            })
    void launcher_test_countsForPeopleAndForPrograms(int mavenExit, int failures, int exitCode, String line)
            throws Exception {
        Path script = Files.copy(
                SCRIPT,
                Files.createDirectories(directory.resolve("tree")).resolve("vexel"),
                StandardCopyOption.COPY_ATTRIBUTES);
        Path bin = Files.createDirectories(directory.resolve("bin"));
        String report = "module/target/surefire-reports";
        Path maven = Files.writeString(
                bin.resolve("mvn"),
                "#!/bin/sh\nmkdir -p " + report
                        + "\necho '<testsuite name=\"a\" tests=\"9\" errors=\"0\" skipped=\"2\" failures=\"" + failures
                        + "\">' > " + report + "/TEST-a.xml\nexit " + mavenExit + "\n");
        assertThat(maven.toFile().setExecutable(true)).isTrue();
        Map<String, String> environment = Map.of(
                "PATH",
                bin + ":/usr/bin:/bin",
                "JAVA_HOME",
                fakeJdk("jdk", "25.0.3").toString());
        Result people = run(script, environment, "test");
        assertThat(people.exitCode()).as(people.err()).isEqualTo(exitCode);
        assertThat(people.out()).endsWith(line + "\n");
        Result programs = run(script, environment, "test", "--json");
        assertThat(programs.exitCode()).isEqualTo(exitCode);
        JsonNode facts = JsonMapper.shared().readTree(programs.out());
        assertThat(facts.get("passed") + " passed, " + facts.get("failed") + " failed, " + facts.get("skipped")
                        + " skipped")
                .isEqualTo(line);
    }

    @Test
    void launcher_jdkOnThePathOrInJavaHome_isFoundThroughLinks() throws Exception {
        Path home = fakeJdk("somewhere else/jdk", "25.0.3");
        assertThat(run(SCRIPT, Map.of("JAVA_HOME", home.toString()), "--jdk")
                        .out()
                        .strip())
                .isEqualTo(home.toString());
        Files.createSymbolicLink(directory.resolve("alternative"), home.resolve("bin/java"));
        Files.createSymbolicLink(tools().resolve("java"), directory.resolve("alternative"));
        assertThat(run(SCRIPT, Map.of(), "--jdk").out().strip()).isEqualTo(home.toString());
        Path old = fakeJdk("old", "17.0.1");
        assertThat(run(SCRIPT, Map.of("JAVA_HOME", old.toString()), "--jdk")
                        .out()
                        .strip())
                .isEqualTo(home.toString());
    }

    /** A source tree that travels without its sources: the script, two distributions, and a JDK that only says what it was told. */
    private Result runPacked(String... arguments) throws Exception {
        Path root = Files.createDirectories(directory.resolve("packed"));
        for (String module : List.of("cli", "bench")) {
            Path distribution = Files.createDirectories(root.resolve(module + "/target/dist"));
            Files.writeString(distribution.resolve("build.stamp"), "");
        }
        Path script = Files.copy(SCRIPT, root.resolve("vexel"));
        assertThat(script.toFile().setExecutable(true)).isTrue();
        Path home = fakeJdk("jvm/a-jdk", "25.0.3");
        Files.writeString(home.resolve("bin/java"), "#!/bin/sh\necho \"$@\"\n");
        return run(script, Map.of(), arguments);
    }

    @Test
    void launcher_benchAnn_isRunFromItsOwnDistribution() throws Exception {
        Result result = runPacked("bench", "ann", "--dataset", "a/b");
        assertThat(result.out().strip())
                .endsWith(
                        "-cp " + directory.resolve("packed/bench/target/dist") + "/* io.vexel.bench.Main --dataset a/b")
                .contains("--add-modules=jdk.incubator.vector")
                .doesNotContain("cli/target/dist", "TieredStopAtLevel", "SharedArchiveFile");
    }

    @Test
    void launcher_benchFilter_isRunFromTheSameDistributionByItsName() throws Exception {
        Result result = runPacked("bench", "filter", "--dataset", "a/b");
        assertThat(result.out().strip()).endsWith("/* io.vexel.bench.Main filter --dataset a/b");
    }

    @Test
    void launcher_otherBenches_areRunByTheCommand() throws Exception {
        Result result = runPacked("bench", "scan", "v", "c");
        assertThat(result.out().strip())
                .endsWith("-p " + directory.resolve("packed/cli/target/dist")
                        + " -m io.vexel.cli/io.vexel.cli.Main bench scan v c");
    }
}
