package io.vexel.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.base.CapacityException;
import io.vexel.base.ConflictException;
import io.vexel.base.DeviceException;
import io.vexel.base.NotFoundException;
import io.vexel.memory.MemoryBudget;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDeviceTest {

    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    private Path path() {
        return directory.resolve("volume.vexel");
    }

    @Test
    void create_large_isSparse() throws Exception {
        long size = 1_800_000_000_000L;
        try (FileDevice device = FileDevice.create(path(), size, FileDeviceOptions.readWrite())) {
            assertThat(device.size()).isEqualTo(size / 512 * 512);
            byte[] last = new byte[512];
            device.read(device.size() - 512, MemorySegment.ofArray(last));
            assertThat(last).containsOnly(0);
        }
        assertThat(allocatedBytes(path())).isLessThan(MIB);
    }

    @Test
    void discard_writtenRange_freesItsBlocks() throws Exception {
        Assumptions.assumeTrue(LinuxFile.supported());
        try (FileDevice device = FileDevice.create(path(), 8 * MIB, FileDeviceOptions.readWrite())) {
            byte[] data = new byte[(int) (8 * MIB)];
            java.util.Arrays.fill(data, (byte) 7);
            device.write(0, MemorySegment.ofArray(data));
            device.flush();
            long before = allocatedBytes(path());
            device.discard(MIB, 6 * MIB);
            device.flush();
            assertThat(allocatedBytes(path())).isLessThanOrEqualTo(before - 5 * MIB);
            assertThat(device.size()).isEqualTo(8 * MIB);
        }
    }

    private static long allocatedBytes(Path path) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b %B", path.toString()).start();
        try (InputStream out = stat.getInputStream()) {
            String[] parts = new String(out.readAllBytes(), StandardCharsets.UTF_8)
                    .strip()
                    .split(" ");
            return Long.parseLong(parts[0]) * Long.parseLong(parts[1]);
        }
    }

    @Test
    void create_existing_isConflict() {
        FileDevice.create(path(), MIB, FileDeviceOptions.readWrite()).close();
        assertThatThrownBy(() -> FileDevice.create(path(), MIB, FileDeviceOptions.readWrite()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("exists already");
    }

    @Test
    void create_missingDirectory_isNotFound() {
        assertThatThrownBy(() -> FileDevice.create(directory.resolve("no/volume"), MIB, FileDeviceOptions.readWrite()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no/volume");
    }

    @Test
    void create_tooLargeForTheFileSystem_isCapacityAndLeavesNothing() {
        assertThatThrownBy(() -> FileDevice.create(path(), Long.MAX_VALUE - 4095, FileDeviceOptions.readWrite()))
                .isInstanceOfAny(CapacityException.class, DeviceException.class);
        assertThat(path()).doesNotExist();
    }

    @Test
    void create_readOnlyOrTooSmall_isRefused() {
        assertThatThrownBy(() -> FileDevice.create(path(), MIB, FileDeviceOptions.readOnly()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FileDevice.create(path(), 4095, FileDeviceOptions.readWrite()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes=4095");
        assertThat(path()).doesNotExist();
    }

    @Test
    void overwrite_existing_isZerosOfTheNewSize() throws Exception {
        Files.write(path(), new byte[] {1, 2, 3});
        try (FileDevice device = FileDevice.overwrite(path(), MIB, FileDeviceOptions.readWrite())) {
            byte[] first = new byte[512];
            device.read(0, MemorySegment.ofArray(first));
            assertThat(first).containsOnly(0);
            assertThat(device.size()).isEqualTo(MIB);
        }
    }

    @Test
    void overwrite_inUse_isConflictAndKeepsContents() {
        byte[] data = "precious".repeat(64).getBytes(StandardCharsets.UTF_8);
        try (FileDevice device = FileDevice.create(path(), MIB, FileDeviceOptions.readWrite())) {
            device.write(0, MemorySegment.ofArray(data));
            assertThatThrownBy(() -> FileDevice.overwrite(path(), MIB, FileDeviceOptions.readWrite()))
                    .isInstanceOf(ConflictException.class);
            byte[] back = new byte[data.length];
            device.read(0, MemorySegment.ofArray(back));
            assertThat(back).isEqualTo(data);
        }
    }

    @Test
    void open_missing_isNotFound() {
        assertThatThrownBy(() -> FileDevice.open(path(), FileDeviceOptions.readWrite()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining(path().toString());
    }

    @Test
    void open_directory_isConflict() {
        assertThatThrownBy(() -> FileDevice.open(directory, FileDeviceOptions.readWrite()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("is a directory");
        assertThatThrownBy(() -> FileDevice.open(Path.of("/dev/null"), FileDeviceOptions.readWrite()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("neither an image file nor a block device");
    }

    @Test
    void open_empty_isTooSmall() throws Exception {
        Files.createFile(path());
        assertThatThrownBy(() -> FileDevice.open(path(), FileDeviceOptions.readWrite()))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("too small")
                .hasMessageContaining("0 bytes");
    }

    @Test
    void open_oddSize_isRoundedDown() throws Exception {
        Files.write(path(), new byte[1500]);
        try (FileDevice device = FileDevice.open(path(), FileDeviceOptions.readOnly())) {
            assertThat(device.size()).isEqualTo(1024);
        }
    }

    @Test
    void open_noPermission_isAccess() throws Exception {
        FileDevice.create(path(), MIB, FileDeviceOptions.readWrite()).close();
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("r--r--r--"));
        Assumptions.assumeFalse(Files.isWritable(path()), "this user may do anything");
        assertThatThrownBy(() -> FileDevice.open(path(), FileDeviceOptions.readWrite()))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("no permission");
        FileDevice.open(path(), FileDeviceOptions.readOnly()).close();
    }

    @Test
    void open_writerHasIt_isConflictWithTheHolder() {
        byte[] head = new byte[512];
        head[0] = 42;
        try (FileDevice writer = FileDevice.create(path(), MIB, FileDeviceOptions.readWrite())) {
            writer.write(0, MemorySegment.ofArray(head));
            FileDeviceOptions options = FileDeviceOptions.readWrite()
                    .withHolder(
                            bytes -> Optional.of("process " + bytes.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0)));
            assertThatThrownBy(() -> FileDevice.open(path(), options))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageEndingWith("is in use by process 42");
            assertThatThrownBy(() -> FileDevice.open(path(), FileDeviceOptions.readOnly()))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageEndingWith("is in use");
        }
        FileDevice.open(path(), FileDeviceOptions.readWrite()).close();
    }

    @Test
    void open_readers_shareAndKeepWritersOut() {
        FileDevice.create(path(), MIB, FileDeviceOptions.readWrite()).close();
        try (FileDevice first = FileDevice.open(path(), FileDeviceOptions.readOnly())) {
            FileDevice.open(path(), FileDeviceOptions.readOnly()).close();
            assertThat(first.readOnly()).isTrue();
            // The second reader is gone; the first one's lock must not have gone with it.
            assertThatThrownBy(() -> FileDevice.open(path(), FileDeviceOptions.readWrite()))
                    .isInstanceOf(ConflictException.class);
        }
        FileDevice.open(path(), FileDeviceOptions.readWrite()).close();
    }

    @Test
    void open_otherProcessHasIt_isConflictUntilItDies() throws Exception {
        FileDevice.create(path(), MIB, FileDeviceOptions.readWrite()).close();
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        VolumeHolder.class.getName(),
                        path().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream out = holder.getInputStream()) {
            assertThat(out.read()).isEqualTo('L');
            assertThatThrownBy(() -> FileDevice.open(path(), FileDeviceOptions.readWrite()))
                    .isInstanceOf(ConflictException.class);
        } finally {
            holder.destroyForcibly().waitFor();
        }
        FileDevice.open(path(), FileDeviceOptions.readWrite()).close();
    }

    @Test
    void transfer_interruptedThread_isNotDisturbed() {
        Assumptions.assumeTrue(LinuxFile.supported());
        byte[] data = new byte[512];
        data[3] = 9;
        try (FileDevice device = FileDevice.create(path(), MIB, FileDeviceOptions.readWrite())) {
            Thread.currentThread().interrupt();
            device.write(0, MemorySegment.ofArray(data));
            device.flush();
            byte[] back = new byte[512];
            device.read(0, MemorySegment.ofArray(back));
            assertThat(back).isEqualTo(data);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void read_fileWasCutShort_isDeviceError() throws Exception {
        try (FileDevice device = FileDevice.create(path(), MIB, FileDeviceOptions.readWrite())) {
            try (var channel = java.nio.channels.FileChannel.open(path(), java.nio.file.StandardOpenOption.WRITE)) {
                channel.truncate(4096);
            }
            assertThatThrownBy(() -> device.read(8192, MemorySegment.ofArray(new byte[512])))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("offset=8192")
                    .hasMessageContaining("ends early");
        }
    }

    @Test
    void bounceBuffer_closed_isGivenBack() {
        MemoryBudget budget = new MemoryBudget(16 * MIB);
        FileDevice device =
                FileDevice.create(path(), MIB, FileDeviceOptions.readWrite().withBudget(budget));
        assertThat(budget.usedBytes()).isZero();
        device.write(0, MemorySegment.ofArray(new byte[512]));
        assertThat(budget.usedBytes()).isPositive();
        device.close();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void directIo_wherePossible_opensInAnyCase() {
        FileDeviceOptions options = FileDeviceOptions.readWrite().withDirectIo(DirectIo.WHERE_POSSIBLE);
        try (FileDevice device = FileDevice.create(path(), MIB, options)) {
            assertThat(device.sectorSize()).isEqualTo(device.direct() ? FileDevice.DIRECT_ALIGNMENT : 512);
        }
    }

    @Test
    void deviceNumbers_largeOnes_areSplitAsTheKernelDoes() {
        assertThat(FileFacts.numbers(0x803)).isEqualTo("8:3");
        assertThat(FileFacts.numbers(0x10305)).isEqualTo("259:5");
        assertThat(FileFacts.numbers(0x11110370)).isEqualTo("259:70000");
    }
}
