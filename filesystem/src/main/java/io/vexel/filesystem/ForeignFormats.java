package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Recognises what else a device may hold, by the magic numbers that the formats are known by. */
final class ForeignFormats {

    /** The bytes stand as characters 0..255. */
    private record Magic(String name, long offset, String text) {

        byte[] bytes() {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private static final List<Magic> MAGICS = List.of(
            magic("an ext2/3/4 file system", 1080, 0x53, 0xEF),
            magic("an XFS file system", 0, "XFSB"),
            magic("a Btrfs file system", 0x10040, "_BHRfS_M"),
            magic("an NTFS file system", 3, "NTFS    "),
            magic("an exFAT file system", 3, "EXFAT   "),
            magic("a FAT file system", 54, "FAT1"),
            magic("a FAT32 file system", 82, "FAT32"),
            magic("a LUKS container", 0, 'L', 'U', 'K', 'S', 0xBA, 0xBE),
            magic("swap space", 4086, "SWAPSPACE2"),
            magic("swap space", 4086, "SWAP-SPACE"),
            magic("swap space", 65526, "SWAPSPACE2"),
            magic("an LVM physical volume", 512, "LABELONE"),
            magic("an LVM physical volume", 0, "LABELONE"),
            magic("an F2FS file system", 1024, 0x10, 0x20, 0xF5, 0xF2),
            magic("a Linux RAID member", 4096, 0xFC, 0x4E, 0x2B, 0xA9),
            magic("a Linux RAID member", 0, 0xFC, 0x4E, 0x2B, 0xA9),
            magic("a ZFS member", 0x20000, 0x0C, 0xB1, 0xBA, 0, 0, 0, 0, 0),
            magic("a ReiserFS file system", 65588, "ReIsEr"),
            magic("a JFS file system", 32768, "JFS1"),
            magic("an ISO 9660 image", 32769, "CD001"),
            magic("a SquashFS image", 0, "hsqs"),
            magic("a GPT partition table", 512, "EFI PART"),
            magic("a GPT partition table", 4096, "EFI PART"));

    private static final int MBR_SIGNATURE_AT = 510;
    private static final int MBR_ENTRIES_AT = 446;
    private static final int MBR_ENTRY_BYTES = 16;
    private static final int MBR_TYPE_AT = 4;

    private ForeignFormats() {}

    private static Magic magic(String name, long offset, int... bytes) {
        byte[] value = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            value[i] = (byte) bytes[i];
        }
        return new Magic(name, offset, new String(value, StandardCharsets.ISO_8859_1));
    }

    private static Magic magic(String name, long offset, String text) {
        return new Magic(name, offset, text);
    }

    /** What the device holds, in words, when it is something known. */
    static Optional<String> find(BlockDevice device) {
        for (Magic magic : MAGICS) {
            int length = magic.text().length();
            if (magic.offset() + length <= device.size()
                    && bytes(device, magic.offset(), length).mismatch(MemorySegment.ofArray(magic.bytes())) < 0) {
                return Optional.of(magic.name());
            }
        }
        return hasPartitions(device) ? Optional.of("a partition table") : Optional.empty();
    }

    private static boolean hasPartitions(BlockDevice device) {
        if (device.size() < MBR_SIGNATURE_AT + 2
                || bytes(device, MBR_SIGNATURE_AT, 2).get(Layouts.U16, 0) != (short) 0xAA55) {
            return false;
        }
        for (int i = 0; i < 4; i++) {
            long type = MBR_ENTRIES_AT + (long) i * MBR_ENTRY_BYTES + MBR_TYPE_AT;
            if (bytes(device, type, 1).get(Layouts.U8, 0) != 0) {
                return true;
            }
        }
        return false;
    }

    private static MemorySegment bytes(BlockDevice device, long offset, int length) {
        int sector = device.sectorSize();
        long start = offset / sector * sector;
        long end = Math.ceilDiv(offset + length, sector) * sector;
        MemorySegment sectors = MemorySegment.ofArray(new byte[(int) (end - start)]);
        device.read(start, sectors);
        return sectors.asSlice(offset - start, length);
    }
}
