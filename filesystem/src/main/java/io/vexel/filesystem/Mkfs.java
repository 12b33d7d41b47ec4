package io.vexel.filesystem;

import io.vexel.base.AccessException;
import io.vexel.base.Bytes;
import io.vexel.base.ConflictException;
import io.vexel.base.TimeSource;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Makes a volume on a device. */
public final class Mkfs {

    /** Commit number of the state block that formatting writes; the root directory is commit 2. */
    private static final long FIRST_COMMIT = 1;

    /** More than this of the journal is not cleared, so that formatting stays fast with large blocks. */
    private static final long MAX_CLEARED_BYTES = 128 * Bytes.MIB;

    private Mkfs() {}

    /**
     * What {@link #format} would make, without a device and without writing.
     *
     * @param deviceBytes 17 MiB to 16 TiB
     * @param sectorSize sector size of the device in bytes
     * @throws IllegalArgumentException when size, sector size and options do not go together
     */
    public static VolumeInfo plan(long deviceBytes, int sectorSize, FormatOptions options) {
        Superblock superblock = VolumePlan.of(deviceBytes, sectorSize, options, TimeSource.SYSTEM.epochMillis());
        Geometry geometry = new Geometry(superblock);
        VolumeCounters counters =
                new VolumeCounters(geometry.defaultFreeBlocks(), geometry.totalInodes() - 2, 0, 0, FIRST_COMMIT + 1);
        return counters.describe(geometry);
    }

    /** As the other, with the system's clock. */
    public static VolumeInfo format(BlockDevice device, FormatOptions options) {
        return format(device, options, TimeSource.SYSTEM);
    }

    /**
     * Formats. Writes only what a fresh volume needs, a few blocks whatever its size; everything else counts as never written. The
     * superblock is written last, so that a crash leaves no volume. The device stays open.
     *
     * @throws ConflictException when the device holds something and the options do not force
     * @throws AccessException when the device is read-only
     * @throws IllegalArgumentException when device and options do not go together
     */
    public static VolumeInfo format(BlockDevice device, FormatOptions options, TimeSource time) {
        Superblock superblock = VolumePlan.of(device.size(), device.sectorSize(), options, time.epochMillis());
        if (device.readOnly()) {
            throw new AccessException(device.name() + " is read-only");
        }
        if (!options.force()) {
            requireUnused(device);
        }
        Geometry geometry = new Geometry(superblock);
        clear(device, 0, Geometry.HEAD_BYTES);
        clearCopies(device, geometry);
        writeEmpty(device, geometry);
        VolumeInfo info = makeRoot(device, superblock, time);
        writeSuperblocks(device, geometry);
        return info;
    }

    private static void requireUnused(BlockDevice device) {
        Optional<String> held =
                SuperblockReader.looksLikeVolume(device) ? Optional.of("a VexFS volume") : ForeignFormats.find(device);
        if (held.isPresent()) {
            throw new ConflictException(device.name() + " holds " + held.get() + "; force formatting to overwrite it");
        }
    }

    private static void clear(BlockDevice device, long offset, long bytes) {
        device.write(offset, MemorySegment.ofArray(new byte[(int) bytes]));
    }

    /** A copy of an older superblock must not win over the one that a crash kept from being written, nor over this volume's copies. */
    private static void clearCopies(BlockDevice device, Geometry geometry) {
        for (long offset : SuperblockReader.copyOffsets(device)) {
            MemorySegment bytes = SuperblockReader.read(device, offset);
            if (bytes.get(Layouts.U64, Superblock.MAGIC_AT) == Superblock.MAGIC) {
                clear(device, offset, bytes.byteSize());
            }
        }
        for (long copy : geometry.copies) {
            clear(device, geometry.offset(copy), (long) geometry.superblock.copyBlocks() * geometry.blockSize);
        }
    }

    private static void writeEmpty(BlockDevice device, Geometry geometry) {
        long stateBlock = geometry.regions.state().start();
        MemorySegment state = MemorySegment.ofArray(new byte[geometry.blockSize]);
        BlockHeader.initialise(state, BlockHeader.Type.STATE, stateBlock, 0);
        state.set(Layouts.U64, StateLayout.COMMIT_AT, FIRST_COMMIT);
        state.set(Layouts.U64, StateLayout.FREE_BLOCKS_AT, geometry.defaultFreeBlocks());
        state.set(Layouts.U64, StateLayout.FREE_INODES_AT, geometry.totalInodes() - 1);
        state.set(Layouts.U32, StateLayout.NEXT_GENERATION_AT, 1);
        BlockHeader.seal(state, geometry.volumeKey, FIRST_COMMIT);
        device.write(geometry.offset(stateBlock), state);
        clearJournal(device, geometry);
        int unit = geometry.superblock.journalUnit();
        Journal.writeSlot(
                device,
                geometry,
                MemorySegment.ofArray(new byte[unit]),
                new JournalReader.Slot(2, 0, FIRST_COMMIT + 1, FIRST_COMMIT));
        device.flush();
    }

    /**
     * Zeros in the journal leave nothing that could be taken for a record, and give a sparse image the space, so that no commit waits for
     * the host's file system to find it.
     */
    private static void clearJournal(BlockDevice device, Geometry geometry) {
        long start = geometry.offset(geometry.regions.journal().start());
        long bytes = Math.min(geometry.offset(geometry.regions.journal().blocks()), MAX_CLEARED_BYTES);
        MemorySegment zeros = MemorySegment.ofArray(new byte[(int) Math.min(bytes, Bytes.MIB)]);
        for (long at = 0; at < bytes; at += zeros.byteSize()) {
            device.write(start + at, zeros.asSlice(0, Math.min(zeros.byteSize(), bytes - at)));
        }
    }

    private static VolumeInfo makeRoot(BlockDevice device, Superblock superblock, TimeSource time) {
        MountOptions options = new MountOptions(false, MemoryBudget.unlimited(), time);
        FileSystem volume = FileSystem.mount(device, superblock, options, List.of());
        try {
            volume.makeRoot();
            return volume.info();
        } finally {
            volume.detach();
        }
    }

    /** Makes what was written a volume: the copies first, then the primary. */
    static void writeSuperblocks(BlockDevice device, Geometry geometry) {
        for (long copy : geometry.copies) {
            writeSuperblock(device, geometry, geometry.offset(copy));
        }
        device.flush();
        writeSuperblock(device, geometry, 0);
        device.flush();
    }

    private static void writeSuperblock(BlockDevice device, Geometry geometry, long offset) {
        int bytes = Math.max(Superblock.BYTES, geometry.blockSize);
        MemorySegment target =
                MemorySegment.ofArray(new byte[Math.max(Superblock.BYTES, offset == 0 ? device.sectorSize() : bytes)]);
        geometry.superblock.encode(target, offset);
        device.write(offset, target);
    }
}
