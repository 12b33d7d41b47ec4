package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import io.vexel.base.FormatVersionException;
import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the superblock: the primary, or when that is damaged the first good copy. */
final class SuperblockReader {

    /**
     * What was found.
     *
     * @param warning what is wrong with the primary, if something is
     */
    record Found(Superblock superblock, Optional<String> warning) {}

    private SuperblockReader() {}

    /**
     * @throws FormatVersionException when there is no VexFS volume, or one this program must not open
     * @throws CorruptionException when the primary is damaged and no copy is good, or the device is too small
     */
    static Found find(BlockDevice device) {
        MemorySegment head = read(device, 0);
        Optional<Superblock> primary = Superblock.decode(head, 0);
        if (primary.isPresent()) {
            return new Found(checked(device, primary.get(), Superblock.version(head)), Optional.empty());
        }
        for (long offset : copyOffsets(device)) {
            MemorySegment copy = read(device, offset);
            Optional<Superblock> superblock = Superblock.decode(copy, offset);
            if (superblock.isPresent()
                    && SuperblockRules.broken(superblock.get(), device).isEmpty()
                    && fits(superblock.get(), offset)) {
                return new Found(
                        checked(device, superblock.get(), Superblock.version(copy)),
                        Optional.of("the superblock at byte 0 is damaged; its copy at byte " + offset + " is used"));
            }
        }
        long magic = head.get(Layouts.U64, Superblock.MAGIC_AT);
        if (magic == Superblock.MAGIC) {
            throw new CorruptionException(0, device.name() + ": the superblock and all its copies are damaged");
        }
        throw new FormatVersionException(device.name() + " holds no VexFS volume", 0, Superblock.VERSION);
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
        SuperblockRules.broken(superblock, device).ifPresent(what -> {
            throw new CorruptionException(0, device.name() + ": the superblock states " + what);
        });
        return superblock;
    }
}
