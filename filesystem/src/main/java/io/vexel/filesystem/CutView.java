package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A device as it would read after some of its parts were erased; nothing is written through it.
 *
 * @param device what is looked at; stays open
 * @param erased byte offsets of the parts that read as zeros
 * @param unit bytes of a part
 */
record CutView(BlockDevice device, Set<Long> erased, int unit) implements BlockDevice {

    @Override
    public void read(long offset, MemorySegment target) {
        device.read(offset, target);
        for (long part : erased) {
            long from = Math.max(part, offset);
            long to = Math.min(part + unit, offset + target.byteSize());
            if (from < to) {
                target.asSlice(from - offset, to - from).fill((byte) 0);
            }
        }
    }

    @Override
    public long size() {
        return device.size();
    }

    @Override
    public int sectorSize() {
        return device.sectorSize();
    }

    @Override
    public boolean readOnly() {
        return true;
    }

    @Override
    public void write(long offset, MemorySegment source) {
        throw new UnsupportedOperationException("write to a view");
    }

    @Override
    public void flush() {
        throw new UnsupportedOperationException("flush of a view");
    }

    @Override
    public void discard(long offset, long length) {
        throw new UnsupportedOperationException("discard in a view");
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public void close() {
        // The device is somebody else's.
    }
}
