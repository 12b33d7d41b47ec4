package io.vexel.device;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Another device, with whose help what a write or a discard is about to change is preserved before. While nothing is to be preserved this costs one
 * volatile read a write.
 */
public final class PreservingDevice extends ForwardingDevice {

    private volatile @Nullable Preservation preservation;

    /** @param device gets everything, its closing too */
    public PreservingDevice(BlockDevice device) {
        super(device);
    }

    /** From now on writes have blocks preserved. No write is under way, none of the caller's and none of others, and there is no other preservation. */
    public void begin(Preservation begun) {
        if (preservation != null) {
            throw new IllegalStateException("a preservation of " + name() + " is under way, allowed: one at a time");
        }
        preservation = begun;
    }

    /** From now on writes have nothing preserved; some that began before may still be about to. */
    public void end() {
        preservation = null;
    }

    @Override
    public void readMany(long[] offsets, MemorySegment[] targets, int count) {
        device.readMany(offsets, targets, count);
    }

    @Override
    public boolean overlapsReads() {
        return device.overlapsReads();
    }

    @Override
    public void write(long offset, MemorySegment source) {
        preserve(offset, source.byteSize());
        device.write(offset, source);
    }

    @Override
    public void discard(long offset, long length) {
        preserve(offset, length);
        device.discard(offset, length);
    }

    private void preserve(long offset, long length) {
        Preservation begun = preservation;
        if (begun != null) {
            begun.beforeWrite(offset, length);
        }
    }
}
