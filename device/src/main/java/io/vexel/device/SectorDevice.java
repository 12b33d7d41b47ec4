package io.vexel.device;

import io.vexel.base.AccessException;
import io.vexel.base.Checks;
import io.vexel.base.ClosedException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * What every device has in common: it checks offsets, lengths and buffers once, at the border, and it keeps {@link #close}
 * away from operations that are still running.
 *
 * <p>Operations run side by side under the read side of one lock; closing takes the write side, so that an implementation
 * never sees a call after {@link #closeDevice} began.
 */
public abstract class SectorDevice implements BlockDevice {

    /** Smallest sector there is. */
    public static final int MIN_SECTOR_BYTES = 512;

    /** Largest sector there is. */
    public static final int MAX_SECTOR_BYTES = 65536;

    private final String name;
    private final long size;
    private final int sectorSize;
    private final DeviceAccess access;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /**
     * @param size bytes; rounded down to whole sectors, at least one of them
     * @param sectorSize power of two in 512..65536
     */
    protected SectorDevice(String name, long size, int sectorSize, DeviceAccess access) {
        Checks.powerOfTwo("sectorSize", sectorSize, MIN_SECTOR_BYTES, MAX_SECTOR_BYTES);
        Checks.inRange("size", size, sectorSize, Long.MAX_VALUE);
        this.name = name;
        this.size = size - size % sectorSize;
        this.sectorSize = sectorSize;
        this.access = access;
    }

    /** Fills the target; the arguments are checked. */
    protected abstract void readSectors(long offset, MemorySegment target);

    /** Fills the targets, one after the other unless the device can do better; the arguments are checked. */
    protected void readManySectors(long[] offsets, MemorySegment[] targets, int count) {
        for (int i = 0; i < count; i++) {
            readSectors(offsets[i], targets[i]);
        }
    }

    /** Writes the whole source; the arguments are checked. */
    protected abstract void writeSectors(long offset, MemorySegment source);

    /** Makes all earlier writes durable. */
    protected abstract void flushDevice();

    /** Gives up a range; the arguments are checked. */
    protected abstract void discardSectors(long offset, long length);

    /** Frees what the device holds. Called once, when no operation runs. */
    protected abstract void closeDevice();

    @Override
    public final long size() {
        return size;
    }

    @Override
    public final int sectorSize() {
        return sectorSize;
    }

    @Override
    public final boolean readOnly() {
        return access == DeviceAccess.READ_ONLY;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final void read(long offset, MemorySegment target) {
        checkTarget(offset, target);
        Lock running = enter();
        try {
            readSectors(offset, target);
        } finally {
            running.unlock();
        }
    }

    @Override
    public final void readMany(long[] offsets, MemorySegment[] targets, int count) {
        Checks.inRange("count", count, 0, Math.min(offsets.length, targets.length));
        for (int i = 0; i < count; i++) {
            checkTarget(offsets[i], targets[i]);
        }
        Lock running = enter();
        try {
            readManySectors(offsets, targets, count);
        } finally {
            running.unlock();
        }
    }

    private void checkTarget(long offset, MemorySegment target) {
        checkRange(offset, target.byteSize());
        checkBuffer(target);
        Checks.argument(!target.isReadOnly(), "target=read-only segment, allowed: a writable one");
    }

    @Override
    public final void write(long offset, MemorySegment source) {
        checkRange(offset, source.byteSize());
        checkBuffer(source);
        Lock running = enterForWriting();
        try {
            writeSectors(offset, source);
        } finally {
            running.unlock();
        }
    }

    @Override
    public final void flush() {
        Lock running = enter();
        try {
            if (!readOnly()) {
                flushDevice();
            }
        } finally {
            running.unlock();
        }
    }

    @Override
    public final void discard(long offset, long length) {
        checkRange(offset, length);
        Lock running = enterForWriting();
        try {
            discardSectors(offset, length);
        } finally {
            running.unlock();
        }
    }

    @Override
    public final void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                closeDevice();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private Lock enterForWriting() {
        Lock running = enter();
        if (readOnly()) {
            running.unlock();
            throw new AccessException(name + " is open read-only");
        }
        return running;
    }

    private Lock enter() {
        Lock running = lock.readLock();
        running.lock();
        if (closed) {
            running.unlock();
            throw new ClosedException("device " + name + " is closed");
        }
        return running;
    }

    private void checkRange(long offset, long length) {
        if (((offset | length) & (sectorSize - 1)) != 0) {
            throw new IllegalArgumentException(
                    "offset=" + offset + " length=" + length + ", allowed: multiples of the sector size " + sectorSize);
        }
        if (offset < 0 || length < 0 || length > size - offset) {
            throw new IllegalArgumentException(
                    "offset=" + offset + " length=" + length + ", allowed: within 0.." + size);
        }
    }

    private static void checkBuffer(MemorySegment buffer) {
        Checks.argument(
                buffer.heapBase().isEmpty()
                        || buffer.isReadOnly()
                        || buffer.heapBase().get() instanceof byte[],
                "buffer=heap segment, allowed: native segments and segments over byte[]");
    }
}
