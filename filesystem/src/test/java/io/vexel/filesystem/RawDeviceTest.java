package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.ConflictException;
import io.vexel.base.TimeSource;
import io.vexel.device.DirectIo;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.LoopDevice;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A volume on a real block device. Every test is skipped, saying why, where the machine lends none. */
class RawDeviceTest {

    private static final long SEED = 20_261_127;
    private static final int MIB = 1 << 20;
    private static final long BYTES = 40L * MIB + 512;

    @TempDir
    Path directory;

    private Path image() {
        return directory.resolve("image");
    }

    /** A device on which something else lay before. */
    private LoopDevice used(int sectorBytes) throws Exception {
        byte[] old = new byte[MIB];
        new Random(SEED).nextBytes(old);
        try (RandomAccessFile file = new RandomAccessFile(image().toFile(), "rw")) {
            for (long at = 0; at < BYTES; at += old.length) {
                file.seek(at);
                file.write(old, 0, (int) Math.min(old.length, BYTES - at));
            }
        }
        return LoopDevice.attach(image(), sectorBytes);
    }

    private static FileDevice open(Path path, DirectIo directIo) {
        return FileDevice.open(
                path, FileDeviceOptions.readWrite().withDirectIo(directIo).withHolder(FileSystem::describeOwner));
    }

    private static FileSystem mount(FileDevice device) {
        return FileSystem.open(device, new MountOptions(false, MemoryBudget.unlimited(), TimeSource.SYSTEM));
    }

    private static byte[] random(int bytes) {
        byte[] result = new byte[bytes];
        new Random(SEED + bytes).nextBytes(result);
        return result;
    }

    @ParameterizedTest
    @CsvSource({"512, OFF, 1024", "512, REQUIRED, 4096", "4096, OFF, 4096", "4096, REQUIRED, 65536"})
    void volume_onABlockDevice_keepsWhatItWasGiven(int sectorBytes, DirectIo directIo, int blockSize) throws Exception {
        byte[] small = random(300);
        byte[] large = random(3 * MIB + 77);
        try (LoopDevice loop = used(sectorBytes)) {
            try (FileDevice device = open(loop.path(), directIo)) {
                assertThat(device.sectorSize()).isEqualTo(sectorBytes);
                assertThat(device.size()).isEqualTo(BYTES / sectorBytes * sectorBytes);
                assertThat(device.direct()).isEqualTo(directIo == DirectIo.REQUIRED);
                Mkfs.format(device, FormatOptions.defaults().withBlockSize(blockSize));
            }
            long[] inodes = new long[2];
            try (FileSystem volume = mount(open(loop.path(), directIo))) {
                volume.update(body -> {
                    inodes[0] = body.createFile(FileSystem.ROOT, "small", FileKind.REGULAR);
                    inodes[1] = body.createFile(FileSystem.ROOT, "large", FileKind.VECTOR);
                    body.write(inodes[0], 0, MemorySegment.ofArray(small));
                    body.write(inodes[1], 0, MemorySegment.ofArray(large));
                });
            }
            try (FileSystem volume = mount(open(loop.path(), directIo))) {
                assertThat(contents(volume, inodes[0])).isEqualTo(small);
                assertThat(Arrays.equals(contents(volume, inodes[1]), large)).isTrue();
            }
            try (FileDevice device = FileDevice.open(loop.path(), FileDeviceOptions.readOnly())) {
                FsckReport report = Fsck.check(device, FsckOptions.defaults());
                assertThat(report.findings()).isEmpty();
                assertThat(report.complete()).isTrue();
            }
        }
    }

    private static byte[] contents(FileSystem volume, long inode) {
        byte[] result = new byte[(int) volume.stat(inode).size()];
        assertThat(volume.read(inode, 0, MemorySegment.ofArray(result))).isEqualTo(result.length);
        return result;
    }

    @Test
    void volume_notClosed_isReplayedFromTheDevice() throws Exception {
        try (LoopDevice loop = used(512)) {
            try (FileDevice device = open(loop.path(), DirectIo.OFF)) {
                Mkfs.format(device, FormatOptions.defaults());
                FileSystem volume = mount(device);
                volume.update(body -> body.createFile(FileSystem.ROOT, "acknowledged", FileKind.REGULAR));
                volume.detach();
            }
            try (FileSystem volume = mount(open(loop.path(), DirectIo.OFF))) {
                assertThat(volume.replayedCommits()).isPositive();
                assertThat(volume.lookup(FileSystem.ROOT, "acknowledged")).isPresent();
            }
        }
    }

    @Test
    void format_blocksSmallerThanSectors_isRefused() throws Exception {
        try (LoopDevice loop = used(4096);
                FileDevice device = open(loop.path(), DirectIo.OFF)) {
            byte[] before = new byte[MIB];
            device.read(0, MemorySegment.ofArray(before));
            assertThatThrownBy(() -> Mkfs.format(
                            device, FormatOptions.defaults().withBlockSize(1024).withForce()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1024")
                    .hasMessageContaining("4096");
            byte[] after = new byte[MIB];
            device.read(0, MemorySegment.ofArray(after));
            assertThat(Arrays.equals(after, before)).isTrue();
        }
    }

    @Test
    void overwrite_withAnotherSize_isRefused() throws Exception {
        try (LoopDevice loop = used(512)) {
            assertThatThrownBy(() -> FileDevice.overwrite(loop.path(), 1L << 30, FileDeviceOptions.readWrite()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("bytes=1073741824, allowed: " + BYTES);
            try (FileDevice device = FileDevice.overwrite(loop.path(), BYTES, FileDeviceOptions.readWrite())) {
                assertThat(device.size()).isEqualTo(BYTES);
            }
        }
    }

    @Test
    void open_secondWriter_isRefusedUnderEveryName() throws Exception {
        try (LoopDevice loop = used(512)) {
            try (FileDevice device = open(loop.path(), DirectIo.OFF)) {
                Mkfs.format(device, FormatOptions.defaults());
            }
            Path link = Files.createSymbolicLink(directory.resolve("link"), loop.path());
            try (FileSystem volume = mount(open(loop.path(), DirectIo.WHERE_POSSIBLE))) {
                assertThat(volume.isWritable()).isTrue();
                for (Path name : new Path[] {loop.path(), link, loop.secondNode(directory.resolve("node"))}) {
                    for (DirectIo directIo : DirectIo.values()) {
                        assertThatThrownBy(() -> open(name, directIo))
                                .isInstanceOf(ConflictException.class)
                                .hasMessageStartingWith(name + " is in use by ")
                                .hasMessageContaining(
                                        Long.toString(ProcessHandle.current().pid()));
                    }
                }
                assertThatThrownBy(() -> FileDevice.open(loop.path(), FileDeviceOptions.readOnly()))
                        .isInstanceOf(ConflictException.class);
            }
            open(link, DirectIo.OFF).close();
            Files.delete(link);
        }
    }

    @Test
    void flush_returned_theBytesAreOnTheMedium() throws Exception {
        byte[] data = random(64 * 1024);
        try (LoopDevice loop = used(512);
                FileDevice device = open(loop.path(), DirectIo.OFF);
                RandomAccessFile medium = new RandomAccessFile(image().toFile(), "r")) {
            device.write(5L * MIB, MemorySegment.ofArray(data));
            device.flush();
            byte[] found = new byte[data.length];
            medium.seek(5L * MIB);
            medium.readFully(found);
            assertThat(Arrays.equals(found, data)).isTrue();
        }
    }

    @Test
    void discard_aRange_freesItBelowAndKeepsItsNeighbours() throws Exception {
        try (LoopDevice loop = used(512);
                FileDevice device = open(loop.path(), DirectIo.OFF)) {
            long before = allocated();
            byte[] kept = random(MIB);
            device.write(8L * MIB, MemorySegment.ofArray(kept));
            device.discard(9L * MIB, 16L * MIB);
            device.flush();
            assertThat(allocated()).isLessThanOrEqualTo(before - 15L * MIB);
            byte[] found = new byte[MIB];
            device.read(8L * MIB, MemorySegment.ofArray(found));
            assertThat(Arrays.equals(found, kept)).isTrue();
            device.write(9L * MIB, MemorySegment.ofArray(kept));
            device.read(9L * MIB, MemorySegment.ofArray(found));
            assertThat(Arrays.equals(found, kept)).isTrue();
        }
    }

    private long allocated() throws Exception {
        return 512L * Long.parseLong(output("stat", "-c", "%b", image().toString()));
    }

    @Test
    void open_mountedByTheSystem_isRefusedAndNothingIsWritten() throws Exception {
        Path mountPoint = Files.createDirectory(directory.resolve("mounted"));
        try (LoopDevice loop = used(512)) {
            output("mkfs.ext4", "-q", "-F", loop.path().toString());
            output("mount", loop.path().toString(), mountPoint.toString());
            try {
                assertThatThrownBy(() -> open(loop.path(), DirectIo.WHERE_POSSIBLE))
                        .isInstanceOf(ConflictException.class)
                        .hasMessage(loop.path() + " is in use");
            } finally {
                output("umount", mountPoint.toString());
            }
            open(loop.path(), DirectIo.WHERE_POSSIBLE).close();
        }
    }

    /** Aborts the test when the machine has no such command or it fails. */
    private static String output(String... command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return Assumptions.abort(e.getMessage());
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0 ? text : Assumptions.abort(String.join(" ", command) + ": " + text);
    }
}
