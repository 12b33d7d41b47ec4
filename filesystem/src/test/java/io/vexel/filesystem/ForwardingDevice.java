package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;

/** Another device, but for what a subclass does differently. */
abstract class ForwardingDevice implements BlockDevice {

    final BlockDevice device;

    ForwardingDevice(BlockDevice device) {
        this.device = device;
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
        return device.readOnly();
    }

    @Override
    public void read(long offset, MemorySegment target) {
        device.read(offset, target);
    }

    @Override
    public void write(long offset, MemorySegment source) {
        device.write(offset, source);
    }

    @Override
    public void flush() {
        device.flush();
    }

    @Override
    public void discard(long offset, long length) {
        device.discard(offset, length);
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public void close() {
        device.close();
    }
}
