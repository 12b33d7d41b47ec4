package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.distance.Metric;
import io.vexel.engine.Volume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class VolumeVerbsTest {

    private static final String LAYOUT = "(?s)Total blocks: 262,144 \\(4KB each\\)\\RBlock groups: 8\\R"
            + "Blocks per group: 32,768\\RInodes per group: [\\d,]+\\RJournal blocks: [\\d,]+\\RVector blocks: [\\d,]+\\R"
            + "Data blocks: [\\d,]+\\REfficiency: \\d+\\.\\d%\\R.*";

    @TempDir
    Path directory;

    private Path volume() {
        return directory.resolve("a.vexel");
    }

    @Test
    void mkfs_verbose_printsTheLayoutInItsOldNames() {
        Command.Result result = Command.run("mkfs", "-V", "-D", "768", "-L", "VectorDB", "-v", volume(), "1GiB");
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).matches(LAYOUT).contains("label VectorDB");
    }

    @Test
    void mkfs_longOptions_equalTheShortOnes() {
        JsonNode facts = Command.run(
                        "mkfs",
                        "--enable-vectors",
                        "--vector-dimensions=32",
                        "--label=x",
                        "--block-size=8192",
                        "--inode-ratio=8192",
                        "--journal-size=512",
                        "--json",
                        volume(),
                        "256MiB")
                .json();
        assertThat(facts.get("blockSize").asInt()).isEqualTo(8192);
        assertThat(facts.get("journalBlocks").asInt()).isEqualTo(512);
        assertThat(facts.get("defaultDimension").asInt()).isEqualTo(32);
        assertThat(facts.get("label").asString()).isEqualTo("x");
        JsonNode info = Command.run("info", "--json", volume()).json();
        facts.propertyNames().stream()
                .filter(name -> !name.equals("path")
                        && !name.equals("dryRun")
                        && !name.equals("lastMountMillis")
                        && !name.equals("mountCount"))
                .forEach(name -> assertThat(info.get(name)).as(name).isEqualTo(facts.get(name)));
        assertThat(info.get("collections").asInt()).isZero();
    }

    @Test
    void mkfs_dryRun_showsTheSameLayoutAndWritesNothing() {
        String planned = Command.run("mkfs", "-n", volume(), "64MiB").out();
        assertThat(volume()).doesNotExist();
        String made = Command.run("mkfs", "-v", volume(), "64MiB").out();
        assertThat(made.lines().limit(8))
                .containsExactlyElementsOf(planned.lines().limit(8).toList());
    }

    @Test
    void mkfs_existingImage_isGivenUpByForceOnly() throws IOException {
        Command.run("mkfs", volume(), "32MiB");
        byte[] before = Files.readAllBytes(volume());
        Command.Result refused = Command.run("mkfs", volume(), "32MiB");
        assertThat(refused.exitCode()).isEqualTo(75);
        assertThat(refused.err()).contains("exists already").contains("-f");
        assertThat(Command.run("mkfs", volume()).exitCode()).isEqualTo(75);
        assertThat(Files.readAllBytes(volume())).isEqualTo(before);
        assertThat(Command.run("mkfs", "-f", "-L", "new", volume(), "32MiB").exitCode())
                .isZero();
        assertThat(Command.run("info", volume()).out()).contains("Label: new");
    }

    @Test
    void mkfs_emptyImageWithoutSize_takesTheSizeOfTheFile() throws IOException {
        try (FileChannel channel = FileChannel.open(volume(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), (48 << 20) - 1);
        }
        assertThat(Command.run("mkfs", volume()).exitCode()).isZero();
        assertThat(Command.run("info", "--json", volume())
                        .json()
                        .get("totalBlocks")
                        .asLong())
                .isEqualTo(48 << 8);
    }

    @Test
    void mkfs_withoutAnySize_asksForOne() {
        Command.Result result = Command.run("mkfs", volume());
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.err()).contains("a size is needed");
        assertThat(volume()).doesNotExist();
    }

    @Test
    void mkfs_valuesOutOfRange_areNamed() {
        assertThat(Command.run("mkfs", volume(), "16MiB").err()).contains("SIZE=16777216, allowed: 17825792..");
        assertThat(Command.run("mkfs", "-b", "3000", volume(), "64MiB").err()).contains("a power of two");
        assertThat(Command.run("mkfs", "-D", "4097", volume(), "64MiB").err()).contains("=4097, allowed: 1..4096");
        assertThat(Command.run("mkfs", "-D", "4097", volume(), "64MiB").exitCode())
                .isEqualTo(64);
        for (String[] wrong : new String[][] {
            {"-D", "0"},
            {"-i", "1000"},
            {"-i", "1TiB"},
            {"-J", "0"},
            {"-J", "-1"},
            {"-b", "1TiB"},
            {"-L", "x".repeat(65)}
        }) {
            Command.Result result = Command.run("mkfs", wrong[0], wrong[1], volume(), "64MiB");
            assertThat(result.exitCode()).as(wrong[0]).isEqualTo(64);
            assertThat(result.err()).contains("=", "allowed: ").hasLineCount(1);
        }
        assertThat(Command.run("mkfs", volume(), "0").err()).contains("SIZE=0, allowed: 17825792..");
        assertThat(volume()).doesNotExist();
    }

    @Test
    void mkfs_forcedWithOptionsThatDoNotGoTogether_keepsTheVolume() throws IOException {
        Command.run("mkfs", volume(), "32MiB");
        byte[] before = Files.readAllBytes(volume());
        assertThat(Command.run("mkfs", "-f", "-J", "999999", volume(), "64MiB").exitCode())
                .isEqualTo(64);
        assertThat(Files.readAllBytes(volume())).isEqualTo(before);
    }

    @Test
    void fsck_volumeInUse_namesTheHolder() {
        Command.run("mkfs", volume(), "32MiB");
        try (Volume held = Volume.open(volume())) {
            assertThat(held.listCollections()).isEmpty();
            Command.Result result = Command.run("fsck", "-n", volume());
            assertThat(result.exitCode()).isEqualTo(8);
            assertThat(result.err())
                    .contains(Long.toString(ProcessHandle.current().pid()));
        }
    }

    @Test
    void fsck_freshVolume_isClean() {
        Command.run("mkfs", volume(), "64MiB");
        Command.Result result = Command.run("fsck", "-n", "-v", volume());
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("clean");
        JsonNode facts = Command.run("fsck", "-n", "--json", volume()).json();
        assertThat(facts.get("clean").asBoolean()).isTrue();
        assertThat(facts.get("findings").size()).isZero();
        assertThat(facts.get("totalBlocks").asLong()).isEqualTo(16_384);
    }

    @Test
    void fsck_damagedVolume_tellsAndChangesNothing() throws IOException {
        Command.run("mkfs", volume(), "64MiB");
        Command.runWithInput(
                "{\"vector\":[1,2]}\n",
                "import",
                volume(),
                "c",
                "-",
                "--format",
                "jsonl",
                "--create",
                "--metric",
                "l2");
        byte[] bytes = Files.readAllBytes(volume());
        int damaged = 0;
        for (int at = bytes.length - 8; at > 0 && damaged == 0; at--) {
            // The vector 1, 2 in its place; its copy in the journal, which lies before, is of the past.
            if (Float.intBitsToFloat(littleEndian(bytes, at)) == 1f
                    && Float.intBitsToFloat(littleEndian(bytes, at + 4)) == 2f) {
                bytes[at] ^= 1;
                damaged = at;
            }
        }
        assertThat(damaged).as("place of the vector").isPositive();
        Files.write(volume(), bytes);
        Command.Result result = Command.run("fsck", "-n", volume());
        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.out()).contains("error: ").contains("nothing was changed");
        assertThat(Files.readAllBytes(volume())).isEqualTo(bytes);
    }

    private static int littleEndian(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << 8 | (bytes[at + 2] & 0xFF) << 16 | bytes[at + 3] << 24;
    }

    /** A volume as it lay on the disk while somebody wrote it, with one bit of a journal record flipped that others follow. */
    private void leaveDamagedJournal() throws IOException {
        Path open = directory.resolve("open.vexel");
        Command.run("mkfs", "-D", "2", open, "32MiB");
        try (Volume volume = Volume.open(open)) {
            volume.createCollection(new CollectionSpec("first", 2, Metric.L2));
            volume.createCollection(new CollectionSpec("second", 2, Metric.L2));
            volume.createCollection(new CollectionSpec("third", 2, Metric.L2));
            Files.copy(open, volume());
        }
        try (FileChannel channel = FileChannel.open(volume(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer head = ByteBuffer.allocate(4096);
            long third = 0;
            for (long at = 0, found = 0; found < 3; at += head.capacity()) {
                channel.read(head.clear(), at);
                boolean record = new String(head.array(), 0, 4, StandardCharsets.US_ASCII).equals("VXJR");
                third = record ? at : third;
                found += record ? 1 : 0;
            }
            ByteBuffer part = ByteBuffer.allocate(1);
            channel.read(part, third + 100);
            channel.write(part.put(0, (byte) (part.get(0) ^ 4)).flip(), third + 100);
        }
    }

    @Test
    void fsck_damageInTheMiddleOfTheJournal_isToldAndCutOnDemand() throws IOException {
        leaveDamagedJournal();
        Command.Result opened = Command.run("ls", volume());
        assertThat(opened.exitCode()).isEqualTo(72);
        assertThat(opened.err()).contains("is damaged or missing, and whole ones follow");
        byte[] before = Files.readAllBytes(volume());
        Command.Result seen = Command.run("fsck", volume());
        assertThat(seen.exitCode()).isEqualTo(4);
        assertThat(seen.out()).contains("which loses the commits").contains("nothing was changed");
        assertThat(Command.run("fsck", "-n", "--cut-journal", volume()).exitCode())
                .isEqualTo(16);
        assertThat(Files.readAllBytes(volume())).isEqualTo(before);
        JsonNode cut = Command.run("fsck", "--cut-journal", "--json", volume()).json();
        assertThat(cut.get("lost").asString()).matches("commits (\\d+)\\.\\.\\d+ \\(\\d+ whole journal records, of .*");
        assertThat(cut.get("clean").asBoolean()).isTrue();
        assertThat(Command.run("ls", volume()).exitCode()).isZero();
        Command.Result again = Command.run("fsck", "--cut-journal", volume());
        assertThat(again.exitCode()).isZero();
        assertThat(again.out()).contains("nothing to cut");
    }

    @Test
    void fsck_noVolumeOrWrongOption_hasTheCodesOfFsck8() throws IOException {
        assertThat(Command.run("fsck", volume()).exitCode()).isEqualTo(8);
        assertThat(Command.run("fsck").exitCode()).isEqualTo(16);
        assertThat(Command.run("fsck", "--repair", volume()).exitCode()).isEqualTo(16);
        Files.write(volume(), new byte[1 << 20]);
        assertThat(Command.run("fsck", volume()).exitCode()).isEqualTo(8);
    }

    @Test
    void info_foreignFile_isRefused() throws IOException {
        Files.write(volume(), new byte[20 << 20]);
        Command.Result result = Command.run("info", volume());
        assertThat(result.exitCode()).isEqualTo(78);
        assertThat(result.err().lines()).hasSize(1);
    }

    @Test
    void info_readOnlyImage_works() throws IOException {
        Command.run("mkfs", volume(), "32MiB");
        assertThat(volume().toFile().setReadOnly()).isTrue();
        byte[] before = Files.readAllBytes(volume());
        assertThat(Command.run("info", volume()).exitCode()).isZero();
        assertThat(Command.run("ls", volume()).out()).contains("no collections");
        assertThat(Command.run("stat", volume()).exitCode()).isZero();
        assertThat(Files.readAllBytes(volume())).isEqualTo(before);
    }
}
