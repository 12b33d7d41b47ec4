package io.vexel.filesystem;

import io.vexel.base.AccessException;
import io.vexel.base.Checks;
import io.vexel.base.ConflictException;
import io.vexel.base.CorruptionException;
import io.vexel.device.BlockDevice;
import io.vexel.device.PreservingDevice;
import io.vexel.memory.MemoryBudget;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;

/** Makes the backups of a mount, one at a time. */
final class Backups {

    private static final String CHECKING = "checking the copy: ";

    private final PreservingDevice device;
    private final BlockStore store;
    private final Committer committer;
    private final MemoryBudget budget;
    private final boolean writable;

    /** Held by a backup from its beginning to its end, and by who closes the volume until it is closed. */
    private final ReentrantLock lock = new ReentrantLock();

    /** @param writable whether the mount can be changed; otherwise all blocks that the journal brought back stay in memory */
    Backups(PreservingDevice device, BlockStore store, Committer committer, MemoryBudget budget, boolean writable) {
        this.device = device;
        this.store = store;
        this.committer = committer;
        this.budget = budget;
        this.writable = writable;
    }

    /**
     * Throws when the thread makes a backup, whose listener must have called.
     *
     * @throws IllegalStateException then
     */
    void requireOutside() {
        if (lock.isHeldByCurrentThread()) {
            throw new IllegalStateException("called by the listener of a backup, allowed: outside");
        }
    }

    /** Waits for the end of a backup; there is no other until {@link #resume}. */
    void pause() {
        lock.lock();
    }

    void resume() {
        lock.unlock();
    }

    /**
     * Makes a backup, see {@link FileSystem#backup}.
     *
     * @param requireOpen throws when the volume was closed
     * @param mostBytes that are read at once
     */
    BackupResult make(BlockDevice target, BackupOptions options, int mostBytes, Runnable requireOpen) {
        if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
            try (target) {
                throw new ConflictException("a backup of " + device.name() + " is being made already");
            }
        }
        try (target) {
            requireCopyable(target);
            BackupProgress steps = (phase, done, total) -> {
                requireGoingOn(requireOpen);
                options.progress().at(phase, done, total);
            };
            requireGoingOn(requireOpen);
            BackupResult result = copy(target, steps, mostBytes, options.verify());
            if (options.verify()) {
                verify(target, steps);
            }
            return result;
        } finally {
            lock.unlock();
        }
    }

    private static void requireGoingOn(Runnable requireOpen) {
        requireOpen.run();
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the backup was interrupted");
        }
    }

    private void requireCopyable(BlockDevice target) {
        long unknown = store.geometry.superblock.readOnlyFeatures() & ~Superblock.KNOWN_READ_ONLY;
        if (unknown != 0) {
            throw new AccessException(device.name() + " uses features that this program can only read (0x"
                    + Long.toHexString(unknown) + "): a backup might leave something out");
        }
        Checks.argument(
                target.size() == device.size(),
                "target=" + target.size() + " bytes, allowed: " + device.size() + ", as many as " + device.name()
                        + " has");
        int most = store.geometry.superblock.journalUnit();
        Checks.argument(
                target.sectorSize() <= most,
                "target=sectors of " + target.sectorSize() + " bytes, allowed: at most " + most);
    }

    private BackupResult copy(BlockDevice target, BackupProgress steps, int mostBytes, boolean verified) {
        try (Backup backup = new Backup(store, target, steps, budget, mostBytes)) {
            PointInTime point = begin(target);
            try (point) {
                backup.copy(point);
            }
            backup.finish(point.commit());
            return new BackupResult(point.commit(), backup.copiedBytes(), point.preservedBytes(), verified);
        }
    }

    private PointInTime begin(BlockDevice target) {
        return writable
                ? committer.drain(() -> PreservedPoint.begin(store, device, target, budget))
                : new ReplayedPoint(store);
    }

    private void verify(BlockDevice target, BackupProgress steps) {
        FsckOptions options = FsckOptions.defaults()
                .withMaxFindings(1)
                .withBudget(budget)
                .withProgress((phase, done, total) -> steps.at(CHECKING + phase, done, total));
        FsckReport report = Fsck.check(target, options);
        if (!report.complete() || !report.clean()) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK, "the copy is not what was written: " + report.findings());
        }
    }
}
