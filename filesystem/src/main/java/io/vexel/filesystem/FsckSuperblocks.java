package io.vexel.filesystem;

import io.vexel.base.DeviceException;
import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Finds the superblock, checks its numbers, compares its copies. */
final class FsckSuperblocks {

    private static final int OWNER_MAGIC = 0x4E574F56;
    private static final int OWNER_CRC_AT = 4;

    private final BlockDevice device;
    private final FsckFindings findings;

    FsckSuperblocks(BlockDevice device, FsckFindings findings) {
        this.device = device;
        this.findings = findings;
    }

    /** The volume's geometry, from the primary superblock or a copy; the check ends when there is none that can be trusted. */
    Geometry check() {
        if (device.size() < SuperblockRules.MIN_BYTES) {
            throw findings.fatal(device.name() + " has " + device.size() + " bytes; the smallest volume has "
                    + SuperblockRules.MIN_BYTES);
        }
        Optional<Superblock> primary = read(0);
        if (primary.isEmpty()) {
            findings.atBlock(0, "the primary superblock is damaged");
        }
        Superblock superblock = primary.or(this::anyCopy)
                .orElseThrow(
                        () -> findings.fatal(device.name() + " has no superblock of VexFS, neither first nor copy"));
        checkFeatures(superblock);
        SuperblockRules.broken(superblock, device.size(), device.sectorSize()).ifPresent(what -> {
            throw findings.fatal("the superblock states " + what);
        });
        Geometry geometry = new Geometry(superblock);
        checkCopies(geometry);
        checkOwner();
        return geometry;
    }

    private Optional<Superblock> read(long offset) {
        if (offset < 0 || offset > device.size() - Superblock.BYTES) {
            return Optional.empty();
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.max(Superblock.BYTES, device.sectorSize())]);
        try {
            device.read(offset, bytes);
        } catch (DeviceException e) {
            findings.error(e.getMessage());
            return Optional.empty();
        }
        return Superblock.decode(bytes, offset);
    }

    private Optional<Superblock> anyCopy() {
        for (int size = Superblock.MIN_BLOCK_SIZE; size <= Superblock.MAX_BLOCK_SIZE; size *= 2) {
            if (size < device.sectorSize()) {
                continue;
            }
            long total = device.size() / size;
            Optional<Superblock> found = copyAt(total - Math.max(1, Superblock.BYTES / size), size);
            List<Long> groups = Geometry.copyGroups(Math.ceilDiv(total, Superblock.GROUP_BLOCKS));
            for (int i = 0; found.isEmpty() && i < groups.size(); i++) {
                found = copyAt(groups.get(i) * Superblock.GROUP_BLOCKS, size);
            }
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<Superblock> copyAt(long block, int blockSize) {
        Optional<Superblock> copy = read(block * blockSize).filter(found -> found.blockSize() == blockSize);
        copy.ifPresent(_ -> findings.note("the superblock copy at block " + block + " is used"));
        return copy;
    }

    private void checkFeatures(Superblock superblock) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Superblock.BYTES]);
        superblock.encode(bytes, 0);
        if (Superblock.version(bytes) != Superblock.VERSION) {
            throw findings.fatal(
                    "the format version is " + Superblock.version(bytes) + ", known is " + Superblock.VERSION);
        }
        long unknown = superblock.incompatibleFeatures() & ~Superblock.KNOWN_INCOMPATIBLE;
        if (unknown != 0) {
            throw findings.fatal("the volume uses unknown features 0x" + Long.toHexString(unknown));
        }
        long unknownReadOnly = superblock.readOnlyFeatures() & ~Superblock.KNOWN_READ_ONLY;
        if (unknownReadOnly != 0) {
            findings.note("the volume may only be read: unknown features 0x" + Long.toHexString(unknownReadOnly));
        }
    }

    private void checkCopies(Geometry geometry) {
        for (long block : geometry.copies) {
            Optional<Superblock> copy = read(geometry.offset(block));
            if (copy.isEmpty()) {
                findings.atBlock(block, "the superblock copy is damaged");
            } else if (!copy.get().equals(geometry.superblock)) {
                findings.atBlock(block, "the superblock copy differs from the superblock in use");
            }
        }
    }

    private void checkOwner() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) Geometry.OWNER_OFFSET]);
        try {
            device.read(Geometry.OWNER_OFFSET, bytes);
        } catch (DeviceException e) {
            findings.error(e.getMessage());
            return;
        }
        if (bytes.mismatch(MemorySegment.ofArray(new byte[(int) Geometry.OWNER_OFFSET])) < 0) {
            return;
        }
        int stored = bytes.get(Layouts.U32, OWNER_CRC_AT);
        bytes.set(Layouts.U32, OWNER_CRC_AT, 0);
        boolean right = bytes.get(Layouts.U32, 0) == OWNER_MAGIC && io.vexel.base.Crc32c.of(0, 0, bytes) == stored;
        findings.note(
                right
                        ? "the owner record names a writer: the volume was not closed, or it is open"
                        : "the owner record is damaged; it is only a hint");
    }
}
