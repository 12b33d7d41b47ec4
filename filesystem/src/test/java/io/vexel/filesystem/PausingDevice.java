package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import io.vexel.device.ForwardingDevice;
import java.util.concurrent.CountDownLatch;

/** A device whose flushes wait from {@link #pause} until {@link #resume}, so that a test can look at what happens meanwhile. */
final class PausingDevice extends ForwardingDevice {

    private volatile CountDownLatch held = new CountDownLatch(0);
    private volatile CountDownLatch reached = new CountDownLatch(0);

    PausingDevice(BlockDevice device) {
        super(device);
    }

    void pause() {
        reached = new CountDownLatch(1);
        held = new CountDownLatch(1);
    }

    /** Returns when a flush is waiting. */
    void awaitFlush() throws InterruptedException {
        reached.await();
    }

    void resume() {
        held.countDown();
    }

    @Override
    public void flush() {
        try {
            reached.countDown();
            held.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while paused", e);
        }
        device.flush();
    }
}
