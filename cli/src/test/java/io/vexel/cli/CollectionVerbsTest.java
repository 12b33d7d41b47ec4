package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class CollectionVerbsTest {

    private static final String SHOES = """
            {"id": 1, "vector": [0.9, 0.1, 0.0], "payload": {"color": "red", "price": 59.90}}
            {"id": 2, "vector": [0.8, 0.2, 0.1], "payload": {"color": "blue", "price": 120}}
            {"id": "sku-3", "vector": [0.0, 0.1, 0.9], "payload": {"color": "red", "price": 35}}
            {"id": "4", "vector": [0.5, 0.5, -1.5e-7]}
            """;

    @TempDir
    Path directory;

    private Path volume;

    @BeforeEach
    void makeShop() {
        volume = directory.resolve("shop.vexel");
        assertThat(Command.run("mkfs", volume, "32MiB").exitCode()).isZero();
        assertThat(Command.run("create", volume, "shoes", "--dimension", "3", "--metric", "cosine")
                        .exitCode())
                .isZero();
        Command.Result imported = Command.runWithInput(SHOES, "import", volume, "shoes", "-", "--format", "jsonl");
        assertThat(imported.exitCode()).as(imported.err()).isZero();
        assertThat(imported.out()).contains("imported 4 rows");
    }

    @Test
    void create_dimensionZero_isNamed() {
        Path fresh = directory.resolve("fresh.vexel");
        Command.run("mkfs", fresh, "32MiB");
        assertThat(Command.run("create", fresh, "c", "-D", "0").err()).contains("dimension=0, allowed: 1..4096");
        assertThat(Command.run("create", fresh, "c").err()).contains("--dimension is missing");
        Command.run("create", fresh, "c", "-D", "2");
        assertThat(Command.run("ls", fresh, "c", "--limit", "0").err()).contains("--limit=0, allowed: 1..");
    }

    @Test
    void create_again_isAConflict() {
        Command.Result result = Command.run("create", volume, "shoes", "--dimension", "3");
        assertThat(result.exitCode()).isEqualTo(75);
        assertThat(result.err().lines()).hasSize(1);
    }

    @Test
    void create_withoutDimension_takesThatOfTheVolume() {
        assertThat(Command.run("create", volume, "x").exitCode()).isEqualTo(64);
        Path other = directory.resolve("other.vexel");
        Command.run("mkfs", "-D", "17", other, "32MiB");
        assertThat(Command.run("create", other, "x", "--json")
                        .json()
                        .get("dimension")
                        .asInt())
                .isEqualTo(17);
    }

    @Test
    void create_withIndexFields_keepsThemAndSearchesUseThem() {
        Command.Result created = Command.run(
                "create", volume, "boots", "-D", "3", "--index-field", "color:keyword", "--index-field", "price:range");
        assertThat(created.out()).contains("indexes color:keyword, price:range");
        StringBuilder more = new StringBuilder(SHOES);
        for (int id = 10; id < 30; id++) {
            more.append("{\"id\": " + id + ", \"vector\": [1, 1, 1], \"payload\": {\"price\": " + 100 * id + "}}\n");
        }
        Command.runWithInput(more.toString(), "import", volume, "boots", "-", "--format", "jsonl");
        JsonNode answer = Command.run(
                        "search", volume, "boots", "--vector", "[1,0.2,0]", "--filter", "price < 40", "--json")
                .json();
        assertThat(answer.get("hits").get(0).get("id").asString()).isEqualTo("sku-3");
        assertThat(answer.get("vectorsCompared").asInt()).isOne();
        assertThat(answer.get("payloadsChecked").asInt()).isZero();
        JsonNode stat = Command.run("stat", volume, "boots", "--json").json();
        assertThat(stat.get("indexes").get(1).asString()).isEqualTo("price:range");
        assertThat(Command.run("stat", volume, "boots").out()).contains("indexes   color:keyword, price:range");
        Command.Result wrong = Command.run("create", volume, "x", "-D", "3", "--index-field", "color:hash");
        assertThat(wrong.exitCode()).isEqualTo(64);
        assertThat(wrong.err()).contains("FIELD:keyword, FIELD:range, FIELD:text");
    }

    @Test
    void ls_volumeAndCollection_listWhatIsThere() {
        assertThat(Command.run("ls", volume).out())
                .contains("COLLECTION")
                .contains("shoes")
                .contains("cosine");
        JsonNode collection =
                Command.run("ls", volume, "--json").json().get("collections").get(0);
        assertThat(collection.get("points").asInt()).isEqualTo(4);
        assertThat(collection.get("dimension").asInt()).isEqualTo(3);
        JsonNode page =
                Command.run("ls", volume, "shoes", "--limit", "3", "--json").json();
        assertThat(page.get("points").size()).isEqualTo(3);
        JsonNode rest = Command.run(
                        "ls", volume, "shoes", "--after", page.get("next").asString(), "--json")
                .json();
        assertThat(rest.get("points").get(0).get("id").asString()).isEqualTo("4");
        assertThat(rest.get("next").isNull()).isTrue();
        assertThat(Command.run("ls", volume, "shoes", "--filter", "color = \"blue\"", "--json")
                        .json()
                        .get("points")
                        .size())
                .isEqualTo(1);
    }

    @Test
    void get_numberTextAndMissing_areToldApart() {
        Command.Result result = Command.run("get", volume, "shoes", "2", "sku-3", "\"4\"", "4");
        assertThat(result.exitCode()).isEqualTo(66);
        assertThat(result.out().lines())
                .containsExactly(
                        "{\"id\":2,\"vector\":[0.8,0.2,0.1],\"payload\":{\"color\": \"blue\", \"price\": 120}}",
                        "{\"id\":\"sku-3\",\"vector\":[0.0,0.1,0.9],\"payload\":{\"color\": \"red\", \"price\": 35}}",
                        "{\"id\":\"4\",\"vector\":[0.5,0.5,-1.5E-7]}");
        assertThat(result.err()).isEqualTo("vexel: no point with id 4" + System.lineSeparator());
        JsonNode json = Command.run("get", volume, "shoes", "1", "9", "--json").json();
        assertThat(json.get("points").get(0).get("payload").get("color").asString())
                .isEqualTo("red");
        assertThat(json.get("missing").get(0).asInt()).isEqualTo(9);
    }

    @Test
    void search_vector_givesNearestFirstWithPayloads() {
        Command.Result result = Command.run("search", volume, "shoes", "--vector", "[1, 0.2, 0]", "-k", "2");
        assertThat(result.out()
                        .lines()
                        .skip(1)
                        .map(line -> line.strip().split(" ")[0])
                        .limit(2))
                .containsExactly("1", "2");
        JsonNode hits = Command.run(
                        "search", volume, "shoes", "--vector", "[1,0.2,0]", "--filter", "color = \"red\"", "--json")
                .json()
                .get("hits");
        assertThat(hits.size()).isEqualTo(2);
        assertThat(hits.get(0).get("id").asInt()).isEqualTo(1);
        assertThat(hits.get(0).get("payload").get("price").asDouble()).isEqualTo(59.90);
        assertThat(hits.get(1).get("id").asString()).isEqualTo("sku-3");
    }

    @Test
    void search_idAndRadius_findsOthersOnly() {
        JsonNode answer = Command.run(
                        "search", volume, "shoes", "--id", "1", "--radius", "0.02", "--threads", "2", "--json")
                .json();
        assertThat(answer.get("hits").size()).isEqualTo(1);
        assertThat(answer.get("hits").get(0).get("id").asInt()).isEqualTo(2);
        assertThat(answer.get("vectorsCompared").asInt()).isEqualTo(3);
    }

    @Test
    void search_text_aloneAndBesideAVector() {
        Command.run("create", volume, "books", "-D", "2", "--metric", "l2", "--index-field", "title:text");
        Command.runWithInput("""
                {"id": 1, "vector": [0, 0], "payload": {"title": "Red shoes"}}
                {"id": 2, "vector": [1, 0], "payload": {"title": "Shoes, and more shoes"}}
                {"id": 3, "vector": [2, 0], "payload": {"title": "Hats"}}
                """, "import", volume, "books", "-", "--format", "jsonl");
        JsonNode alone = Command.run("search", volume, "books", "--text", "title=SHOES", "--json")
                .json()
                .get("hits");
        assertThat(alone.findValuesAsString("id")).containsExactly("2", "1");
        assertThat(alone.get(0).get("score").asDouble()).isPositive();
        assertThat(alone.get(0).has("distance")).isFalse();
        JsonNode both = Command.run("search", volume, "books", "--vector", "[0,0]", "--text", "title=red", "--json")
                .json()
                .get("hits");
        assertThat(both.findValuesAsString("id")).containsExactly("1", "2", "3");
        assertThat(both.get(0).get("score").asDouble()).isEqualTo(2.0 / 61);
        assertThat(both.get(2).get("distance").asDouble()).isEqualTo(2);
        assertThat(Command.run("search", volume, "books", "--id", "3", "--text", "title=red", "--vector-weight", "0")
                        .out()
                        .lines()
                        .toList()
                        .get(1)
                        .strip())
                .startsWith("1 ");
        assertThat(Command.run("search", volume, "books", "--text", "name=x").err())
                .contains("text field=name, allowed: a field with a text index, of [title]");
        assertThat(Command.run("search", volume, "books", "--text", "title").exitCode())
                .isEqualTo(64);
    }

    @Test
    void search_severalVectors_areCombined() {
        Command.run("create", volume, "line", "-D", "1", "--metric", "l2");
        Command.runWithInput("""
                {"id": 0, "vector": [0]}
                {"id": 4, "vector": [4]}
                {"id": 11, "vector": [11]}
                """, "import", volume, "line", "-", "--format", "jsonl");
        for (String expected : java.util.List.of("min 0 11 4", "max 4 0 11", "sum 0 4 11", "rank 0 11 4")) {
            String[] words = expected.split(" ");
            JsonNode hits = Command.run(
                            "search",
                            volume,
                            "line",
                            "--vector",
                            "[0]",
                            "--vector",
                            "[8]",
                            "--combine",
                            words[0],
                            "--json")
                    .json()
                    .get("hits");
            assertThat(hits.findValuesAsString("id")).as(expected).containsExactly(words[1], words[2], words[3]);
        }
        assertThat(Command.run("search", volume, "line", "--vector", "[0]", "--vector", "[8]")
                        .exitCode())
                .isEqualTo(64);
        assertThat(Command.run("search", volume, "line", "--vector", "[0]", "--vector", "[8]", "--combine", "mean")
                        .err())
                .contains("--combine=mean, allowed: min, max, sum, rank");
        Command.Result late = Command.run("search", volume, "line", "--vector", "[0]", "--timeout", "0");
        assertThat(late.err()).contains("longer than its timeout of PT0S");
        assertThat(late.exitCode()).isEqualTo(124);
    }

    @Test
    void search_whatDoesNotFit_isNamed() {
        assertThat(Command.run("search", volume, "shoes", "--vector", "[1,2]").err())
                .contains("--vector: expected dimension 3 as the collection has, found 2 components");
        assertThat(Command.run("search", volume, "shoes", "--vector", "[1,2").exitCode())
                .isEqualTo(64);
        assertThat(Command.run("search", volume, "shoes", "--vector", "[0,0,0]").exitCode())
                .isEqualTo(64);
        assertThat(Command.run("search", volume, "shoes", "--vector", "[1,2,3]", "--filter", "color =")
                        .exitCode())
                .isEqualTo(64);
        assertThat(Command.run("search", volume, "shoes", "--id", "77").exitCode())
                .isEqualTo(66);
        assertThat(Command.run("search", volume, "socks", "--id", "1").exitCode())
                .isEqualTo(66);
        assertThat(Command.run("search", volume, "shoes", "--id", "1", "--batch", "2")
                        .exitCode())
                .isEqualTo(64);
    }

    @Test
    void delete_ids_countsThoseThatWereThere() {
        assertThat(Command.run("delete", volume, "shoes", "1", "77", "\"4\"").out())
                .isEqualTo("deleted 2 of 3" + System.lineSeparator());
        assertThat(Command.run("stat", volume, "shoes", "--json")
                        .json()
                        .get("points")
                        .asInt())
                .isEqualTo(2);
        assertThat(Command.run("fsck", volume).exitCode()).isZero();
    }

    @Test
    void drop_asksAPersonAndNobodyElse() {
        Command.Result nobody = Command.run("drop", volume, "shoes");
        assertThat(nobody.exitCode()).isEqualTo(64);
        assertThat(nobody.err()).contains("--yes");
        Command.Result no = Command.runOnTerminal("\n", "drop", volume, "shoes");
        assertThat(no.exitCode()).isEqualTo(1);
        assertThat(no.err()).contains("Remove collection shoes with 4 points?").contains("nothing was removed");
        assertThat(Command.run("ls", volume).out()).contains("shoes");
        assertThat(Command.runOnTerminal("yes\n", "drop", volume, "shoes").exitCode())
                .isZero();
        assertThat(Command.run("ls", volume).out()).contains("no collections");
        assertThat(Command.run("drop", volume, "shoes", "--yes").exitCode()).isEqualTo(66);
    }

    @Test
    void stat_volume_countsBytes() {
        JsonNode facts = Command.run("stat", volume, "--json").json();
        JsonNode shoes = facts.get("collections").get(0);
        assertThat(shoes.get("vectorBytes").asInt()).isEqualTo(4 * 3 * 4);
        assertThat(shoes.get("rows").asInt()).isEqualTo(4);
        assertThat(facts.get("volume").get("blockSize").asInt()).isEqualTo(4096);
        JsonNode memory = Command.run("stat", volume, "--memory", "64MiB", "--json")
                .json()
                .get("memory");
        assertThat(memory.get("limitBytes").asLong()).isEqualTo(64L << 20);
        assertThat(memory.get("usedBytes").asLong())
                .isBetween(1L << 20, memory.get("peakBytes").asLong());
        assertThat(memory.get("usedByOwner").get("ids").asLong()).isPositive();
        assertThat(memory.get("vectorCache").get("hits").asLong()).isZero();
        JsonNode stats = memory.get("memory_stats");
        assertThat(stats.get("total_memory").asLong()).isEqualTo(64L << 20);
        assertThat(stats.get("used_memory").asLong() + stats.get("free_memory").asLong())
                .isEqualTo(64L << 20);
        assertThat(stats.get("failed_allocations").asLong()).isZero();
        assertThat(stats.get("page_faults_total").isNull())
                .as("there is no pager")
                .isTrue();
        assertThat(memory.get("zone_stats")).isEmpty();
        assertThat(memory.get("numa_stats")).isEmpty();
        assertThat(memory.get("indexPages").isNull()).isTrue();
        assertThat(Command.run("stat", volume, "--memory", "64MiB").out())
                .contains(" used of 64.0 MiB, at most ")
                .containsPattern("(?m)^  scratch +1.0 MiB$");
        assertThat(Command.run("stat", volume).out()).contains("shoes: 4 points of dimension 3, metric cosine");
    }

    @Test
    void memoryDebug_knownFlags_changeNothing_andOthersAreRefused() {
        Command.Result plain = Command.run("search", volume, "shoes", "--vector", "[1, 0, 0]", "--json");
        Command.Result looking = Command.run(
                "search",
                volume,
                "shoes",
                "--vector",
                "[1, 0, 0]",
                "--json",
                "--memory-debug",
                "poison,red-zone,store-user");
        assertThat(looking.exitCode()).isZero();
        assertThat(looking.json().get("hits")).isEqualTo(plain.json().get("hits"));
        Command.Result refused =
                Command.run("search", volume, "shoes", "--vector", "[1, 0, 0]", "--memory-debug", "poison,guard-page");
        assertThat(refused.exitCode()).isEqualTo(64);
        assertThat(refused.err()).contains("'guard-page', allowed: poison, red-zone, store-user");
    }

    @Test
    void stat_memoryWithoutASize_showsWhatThereIsWithoutALimit() {
        long limit = memory("stat", volume, "--json").get("limitBytes").asLong();
        assertThat(memory("stat", volume, "--memory", "--json")
                        .get("limitBytes")
                        .asLong())
                .isEqualTo(limit);
        assertThat(memory("stat", "--memory", volume, "--json")
                        .get("limitBytes")
                        .asLong())
                .isEqualTo(limit);
        assertThat(memory("stat", "--memory", "64MiB", volume, "--json")
                        .get("limitBytes")
                        .asLong())
                .isEqualTo(64L << 20);
        assertThat(memory("stat", "--memory=64MiB", volume, "--json")
                        .get("limitBytes")
                        .asLong())
                .isEqualTo(64L << 20);
        assertThat(Command.run("stat", volume, "--memory").out()).containsPattern("(?m)^  scratch +1.0 MiB$");
        assertThat(Command.run("stat", volume, "shoes", "--memory", "--json")
                        .json()
                        .get("points")
                        .asInt())
                .isEqualTo(4);
        assertThat(Command.run("stat", volume, "--memory=5much").exitCode()).isEqualTo(64);
    }

    private static JsonNode memory(Object... arguments) {
        Command.Result result = Command.run(arguments);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return result.json().get("memory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jsonl", "csv"})
    void export_andImportAgain_changesNothing(String format) throws IOException {
        Path file = directory.resolve("shoes." + format);
        assertThat(Command.run("export", volume, "shoes", file).exitCode()).isZero();
        Command.Result imported = Command.run("import", volume, "again", file, "--create");
        assertThat(imported.exitCode()).as(imported.err()).isZero();
        Path second = directory.resolve("again." + format);
        assertThat(Command.run("export", volume, "again", second).exitCode()).isZero();
        assertThat(Files.readString(second)).isEqualTo(Files.readString(file));
        assertThat(Command.run("export", volume, "shoes", "-", "--format", format)
                        .out())
                .isEqualTo(Files.readString(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fvecs", "npy"})
    void export_bareVectors_saysWhatIsLeftOut(String format) {
        Path file = directory.resolve("shoes." + format);
        Command.Result result = Command.run("export", volume, "shoes", file);
        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).contains("payloads: they were left out");
        Command.run("import", volume, "bare", file, "--create");
        JsonNode points = Command.run("ls", volume, "bare", "--json").json().get("points");
        assertThat(points.size()).isEqualTo(4);
        assertThat(points.get(3).get("id").asInt()).isEqualTo(3);
        assertThat(points.get(3).get("vector").get(2).asDouble()).isEqualTo(-1.5e-7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"f16", "bf16"})
    void halfFloats_createdListedExportedAndImportedAgain_areTheSame(String element) throws IOException {
        Command.Result created = Command.run("create", volume, "half", "-D", 3, "--element", element, "--json");
        assertThat(created.json().get("element").asString()).isEqualTo(element);
        Command.runWithInput(SHOES, "import", volume, "half", "-", "--format", "jsonl");
        JsonNode stat = Command.run("stat", volume, "half", "--json").json();
        assertThat(stat.get("element").asString()).isEqualTo(element);
        assertThat(stat.get("vectorBytes").asInt()).isEqualTo(4 * 3 * 2);
        assertThat(Command.run("stat", volume, "half").out()).contains("metric cosine, element " + element);
        assertThat(Command.run("ls", volume).out()).containsPattern("half .*cosine +" + element);
        JsonNode vector =
                Command.run("get", volume, "half", "sku-3", "--json").json().findValue("vector");
        assertThat(vector.get(2).asDouble()).isBetween(0.897, 0.903).isNotEqualTo(0.9);

        Path file = directory.resolve("half.jsonl");
        assertThat(Command.run("export", volume, "half", file).exitCode()).isZero();
        assertThat(Command.run("import", volume, "again", file, "--create", "--element", element)
                        .exitCode())
                .isZero();
        assertThat(Command.run("export", volume, "again", "-", "--format", "jsonl")
                        .out())
                .isEqualTo(Files.readString(file));
        assertThat(Command.run("search", volume, "again", "--vector", "[0, 0.1, 0.9]", "--json")
                        .json()
                        .get("hits")
                        .get(0)
                        .get("id")
                        .asString())
                .isEqualTo("sku-3");
        assertThat(Command.run("fsck", volume).exitCode()).isZero();
    }

    @Test
    void create_elementThatTheMetricDoesNotAllow_isRefusedAndMakesNothing() {
        Command.Result result = Command.run("create", volume, "x", "-D", 8, "--metric", "hamming", "--element", "f16");
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.err()).contains("elementType=FLOAT16, allowed: BIT for metric hamming");
        assertThat(Command.run("ls", volume).out()).doesNotContain("x ");
    }

    @Test
    void export_existingFile_isKeptWithoutForce() throws IOException {
        Path file = Files.writeString(directory.resolve("x.jsonl"), "mine");
        assertThat(Command.run("export", volume, "shoes", file).exitCode()).isEqualTo(75);
        assertThat(Files.readString(file)).isEqualTo("mine");
        assertThat(Command.run("export", volume, "shoes", file, "--force").exitCode())
                .isZero();
        assertThat(Files.readString(file)).contains("sku-3");
        assertThat(Command.run("export", volume, "socks", directory.resolve("y.csv"))
                        .exitCode())
                .isEqualTo(66);
        assertThat(directory.resolve("y.csv")).doesNotExist();
        assertThat(directory.resolve("y.csv.partial")).doesNotExist();
    }

    @Test
    void compact_afterMostPointsWereReplaced_givesTheirSpaceBack() throws Exception {
        Path file = directory.resolve("many.csv");
        StringBuilder rows = new StringBuilder();
        for (int row = 0; row < 3_000; row++) {
            rows.append(row % 7).append(',').append(row).append(",1,1,1,1,1,1\n");
        }
        Files.writeString(file, rows);
        for (int times = 0; times < 2; times++) {
            Command.Result imported = Command.run("import", volume, "many", file, "--create", "--metric=l2", "--json");
            assertThat(imported.exitCode()).as(imported.err()).isZero();
        }
        JsonNode before = Command.run("stat", volume, "many", "--json").json();
        assertThat(before.get("rows").asInt()).isEqualTo(6_000);
        assertThat(before.get("deadRows").asInt()).isEqualTo(3_000);
        assertThat(before.get("deadBytes").asInt()).isEqualTo(3_000 * 32);
        assertThat(before.get("compactionProblem").isNull()).isTrue();
        JsonNode compacted = Command.run("compact", volume, "many", "--json").json();
        assertThat(compacted.get("complete").asBoolean()).isTrue();
        assertThat(compacted.get("deadBytesBefore").asInt()).isEqualTo(3_000 * 32);
        assertThat(compacted.get("freedBytes").asInt()).isGreaterThan(60_000);
        JsonNode after = Command.run("info", volume, "--json").json().get("points");
        JsonNode many = after.valueStream()
                .filter(each -> each.get("collection").asString().equals("many"))
                .findFirst()
                .orElseThrow();
        assertThat(many.get("points").asInt()).isEqualTo(3_000);
        assertThat(many.get("deadBytes").asInt())
                .isEqualTo(compacted.get("deadBytes").asInt());
        assertThat(Command.run("compact", volume, "many").out()).contains("given back", "moved", "of dead points left");
        assertThat(Command.run("compact", volume, "none").exitCode()).isEqualTo(66);
    }
}
