package io.vexel.paging.swap;

import io.vexel.base.Checks;
import io.vexel.device.BlockDevice;

/**
 * A part of a device to swap to: a whole device, a file of its own, or a range of one. The device stays open and stays its owner's.
 *
 * @param offset first byte, a multiple of the sector size
 * @param bytes how many, within the device; what does not fill a page is not used
 * @param priority spaces of higher priority are filled first, those of the same one in their order
 */
public record SwapSpace(BlockDevice device, long offset, long bytes, int priority) {

    public SwapSpace {
        Checks.inRange("offset", offset, 0, device.size());
        Checks.inRange("bytes", bytes, 0, device.size() - offset);
        Checks.argument(
                offset % device.sectorSize() == 0,
                "offset=" + offset + ", allowed: multiples of the sector size " + device.sectorSize());
        Checks.argument(!device.readOnly(), "device=" + device.name() + ", allowed: a device that can be written");
    }

    /** Whether some byte belongs to both. */
    boolean overlaps(SwapSpace other) {
        return device.equals(other.device) && offset < other.offset + other.bytes && other.offset < offset + bytes;
    }

    /** All of a device. */
    public static SwapSpace whole(BlockDevice device, int priority) {
        return new SwapSpace(device, 0, device.size(), priority);
    }
}
