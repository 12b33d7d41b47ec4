package io.vexel.filesystem;

import io.vexel.base.DeviceException;
import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;

/** A device of any size whose chunks take memory when they are written. Keeps what was written when it is closed. */
final class SparseDevice implements BlockDevice {

    private static final int CHUNK = 1 << 16;

    private final long size;
    private final int sectorSize;
    private final ConcurrentHashMap<Long, byte[]> chunks = new ConcurrentHashMap<>();
    final AtomicLong flushes = new AtomicLong();
    final AtomicLong bytesWritten = new AtomicLong();

    /** Writes and flushes fail once so many of them were made. */
    volatile long failAfter = Long.MAX_VALUE;

    /** Told the length of each write before it is made. */
    volatile LongConsumer beforeWrite = _ -> {};

    private final AtomicLong operations = new AtomicLong();
    private final ReentrantReadWriteLock quiet = new ReentrantReadWriteLock();

    SparseDevice(long size) {
        this(size, 512);
    }

    SparseDevice(long size, int sectorSize) {
        this.size = size;
        this.sectorSize = sectorSize;
    }

    /** An independent copy of what was written so far, as after a crash that loses nothing. */
    SparseDevice copy() {
        SparseDevice result = new SparseDevice(size, sectorSize);
        chunks.forEach((index, bytes) -> result.chunks.put(index, bytes.clone()));
        return result;
    }

    /** As {@link #copy}, between two operations of other threads. */
    SparseDevice quietCopy() {
        quiet.writeLock().lock();
        try {
            return copy();
        } finally {
            quiet.writeLock().unlock();
        }
    }

    long chunkBytes() {
        return (long) chunks.size() * CHUNK;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int sectorSize() {
        return sectorSize;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    private void check(long offset, long length) {
        if (offset < 0 || offset % sectorSize != 0 || length % sectorSize != 0 || offset + length > size) {
            throw new IllegalArgumentException("offset=" + offset + " length=" + length + " size=" + size);
        }
    }

    @Override
    public void read(long offset, MemorySegment target) {
        check(offset, target.byteSize());
        for (long done = 0; done < target.byteSize(); ) {
            long at = offset + done;
            int within = (int) (at % CHUNK);
            long length = Math.min(CHUNK - within, target.byteSize() - done);
            byte[] chunk = chunks.get(at / CHUNK);
            if (chunk == null) {
                target.asSlice(done, length).fill((byte) 0);
            } else {
                MemorySegment.copy(MemorySegment.ofArray(chunk), within, target, done, length);
            }
            done += length;
        }
    }

    @Override
    public void write(long offset, MemorySegment source) {
        check(offset, source.byteSize());
        beforeWrite.accept(source.byteSize());
        count(DeviceException.Operation.WRITE, offset, source.byteSize());
        bytesWritten.addAndGet(source.byteSize());
        quiet.readLock().lock();
        try {
            store(offset, source);
        } finally {
            quiet.readLock().unlock();
        }
    }

    private void store(long offset, MemorySegment source) {
        for (long done = 0; done < source.byteSize(); ) {
            long at = offset + done;
            int within = (int) (at % CHUNK);
            long length = Math.min(CHUNK - within, source.byteSize() - done);
            byte[] chunk = chunks.computeIfAbsent(at / CHUNK, _ -> new byte[CHUNK]);
            MemorySegment.copy(source, done, MemorySegment.ofArray(chunk), within, length);
            done += length;
        }
    }

    private void count(DeviceException.Operation operation, long offset, long length) {
        if (operations.incrementAndGet() > failAfter) {
            throw new DeviceException(operation, offset, length, "the test lets this operation fail");
        }
    }

    /** Lets every operation after the next {@code more} fail. */
    void failAfterMore(long more) {
        failAfter = operations.get() + more;
    }

    void heal() {
        failAfter = Long.MAX_VALUE;
    }

    @Override
    public void flush() {
        count(DeviceException.Operation.FLUSH, 0, 0);
        flushes.incrementAndGet();
    }

    @Override
    public void discard(long offset, long length) {
        check(offset, length);
    }

    @Override
    public String name() {
        return "sparse";
    }

    @Override
    public void close() {}
}
