package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import io.vexel.device.ForwardingDevice;
import java.lang.foreign.MemorySegment;

/**
 * A device under a volume that calls a test just before and just after each read, as another thread would come between; reads that the test makes meanwhile are let through.
 * For one thread. Stays open when its user closes it.
 */
final class HookedDevice extends ForwardingDevice {

    private Runnable hook = () -> {};
    private boolean inside = true;

    HookedDevice(BlockDevice device) {
        super(device);
    }

    /** From now on the hook is called. */
    void arm(Runnable called) {
        hook = called;
        inside = false;
    }

    void disarm() {
        inside = true;
    }

    @Override
    public void read(long offset, MemorySegment target) {
        call();
        device.read(offset, target);
        call();
    }

    /** Calls the hook, unless it is being called. */
    void call() {
        if (!inside) {
            inside = true;
            try {
                hook.run();
            } finally {
                inside = false;
            }
        }
    }

    @Override
    public void close() {
        // The test goes on with it.
    }
}
