package io.vexel.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JmhTest {

    @TempDir
    Path directory;

    @Test
    void jmh_oneBenchmark_runsInItsOwnProcessesAndWritesWhatItMeasured() throws Exception {
        Path json = directory.resolve("jmh.json");
        BenchCommand result = BenchCommand.run(
                "jmh",
                "ResidentRow.raw",
                "--forks",
                "1",
                "--iterations",
                "3",
                "--millis",
                "5",
                "--threads",
                "2",
                "--allocation",
                "--json",
                json.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).contains("vexel: ResidentRow.rawAddress pages=64, 1 process");
        assertThat(result.out()).contains("BENCHMARK", "ResidentRow.rawAddress", "pages=4096", "ns/op", "JVM");
        JsonNode results = JsonMapper.shared().readTree(Files.readString(json)).get("results");
        assertThat(results.size()).isEqualTo(2);
        for (JsonNode score : results) {
            assertThat(score.get("threads").asInt()).isEqualTo(2);
            assertThat(score.get("mean").asDouble())
                    .isBetween(score.get("min").asDouble(), score.get("max").asDouble());
            assertThat(score.get("error").asDouble()).isPositive();
            assertThat(score.get("allocatedBytes").asDouble()).isNotNegative();
        }
    }

    @Test
    void jmh_list_namesEveryBenchmarkAndRunsNone() {
        BenchCommand result = BenchCommand.run("jmh", "--list");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out().lines())
                .contains(
                        "GraphSearch.nearestTen",
                        "ObjectPair.slabByMagazine",
                        "PageFault.copyOnWrite",
                        "PagePair.hotList",
                        "ResidentRow.fileInMemory");
        assertThat(result.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jmh (                | 64 | pattern=(, allowed: a regular expression",
                "jmh --forks 0        | 64 | forks=0, allowed: 1..100",
                "jmh --iterations 0   | 64 | iterations=0, allowed: 1..10000",
                "jmh --millis 0       | 64 | millis=0, allowed: 1..600000",
                "jmh --threads 0      | 64 | threads=0, allowed: 1..1024",
                "jmh --peers          | 64 | (see 'vexel bench jmh --help')",
                "jmh nothing-like-it  | 66 | no benchmark has 'nothing-like-it' in its name",
            })
    void jmh_wrongCommandLine_saysWhatIsAllowed(String arguments, int exitCode, String message) {
        BenchCommand result = BenchCommand.run(arguments.strip().split(" +"));
        assertThat(result.exitCode()).isEqualTo(exitCode);
        assertThat(result.err().strip()).startsWith("vexel: ").contains(message).doesNotContain("\n");
    }
}
