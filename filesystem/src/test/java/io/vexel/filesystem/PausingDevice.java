package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;

/** A device whose flushes wait from {@link #pause} until {@link #resume}, so that a test can look at what happens meanwhile. */
final class PausingDevice implements BlockDevice {

    private final BlockDevice device;
    private volatile CountDownLatch held = new CountDownLatch(0);
    private volatile CountDownLatch reached = new CountDownLatch(0);

    PausingDevice(BlockDevice device) {
        this.device = device;
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
        try {
            reached.countDown();
            held.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while paused", e);
        }
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
