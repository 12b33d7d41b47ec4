package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CommandRunnerTest {

    static List<String> verbs() {
        return Verbs.names();
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void help_ofEveryVerb_showsUsageAndAnExample(String verb) {
        Command.Result result = Command.run(verb, "--help");
        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .startsWith("Usage: vexel " + verb)
                .contains("Example")
                .contains("  vexel " + verb);
        assertThat(Command.run("help", verb).out()).isEqualTo(result.out());
    }

    @ParameterizedTest
    @CsvSource({"bench scan", "bench ingest", "bench memory"})
    void help_ofABenchmark_showsUsageAndAnExample(String verbs) {
        Command.Result result = Command.run(verbs.split(" ")[0], verbs.split(" ")[1], "--help");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).startsWith("Usage: vexel " + verbs).contains("Example");
    }

    @Test
    void help_withoutAVerb_listsAllOfThem() {
        Command.Result result = Command.run("help");
        assertThat(result.out()).contains(Verbs.names());
        assertThat(Command.run("--help").out()).isEqualTo(result.out());
        assertThat(Command.run("help", "--json").json().get("verbs").propertyNames())
                .containsExactlyElementsOf(Verbs.names());
    }

    @Test
    void version_ofThisBuild_isThatOfThePom() throws IOException {
        Path root = Path.of(System.getProperty("vexel.root"));
        String pom = Files.readString(root.resolve("pom.xml"));
        assertThat(pom).contains("<version>" + Versions.vexel() + "</version>");
        assertThat(Command.run("--version").out().strip()).isEqualTo("vexel " + Versions.vexel());
    }

    @Test
    void run_withoutArguments_isAUsageError() {
        Command.Result result = Command.run();
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.err()).startsWith("vexel: no verb given").contains("vexel help");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "serch | did you mean 'search'?",
                "improt | did you mean 'import'?",
                "list | did you mean 'ls'?",
                "xyzzy | 'vexel help' lists the verbs"
            })
    void run_misspeltVerb_suggestsOne(String verb, String hint) {
        Command.Result result = Command.run(verb);
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.err()).contains("there is no verb '" + verb + "'").contains(hint);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "create v c --dimensions 3 | did you mean --dimension?",
                "create v c --dimension x | Invalid value for option '--dimension'",
                "create v c --metric nearest | metric=nearest, allowed: l2 (euclidean), cosine",
                "create v c --element f8 | element=f8, allowed: f32, f16, bf16, bit",
                "info | Missing required parameter: 'VOLUME'",
                "mkfs v 12parsecs | size=12parsecs, allowed: a number with an optional unit",
                "search v c | one of --vector, --id and --queries",
                "import v c f.txt | the ending of 'f.txt' names no known format"
            })
    void run_wrongOption_isOneLineThatLeadsToHelp(String line, String message) {
        Command.Result result = Command.run((Object[]) line.split(" "));
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.err()).startsWith("vexel: ").contains(message).contains("--help'");
    }

    @Test
    void run_failureWithVerbose_showsTheCause() {
        Command.Result plain = Command.run("info", "nowhere.vexel");
        Command.Result verbose = Command.run("info", "nowhere.vexel", "--verbose");
        assertThat(plain.exitCode()).isEqualTo(66).isEqualTo(verbose.exitCode());
        assertThat(plain.err()).isEqualTo("vexel: nowhere.vexel does not exist" + System.lineSeparator());
        assertThat(verbose.err())
                .startsWith(plain.err())
                .contains("NotFoundException")
                .contains("\tat ");
    }

    @Test
    void cpu_report_namesCapabilitiesAndWidth() {
        assertThat(Command.run("cpu").out())
                .containsPattern("^SIMD capabilities: 0x[0-4], vector width: (128|256|512) bits");
        assertThat(Command.run("cpu", "--json").json().get("vectorBits").asInt())
                .isIn(128, 256, 512);
    }

    @Test
    void test_throughTheClass_saysWhereTestsAreRun() {
        assertThat(Command.run("test").exitCode()).isEqualTo(64);
        assertThat(Command.run("test").err()).contains("the script 'vexel'");
    }
}
