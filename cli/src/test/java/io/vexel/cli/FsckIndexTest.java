package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.DeviceException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.ReservationFaults;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code fsck} says of indexes: those that are damaged, and those that it could not look at. */
class FsckIndexTest {

    private static final int POINTS = 2_100;
    private static final int BYTES = 32 << 20;
    private static final int BLOCK_BYTES = 4_096;

    private static DiskImage image;

    @TempDir
    Path directory;

    /** A volume with the collections a and b, each with an index that is saved. */
    @BeforeAll
    static void fill() {
        SimulatedDevice device = SimulatedDevice.zeros(BYTES, 1).withoutLog();
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(BLOCK_BYTES), new SimulatedClock());
        try (Volume volume = open(device, MemoryBudget.unlimited(), false)) {
            fill(volume.createCollection(new CollectionSpec("a", 8, Metric.L2)), 1);
            fill(volume.createCollection(new CollectionSpec("b", 8, Metric.L2)), 2);
        }
        image = device.image();
    }

    private static void fill(Collection c, long seed) {
        Random random = new Random(seed);
        c.upsertAll(IntStream.range(0, POINTS)
                .mapToObj(id -> {
                    float[] vector = new float[8];
                    for (int i = 0; i < vector.length; i++) {
                        vector[i] = (float) random.nextGaussian();
                    }
                    return Point.of(id, vector);
                })
                .toList());
        c.awaitIndexed();
        c.checkpointIndex();
    }

    private static Volume open(SimulatedDevice device, MemoryBudget budget, boolean readOnly) {
        VolumeOptions.Builder options =
                VolumeOptions.builder().budget(budget).indexThreads(0).withoutPressure();
        return Volume.open(device, (readOnly ? options.readOnly() : options).build());
    }

    private static SimulatedDevice device() {
        return new SimulatedDevice(image, 2).withoutLog();
    }

    private static long pagesOf(FileSystem files, String collection) {
        long collections =
                files.lookup(FileSystem.ROOT, "collections").orElseThrow().inode();
        long own = files.lookup(collections, collection).orElseThrow().inode();
        return files.lookup(own, "index.pages").orElseThrow().inode();
    }

    /** Flips a bit of the index of b, as a program would that knows the file system and nothing of the index. */
    private static void damage(SimulatedDevice device) {
        try (FileSystem files = FileSystem.open(device, MountOptions.defaults())) {
            long inode = pagesOf(files, "b");
            MemorySegment piece = MemorySegment.ofArray(new byte[64]);
            files.read(inode, 1_000, piece);
            piece.set(ValueLayout.JAVA_BYTE, 7, (byte) (piece.get(ValueLayout.JAVA_BYTE, 7) ^ 16));
            files.update(transaction -> transaction.write(inode, 1_000, piece));
        }
    }

    private static SimulatedDevice damaged() {
        SimulatedDevice device = device();
        damage(device);
        return new SimulatedDevice(device.image(), 3).withoutLog();
    }

    /** From now on the first block of the index of a cannot be read. */
    private static void failReadsOfA(SimulatedDevice device) {
        byte[] first = new byte[BLOCK_BYTES];
        try (FileSystem files = FileSystem.open(device(), MountOptions.defaults())) {
            files.read(pagesOf(files, "a"), 0, MemorySegment.ofArray(first));
        }
        byte[] block = new byte[BLOCK_BYTES];
        List<Long> places = new ArrayList<>();
        for (long at = 0; at < BYTES; at += BLOCK_BYTES) {
            device.read(at, MemorySegment.ofArray(block));
            if (Arrays.equals(first, block)) {
                places.add(at);
            }
        }
        assertThat(places).hasSize(1);
        device.inject(FaultRule.onRange(Fault.READ_ERROR, places.getFirst(), BLOCK_BYTES));
    }

    private Path file(SimulatedDevice device) throws IOException {
        byte[] bytes = new byte[BYTES];
        device.read(0, MemorySegment.ofArray(bytes));
        return Files.write(directory.resolve("volume.vexel"), bytes);
    }

    @Test
    void fsck_damagedPageOfAnIndex_namesTheCollection() throws IOException {
        Path volume = file(damaged());
        Command.Result result = Command.run("fsck", volume);
        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.out())
                .contains("blocks used, checked in ", "index of b: ", "'vexel index rebuild' mends an index")
                .doesNotContain("index of a");
        JsonNode facts = Command.run("fsck", "--json", volume).json();
        assertThat(facts.get("clean").asBoolean()).isFalse();
        assertThat(facts.get("complete").asBoolean()).isTrue();
        assertThat(facts.get("errors").asLong()).isZero();
        assertThat(facts.get("indexFindings").size()).isEqualTo(1);
        assertThat(facts.get("indexesUnchecked").size()).isZero();
        assertThat(Command.run("index", "rebuild", volume, "b").exitCode()).isZero();
        assertThat(Command.run("fsck", volume).exitCode()).isZero();
    }

    @Test
    void fsck_littleMemory_keepsItsReportAndSaysWhatWasNotChecked() throws IOException {
        Path volume = file(damaged());
        Command.Result result = Command.run("fsck", "--memory", "1MiB", volume);
        assertThat(result.exitCode()).isEqualTo(8);
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains(": clean; ", "blocks used, checked in ", " checked: not enough memory budget");
        JsonNode facts =
                Command.run("fsck", "--memory", "1MiB", "--json", volume).json();
        assertThat(facts.get("complete").asBoolean()).isFalse();
        assertThat(facts.get("usedBlocks").asLong()).isPositive();
        assertThat(facts.get("indexesUnchecked").size()).isPositive();
    }

    @Test
    void check_indexesRefusedMemory_areUncheckedAndNotDamaged() {
        ReservationFaults faults = ReservationFaults.of("graph"::equals);
        MemoryBudget budget = MemoryBudget.withRefusal(1L << 30, faults);
        faults.refuseForGood(0);
        SimulatedDevice device = device();
        IndexCheck.Report report = IndexCheck.run(() -> open(device, budget, true));
        assertThat(report.findings()).isEmpty();
        assertThat(report.unchecked())
                .hasSize(2)
                .allMatch(what -> what.contains("not enough memory budget bytes to load the index of collection "));
        assertThat(report.unchecked().getFirst()).startsWith("index of a was not checked: ");
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void check_oneIndexUnreadAndAnotherDamaged_tellsBoth() {
        SimulatedDevice device = damaged();
        failReadsOfA(device);
        IndexCheck.Report report = IndexCheck.run(() -> open(device, MemoryBudget.unlimited(), true));
        assertThat(report.unchecked()).singleElement().asString().startsWith("index of a was not checked: ");
        assertThat(report.findings()).singleElement().asString().startsWith("index of b: ");
    }

    @Test
    void check_volumeThatCannotBeOpened_isUnchecked() {
        IndexCheck.Report report = IndexCheck.run(() -> {
            throw new DeviceException(DeviceException.Operation.OPEN, 0, 0, "gone");
        });
        assertThat(report.findings()).isEmpty();
        assertThat(report.unchecked()).containsExactly("the indexes were not all checked: gone");
    }
}
