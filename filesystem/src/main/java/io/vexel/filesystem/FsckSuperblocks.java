package io.vexel.filesystem;

import io.vexel.base.Bytes;
import io.vexel.base.DeviceException;
import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Finds the superblock, compares its copies, and holds its numbers against the arithmetic of FORMAT.md sections 2 to 4. */
final class FsckSuperblocks {

    private static final long MIN_BYTES = 17 * Bytes.MIB;
    private static final long MAX_BYTES = 16 * Bytes.TIB;
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
        if (device.size() < MIN_BYTES) {
            throw findings.fatal(
                    device.name() + " has " + device.size() + " bytes; the smallest volume has " + MIN_BYTES);
        }
        Optional<Superblock> primary = read(0);
        if (primary.isEmpty()) {
            findings.atBlock(0, "the primary superblock is damaged");
        }
        Superblock superblock = primary.or(this::anyCopy)
                .orElseThrow(
                        () -> findings.fatal(device.name() + " has no superblock of VexFS, neither first nor copy"));
        checkFeatures(superblock);
        checkNumbers(superblock);
        checkRegions(superblock);
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

    private void checkNumbers(Superblock superblock) {
        int size = superblock.blockSize();
        require(
                Integer.bitCount(size) == 1 && size >= Superblock.MIN_BLOCK_SIZE && size <= Superblock.MAX_BLOCK_SIZE,
                "block size " + size);
        require(
                size >= device.sectorSize(),
                "block size " + size + " below the device's sector " + device.sectorSize());
        long total = superblock.totalBlocks();
        require(total > 0 && total <= MAX_BYTES / size && total * size > MIN_BYTES - size, "total blocks " + total);
        require(total <= device.size() / size, "total blocks " + total + ", more than the device has");
        int inodes = superblock.inodesPerGroup();
        int step = Math.max(64, size / Superblock.INODE_BYTES);
        require(inodes > 0 && inodes % step == 0 && inodes <= 1 << 24, "inodes per group " + inodes);
        int unit = superblock.journalUnit();
        require(
                Integer.bitCount(unit) == 1 && unit >= 1024 && unit <= size && unit >= device.sectorSize(),
                "journal unit " + unit);
    }

    private void require(boolean right, String what) {
        if (!right) {
            throw findings.fatal("the superblock states " + what);
        }
    }

    private void checkRegions(Superblock superblock) {
        Superblock.Regions regions = superblock.regions();
        int size = superblock.blockSize();
        long total = superblock.totalBlocks();
        long groups = superblock.groups();
        long checkBlocks = Math.ceilDiv(total, Geometry.perBlock(size, 8));
        long generationBlocks = Math.ceilDiv(checkBlocks, Geometry.perBlock(size, 4));
        long inodeBytes = Math.multiplyExact(groups * superblock.inodesPerGroup(), Superblock.INODE_BYTES);
        long[] lengths = {
            1,
            regions.journal().blocks(),
            Math.ceilDiv(groups, Geometry.perBlock(size, 16)),
            Math.ceilDiv(generationBlocks, Geometry.perBlock(size, 4)),
            generationBlocks,
            Math.ceilDiv(groups * 4096, size),
            Math.ceilDiv(groups * superblock.inodesPerGroup() / 8, size),
            checkBlocks,
            Math.ceilDiv(inodeBytes, size)
        };
        require(lengths[1] > 0 && lengths[1] < total, "a journal of " + lengths[1] + " blocks");
        long at = Geometry.HEAD_BYTES / size;
        for (int i = 0; i < lengths.length; i++) {
            Span region = regions.inOrder().get(i);
            require(
                    region.start() == at && region.blocks() == lengths[i],
                    "region " + i + " at " + region.start() + " with " + region.blocks() + " blocks; it must be at "
                            + at + " with " + lengths[i]);
            at += lengths[i];
        }
        require(at <= total - superblock.copyBlocks(), "metadata that reaches behind the volume");
        Span vectors = regions.vectorArea();
        long aligned = Math.ceilDiv(at, (2 << 20) / size) * ((2 << 20) / size);
        require(
                vectors.blocks() == 0
                        || (vectors.start() == aligned && vectors.blocks() > 0 && vectors.blocks() <= total - aligned),
                "a vector area at " + vectors.start() + " with " + vectors.blocks() + " blocks");
        require(
                JournalLayout.ringBytes(new Geometry(superblock)) >= 4L * superblock.journalUnit(),
                "a journal of " + lengths[1] + " blocks");
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
