package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.base.ClosedException;
import io.vexel.base.ConflictException;
import io.vexel.base.FormatVersionException;
import io.vexel.base.NotFoundException;
import io.vexel.base.VexelException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.device.FileDevice;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeTest {

    private static final CollectionSpec SPEC = new CollectionSpec("docs", 2, Metric.L2);

    @TempDir
    Path directory;

    private Path formatted() {
        Path path = directory.resolve("volume.vexel");
        Volume.format(path, FormatSpec.builder().bytes(32L << 20).label("shop").build());
        return path;
    }

    @Test
    void collections_createdDroppedAndListed_surviveReopening() {
        Path path = formatted();
        try (Volume volume = Volume.open(path)) {
            assertThat(volume.listCollections()).isEmpty();
            volume.createCollection(SPEC).upsert(Point.of(1, 1, 2));
            volume.createCollection(new CollectionSpec("a \u00e4", 9, Metric.HAMMING));
            volume.createCollection(new CollectionSpec("gone", 3, Metric.DOT)).upsert(Point.of(5, 1, 2, 3));
            volume.drop("gone");
        }
        try (Volume volume = Volume.open(path)) {
            assertThat(volume.info().label()).isEqualTo("shop");
            assertThat(volume.listCollections()).containsExactly("a \u00e4", "docs");
            assertThat(volume.collection("docs").spec()).isEqualTo(SPEC);
            assertThat(volume.collection("docs").get(PointId.of(1))).contains(Point.of(1, 1, 2));
            assertThat(volume.findCollection("gone")).isEmpty();
            assertThatThrownBy(() -> volume.collection("gone")).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> volume.drop("gone")).isInstanceOf(NotFoundException.class);
        }
    }

    @Test
    void create_withATakenName_isAConflictAndChangesNothing() {
        try (Volume volume = Volume.inMemory(32L << 20)) {
            Collection docs = volume.createCollection(SPEC);
            docs.upsert(Point.of(1, 1, 2));
            assertThatThrownBy(() -> volume.createCollection(new CollectionSpec("docs", 7, Metric.DOT)))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("docs");
            assertThat(docs.count()).isEqualTo(1);
        }
    }

    @Test
    void drop_thenCreateAgain_startsEmptyAndTheOldHandleIsClosed() {
        try (Volume volume = Volume.inMemory(32L << 20)) {
            Collection old = volume.createCollection(SPEC);
            old.upsert(Point.of(1, 1, 2));
            long freeBefore = volume.info().freeBlocks();
            volume.drop("docs");
            assertThat(volume.info().freeBlocks()).isGreaterThan(freeBefore);
            Collection fresh = volume.createCollection(SPEC);
            assertThat(fresh.count()).isZero();
            assertThatThrownBy(() -> old.get(PointId.of(1))).isInstanceOf(ClosedException.class);
            assertThatThrownBy(() -> old.upsert(Point.of(2, 1, 2))).isInstanceOf(ClosedException.class);
        }
    }

    @Test
    void open_buffered_readsAndWritesTheSameVolume() {
        Path path = formatted();
        VolumeOptions buffered = VolumeOptions.builder().buffered().build();
        try (FileDevice device = VolumeFiles.open(path, buffered)) {
            assertThat(device.direct()).isFalse();
        }
        try (Volume volume = Volume.open(path, buffered)) {
            volume.createCollection(SPEC).upsert(Point.of(1, 3, 4));
        }
        try (Volume volume = Volume.open(path)) {
            assertThat(volume.collection("docs").get(PointId.of(1))).contains(Point.of(1, 3, 4));
        }
    }

    @Test
    void open_ofALockedVolume_namesTheHolder() {
        Path path = formatted();
        try (Volume volume = Volume.open(path)) {
            assertThat(volume.listCollections()).isEmpty();
            assertThatThrownBy(() -> Volume.open(path))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
        }
        Volume.open(path).close();
    }

    @Test
    void open_ofWhatIsNoVolume_saysSo() throws IOException {
        Path text = Files.write(directory.resolve("text"), new byte[1 << 20]);
        assertThatThrownBy(() -> Volume.open(text)).isInstanceOf(FormatVersionException.class);
        assertThatThrownBy(() -> Volume.open(directory.resolve("missing"))).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> Volume.open(directory)).isInstanceOf(VexelException.class);
    }

    @Test
    void format_overSomething_needsPermission() throws IOException {
        Path path = formatted();
        assertThatThrownBy(() -> Volume.format(path, FormatSpec.ofBytes(32L << 20)))
                .isInstanceOf(ConflictException.class);
        Volume.format(path, FormatSpec.builder().bytes(64L << 20).overwrite().build());
        assertThat(Files.size(path)).isEqualTo(64L << 20);
        assertThatThrownBy(() -> FormatSpec.ofBytes(1 << 20)).hasMessageContaining("bytes=1048576, allowed:");
        assertThat(Volume.plan(FormatSpec.ofBytes(64L << 20)).blockSize()).isEqualTo(4096);
    }

    @Test
    void format_withPartsThatDoNotGoTogether_touchesNothing() throws IOException {
        Path path = formatted();
        byte[] before = Files.readAllBytes(path);
        FormatSpec.Builder wrong = FormatSpec.builder().bytes(32L << 20).journalBlocks(99_999_999);
        assertThatThrownBy(() -> Volume.format(path, wrong.overwrite().build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("journalBlocks=99999999, allowed:");
        assertThat(Files.readAllBytes(path)).isEqualTo(before);
        Path fresh = directory.resolve("fresh.vexel");
        assertThatThrownBy(() -> Volume.format(fresh, wrong.build())).isInstanceOf(IllegalArgumentException.class);
        FormatSpec label =
                FormatSpec.builder().bytes(32L << 20).label("x".repeat(65)).build();
        assertThatThrownBy(() -> Volume.format(fresh, label)).hasMessageContaining("at most 64 UTF-8 bytes");
        assertThat(fresh).doesNotExist();
    }

    @Test
    void format_ofABlockDevice_takesItsWholeSizeOnly() {
        Path device = Path.of("/dev/some");
        VolumeFiles.checkRawSize(device, 0, 64L << 20);
        VolumeFiles.checkRawSize(device, 64L << 20, 64L << 20);
        assertThatThrownBy(() -> VolumeFiles.checkRawSize(device, 32L << 20, 64L << 20))
                .hasMessage("bytes=33554432, allowed: 67108864, which /dev/some has, or no size");
    }

    @Test
    void inMemory_outsideTheLimits_isNamed() {
        assertThatThrownBy(() -> Volume.inMemory(5)).hasMessage("bytes=5, allowed: 17825792..1099511627776");
    }

    @Test
    void blocksBelowTheSectorOfDirectIo_workInAnImage() throws IOException {
        for (int blockBytes : new int[] {1024, 2048}) {
            Path path = directory.resolve("small" + blockBytes);
            FormatSpec spec =
                    FormatSpec.builder().bytes(32L << 20).blockBytes(blockBytes).build();
            Volume.format(path, spec);
            try (Volume volume = Volume.open(path)) {
                volume.createCollection(SPEC)
                        .upsertAll(IntStream.range(0, 1000)
                                .mapToObj(i -> Point.of(i, i, -i))
                                .toList());
            }
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(512), 0);
            }
            try (Volume volume = Volume.open(path)) {
                assertThat(volume.warnings()).singleElement().asString().contains("its copy");
                assertThat(volume.info().blockSize()).isEqualTo(blockBytes);
                assertThat(volume.collection("docs").get(PointId.of(999))).contains(Point.of(999, 999, -999));
            }
        }
    }

    @Test
    void readOnly_showsEverythingAndRefusesWrites() {
        Path path = formatted();
        try (Volume volume = Volume.open(path)) {
            volume.createCollection(SPEC).upsert(Point.of(1, 1, 2));
        }
        VolumeOptions readOnly = VolumeOptions.builder().readOnly().build();
        try (Volume volume = Volume.open(path, readOnly);
                Volume second = Volume.open(path, readOnly)) {
            Collection docs = volume.collection("docs");
            assertThat(docs.count()).isEqualTo(1);
            assertThat(second.collection("docs").get(PointId.of(1))).isPresent();
            assertThatThrownBy(() -> docs.upsert(Point.of(2, 1, 2))).isInstanceOf(AccessException.class);
            assertThatThrownBy(() -> docs.delete(PointId.of(1))).isInstanceOf(AccessException.class);
            assertThatThrownBy(() -> volume.drop("docs")).isInstanceOf(AccessException.class);
            assertThatThrownBy(() -> volume.createCollection(new CollectionSpec("x", 2, Metric.L2)))
                    .isInstanceOf(AccessException.class);
        }
    }

    @Test
    void closed_everythingIsRefusedAndAllMemoryIsBack() {
        MemoryBudget budget = new MemoryBudget(1L << 30);
        VolumeOptions options = VolumeOptions.builder().budget(budget).build();
        Volume volume =
                Volume.open(new SimulatedDevice(Disks.formatted(Disks.SMALL, 4096, 1), 1).withoutLog(), options);
        Collection docs = volume.createCollection(SPEC);
        docs.upsertAll(
                IntStream.range(0, 5_000).mapToObj(i -> Point.of(i, i, 1)).toList());
        docs.search(SearchRequest.builder(1, 1).threads(2).build());
        assertThat(budget.usedBytes()).isPositive();
        volume.close();
        assertThat(budget.usedByOwner()).isEmpty();
        assertThatThrownBy(docs::count).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> docs.search(SearchRequest.builder(1, 1).build()))
                .isInstanceOf(ClosedException.class);
        assertThatThrownBy(volume::listCollections).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> volume.collection("docs")).isInstanceOf(ClosedException.class);
    }

    @Test
    void open_thatFails_closesTheDeviceAndFreesTheLock() throws IOException {
        Path path = formatted();
        try (var channel = Files.newByteChannel(path, java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.allocate(4096));
            channel.truncate(Files.size(path) / 2);
        }
        assertThatThrownBy(() -> Volume.open(path)).isInstanceOf(VexelException.class);
        Volume.format(path, FormatSpec.builder().bytes(32L << 20).overwrite().build());
        try (Volume volume = Volume.open(path)) {
            assertThat(volume.listCollections()).isEqualTo(List.of());
        }
    }

    @Test
    void batch_ofVeryManyPoints_isOneTransactionAndIsThereAfterReopening() {
        Path path = formatted();
        int count = 120_000;
        List<Point> points = IntStream.range(0, count)
                .mapToObj(i -> Point.of("a text as long as an id may be: " + i, i, -i))
                .toList();
        long commits;
        try (Volume volume = Volume.open(path)) {
            Collection docs = volume.createCollection(SPEC);
            commits = volume.info().commitNumber();
            assertThat(docs.upsertAll(points).inserted()).isEqualTo(count);
            assertThat(volume.info().commitNumber()).isEqualTo(commits + 1);
        }
        try (Volume volume = Volume.open(path)) {
            Collection docs = volume.collection("docs");
            assertThat(docs.count()).isEqualTo(count);
            assertThat(docs.statistics().idBytes()).as("more than one frame").isGreaterThan(3 << 20);
            for (int i = 0; i < count; i += 997) {
                assertThat(docs.get(points.get(i).id())).contains(points.get(i));
            }
        }
    }

    @Test
    void statistics_areCountedOrAbsent() {
        try (Volume volume = Volume.inMemory(64L << 20)) {
            Collection docs = volume.createCollection(SPEC);
            CollectionStatistics before = docs.statistics();
            assertThat(before.minWriteNanos()).isEmpty();
            assertThat(before.batchesTotal()).isZero();
            docs.upsert(Point.of(1, 1, 2), Point.of(2, 3, 4).withPayload("{\"a\":1}"));
            docs.upsert(Point.of(1, 5, 6));
            assertThatThrownBy(() -> docs.upsert(Point.of(1, 5, 6, 7))).isInstanceOf(IllegalArgumentException.class);
            docs.searchBatch(SearchRequest.builder(
                            List.of(io.vexel.collection.VectorData.of(1, 1), io.vexel.collection.VectorData.of(2, 2)))
                    .build());
            CollectionStatistics after = volume.statistics().collections().get("docs");
            assertThat(after.points()).isEqualTo(2);
            assertThat(after.rows()).isEqualTo(3);
            assertThat(after.vectorBytes()).isEqualTo(24);
            assertThat(after.payloadBytes()).isEqualTo(7);
            assertThat(after.overheadBytes())
                    .isEqualTo(after.allocatedBytes() - 31)
                    .isPositive();
            assertThat(after.searches()).isEqualTo(2);
            assertThat(after.vectorsProcessed()).isEqualTo(3 + 4);
            assertThat(after.batchesTotal()).isEqualTo(3);
            assertThat(after.batchesSuccessful()).isEqualTo(2);
            assertThat(after.batchesFailed()).isEqualTo(1);
            assertThat(after.minWriteNanos().getAsLong())
                    .isPositive()
                    .isLessThanOrEqualTo(after.maxWriteNanos().getAsLong());
        }
    }
}
