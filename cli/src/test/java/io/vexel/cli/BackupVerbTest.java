package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.ErrorCode;
import io.vexel.cli.terminal.Terminal;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.distance.Metric;
import io.vexel.engine.Volume;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class BackupVerbTest {

    @TempDir
    Path directory;

    private Path volume;
    private Path copy;

    @BeforeEach
    void make() {
        volume = directory.resolve("a.vexel");
        copy = directory.resolve("b.vexel");
        Command.run("mkfs", volume, "32MiB");
        try (Volume open = Volume.open(volume)) {
            open.createCollection(new CollectionSpec("docs", 2, Metric.L2)).upsert(Point.of(1, 3, 4));
        }
    }

    private void requireOnly(String... names) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void backup_isAVolumeWithTheSamePoints() throws IOException {
        Command.Result result = Command.run("backup", volume, copy);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).startsWith(copy + ": ").contains(" copied, of a volume of 32.0 MiB; ");
        assertThat(Command.run("fsck", "-n", copy).exitCode()).isZero();
        assertThat(Command.run("get", copy, "docs", 1).out())
                .isEqualTo(Command.run("get", volume, "docs", 1).out())
                .contains("3");
        requireOnly("a.vexel", "b.vexel");
    }

    @Test
    void backup_verified_saysSo() {
        JsonNode facts =
                Command.run("backup", "--verify", "--json", volume, copy).json();
        assertThat(facts.get("volume").asString()).isEqualTo(volume.toString());
        assertThat(facts.get("file").asString()).isEqualTo(copy.toString());
        assertThat(facts.get("verified").asBoolean()).isTrue();
        assertThat(facts.get("volumeBytes").asLong()).isEqualTo(32 << 20);
        assertThat(facts.get("copiedBytes").asLong()).isBetween(4096L, 8L << 20);
        assertThat(facts.get("commit").asLong()).isPositive();
        assertThat(facts.get("seconds").asDouble()).isPositive();
    }

    @Test
    void backup_thatIsRefused_saysWhyInOneLine() throws IOException {
        requireRefused(75, " is the volume itself; a backup goes to a new file", volume, volume);
        requireRefused(66, " does not exist", directory.resolve("none"), copy);
        requireRefused(66, "the directory of ", volume, directory.resolve("none/b"));
        requireRefused(75, " is no file", volume, "/dev/null");
        Files.writeString(copy, "precious");
        requireRefused(75, " exists already", volume, copy);
        assertThat(copy).hasContent("precious");
        requireOnly("a.vexel", "b.vexel");
        try (Volume _ = Volume.open(volume)) {
            requireRefused(75, " is in use by ", volume, directory.resolve("c"));
        }
        assertThat(Command.run("backup", volume).exitCode()).isEqualTo(64);
    }

    private static void requireRefused(int exitCode, String message, Object... arguments) {
        Command.Result result = Command.run("backup", arguments[0], arguments[1]);
        assertThat(result.err()).startsWith("vexel: ").contains(message).hasLineCount(1);
        assertThat(result.exitCode()).isEqualTo(exitCode);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void backup_stopped_leavesNothing() throws IOException {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Set.of());
        StopSignal stop = StopSignal.manual(terminal);
        stop.request();
        int exitCode = new CommandRunner(terminal, stop).run("backup", volume.toString(), copy.toString());
        assertThat(exitCode).isEqualTo(ErrorCode.EXIT_INTERRUPTED);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("stopped; " + copy + " was not made");
        requireOnly("a.vexel");
    }
}
