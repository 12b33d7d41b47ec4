package io.vexel.device;

import java.lang.foreign.MemorySegment;

/** Another device, but for what a subclass does differently. Reads that are made together come as single ones. */
public abstract class ForwardingDevice implements BlockDevice {

    protected final BlockDevice device;

    /** @param device gets everything that the subclass does not keep to itself, its closing too */
    protected ForwardingDevice(BlockDevice device) {
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
