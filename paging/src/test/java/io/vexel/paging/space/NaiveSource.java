package io.vexel.paging.space;

import io.vexel.base.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/** Pages in a byte array, and calls that fail on demand. */
final class NaiveSource implements PageSource {

    private static final int NEVER = -1;

    final byte[] bytes;
    private final int pageBytes;
    final AtomicInteger reads = new AtomicInteger();
    final AtomicInteger writes = new AtomicInteger();
    private int firstFailure = NEVER;
    private int failures;

    NaiveSource(int pageBytes, int pages) {
        this.pageBytes = pageBytes;
        bytes = new byte[pageBytes * pages];
    }

    /** Calls fail from the n-th from now on, so many of them. */
    synchronized void fail(int skip, int times) {
        firstFailure = skip;
        failures = times;
    }

    synchronized void heal() {
        firstFailure = NEVER;
    }

    private void strike(DeviceException.Operation operation, long first) {
        if (firstFailure == NEVER) {
            return;
        }
        if (firstFailure > 0) {
            firstFailure--;
        } else if (failures > 0) {
            failures--;
            throw new DeviceException(operation, first, 1, "injected");
        }
    }

    @Override
    public String name() {
        return "naive";
    }

    @Override
    public synchronized void read(long first, MemorySegment target) {
        reads.incrementAndGet();
        strike(DeviceException.Operation.READ, first);
        MemorySegment.copy(MemorySegment.ofArray(bytes), first * pageBytes, target, 0, target.byteSize());
    }

    @Override
    public synchronized void write(long first, MemorySegment source) {
        writes.incrementAndGet();
        strike(DeviceException.Operation.WRITE, first);
        MemorySegment.copy(source, 0, MemorySegment.ofArray(bytes), first * pageBytes, source.byteSize());
    }
}
