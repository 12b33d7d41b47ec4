package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.ConflictException;
import io.vexel.base.CorruptionException;
import io.vexel.base.FormatVersionException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MkfsTest {

    @ParameterizedTest
    @CsvSource({
        "1024, 17825792",
        "2048, 17825792",
        "4096, 17825792",
        "8192, 17825792",
        "16384, 17825792",
        "32768, 17825792",
        "65536, 17825792",
        "1024, 17592186044416",
        "4096, 17592186044416",
        "65536, 17592186044416",
        "4096, 1800000000000",
        "4096, 134221824",
        "1024, 5000000512"
    })
    void format_ofAnySize_makesACleanVolume(int blockSize, long size) {
        SparseDevice device = new SparseDevice(size);
        FormatOptions options =
                FormatOptions.defaults().withBlockSize(blockSize).withLabel("näme");
        VolumeInfo made = Mkfs.format(device, options);
        VolumeInfo planned = Mkfs.plan(size, 512, options);
        assertThat(made)
                .usingRecursiveComparison()
                .ignoringFields("createdMillis")
                .isEqualTo(planned);
        assertThat(device.chunkBytes()).isLessThan(160 * Bytes.MIB);
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            assertThat(volume.warnings()).isEmpty();
            assertThat(volume.info().label()).isEqualTo("näme");
            volume.update(tx -> tx.write(
                    tx.createFile(FileSystem.ROOT, "f", FileKind.VECTOR), 0, FileSystemTest.bytes(1, 100_000)));
        }
        if (size < Bytes.TIB) {
            assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
        }
    }

    @Test
    void defaultLayout_onLargeVolume_isTheDocumentedOne() {
        VolumeInfo info = Mkfs.plan(1_800_000_000_000L, 512, FormatOptions.defaults());
        assertThat(info.blocksPerGroup()).isEqualTo(32_768);
        assertThat(info.inodesPerGroup()).isEqualTo(8_192);
        assertThat(info.journalBlocks()).isEqualTo(32_768);
        assertThat(info.vectorBlocks()).isEqualTo(131_072);
        assertThat(info.efficiencyPercent()).isGreaterThan(98.0);
    }

    @Test
    void values_outOfRange_areNamed() {
        FormatOptions defaults = FormatOptions.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withBlockSize(3000))
                .withMessageContaining("blockSize=3000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withInodeRatio(1023))
                .withMessageContaining("inodeRatio=1023");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withDefaultDimension(4097))
                .withMessageContaining("defaultDimension=4097");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.withLabel("x".repeat(65)))
                .withMessageContaining("label=");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mkfs.plan(17 * Bytes.MIB - 4096, 512, defaults))
                .withMessageContaining("volumeBytes=");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mkfs.plan(17 * Bytes.MIB, 512, defaults.withJournalBlocks(10_000)))
                .withMessageContaining("journalBlocks=10000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mkfs.plan(64 * Bytes.MIB, 8192, defaults))
                .withMessageContaining("sector size 8192");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mkfs.plan(64 * Bytes.MIB, 512, defaults.withVectorBlocks(100_000)))
                .withMessageContaining("volumeBytes=");
    }

    @ParameterizedTest
    @CsvSource({
        "1080, 53ef, ext2",
        "0, 58465342, XFS",
        "65600, 5f42485266535f4d, Btrfs",
        "3, 4e54465320202020, NTFS",
        "4086, 53574150535041434532, swap",
        "0, 4c554b53babe, LUKS",
        "512, 4546492050415254, GPT"
    })
    void device_withAnotherFormat_isRefusedUnlessForced(int offset, String hex, String name) {
        SparseDevice device = new SparseDevice(32 << 20);
        byte[] magic = java.util.HexFormat.of().parseHex(hex);
        MemorySegment bytes = MemorySegment.ofArray(new byte[1 << 17]);
        MemorySegment.copy(magic, 0, bytes, Layouts.U8, offset, magic.length);
        device.write(0, bytes);
        assertThatThrownBy(() -> Mkfs.format(device, FormatOptions.defaults()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining(name);
        Mkfs.format(device, FormatOptions.defaults().withForce());
        assertThatThrownBy(() -> Mkfs.format(device, FormatOptions.defaults()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("VexFS");
        FileSystem.open(device, MountOptions.defaults()).close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 4096, 65536})
    void primarySuperblock_damaged_isReplacedByACopyWithAWarning(int blockSize) {
        SparseDevice device = new SparseDevice(300L << 20);
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(blockSize));
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            volume.update(tx -> tx.createDirectory(FileSystem.ROOT, "d"));
        }
        byte[] garbage = "garbage".repeat(100).substring(0, 512).getBytes(StandardCharsets.US_ASCII);
        device.write(0, MemorySegment.ofArray(garbage));
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            assertThat(volume.warnings()).hasSize(1);
            assertThat(volume.warnings().getFirst()).contains("superblock at byte 0 is damaged");
            assertThat(volume.lookup(FileSystem.ROOT, "d")).isPresent();
        }
    }

    @Test
    void copies_ofAnEarlierVolumeWithOtherBlocks_areGone() {
        SparseDevice device = new SparseDevice(300L << 20);
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(1024));
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(4096).withForce());
        device.write(0, MemorySegment.ofArray(new byte[512]));
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            assertThat(volume.info().blockSize()).isEqualTo(4096);
        }
    }

    @Test
    void device_withoutVolume_isRefused() {
        SparseDevice device = new SparseDevice(32 << 20);
        assertThatThrownBy(() -> FileSystem.open(device, MountOptions.defaults()))
                .isInstanceOf(FormatVersionException.class);
    }

    @Test
    void features_unknownToThisProgram_decideHowTheVolumeOpens() {
        SparseDevice device = new SparseDevice(32 << 20);
        Mkfs.format(device, FormatOptions.defaults());
        patchFeatures(device, Superblock.READ_ONLY_AT);
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            assertThat(volume.isWritable()).isFalse();
            assertThat(volume.warnings()).hasSize(1);
        }
        patchFeatures(device, Superblock.INCOMPATIBLE_AT);
        assertThatThrownBy(() -> FileSystem.open(device, MountOptions.defaults()))
                .isInstanceOf(FormatVersionException.class)
                .hasMessageContaining("incompatible features");
    }

    private static void patchFeatures(SparseDevice device, int at) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Superblock.BYTES]);
        device.read(0, bytes);
        bytes.set(Layouts.U64, at, bytes.get(Layouts.U64, at) | 1L << 40);
        bytes.set(Layouts.U32, Superblock.CRC_AT, 0);
        bytes.set(Layouts.U32, Superblock.CRC_AT, io.vexel.base.Crc32c.of(bytes));
        device.write(0, bytes);
    }

    @Test
    void groupTable_damaged_isNoticedAtOpen() {
        SparseDevice device = new SparseDevice(64 << 20);
        Mkfs.format(device, FormatOptions.defaults());
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            volume.update(tx -> tx.createDirectory(FileSystem.ROOT, "d"));
        }
        Geometry geometry = new Geometry(SuperblockReader.find(device).superblock());
        long offset = geometry.offset(geometry.regions.groupTable().start());
        device.write(offset, MemorySegment.ofArray(new byte[512]));
        assertThatThrownBy(() -> FileSystem.open(device, MountOptions.defaults()))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("group table");
    }

    @Test
    void owner_whileMounted_isDescribed() {
        SparseDevice device = new SparseDevice(64 << 20);
        Mkfs.format(device, FormatOptions.defaults());
        assertThat(FileSystem.describeOwner(device)).isEmpty();
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            assertThat(volume.isWritable()).isTrue();
            assertThat(FileSystem.describeOwner(device).orElseThrow())
                    .startsWith(ProcessHandle.current().pid() + "@")
                    .contains(" since ");
        }
        assertThat(FileSystem.describeOwner(device)).isEmpty();
    }
}
