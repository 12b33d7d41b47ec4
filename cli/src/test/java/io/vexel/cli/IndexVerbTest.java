package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.cli.terminal.Progress;
import io.vexel.cli.terminal.Terminal;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import io.vexel.testkit.SimulatedClock;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An index in the hands of the command: made by an import, shown, used, dropped, made again. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IndexVerbTest {

    private static final String QUERY = "[" + "7, ".repeat(127) + "7]";

    @TempDir
    static Path directory;

    private static Path volume;

    @BeforeAll
    static void importVectors() throws Exception {
        volume = directory.resolve("sift.vexel");
        Command.run("mkfs", volume, "256MiB");
    }

    private static JsonNode json(Object... arguments) {
        Command.Result result = Command.run(arguments);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return result.json();
    }

    private static JsonNode importRows(String name, int limit, Object... more) throws Exception {
        Path file =
                Path.of(SearchVerb.class.getResource("demo/sift9k_base.bvecs").toURI());
        Object[] arguments = new Object[9 + more.length];
        System.arraycopy(
                new Object[] {"import", volume, name, file, "--create", "--metric=l2", "--json", "--limit", limit},
                0,
                arguments,
                0,
                9);
        System.arraycopy(more, 0, arguments, 9, more.length);
        return json(arguments);
    }

    @Test
    @Order(1)
    void importRows_enough_areInTheIndexAndSaved() throws Exception {
        JsonNode imported = importRows("sift", 2_500);
        assertThat(imported.get("index").get("rows").asInt()).isEqualTo(2_500);
        assertThat(imported.get("index").get("tailRows").asInt()).isZero();
        assertThat(imported.get("index").get("checkpoint").get("locality").asDouble())
                .isBetween(0.1, 1.0);
        assertThat(imported.get("index").get("checkpoint").get("changedRows").asInt())
                .isZero();
        assertThat(imported.get("indexSeconds").asDouble()).isPositive();
        JsonNode info = json("index", "info", volume, "sift", "--json");
        assertThat(info.get("kind").asString()).isEqualTo("graph");
        assertThat(info.get("phase").asString()).isEqualTo("active");
        assertThat(info.get("rows").asInt()).isEqualTo(2_500);
        assertThat(info.get("bytesPerVector").asDouble()).isPositive();
        assertThat(info.get("layout").get("rows").asString()).isEqualTo("full");
        assertThat(info.get("layout").get("wanted").asString()).isEqualTo("full");
        assertThat(json("stat", volume, "sift", "--json")
                        .get("index")
                        .get("rows")
                        .asInt())
                .isEqualTo(2_500);
        assertThat(json("info", volume, "--json")
                        .get("indexes")
                        .get(0)
                        .get("rows")
                        .asInt())
                .isEqualTo(2_500);
        assertThat(Command.run("info", volume).out())
                .contains("Index of sift: graph of 2,500 rows, tail of 0")
                .contains("bytes a vector, rows: full");
    }

    /** The clock goes on by a second whenever it is read, so every look at the build is shown. */
    @Test
    @Order(2)
    void importRows_onATerminal_showsHowManyAreInTheIndexAndTakesTheBarAway() throws Exception {
        Path file =
                Path.of(SearchVerb.class.getResource("demo/sift9k_base.bvecs").toURI());
        Command.Result result = Command.runOnTerminal(
                SimulatedClock.ticking(1_000_000_000L),
                "import",
                volume,
                "shown",
                file,
                "--create",
                "--metric=l2",
                "--limit=2500");
        assertThat(result.exitCode()).as(result.err()).isZero();
        List<String> shown = result.err()
                .lines()
                .flatMap(line -> Stream.of(line.split("\r")))
                .filter(bar -> bar.contains("rows indexed"))
                .toList();
        assertThat(shown)
                .isNotEmpty()
                .allMatch(bar -> bar.matches("\\[#*\\.*\\] \\d+ %  [\\d,]+ rows indexed  .*/s.*"));
        assertThat(result.err()).endsWith(" \r");
    }

    @Test
    @Order(2)
    void indexBuild_partOfTheRowsIn_showsThatPart() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(InputStream.nullInputStream(), stream, stream, Set.of(Terminal.Stream.ERR));
        VolumeOptions manual = VolumeOptions.builder().indexThreads(0).build();
        Command.run("mkfs", directory.resolve("part.vexel"), "64MiB");
        try (Volume part = Volume.open(directory.resolve("part.vexel"), manual)) {
            Collection c = part.createCollection(new CollectionSpec("c", 2, Metric.L2));
            IntStream.range(0, 3_000).forEach(i -> c.submitUpsert(List.of(Point.of(i, i, 1))));
            c.upsert(Point.of(3_000, 3_000, 1));
            c.awaitIndexed();
            c.upsertAll(IntStream.range(3_001, 4_000)
                    .mapToObj(i -> Point.of(i, i, 1))
                    .toList());
            Progress progress = new Progress(terminal, SimulatedClock.ticking(1_000_000_000L), "rows indexed");
            IndexBuild.show(progress, c, 4_000);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .isEqualTo("\r[##################......] 75 %  3,001 rows indexed  3,001/s  332 ms left");
            c.awaitIndexed();
            IndexBuild.show(progress, c, 4_000);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains("\r[" + "#".repeat(24) + "] 100 %  4,000 rows indexed");
        }
    }

    @Test
    @Order(2)
    void importRows_fewOrNotWaitedFor_areStored() throws Exception {
        assertThat(importRows("few", 100).get("index").get("phase").asString()).isEqualTo("none");
        assertThat(importRows("later", 2_100, "--no-index-wait").get("index").isNull())
                .isTrue();
    }

    @Test
    @Order(3)
    void search_saysHowItWasCarriedOut() {
        JsonNode indexed = json("search", volume, "sift", "--vector", QUERY, "--ef", 500, "--json");
        assertThat(indexed.get("exact").asBoolean()).isFalse();
        assertThat(indexed.get("plan").asString()).contains("graph index of 2500 rows with ef 500");
        assertThat(indexed.get("pool").asString()).isEqualTo("exact");
        JsonNode estimated = json("search", volume, "sift", "--vector", QUERY, "--pool", "estimate", "--json");
        assertThat(estimated.get("pool").asString()).isEqualTo("estimate");
        Command.Result unknown = Command.run("search", volume, "sift", "--vector", QUERY, "--pool", "half");
        assertThat(unknown.exitCode()).isEqualTo(64);
        assertThat(unknown.err()).contains("half", "AUTO, EXACT, ESTIMATE");
        JsonNode exact = json("search", volume, "sift", "--vector", QUERY, "--exact", "--json");
        assertThat(exact.get("exact").asBoolean()).isTrue();
        assertThat(exact.get("hits").get(0)).isEqualTo(indexed.get("hits").get(0));
        assertThat(Command.run("search", volume, "sift", "--vector", QUERY, "--explain")
                        .out())
                .contains("tail of 0 rows compared");
        Command.Result wrong = Command.run("search", volume, "sift", "--vector", QUERY, "--ef", 0);
        assertThat(wrong.exitCode()).isEqualTo(64);
        assertThat(wrong.err()).contains("ef=0, allowed: 1..");
    }

    @Test
    @Order(3)
    void search_namingARecall_choosesEfByTheCalibrationThatInfoShows() {
        JsonNode calibration = json("index", "info", volume, "sift", "--json").get("calibration");
        // It may have been measured while the import still ran, with up to 512 rows above the watermark in the index.
        // It is measured anew when there are half as many more.
        int rows = calibration.get("rows").asInt();
        assertThat(rows).isBetween(1_325, 2_500);
        JsonNode curve = calibration.get("curves").get(1);
        assertThat(curve.get("k").asInt()).isEqualTo(10);
        assertThat(curve.get("rungs").get(0).get("ef").asInt()).isEqualTo(10);
        assertThat(Command.run("index", "info", volume, "sift").out())
                .contains("calibrated with 256 of ")
                .contains("recall@10: ef 10 ");
        JsonNode found = json("search", volume, "sift", "--vector", QUERY, "--recall", 0.9, "--json");
        assertThat(found.get("ef").asInt()).isBetween(10, 200);
        assertThat(found.get("recallTarget").asDouble()).isEqualTo(0.9);
        assertThat(found.get("expectedRecall").asDouble()).isBetween(0.9, 1.0);
        assertThat(Command.run("search", volume, "sift", "--vector", QUERY, "--recall", 0.9, "--explain")
                        .out())
                .contains("recall 0.9 asked for, ")
                .contains("at " + rows + " rows");
        JsonNode filtered = json(
                "search", volume, "sift", "--vector", QUERY, "--recall", 0.9, "--filter", "NOT EXISTS x", "--json");
        assertThat(filtered.get("expectedRecall").isNull()).isTrue();
        assertThat(filtered.get("expectedRecallUnfiltered").asDouble()).isBetween(0.9, 1.0);
        assertThat(filtered.get("plan").asString())
                .contains("then the filter asked about the nearest 10 as far as needed")
                .contains("about 2500 of 2500 points fulfil the filter");
        assertThat(filtered.get("exact").asBoolean()).isFalse();
        assertThat(filtered.get("words").isNull()).isTrue();
        assertThat(filtered.get("fusion").isNull()).isTrue();
        Command.Result wrong = Command.run("search", volume, "sift", "--vector", QUERY, "--recall", 95);
        assertThat(wrong.exitCode()).isEqualTo(64);
        assertThat(wrong.err()).contains("recallTarget=95.0, allowed: more than 0, less than 1");
        Command.Result both = Command.run("search", volume, "sift", "--vector", QUERY, "--recall", 0.9, "--ef", 9);
        assertThat(both.exitCode()).isEqualTo(64);
        assertThat(both.err()).contains("recallTarget=0.9 with ef=9, allowed: one of them");
    }

    @Test
    @Order(4)
    void index_droppedCreatedRebuiltAndVerified() {
        assertThat(json("index", "drop", volume, "sift", "--json").get("kind").asString())
                .isEqualTo("flat");
        assertThat(json("index", "info", volume, "sift", "--json").get("phase").asString())
                .isEqualTo("none");
        JsonNode created = json("index", "create", volume, "sift", "--kind", "graph", "--json");
        assertThat(created.get("rows").asInt()).isEqualTo(2_500);
        assertThat(created.get("complete").asBoolean()).isTrue();
        JsonNode rebuilt = json("index", "rebuild", volume, "sift", "--json");
        assertThat(rebuilt.get("checkpoint").get("generation").asInt()).isEqualTo(1);
        JsonNode verified = json("index", "verify", volume, "sift", "--json");
        assertThat(verified.get("clean").asBoolean()).isTrue();
        assertThat(verified.get("checked").asInt()).isEqualTo(2_500);
        assertThat(json("fsck", volume, "--json").get("indexFindings").size()).isZero();
        JsonNode flat = json("index", "create", volume, "sift", "--kind", "flat", "--json");
        assertThat(flat.get("kind").asString()).isEqualTo("flat");
    }

    @Test
    @Order(5)
    void index_wrongCommandLines_areRefusedAndChangeNothing() {
        assertThat(Command.run("index").exitCode()).isEqualTo(64);
        assertThat(Command.run("index", "create", volume, "sift", "--kind", "tree")
                        .err())
                .contains("kind=tree, allowed: flat, graph, hnsw, lsh");
        assertThat(Command.run("index", "create", volume, "sift", "--option", "nonsense=1")
                        .err())
                .contains("nonsense");
        assertThat(Command.run("index", "create", volume, "sift", "--kind", "flat", "--option", "a=1")
                        .exitCode())
                .isEqualTo(64);
        assertThat(Command.run("index", "create", "--help").out())
                .contains("efConstruction (100)", "ef_search (50)", "probe_radius (2)");
        Command.run("create", volume, "sets", "--dimension", "64", "--metric", "jaccard");
        assertThat(Command.run("index", "create", volume, "sets").err())
                .contains("kind=graph, allowed for metric jaccard: flat, hnsw, lsh");
        assertThat(Command.run("index", "info", volume, "missing").exitCode()).isEqualTo(66);
        assertThat(json("index", "info", volume, "sift", "--json").get("kind").asString())
                .isEqualTo("flat");
    }

    @Test
    @Order(6)
    void payloadIndexes_addedAndDropped_areToldAndUsed() throws Exception {
        Path rows = directory.resolve("rows.jsonl");
        Files.writeString(rows, """
                {"id": 1, "vector": [1, 0], "payload": {"year": 1999}}
                {"id": 2, "vector": [0, 1], "payload": {"year": 2001}}
                """);
        json("import", volume, "dated", rows, "--create", "--metric=l2", "--json");
        JsonNode added = json("index", "add-field", volume, "dated", "year:range", "title:text", "--json");
        assertThat(added.get("indexes").toString()).isEqualTo("[\"year:range\",\"title:text\"]");
        assertThat(added.get("indexBytes").asLong()).isPositive();
        JsonNode found = json("search", volume, "dated", "--vector", "[1,0]", "--filter", "year > 2000", "--json");
        assertThat(found.get("hits").size()).isEqualTo(1);
        Command.Result again = Command.run("index", "add-field", volume, "dated", "year:range");
        assertThat(again.exitCode()).isEqualTo(75);
        assertThat(again.err()).contains("has a payload index year:range already");
        assertThat(json("index", "drop-field", volume, "dated", "year:range", "--json")
                        .get("indexes")
                        .toString())
                .isEqualTo("[\"title:text\"]");
        assertThat(Command.run("index", "drop-field", volume, "dated", "year:range")
                        .exitCode())
                .isEqualTo(66);
        assertThat(Command.run("index", "add-field", volume, "dated").exitCode())
                .isEqualTo(64);
        assertThat(Command.run("index", "add-field", volume, "dated", "year").err())
                .contains("allowed: FIELD:keyword, FIELD:range, FIELD:text");
    }
}
