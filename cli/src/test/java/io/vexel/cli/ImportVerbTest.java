package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.engine.Volume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ImportVerbTest {

    private static final int ROWS = 500;
    private static final int DIMENSION = 8;
    private static final long SEED = 42;

    @TempDir
    Path directory;

    private Path volume;
    private Path file;

    @BeforeEach
    void makeFiles() throws IOException {
        volume = directory.resolve("a.vexel");
        assertThat(Command.run("mkfs", volume, "64MiB").exitCode()).isZero();
        SplittableRandom random = new SplittableRandom(SEED);
        StringBuilder lines = new StringBuilder();
        for (int row = 0; row < ROWS; row++) {
            lines.append("{\"id\":\"p").append(row).append("\",\"vector\":[");
            for (int i = 0; i < DIMENSION; i++) {
                lines.append(i == 0 ? "" : ",").append((float) random.nextGaussian());
            }
            lines.append("],\"payload\":{\"row\":").append(row).append("}}\n");
        }
        file = Files.writeString(directory.resolve("rows.jsonl"), lines);
    }

    private Command.Result importInto(String collection, Object... more) {
        Object[] all = new Object[4 + more.length];
        all[0] = "import";
        all[1] = volume;
        all[2] = collection;
        all[3] = file;
        System.arraycopy(more, 0, all, 4, more.length);
        return Command.run(all);
    }

    private String exported(String collection) {
        return Command.run("export", volume, collection, "-", "--format", "jsonl")
                .out();
    }

    @Test
    void import_intoNoCollection_needsCreate() {
        assertThat(importInto("c").exitCode()).isEqualTo(66);
        Command.Result created = importInto("c", "--create", "--metric", "l1");
        assertThat(created.exitCode()).isZero();
        JsonNode stat = Command.run("stat", volume, "c", "--json").json();
        assertThat(stat.get("metric").asString()).isEqualTo("l1");
        assertThat(stat.get("dimension").asInt()).isEqualTo(DIMENSION);
        assertThat(stat.get("points").asInt()).isEqualTo(ROWS);
    }

    @Test
    void import_stoppedAndResumed_equalsOneThatWasNot() {
        importInto("whole", "--create", "--batch", "37");
        Command.Result stopped = Command.runAndStopAfter(
                4, "import", volume, "parts", file, "--create", "--batch", "37", "--acknowledge");
        assertThat(stopped.exitCode()).isEqualTo(130);
        assertThat(stopped.out()).contains("acknowledged 148").contains("--resume goes on from there");
        long stored = Command.run("stat", volume, "parts", "--json")
                .json()
                .get("points")
                .asLong();
        assertThat(stored).isBetween(148L, ROWS - 1L);
        JsonNode resumed =
                importInto("parts", "--resume", "--batch", "50", "--json").json();
        assertThat(resumed.get("complete").asBoolean()).isTrue();
        assertThat(resumed.get("passedOver").asLong()).isBetween(stored - 49, stored);
        assertThat(resumed.get("passedOver").asLong() + resumed.get("stored").asLong())
                .isEqualTo(ROWS);
        assertThat(exported("parts").lines().sorted())
                .containsExactlyElementsOf(exported("whole").lines().sorted().toList());
        assertThat(Command.run("fsck", volume).exitCode()).isZero();
    }

    @Test
    void import_resumedWithTheSameBatches_keepsTheOrderToo() {
        importInto("whole", "--create", "--batch", "37");
        importInto("parts", "--create", "--batch", "37", "--limit", "111");
        JsonNode resumed =
                importInto("parts", "--resume", "--batch", "37", "--json").json();
        assertThat(resumed.get("passedOver").asInt()).isEqualTo(111);
        assertThat(exported("parts")).isEqualTo(exported("whole"));
        assertThat(importInto("parts", "--resume", "--json")
                        .json()
                        .get("stored")
                        .asInt())
                .isZero();
    }

    @Test
    void import_resumedIntoHalfFloats_passesOverWhatStandsRounded() {
        importInto("c", "--create", "--element", "f16", "--batch", "100", "--limit", "300");
        JsonNode resumed =
                importInto("c", "--resume", "--batch", "100", "--json").json();
        assertThat(resumed.get("passedOver").asInt()).isEqualTo(300);
        assertThat(resumed.get("stored").asInt()).isEqualTo(ROWS - 300);
    }

    @Test
    void import_valueThatTheElementTypeCannotHold_isNamed() throws IOException {
        Path large = Files.writeString(directory.resolve("large.csv"), "1,2\n3,70000\n");
        Command.Result result = Command.run("import", volume, "c", large, "--create", "--element", "f16");
        assertThat(result.exitCode()).isEqualTo(65);
        assertThat(result.err()).contains("points[1].vector[1]=70000.0, allowed: magnitudes below 65520.0");
        assertThat(Command.run("stat", volume, "c", "--json")
                        .json()
                        .get("points")
                        .asInt())
                .isZero();
    }

    @Test
    void import_resumeOverAnOlderState_writesWhatDiffers() throws IOException {
        importInto("c", "--create", "--batch", "100");
        String text = Files.readString(file);
        Files.writeString(file, text.replace("\"row\":250}", "\"row\":-1}"));
        JsonNode resumed =
                importInto("c", "--resume", "--batch", "100", "--json").json();
        assertThat(resumed.get("passedOver").asInt()).isEqualTo(200);
        assertThat(Command.run("get", volume, "c", "p250").out()).contains("\"row\":-1");
        assertThat(Command.run("stat", volume, "c", "--json")
                        .json()
                        .get("points")
                        .asInt())
                .isEqualTo(ROWS);
    }

    @Test
    void import_faultyRow_saysWhereAndHowMuchIsStored() throws IOException {
        Files.writeString(file, Files.readString(file).replace("{\"id\":\"p321\"", "{\"id\":\"p321\",\"extra\":1"));
        Command.Result result = importInto("c", "--create", "--batch", "100");
        assertThat(result.exitCode()).isEqualTo(65);
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.err())
                .contains("rows.jsonl: row 321 (byte ")
                .contains("found \"extra\"")
                .contains("300 rows before are stored");
        assertThat(Command.run("stat", volume, "c", "--json")
                        .json()
                        .get("points")
                        .asInt())
                .isEqualTo(300);
    }

    @Test
    void import_intoAFullVolume_saysHowMuchIsStored() {
        Path small = directory.resolve("small.vexel");
        Command.run("mkfs", small, "17MiB");
        StringBuilder rows = new StringBuilder();
        for (int row = 0; row < 1_500; row++) {
            rows.append("{\"vector\":[").append("1,".repeat(4_095)).append("1]}\n");
        }
        Command.Result result = Command.runWithInput(
                rows.toString(), "import", small, "c", "-", "--format", "jsonl", "--create", "--batch", "100");
        assertThat(result.exitCode()).isEqualTo(73);
        assertThat(result.err()).hasLineCount(1);
        long stored =
                Command.run("stat", small, "c", "--json").json().get("points").asLong();
        assertThat(stored).isPositive();
        assertThat(result.out()).contains("stopped: the first " + stored + " rows of standard input");
    }

    @Test
    void import_metricOfAnotherKind_isRefused() {
        importInto("c", "--create", "--metric", "l1", "--limit", "1");
        Command.Result result = importInto("c", "--create", "--metric", "dot");
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.err()).contains("--metric=dot, allowed: l1, which c has");
        assertThat(importInto("c", "--metric", "l1").exitCode()).isZero();
    }

    @Test
    void import_faultyFirstRow_saysThatNothingIsStored() throws IOException {
        Path bad = Files.writeString(directory.resolve("bad.jsonl"), "{\"vector\":[1,x]}\n");
        Command.Result result = Command.run("import", volume, "c", bad, "--create");
        assertThat(result.exitCode()).isEqualTo(65);
        assertThat(result.err()).contains("bad.jsonl: row 0 (byte 0)").contains("; 0 rows before are stored");
        assertThat(Command.run("ls", volume).out()).contains("no collections");
    }

    @Test
    void import_rowThatTheCollectionRefuses_namesTheRows() throws IOException {
        importInto("c", "--create", "--limit", "0");
        Path zero = Files.writeString(directory.resolve("zero.csv"), "1,2,3,4,5,6,7,8\n0,0,0,0,0,0,0,0\n");
        Command.Result result = Command.run("import", volume, "c", zero);
        assertThat(result.exitCode()).isEqualTo(65);
        assertThat(result.err()).contains("zero.csv: rows 0..1: ").contains("0 rows before are stored");
        Path narrow = Files.writeString(directory.resolve("narrow.csv"), "1,2,3\n");
        Command.Result other = Command.run("import", volume, "c", narrow);
        assertThat(other.exitCode()).isEqualTo(65);
        assertThat(other.err())
                .contains("narrow.csv: row 0 (byte 0): expected dimension 8 as the collection has, found 3");
        assertThat(Command.run("stat", volume, "c", "--json")
                        .json()
                        .get("points")
                        .asInt())
                .isZero();
    }

    @Test
    void import_rowsWithoutIds_areNumberedByTheRule() throws IOException {
        Path bare = Files.writeString(directory.resolve("bare.csv"), "1,0\n0,1\n");
        Command.run("import", volume, "n", bare, "--create", "--id-offset", "100");
        Command.run("import", volume, "t", bare, "--create", "--id-prefix", "row-", "--id-offset", "1");
        assertThat(Command.run("get", volume, "n", "100", "101").exitCode()).isZero();
        assertThat(Command.run("get", volume, "t", "row-1", "row-2").exitCode()).isZero();
    }

    @Test
    void import_standardInputAndLimit_work() {
        Command.Result result = Command.runWithInput(
                "0.5,1\n2,3\n4,5\n",
                "import",
                volume,
                "c",
                "-",
                "--format",
                "csv",
                "--create",
                "--limit",
                "2",
                "--json");
        assertThat(result.json().get("stored").asInt()).isEqualTo(2);
        Command.Result unknown = Command.runWithInput("1,2\n", "import", volume, "c", "-");
        assertThat(unknown.exitCode()).isEqualTo(64);
    }

    @Test
    void import_bits_comePackedOrAsZerosAndOnes() throws IOException {
        ByteBuffer packed = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        packed.putInt(2)
                .put((byte) 0b101)
                .put((byte) 0x80)
                .putInt(2)
                .put((byte) 0)
                .put((byte) 1);
        Path bytes = Files.write(directory.resolve("bits.bvecs"), packed.array());
        Command.run("import", volume, "bits", bytes, "--create", "--metric", "hamming");
        Path digits = Files.writeString(
                directory.resolve("bits.csv"), "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n1,0,1,0,0,0,0,0,0,0,0,0,0,0,0,1\n");
        Command.run("import", volume, "bits", digits, "--id-offset", "10");
        JsonNode hits = Command.run("search", volume, "bits", "--id", "11", "--json")
                .json()
                .get("hits");
        assertThat(hits.get(0).get("id").asInt()).isZero();
        assertThat(hits.get(0).get("distance").asInt()).isZero();
        assertThat(hits.get(1).get("id").asInt()).isEqualTo(10);
        assertThat(hits.get(1).get("distance").asInt()).isEqualTo(3);
        Path wrong = Files.writeString(directory.resolve("wrong.csv"), "0,0,0,0,0,0,0,2,0,0,0,0,0,0,0,0\n");
        assertThat(Command.run("import", volume, "bits", wrong).err()).contains("expected 0 or 1 as component 7");
    }

    @Test
    void import_emptyFile_storesNothing() throws IOException {
        Path empty = Files.writeString(directory.resolve("empty.jsonl"), "");
        assertThat(Command.run("import", volume, "c", empty, "--create").exitCode())
                .isEqualTo(65);
        importInto("c", "--create");
        assertThat(Command.run("import", volume, "c", empty).out()).contains("imported 0 rows");
    }

    @Test
    void import_onATerminal_drawsABarAndTakesItAway() {
        Command.Result result = Command.runOnTerminal("", "import", volume, "c", file, "--create", "--batch", "1");
        assertThat(result.out()).contains("imported 500 rows");
        if (!result.err().isEmpty()) {
            assertThat(result.err()).startsWith("\r[").endsWith("\r").contains(" rows  ");
        }
    }

    @Test
    void import_whileSomebodyWrites_isAConflict() {
        try (Volume held = Volume.open(volume)) {
            assertThat(held.listCollections()).isEmpty();
            Command.Result result = importInto("c", "--create");
            assertThat(result.exitCode()).isEqualTo(75);
            assertThat(result.err().lines()).hasSize(1);
        }
        assertThat(Command.run("ls", volume).out()).contains("no collections");
    }
}
