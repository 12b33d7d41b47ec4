package io.vexel.filesystem;

import io.vexel.base.DeviceException;
import io.vexel.base.DeviceException.Operation;
import io.vexel.device.BlockDevice;
import io.vexel.device.ForwardingDevice;
import java.lang.foreign.MemorySegment;

/**
 * What a process sees that is killed: after some writes and flushes nothing of it reaches the device any more, which keeps what it was
 * given until then, flushed or not. The last write may come through in part. Stays open when its user closes it.
 */
final class KilledDevice extends ForwardingDevice {

    private int left;

    /** @param operations writes and flushes before the kill */
    KilledDevice(BlockDevice device, int operations) {
        super(device);
        this.left = operations;
    }

    private boolean isLastOperation(Operation operation, long offset, long length) {
        if (left <= 0) {
            throw new DeviceException(operation, offset, length, "the process was killed");
        }
        left--;
        return left == 0;
    }

    @Override
    public void write(long offset, MemorySegment source) {
        if (isLastOperation(Operation.WRITE, offset, source.byteSize())) {
            long sectors = source.byteSize() / device.sectorSize();
            device.write(offset, source.asSlice(0, sectors / 2 * device.sectorSize()));
            throw new DeviceException(Operation.WRITE, offset, source.byteSize(), "the process was killed");
        }
        device.write(offset, source);
    }

    @Override
    public void flush() {
        if (isLastOperation(Operation.FLUSH, 0, 0)) {
            throw new DeviceException(Operation.FLUSH, 0, 0, "the process was killed");
        }
        device.flush();
    }

    @Override
    public void close() {
        // The next process needs it.
    }
}
