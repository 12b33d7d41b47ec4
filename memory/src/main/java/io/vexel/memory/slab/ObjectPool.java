package io.vexel.memory.slab;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Objects of a cache of which some are guaranteed: so many can be in use at once even when no memory is to be had, as I/O needs that must make
 * progress in order to free memory (Linux has them as mempools). Idle objects beyond those serve first; then the cache; the guaranteed ones only
 * when the cache has no memory. What is freed fills up the guaranteed ones before anything else.
 *
 * <p>Idle objects are free for the cache too: their handles are no good, and they are no leaks. Safe for use by any thread.
 */
public final class ObjectPool implements AutoCloseable {

    /** Most objects that can be guaranteed or kept. */
    public static final int MAX_OBJECTS = 1 << 24;

    private final SlabCache cache;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private int[] idle;
    private int idleCount;
    private int least;
    private int most;
    private long allocations;
    private long frees;
    private long hits;
    private long misses;
    private long emergencies;
    private long failures;
    private long grows;
    private long shrinks;
    private boolean closed;

    /**
     * A pool with its guaranteed objects.
     *
     * @param cache whose objects they are; it stays open until the pool is closed
     * @param least objects that are guaranteed, 0..most
     * @param most idle objects that are kept, up to {@link #MAX_OBJECTS}
     * @throws CapacityException when there is no memory for the guaranteed ones; nothing changes
     */
    public ObjectPool(SlabCache cache, int least, int most) {
        checkSizes(least, most);
        this.cache = cache;
        this.least = least;
        this.most = most;
        this.idle = Arrays.copyOf(take(least), most);
        this.idleCount = least;
        this.grows = least;
    }

    private static void checkSizes(int least, int most) {
        Checks.inRange("most", most, 0, MAX_OBJECTS);
        Checks.inRange("least", least, 0, most);
    }

    /** Takes objects from the cache, which may ask all shrinkers for memory, so the pool's lock is not held. */
    private int[] take(int count) {
        int[] slots = new int[count];
        int taken = 0;
        try {
            while (taken < count) {
                slots[taken] = cache.takeSlot();
                taken++;
            }
            return slots;
        } finally {
            if (taken < count) {
                cache.giveSlots(slots, taken);
            }
        }
    }

    /**
     * Allocates an object.
     *
     * @return handle
     * @throws CapacityException when the cache has no memory and the guaranteed objects are in use
     */
    public long allocate() {
        try {
            return allocateNow();
        } catch (CapacityException e) {
            throw failure(e);
        }
    }

    /** @param refused why the cache has no memory */
    private CapacityException failure(CapacityException refused) {
        lock.lock();
        try {
            failures++;
        } finally {
            lock.unlock();
        }
        var failure = new CapacityException("objects of a pool of cache=" + cache.name(), 1, 0);
        failure.initCause(refused);
        return failure;
    }

    /** As {@link #allocate()}; the exception is the cache's. */
    private long allocateNow() {
        int slot = takeIdle(Use.BEYOND_GUARANTEE);
        if (slot >= 0) {
            return cache.useSlot(slot);
        }
        long handle;
        try {
            handle = cache.allocate();
        } catch (CapacityException e) {
            slot = takeIdle(Use.ANY);
            if (slot < 0) {
                throw e;
            }
            return cache.useSlot(slot);
        }
        lock.lock();
        try {
            allocations++;
            misses++;
            // Whoever was woken for an idle object, and needed none, has another woken for it.
            if (idleCount > 0) {
                freed.signal();
            }
        } finally {
            lock.unlock();
        }
        return handle;
    }

    /** Which idle objects may be used. */
    private enum Use {
        BEYOND_GUARANTEE,
        ANY
    }

    private int takeIdle(Use use) {
        lock.lock();
        try {
            checkOpen();
            if (idleCount <= (use == Use.ANY ? 0 : least)) {
                return -1;
            }
            if (use == Use.ANY) {
                emergencies++;
            } else {
                hits++;
            }
            allocations++;
            idleCount--;
            return idle[idleCount];
        } finally {
            lock.unlock();
        }
    }

    /**
     * As {@link #allocate}, and waits for others to free an object when there is none.
     *
     * @param timeoutNanos how long, at least 0
     * @throws CapacityException when nobody did
     * @throws InterruptedException when the thread was interrupted
     */
    public long allocate(long timeoutNanos) throws InterruptedException {
        Checks.inRange("timeoutNanos", timeoutNanos, 0, Long.MAX_VALUE);
        long left = timeoutNanos;
        while (true) {
            CapacityException refused;
            try {
                return allocateNow();
            } catch (CapacityException e) {
                refused = e;
            }
            lock.lockInterruptibly();
            try {
                if (idleCount == 0) {
                    left = left > 0 ? freed.awaitNanos(left) : 0;
                }
                if (idleCount == 0 && left <= 0) {
                    throw failure(refused);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Frees an object.
     *
     * @throws MisuseException as {@link SlabCache#free}
     */
    public void free(long handle) {
        List<Misuse> found = new ArrayList<>(0);
        int slot = cache.claimSlot(handle, found);
        if (!keep(slot)) {
            cache.giveSlots(new int[] {slot}, 1);
        }
        cache.report(found);
    }

    private boolean keep(int slot) {
        lock.lock();
        try {
            frees++;
            if (closed || idleCount == most) {
                shrinks++;
                return false;
            }
            idle[idleCount] = slot;
            idleCount++;
            freed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link SlabCache#segment}. */
    public MemorySegment segment(long handle) {
        return cache.segment(handle);
    }

    /** As {@link SlabCache#address}. */
    public long address(long handle) {
        return cache.address(handle);
    }

    /**
     * Guarantees and keeps another number of objects. What is in use stays so; who lowers the guarantee gets memory back at once, beyond {@code
     * most}.
     *
     * @throws CapacityException when there is no memory for more guaranteed objects; nothing changes
     */
    public void resize(int newLeast, int newMost) {
        checkSizes(newLeast, newMost);
        int[] taken = take(missing(newLeast));
        int[] surplus;
        lock.lock();
        try {
            checkOpen();
            int[] all = Arrays.copyOf(idle, idleCount + taken.length);
            System.arraycopy(taken, 0, all, idleCount, taken.length);
            grows += taken.length;
            idleCount = Math.min(all.length, newMost);
            surplus = Arrays.copyOfRange(all, idleCount, all.length);
            shrinks += surplus.length;
            idle = Arrays.copyOf(all, newMost);
            least = newLeast;
            most = newMost;
            freed.signalAll();
        } finally {
            lock.unlock();
        }
        cache.giveSlots(surplus, surplus.length);
    }

    /** Objects in use come back and fill up the guaranteed ones; only what was never there is missing. */
    private int missing(int newLeast) {
        lock.lock();
        try {
            checkOpen();
            return (int) Math.max(0, newLeast - (idleCount + Math.max(0, allocations - frees)));
        } finally {
            lock.unlock();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the pool of cache=" + cache.name() + " is closed");
        }
    }

    /** Figures of now. */
    public PoolStatistics statistics() {
        lock.lock();
        try {
            return new PoolStatistics(
                    least,
                    most,
                    idleCount,
                    allocations - frees,
                    new PoolStatistics.Events(allocations, frees, hits, misses, emergencies, failures, grows, shrinks));
        } finally {
            lock.unlock();
        }
    }

    /** Gives the idle objects back to the cache; those in use are freed through the pool as before. */
    @Override
    public void close() {
        int[] given;
        lock.lock();
        try {
            closed = true;
            given = Arrays.copyOf(idle, idleCount);
            idleCount = 0;
            freed.signalAll();
        } finally {
            lock.unlock();
        }
        cache.giveSlots(given, given.length);
    }
}
