package io.vexel.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What kind of thing a path is and how large its sectors are.
 *
 * @param raw true for a block device
 * @param sectorBytes logical sector: 512 for image files
 */
record FileFacts(boolean raw, int sectorBytes) {

    private static final int TYPE_MASK = 0170000;
    private static final int BLOCK_DEVICE = 0060000;

    static FileFacts of(Path path) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return new FileFacts(false, SectorDevice.MIN_SECTOR_BYTES);
        }
        int mode = (int) Files.getAttribute(path, "unix:mode");
        if ((mode & TYPE_MASK) != BLOCK_DEVICE) {
            return new FileFacts(false, SectorDevice.MIN_SECTOR_BYTES);
        }
        return new FileFacts(true, sectorBytes(numbers((long) Files.getAttribute(path, "unix:rdev"))));
    }

    /** Major and minor number as the name of the device's directory in sysfs. */
    static String numbers(long device) {
        long major = ((device >>> 8) & 0xFFF) | ((device >>> 32) & 0xFFFFF000L);
        long minor = (device & 0xFF) | ((device >>> 12) & 0xFFFFFF00L);
        return major + ":" + minor;
    }

    private static int sectorBytes(String numbers) throws IOException {
        Path directory = Path.of("/sys/dev/block", numbers);
        for (String place : new String[] {"queue/logical_block_size", "../queue/logical_block_size"}) {
            // Resolved first: the directory is a link, and a partition has its queue one level up.
            Path file = directory.toRealPath().resolve(place);
            if (Files.isReadable(file)) {
                return Integer.parseInt(Files.readString(file).strip());
            }
        }
        return SectorDevice.MIN_SECTOR_BYTES;
    }
}
