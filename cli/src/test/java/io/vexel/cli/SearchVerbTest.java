package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Queries out of a file, over the real vectors that ship with the command. */
class SearchVerbTest {

    @TempDir
    static Path directory;

    private static Path volume;
    private static Path queries;
    private static Path truth;

    @BeforeAll
    static void importVectors() throws Exception {
        volume = directory.resolve("sift.vexel");
        queries = resource("sift9k_query.bvecs");
        truth = resource("sift9k_groundtruth.ivecs");
        Command.run("mkfs", volume, "64MiB");
        Command.Result imported =
                Command.run("import", volume, "sift", resource("sift9k_base.bvecs"), "--create", "--metric", "l2");
        assertThat(imported.exitCode()).as(imported.err()).isZero();
    }

    private static Path resource(String name) throws Exception {
        return Path.of(SearchVerb.class.getResource("demo/" + name).toURI());
    }

    @ParameterizedTest
    @CsvSource({"1,1", "100,1", "7,2"})
    void queries_batchesAndThreads_reachFullRecall(int batch, int threads) {
        Command.Result result = Command.run(
                "search",
                volume,
                "sift",
                "--queries",
                queries,
                "-k",
                "10",
                "--exact",
                "--ground-truth",
                truth,
                "--batch",
                batch,
                "--threads",
                threads,
                "--limit",
                "200",
                "--json");
        assertThat(result.err()).isEmpty();
        JsonNode facts = result.json();
        assertThat(facts.get("recall").asDouble()).isEqualTo(1.0);
        assertThat(facts.get("count").asInt()).isEqualTo(200);
        assertThat(facts.get("vectorsCompared").asLong()).isEqualTo(200 * 9_000L);
        assertThat(facts.get("warmupQueries").asInt()).isGreaterThanOrEqualTo(100);
        assertThat(facts.get("queriesPerSecond").asDouble()).isPositive();
        assertThat(facts.get("p50Micros").asDouble())
                .isPositive()
                .isLessThanOrEqualTo(facts.get("p95Micros").asDouble());
        assertThat(facts.get("p95Micros").asDouble())
                .isLessThanOrEqualTo(facts.get("p99Micros").asDouble());
    }

    @Test
    void queries_asText_nameRecallRateAndLatency() {
        Command.Result result =
                Command.run("search", volume, "sift", "--queries", queries, "--ground-truth", truth, "--limit", "20");
        assertThat(result.out().lines().map(line -> line.split(" {2,}")[0]))
                .containsExactly("queries", "recall@10", "queries/s", "latency", "not counted");
        assertThat(result.out()).contains("recall@10    1.0000");
    }

    @Test
    void queries_withoutGroundTruth_claimNoRecall() {
        Command.Result result = Command.run("search", volume, "sift", "--queries", queries, "--limit", "5", "--json");
        assertThat(result.json().get("recall").isNull()).isTrue();
    }

    @Test
    void queries_filteredAway_loseRecall() {
        JsonNode facts = Command.run(
                        "search",
                        volume,
                        "sift",
                        "--queries",
                        queries,
                        "--ground-truth",
                        truth,
                        "--limit",
                        "5",
                        "--filter",
                        "price > 3",
                        "--json")
                .json();
        assertThat(facts.get("recall").asDouble()).isZero();
    }

    @Test
    void queries_output_holdsTheHitsOfEachQuery() throws IOException {
        Path file = directory.resolve("hits.jsonl");
        Command.run("search", volume, "sift", "--queries", queries, "--limit", "3", "-k", "4", "--output", file);
        List<JsonNode> lines = Files.readAllLines(file).stream()
                .map(line -> JsonMapper.shared().readTree(line))
                .toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(2).get("query").asInt()).isEqualTo(2);
        assertThat(lines.get(2).get("hits").size()).isEqualTo(4);
    }

    @Test
    void queries_thatDoNotFit_areRefused() throws IOException {
        Path narrow = Files.writeString(directory.resolve("narrow.csv"), "1,2\n");
        assertThat(Command.run("search", volume, "sift", "--queries", narrow).exitCode())
                .isEqualTo(65);
        Path none = Files.writeString(directory.resolve("none.csv"), "");
        assertThat(Command.run("search", volume, "sift", "--queries", none).err())
                .contains("expected queries, found none");
        assertThat(Command.run(
                                "search",
                                volume,
                                "sift",
                                "--queries",
                                queries,
                                "--ground-truth",
                                truth,
                                "-k",
                                "101",
                                "--limit",
                                "3")
                        .err())
                .contains("the ground truth has 100 ids a query, expected at least k = 101");
        assertThat(Command.run(
                                "search",
                                volume,
                                "sift",
                                "--queries",
                                queries,
                                "--ground-truth",
                                directory.resolve("no.ivecs"))
                        .exitCode())
                .isEqualTo(66);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--threads|-1|--threads=-1, allowed: 0..1024",
                "--batch|0|--batch=0, allowed: 1..",
                "--limit|0|--limit=0, allowed: 1..",
                "--id-offset|-1|--id-offset=-1, allowed: at least 0",
                "-k|0|k=0, allowed: 1..",
                "--filter|a = |position 4: a number, a quoted text, true, false or null is expected, in 'a = '"
            },
            ignoreLeadingAndTrailingWhitespace = false)
    void search_valueOutOfRange_isNamed(String option, String value, String message) {
        Command.Result result = Command.run("search", volume, "sift", "--queries", queries, option, value);
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.err()).contains(message).hasLineCount(1);
    }

    @Test
    void benchScan_oneShortRound_reportsRatios() {
        Command.Result result = Command.run(
                "bench", "scan", volume, "sift", "--rounds", "1", "--seconds", "0.01", "--threads", "1,2", "--json");
        assertThat(result.err()).isEmpty();
        JsonNode facts = result.json();
        for (String key :
                List.of("streamGigabytesPerSecond", "scanGigabytesPerSecond", "scanToStream", "batchToSingle")) {
            assertThat(facts.get(key + "1").get("median").asDouble()).as(key).isPositive();
            assertThat(facts.get(key + "2").get("median").asDouble()).as(key).isPositive();
        }
        assertThat(facts.get("points").asInt()).isEqualTo(9_000);
    }

    @Test
    void benchIngest_oneShortRound_reportsRatiosAndLeavesNothing() throws IOException {
        Path place = Files.createDirectory(directory.resolve("bench"));
        Command.Result result = Command.run(
                "bench",
                "ingest",
                place,
                "--file",
                queries,
                "--rounds",
                "1",
                "--seconds",
                "0.05",
                "--batch",
                "100",
                "--json");
        assertThat(result.err()).isEmpty();
        JsonNode facts = result.json();
        for (String key : List.of("importRowsPerSecond", "importToDisk", "singleToSyncs", "manyToSyncs")) {
            assertThat(facts.get(key).get("median").asDouble()).as(key).isPositive();
        }
        assertThat(facts.get("rows").asInt()).isEqualTo(1_000);
        assertThat(place).isEmptyDirectory();
        Path own = directory.resolve("own.vexel");
        Command.run("mkfs", own, "64MiB");
        assertThat(Command.run("bench", "ingest", own, "--file", queries, "--rounds", "1", "--seconds", "0.02")
                        .out())
                .contains("import, vectors");
        assertThat(Command.run("ls", own).out()).contains("no collections");
    }
}
