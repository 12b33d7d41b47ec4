package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import io.vexel.device.ForwardingDevice;

/** A device that stays open when its user closes it, so that the next mount goes on with the same log. */
final class UnclosedDevice extends ForwardingDevice {

    UnclosedDevice(BlockDevice device) {
        super(device);
    }

    @Override
    public void close() {
        // The next mount needs it.
    }
}
