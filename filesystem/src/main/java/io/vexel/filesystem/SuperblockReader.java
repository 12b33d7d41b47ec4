package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import io.vexel.base.FormatVersionException;
import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Finds the superblock: the primary, or when that is damaged the first good copy. */
final class SuperblockReader {

    /**
     * What was found.
     *
     * @param warning what is wrong with the primary, if something is
     */
    record Found(Superblock superblock, Optional<String> warning) {}

    /** A superblock that is whole, with the format version it has and the byte where it stands. */
    private record Located(Superblock superblock, int version, long offset) {

        Optional<String> warning() {
            return offset == 0
                    ? Optional.empty()
                    : Optional.of("the superblock at byte 0 is damaged; its copy at byte " + offset + " is used");
        }
    }

    private SuperblockReader() {}

    /**
     * @throws FormatVersionException when there is no VexFS volume, or one this program must not open
     * @throws CorruptionException when the primary is damaged and no copy is good, or the device is too small
     */
    static Found find(BlockDevice device) {
        Optional<Located> located = locate(device);
        if (located.isPresent()) {
            Located found = located.get();
            return new Found(checked(device, found.superblock(), found.version()), found.warning());
        }
        if (device.size() >= readBytes(device)
                && read(device, 0).get(Layouts.U64, Superblock.MAGIC_AT) == Superblock.MAGIC) {
            throw new CorruptionException(0, device.name() + ": the superblock and all its copies are damaged");
        }
        throw new FormatVersionException(device.name() + " holds no VexFS volume", 0, Superblock.VERSION);
    }

    /** The block size that the superblock or its first good copy tells, whether this program may open the volume or not. */
    static OptionalInt blockSize(BlockDevice device) {
        return locate(device).stream()
                .mapToInt(found -> found.superblock().blockSize())
                .findFirst();
    }

    private static Optional<Located> locate(BlockDevice device) {
        if (device.size() < readBytes(device)) {
            return Optional.empty();
        }
        MemorySegment head = read(device, 0);
        Optional<Superblock> primary = Superblock.decode(head, 0);
        if (primary.isPresent()) {
            return Optional.of(new Located(primary.get(), Superblock.version(head), 0));
        }
        for (long offset : copyOffsets(device)) {
            MemorySegment copy = read(device, offset);
            Optional<Superblock> superblock = Superblock.decode(copy, offset);
            if (superblock.isPresent() && fits(superblock.get(), offset)) {
                return Optional.of(new Located(superblock.get(), Superblock.version(copy), offset));
            }
        }
        return Optional.empty();
    }

    /** True when magic or a copy says that a VexFS volume is here, however damaged. */
    static boolean looksLikeVolume(BlockDevice device) {
        if (device.size() < Superblock.BYTES) {
            return false;
        }
        if (read(device, 0).get(Layouts.U64, Superblock.MAGIC_AT) == Superblock.MAGIC) {
            return true;
        }
        for (long offset : copyOffsets(device)) {
            if (Superblock.decode(read(device, offset), offset).isPresent()) {
                return true;
            }
        }
        return false;
    }

    private static boolean fits(Superblock superblock, long offset) {
        return new Geometry(superblock).copies.contains(offset / superblock.blockSize());
    }

    /** Where copies may be, for every block size, in the order of FORMAT.md section 4. */
    static List<Long> copyOffsets(BlockDevice device) {
        List<Long> result = new ArrayList<>();
        for (int size = Superblock.MIN_BLOCK_SIZE; size <= Superblock.MAX_BLOCK_SIZE; size *= 2) {
            long blocks = device.size() / size;
            int length = Math.max(1, Superblock.BYTES / size);
            if (size < device.sectorSize() && device.sectorSize() > Superblock.BYTES) {
                continue;
            }
            addIfReadable(result, device, (blocks - length) * size);
            for (long group : Geometry.copyGroups(Math.ceilDiv(blocks, Superblock.GROUP_BLOCKS))) {
                addIfReadable(result, device, group * Superblock.GROUP_BLOCKS * size);
            }
        }
        return result;
    }

    private static void addIfReadable(List<Long> offsets, BlockDevice device, long offset) {
        if (offset > 0 && offset % device.sectorSize() == 0 && offset + readBytes(device) <= device.size()) {
            offsets.add(offset);
        }
    }

    private static int readBytes(BlockDevice device) {
        return Math.max(Superblock.BYTES, device.sectorSize());
    }

    static MemorySegment read(BlockDevice device, long offset) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[readBytes(device)]);
        device.read(offset, bytes);
        return bytes;
    }

    private static Superblock checked(BlockDevice device, Superblock superblock, int version) {
        if (version != Superblock.VERSION) {
            throw new FormatVersionException(
                    device.name() + " has format version " + version + ", this program knows " + Superblock.VERSION,
                    version,
                    Superblock.VERSION);
        }
        long unknown = superblock.incompatibleFeatures() & ~Superblock.KNOWN_INCOMPATIBLE;
        if (unknown != 0) {
            throw new FormatVersionException(
                    device.name() + " uses incompatible features that this program does not know: 0x"
                            + Long.toHexString(unknown),
                    superblock.incompatibleFeatures(),
                    Superblock.KNOWN_INCOMPATIBLE);
        }
        if (superblock.blockSize() < device.sectorSize()) {
            throw new FormatVersionException(
                    device.name() + " has sectors of " + device.sectorSize()
                            + " bytes, larger than the volume's blocks of " + superblock.blockSize(),
                    superblock.blockSize(),
                    device.sectorSize());
        }
        if (superblock.totalBlocks() > device.size() / superblock.blockSize()) {
            throw new CorruptionException(
                    superblock.totalBlocks(),
                    device.name() + " is smaller than the volume on it: bytes=" + device.size());
        }
        return superblock;
    }
}
