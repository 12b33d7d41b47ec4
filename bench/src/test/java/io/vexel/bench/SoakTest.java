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

/** The mixed load under a quarter of the vectors' bytes: seconds, an hour with {@code vexel.deep}, or {@code vexel.soak.minutes}. */
class SoakTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final String MINUTES = System.getProperty("vexel.soak.minutes", DEEP ? "60" : "0.15");
    private static final int ROWS = DEEP ? 40_000 : 12_000;
    private static final int DIMENSION = DEEP ? 768 : 1_536;

    /** In seconds nearly all memory is the JVM's, which changes while it is measured. */
    private static final String SLACK = DEEP ? "5" : "8";

    @TempDir
    Path directory;

    @Test
    void soak_underAQuarterOfItsVectors_staysRightAndWithinItsMemory() throws Exception {
        Path json = directory.resolve("soak.json");
        BenchCommand result = BenchCommand.run(
                "soak",
                "--minutes",
                MINUTES,
                "--rows",
                String.valueOf(ROWS),
                "--slack",
                SLACK,
                "--dimension",
                String.valueOf(DIMENSION),
                "--seed",
                String.valueOf(Long.getLong("vexel.seed", 1)),
                "--json",
                json.toString());
        System.out.println(result.out());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("peak resident", "allowed then", "search filtered", "reopen");
        JsonNode facts = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(facts.get("failure").isNull()).isTrue();
        assertThat(facts.get("budgetBytes").asLong())
                .isEqualTo(facts.get("vectorBytes").asLong() / 4);
        JsonNode memory = facts.get("memory");
        assertThat(memory.get("peakUsedBytes").asLong())
                .isBetween(1L, facts.get("budgetBytes").asLong());
        assertThat(memory.get("leastMarginBytes").asLong()).isNotNegative();
        assertThat(facts.get("operations").get("upsert").get("done").asLong()).isPositive();
        // Of any kind: on a slow machine only a few come to an end.
        long searches = facts.get("operations").properties().stream()
                .filter(operation -> operation.getKey().startsWith("search"))
                .mapToLong(operation -> operation.getValue().get("done").asLong())
                .sum();
        assertThat(searches).isPositive();
        assertThat(facts.get("operations").get("reopen").get("done").asLong()).isPositive();
        assertThat(facts.get("plans").size())
                .as("ways to search: %s", facts.get("plans"))
                .isPositive();
        assertThat(facts.get("indexRounds").size()).as("rounds that ended").isPositive();
    }

    @Test
    void soak_inAJvmThatDoesNotTrackItsMemory_saysHowToRunIt() {
        BenchCommand result = BenchCommand.run("soak", "--in-process", "--minutes", "0.01");
        assertThat(result.exitCode()).isEqualTo(70);
        assertThat(result.err()).contains("-XX:NativeMemoryTracking=summary");
    }

    @Test
    void soak_help_explainsWhatItChecks() {
        BenchCommand result = BenchCommand.run("soak", "--help");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("Usage: vexel bench soak", "--minutes=N", "--slack=PERCENT");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "soak --minutes 0     | minutes=0.0, allowed: above 0",
                "soak --rows 9        | rows=9, allowed: 4096..",
                "soak --budget x      | budget=x, allowed: a percentage",
                "soak --budget 0%     | budget=0.0 %, allowed: above 0",
                "soak --slack -1      | slack=-1.0, allowed: 0..100",
                "soak --writers 0     | writers=0, allowed: 1..64",
                "soak --changes 0     | changes=0, allowed: 1..",
                "soak --kind flat     | kind=flat, allowed: graph, hnsw, lsh",
                "soak --peers         | (see 'vexel bench soak --help')",
            })
    void soak_wrongCommandLine_isAUsageError(String arguments, String message) {
        BenchCommand result = BenchCommand.run(arguments.strip().split(" +"));
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.err().strip()).startsWith("vexel: ").contains(message).doesNotContain("\n");
    }
}
