package io.vexel.engine;

import io.vexel.base.Checks;
import io.vexel.device.DeviceAccess;
import io.vexel.device.DirectIo;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.VolumeInfo;
import io.vexel.memory.MemoryBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The image file or block device below a volume. Direct I/O is used where the volume's blocks are not smaller than its sectors;
 * smaller ones go through the page cache.
 */
final class VolumeFiles {

    private static final int PLANNED_SECTOR_BYTES = 512;
    private static final int DIRECT_SECTOR_BYTES = 4096;

    private VolumeFiles() {}

    static FileDevice open(Path path, VolumeOptions options) {
        DeviceAccess access = options.readOnly() ? DeviceAccess.READ_ONLY : DeviceAccess.READ_WRITE;
        FileDeviceOptions wanted = deviceOptions(access, options.budget());
        if (options.buffered()) {
            wanted = wanted.withDirectIo(DirectIo.OFF);
        }
        FileDevice device = FileDevice.open(path, wanted);
        if (!device.direct() || !hasSmallBlocks(device)) {
            return device;
        }
        device.close();
        return FileDevice.open(path, wanted.withDirectIo(DirectIo.OFF));
    }

    /**
     * Makes an image file for a volume, which has none on it yet.
     *
     * @param options of the volume whose like it is to be
     */
    static FileDevice create(Path path, long bytes, int blockSize, VolumeOptions options) {
        FileDeviceOptions wanted = deviceOptions(DeviceAccess.READ_WRITE, options.budget());
        boolean buffered = options.buffered() || blockSize < DIRECT_SECTOR_BYTES;
        return FileDevice.create(path, bytes, buffered ? wanted.withDirectIo(DirectIo.OFF) : wanted);
    }

    private static boolean hasSmallBlocks(FileDevice device) {
        try {
            return FileSystem.blockSize(device).orElse(Integer.MAX_VALUE) < device.sectorSize();
        } catch (RuntimeException | Error e) {
            device.close();
            throw e;
        }
    }

    /** What {@link #format} would make of a specification with a size. */
    static VolumeInfo plan(FormatSpec spec) {
        return Mkfs.plan(spec.bytes(), PLANNED_SECTOR_BYTES, formatOptions(spec));
    }

    /** A specification that does not go together is refused before anything that stands there is given up. */
    static VolumeInfo format(Path path, FormatSpec spec) {
        FormatOptions options = formatOptions(spec);
        if (spec.bytes() != 0) {
            plan(spec);
        }
        boolean exists = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        FileDevice device = deviceToFormat(path, spec, exists);
        try (device) {
            if (!Files.isRegularFile(path)) {
                checkRawSize(path, spec.bytes(), device.size());
            }
            return Mkfs.format(device, options);
        } catch (RuntimeException | Error e) {
            if (!exists) {
                remove(path, e);
            }
            throw e;
        }
    }

    /** A block device is formatted whole: another size is refused rather than passed over. */
    static void checkRawSize(Path path, long wanted, long whole) {
        Checks.argument(
                wanted == 0 || wanted == whole,
                "bytes=" + wanted + ", allowed: " + whole + ", which " + path + " has, or no size");
    }

    private static FileDevice deviceToFormat(Path path, FormatSpec spec, boolean exists) {
        FileDeviceOptions access = deviceOptions(DeviceAccess.READ_WRITE, MemoryBudget.unlimited());
        if (spec.blockBytes() < DIRECT_SECTOR_BYTES) {
            access = access.withDirectIo(DirectIo.OFF);
        }
        if (spec.bytes() == 0) {
            return FileDevice.open(path, access);
        }
        return exists && (spec.overwrite() || !Files.isRegularFile(path))
                ? FileDevice.overwrite(path, spec.bytes(), access)
                : FileDevice.create(path, spec.bytes(), access);
    }

    private static void remove(Path image, Throwable failure) {
        try {
            Files.deleteIfExists(image);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static FormatOptions formatOptions(FormatSpec spec) {
        FormatOptions result = FormatOptions.defaults()
                .withLabel(spec.label())
                .withBlockSize(spec.blockBytes())
                .withInodeRatio(spec.bytesPerInode())
                .withDefaultDimension(spec.defaultDimension());
        if (spec.journalBlocks() != 0) {
            result = result.withJournalBlocks(spec.journalBlocks());
        }
        return spec.overwrite() ? result.withForce() : result;
    }

    private static FileDeviceOptions deviceOptions(DeviceAccess access, MemoryBudget budget) {
        return new FileDeviceOptions(access, DirectIo.WHERE_POSSIBLE, true, budget, FileSystem::describeOwner);
    }
}
