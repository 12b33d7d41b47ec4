package io.vexel.collection.store;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Buffers for rows of chunks that the budget does not let stay in memory, shared by the collections of a volume. One buffer, large enough
 * for any of them, is kept from the time a collection is opened, so that a scan always gets through: when the budget
 * refuses more, threads take turns.
 *
 * <p>A thread holds at most one buffer at a time, and only readers take them, so that no writer can wait for a reader here.
 */
public final class ScratchPool implements AutoCloseable {

    private static final String OWNER = "scratch";

    private final MemoryBudget budget;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();
    private final ArrayDeque<Region> idle = new ArrayDeque<>();
    private long bufferBytes;
    private int existing;

    public ScratchPool(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * Makes sure that a buffer of that size exists.
     *
     * @throws CapacityException when the budget does not allow one
     */
    void reserve(long bytes) {
        lock.lock();
        try {
            if (bytes > bufferBytes) {
                Region larger = Region.allocate(budget, OWNER, bytes);
                // Smaller buffers in use are dropped when they come back.
                existing -= idle.size();
                idle.forEach(Region::close);
                idle.clear();
                bufferBytes = larger.byteSize();
                existing++;
                idle.push(larger);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A buffer of at least the size reserved last; waits when there is none and the budget allows no other. */
    Region take() {
        lock.lock();
        try {
            while (idle.isEmpty() && !tryAdd()) {
                returned.awaitUninterruptibly();
            }
            return idle.pop();
        } finally {
            lock.unlock();
        }
    }

    private boolean tryAdd() {
        if (budget.availableBytes() < bufferBytes) {
            return false;
        }
        try {
            idle.push(Region.allocate(budget, OWNER, bufferBytes));
            existing++;
            return true;
        } catch (CapacityException e) {
            // Somebody else took the bytes between the look and the reservation.
            return false;
        }
    }

    void giveBack(Region buffer) {
        lock.lock();
        try {
            boolean spare = !idle.isEmpty();
            if (buffer.byteSize() < bufferBytes || spare) {
                buffer.close();
                existing--;
            } else {
                idle.push(buffer);
            }
            returned.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Buffers that exist now, lent and idle. */
    int existing() {
        lock.lock();
        try {
            return existing;
        } finally {
            lock.unlock();
        }
    }

    /** Frees the idle buffers; no buffer is lent any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            idle.forEach(Region::close);
            idle.clear();
            bufferBytes = 0;
        } finally {
            lock.unlock();
        }
    }
}
