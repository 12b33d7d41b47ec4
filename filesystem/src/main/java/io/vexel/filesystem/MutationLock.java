package io.vexel.filesystem;

import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Guards the blocks in memory and the running transaction. Three ways to hold it:
 *
 * <ul>
 *   <li><b>reading</b>: nothing changes; shared.
 *   <li><b>still</b>: nothing changes, readers go on, new ones too; one holder. A checkpoint, or a body whose data goes
 *       to the device before it changes what readers could see.
 *   <li><b>changing</b>: alone. A body, or closing the running transaction.
 * </ul>
 *
 * <p>Who wants to change first takes the mutex, so that writers wait there and not in the readers' queue while a checkpoint runs.
 */
final class MutationLock {

    private final ReentrantLock mutex = new ReentrantLock();
    private final ReentrantReadWriteLock contents = new ReentrantReadWriteLock();

    void lockReading() {
        contents.readLock().lock();
    }

    void unlockReading() {
        contents.readLock().unlock();
    }

    void lockStill() {
        mutex.lock();
    }

    void unlockStill() {
        mutex.unlock();
    }

    void lockChanging() {
        mutex.lock();
        contents.writeLock().lock();
    }

    void unlockChanging() {
        contents.writeLock().unlock();
        mutex.unlock();
    }

    /** From changing to still: readers see what was changed so far. */
    void letReadersIn() {
        contents.writeLock().unlock();
    }

    /** From still back to changing. */
    void keepReadersOut() {
        contents.writeLock().lock();
    }

    boolean isChangingByThisThread() {
        return contents.isWriteLockedByCurrentThread();
    }
}
