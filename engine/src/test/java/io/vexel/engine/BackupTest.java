package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.ConflictException;
import io.vexel.base.CorruptionException;
import io.vexel.base.NotFoundException;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import io.vexel.filesystem.BackupOptions;
import io.vexel.filesystem.BackupResult;
import io.vexel.filesystem.Fsck;
import io.vexel.filesystem.FsckOptions;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.LoopDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 1_800, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BackupTest {

    private static final int BACKUPS = Boolean.getBoolean("vexel.deep") ? 60 : 2;
    private static final int LAST = 12;

    @TempDir
    Path directory;

    private Path path;
    private Path copy;

    @BeforeEach
    void format() {
        path = directory.resolve("volume.vexel");
        copy = directory.resolve("copy.vexel");
        Volume.format(path, FormatSpec.builder().bytes(96L << 20).label("shop").build());
    }

    private Volume open() {
        return Volume.open(path);
    }

    /** Nothing but the volume, and what is named. */
    private void requireFiles(String... others) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<String> expected = new ArrayList<>(List.of(others));
            expected.add("volume.vexel");
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private long versionOfCopy() {
        try (FileDevice device = FileDevice.open(copy, FileDeviceOptions.readOnly())) {
            assertThat(Fsck.check(device, FsckOptions.defaults()).errors()).isZero();
        }
        try (Volume volume = Volume.open(copy)) {
            Collection points = volume.collection(VersionedPoints.NAME);
            long version = VersionedPoints.versionOfAll(points);
            points.awaitIndexed();
            assertThat(points.verifyIndex().findings()).isEmpty();
            assertThat(VersionedPoints.search(points, 3, true)).isEqualTo(version);
            assertThat(VersionedPoints.search(points, 4, false)).isEqualTo(version);
            return version;
        }
    }

    /** Between the steps of a backup: searches see the newest write, exactly and through the index, which is saved now and then. */
    @Test
    void searches_besideABackupWritesAndCheckpoints_seeTheirSnapshots() throws IOException {
        try (Volume volume = open()) {
            Collection points = VersionedPoints.create(volume);
            points.awaitIndexed();
            points.upsertAll(VersionedPoints.version(2));
            long[] version = {2};
            BackupOptions options = BackupOptions.defaults().withVerification().withProgress((phase, _, _) -> {
                if (version[0] < LAST) {
                    points.upsertAll(VersionedPoints.version(++version[0]));
                    if (version[0] % 3 == 0) {
                        points.awaitIndexed();
                        points.checkpointIndex();
                    }
                    assertThat(VersionedPoints.search(points, (int) version[0], true))
                            .isEqualTo(version[0]);
                    assertThat(VersionedPoints.search(points, (int) version[0], false))
                            .isEqualTo(version[0]);
                }
            });
            BackupResult result = volume.backup(copy, options);
            assertThat(version[0]).isEqualTo(LAST);
            assertThat(result.verified()).isTrue();
            assertThat(result.commit()).isLessThan(volume.info().commitNumber());
            assertThat(VersionedPoints.versionOfAll(points)).isEqualTo(LAST);
        }
        assertThat(versionOfCopy()).isEqualTo(2);
        requireFiles("copy.vexel");
    }

    /** Threads write, search and save the index while one backup follows the other. */
    @Test
    void backups_besideThreads_haveWhatWasAcknowledgedAndNothingOfLater() throws Exception {
        AtomicLong acknowledged = new AtomicLong(1);
        AtomicLong begun = new AtomicLong(1);
        AtomicBoolean stop = new AtomicBoolean();
        try (Volume volume = open();
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Collection points = VersionedPoints.create(volume);
            points.awaitIndexed();
            List<Future<?>> others = new ArrayList<>();
            others.add(threads.submit(() -> {
                for (long version = 2; !stop.get(); version++) {
                    begun.set(version);
                    points.upsertAll(VersionedPoints.version(version));
                    acknowledged.set(version);
                }
            }));
            others.add(threads.submit(() -> {
                for (int query = 0; !stop.get(); query++) {
                    long least = acknowledged.get();
                    long seen = VersionedPoints.search(points, query, query % 2 == 0);
                    assertThat(seen).isBetween(least, begun.get());
                }
            }));
            others.add(threads.submit(() -> {
                while (!stop.get()) {
                    points.checkpointIndex();
                }
            }));
            try {
                for (int i = 0; i < BACKUPS; i++) {
                    long least = acknowledged.get();
                    AtomicLong most = new AtomicLong();
                    volume.backup(
                            copy,
                            BackupOptions.defaults().withProgress((_, _, _) -> most.compareAndSet(0, begun.get())));
                    assertThat(versionOfCopy()).isBetween(least, most.get());
                    Files.delete(copy);
                }
            } finally {
                stop.set(true);
            }
            for (Future<?> other : others) {
                other.get();
            }
        }
        requireFiles();
    }

    @Test
    void copy_isSparse_andOfTheSameSizeAndIdentity() throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        try (Volume volume = open()) {
            VersionedPoints.create(volume);
            BackupResult result = volume.backup(copy);
            assertThat(Files.size(copy)).isEqualTo(Files.size(path));
            assertThat(result.copiedBytes()).isLessThan(4L << 20);
            assertThat(Files.getPosixFilePermissions(copy)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
            try (Volume other = Volume.open(copy)) {
                assertThat(other.info().uuid()).isEqualTo(volume.info().uuid());
                assertThat(other.info().label()).isEqualTo("shop");
            }
        }
        assertThat(versionOfCopy()).isEqualTo(1);
    }

    @Test
    void target_thatIsSomethingAlready_isRefusedAndStays() throws IOException {
        Files.writeString(copy, "precious");
        Path link = Files.createSymbolicLink(directory.resolve("link"), path);
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("nothing"));
        try (Volume volume = open()) {
            requireConflict(volume, copy, "exists already");
            requireConflict(volume, path, "is the volume itself");
            requireConflict(volume, link, "is the volume itself");
            requireConflict(volume, dangling, "exists already");
            requireConflict(volume, directory, "is a directory");
            requireConflict(volume, Path.of("/dev/null"), "is no file");
            requireConflict(volume, Path.of("/"), "is a directory");
            assertThatThrownBy(() -> volume.backup(directory.resolve("none/copy")))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("the directory of");
        }
        assertThat(copy).hasContent("precious");
        requireFiles("copy.vexel", "link", "dangling");
    }

    private static void requireConflict(Volume volume, Path target, String message) {
        assertThatThrownBy(() -> volume.backup(target))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining(target.toString())
                .hasMessageContaining(message);
    }

    @Test
    void target_thatAppearsMeanwhile_staysAndNothingElseIsLeft() throws IOException {
        try (Volume volume = open()) {
            BackupOptions options = BackupOptions.defaults().withProgress((_, _, _) -> {
                try {
                    Files.writeString(copy, "precious");
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThatThrownBy(() -> volume.backup(copy, options))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("was made while the backup was");
        }
        assertThat(copy).hasContent("precious");
        requireFiles("copy.vexel");
    }

    @Test
    void leftoverOfAKilledBackup_isNamedAndNotTouched() throws IOException {
        Path partial = directory.resolve("copy.vexel" + BackupFile.PARTIAL);
        Files.writeString(partial, "left");
        try (Volume volume = open()) {
            requireConflict(volume, copy, "one was killed");
        }
        assertThat(partial).hasContent("left");
    }

    @Test
    void backup_thatDoesNotSucceed_leavesNothing() throws IOException {
        try (Volume volume = open()) {
            VersionedPoints.create(volume);
            BackupOptions cancelled = BackupOptions.defaults().withProgress((_, _, _) -> {
                throw new CancellationException("enough");
            });
            assertThatThrownBy(() -> volume.backup(copy, cancelled)).isInstanceOf(CancellationException.class);
            requireFiles();
            BackupOptions interrupted = BackupOptions.defaults()
                    .withProgress((_, _, _) -> Thread.currentThread().interrupt());
            assertThatThrownBy(() -> volume.backup(copy, interrupted)).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            requireFiles();
            BackupOptions twice = BackupOptions.defaults()
                    .withProgress((_, _, _) -> requireConflict(volume, directory.resolve("other"), "other"));
            assertThatThrownBy(() -> volume.backup(copy, twice)).isInstanceOf(AssertionError.class);
            requireFiles();
            Runnable close = volume::close;
            BackupOptions closing = BackupOptions.defaults().withProgress((_, _, _) -> close.run());
            assertThatThrownBy(() -> volume.backup(copy, closing)).isInstanceOf(IllegalStateException.class);
            requireFiles();
            volume.backup(copy);
        }
        assertThat(versionOfCopy()).isEqualTo(1);
    }

    @Test
    void backup_besideAnother_isRefused_andLeavesTheFirstAlone() throws IOException {
        try (Volume volume = open()) {
            VersionedPoints.create(volume);
            volume.backup(
                    copy,
                    BackupOptions.defaults()
                            .withProgress(
                                    (_, _, _) -> assertThatThrownBy(() -> volume.backup(directory.resolve("other")))
                                            .isInstanceOf(ConflictException.class)
                                            .hasMessageContaining("a backup of " + path + " is being made already")));
        }
        requireFiles("copy.vexel");
        assertThat(versionOfCopy()).isEqualTo(1);
    }

    @Test
    void close_endsABackup_ofWhichNothingIsLeft() throws Exception {
        MemoryBudget budget = new MemoryBudget(64L << 20);
        Volume volume = Volume.open(path, VolumeOptions.builder().budget(budget).build());
        VersionedPoints.create(volume);
        Thread closing = Thread.ofPlatform().unstarted(volume::close);
        BackupOptions options = BackupOptions.defaults().withProgress((_, _, _) -> {
            if (closing.getState() == Thread.State.NEW) {
                closing.start();
            }
            // Until the volume says that it is closed, steps go on.
            while (!refusesUse(volume)) {
                Thread.onSpinWait();
            }
        });
        assertThatThrownBy(() -> {
                    while (true) {
                        volume.backup(copy, options);
                        Files.delete(copy); // closing came too late for that one
                    }
                })
                .isInstanceOf(ClosedException.class);
        closing.join();
        assertThat(budget.usedBytes()).isZero();
        requireFiles();
    }

    private static boolean refusesUse(Volume volume) {
        try {
            volume.info();
            return false;
        } catch (ClosedException e) {
            return true;
        }
    }

    @Test
    void memory_thatIsTooLittle_refusesTheBackup() throws IOException {
        MemoryBudget budget = new MemoryBudget(8L << 20);
        try (Volume volume = Volume.open(
                path, VolumeOptions.builder().budget(budget).indexThreads(0).build())) {
            long all = budget.availableBytes() + budget.reclaimableBytes();
            budget.reserve("somebody", all - 4096);
            assertThatThrownBy(() -> volume.backup(copy)).isInstanceOf(CapacityException.class);
            requireFiles();
            budget.release("somebody", all - 4096);
            volume.backup(copy);
        }
        requireFiles("copy.vexel");
    }

    @Test
    void volumeOpenForReading_afterAKill_isCopiedAsItsJournalLeavesIt() throws IOException {
        Path killed = directory.resolve("killed.vexel");
        try (Volume volume = open()) {
            VersionedPoints.create(volume);
            Files.copy(path, killed); // as a kill leaves it
        }
        byte[] before = Files.readAllBytes(killed);
        try (Volume volume =
                Volume.open(killed, VolumeOptions.builder().readOnly().build())) {
            BackupResult result = volume.backup(copy, BackupOptions.defaults().withVerification());
            assertThat(result.preservedBytes()).isZero();
        }
        assertThat(Files.readAllBytes(killed)).isEqualTo(before);
        assertThat(versionOfCopy()).isEqualTo(1);
    }

    @Test
    void damagedVolume_isNotCopied() throws IOException {
        try (Volume volume = open()) {
            VersionedPoints.create(volume);
        }
        long at = new String(Files.readAllBytes(path), java.nio.charset.StandardCharsets.ISO_8859_1)
                .lastIndexOf("{\"v\": 1}");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'['}), at);
        }
        try (Volume volume = open()) {
            assertThatThrownBy(() -> volume.backup(copy))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("block=" + at / 4096);
        }
        requireFiles();
    }

    @Test
    void volumesInMemoryAndWithSmallBlocks_areCopied() {
        try (Volume volume = Volume.inMemory(64L << 20)) {
            VersionedPoints.create(volume);
            volume.backup(copy);
        }
        assertThat(versionOfCopy()).isEqualTo(1);
        Path small = directory.resolve("small.vexel");
        Volume.format(
                small, FormatSpec.builder().bytes(32L << 20).blockBytes(1024).build());
        copy = directory.resolve("copy2.vexel");
        try (Volume volume = Volume.open(small)) {
            VersionedPoints.create(volume).upsertAll(VersionedPoints.version(5));
            volume.backup(copy, BackupOptions.defaults().withVerification());
        }
        assertThat(versionOfCopy()).isEqualTo(5);
    }

    @Test
    void blockDevice_isCopiedToAFile() throws Exception {
        Path image = directory.resolve("image");
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), (96L << 20) - 1);
        }
        try (LoopDevice loop = LoopDevice.attach(image, 4096)) {
            Volume.format(loop.path(), FormatSpec.builder().build());
            try (Volume volume = Volume.open(loop.path())) {
                VersionedPoints.create(volume);
                requireConflict(volume, loop.path(), "is the volume itself");
                volume.backup(copy, BackupOptions.defaults().withVerification());
            }
        }
        assertThat(versionOfCopy()).isEqualTo(1);
    }
}
