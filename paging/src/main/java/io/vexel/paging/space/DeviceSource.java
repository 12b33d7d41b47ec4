package io.vexel.paging.space;

import io.vexel.base.Checks;
import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;

/**
 * Pages that lie one behind the other on a device, from an offset on. The device stays open and stays its owner's.
 *
 * @param offset of page 0 in bytes, a multiple of the device's sector
 * @param pageBytes bytes of a page, a multiple of the sector
 */
public record DeviceSource(BlockDevice device, long offset, int pageBytes) implements PageSource {

    public DeviceSource {
        Checks.inRange("offset", offset, 0, device.size());
        Checks.argument(
                offset % device.sectorSize() == 0 && pageBytes % device.sectorSize() == 0,
                "offset=" + offset + " pageBytes=" + pageBytes + ", allowed: multiples of the sector "
                        + device.sectorSize());
    }

    @Override
    public String name() {
        return device.name();
    }

    /** Pages that the device has room for. */
    public long pages() {
        return (device.size() - offset) / pageBytes;
    }

    @Override
    public void read(long first, MemorySegment target) {
        device.read(offset + first * pageBytes, target);
    }

    @Override
    public void readMany(long[] pages, MemorySegment[] targets, int count) {
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = offset + pages[i] * pageBytes;
        }
        device.readMany(offsets, targets, count);
    }

    @Override
    public void write(long first, MemorySegment source) {
        device.write(offset + first * pageBytes, source);
    }
}
