package io.vexel.filesystem;

import io.vexel.base.Bytes;
import io.vexel.base.ClosedException;
import io.vexel.base.TimeSource;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Group commit and checkpoints. Of the threads that wait for a commit one becomes the leader: it closes the running transaction under the
 * mutation lock, writes and flushes its record without the lock, and wakes the others, while the next transaction fills.
 *
 * <p>Lock order: leadership, then the mutation lock: still for a checkpoint (no body runs, readers go on), changing to close a
 * transaction.
 */
final class Committer implements AutoCloseable {

    private static final long STAGING_BYTES = 1 << 20;

    /** More than this is checkpointed, so that a mount with a modest budget can hold what it replays. */
    private static final long MAX_JOURNALED_BYTES = 24 << 20;

    private final BlockDevice device;
    private final BlockStore store;
    private final Geometry geometry;
    private final Journal journal;
    private final MutationLock lock;
    private final TimeSource time;
    private final Region staging;
    private final Leadership leadership = new Leadership(this::durable);
    private volatile long durable;
    private volatile @Nullable RuntimeException poison;

    Committer(BlockStore store, Journal journal, MutationLock lock, MountOptions options, long durable) {
        this.device = store.device;
        this.store = store;
        this.geometry = store.geometry;
        this.journal = journal;
        this.lock = lock;
        this.time = options.time();
        this.durable = durable;
        this.staging = staging(options.budget());
    }

    private Region staging(MemoryBudget budget) {
        long bytes =
                Math.clamp(budget.limitBytes() / 16, geometry.blockSize, Math.max(STAGING_BYTES, geometry.blockSize));
        return Region.allocate(budget, "filesystem checkpoint", Bytes.roundDown(bytes, geometry.blockSize));
    }

    long durable() {
        return durable;
    }

    boolean isPoisoned() {
        return poison != null;
    }

    /** Throws when an earlier commit failed. */
    void requireHealthy() {
        RuntimeException cause = poison;
        if (cause != null) {
            throw new ClosedException(
                    "the volume takes no changes since a commit failed: " + cause.getMessage(), cause);
        }
    }

    /** Returns when the commit is durable, committing it when nobody else does. */
    void awaitDurable(long commit) {
        while (durable < commit && leadership.lead(commit)) {
            try {
                requireHealthy();
                commitRunning();
            } finally {
                leadership.resign();
            }
        }
    }

    private void commitRunning() {
        try {
            BlockStore.Sealed sealed = closeRunning();
            if (sealed != null) {
                write(sealed);
            }
        } catch (RuntimeException | Error e) {
            poisonBy(e);
            throw e;
        }
    }

    private void poisonBy(Throwable e) {
        poison = e instanceof RuntimeException failure ? failure : new IllegalStateException(e);
    }

    private BlockStore.@Nullable Sealed closeRunning() {
        while (true) {
            lock.lockStill();
            try {
                if (checkpointDue()) {
                    checkpoint();
                }
            } finally {
                lock.unlockStill();
            }
            lock.lockChanging();
            try {
                if (store.running().isEmpty()) {
                    return null;
                }
                if (journal.fits(store.recordBound())) {
                    return store.seal(time.epochMillis());
                }
            } finally {
                lock.unlockChanging();
            }
        }
    }

    private void write(BlockStore.Sealed sealed) {
        boolean flushLate = DurabilityBug.ACKNOWLEDGE_BEFORE_FLUSH.isPlanted();
        if (flushLate) {
            device.flush();
        }
        if (sealed.orderedData() && !DurabilityBug.ORDERED_DATA_NOT_FLUSHED.isPlanted()) {
            device.flush();
        }
        journal.append(sealed.builder().record());
        if (!flushLate && !DurabilityBug.COMMIT_WITHOUT_FLUSH.isPlanted()) {
            device.flush();
        }
        store.durable(sealed);
        durable = sealed.number();
    }

    private boolean checkpointDue() {
        return journal.halfFull()
                || !journal.fits(store.recordBound())
                || (long) store.cache.journaledFrames() * geometry.blockSize > MAX_JOURNALED_BYTES
                || store.cache.journaledFrames() > store.cache.attainableFrames() / 4;
    }

    /**
     * Prepares a volume for writing that a mount has read. Before anything is built on what was read it is made durable: a writer that was killed leaves a
     * record, or a header slot, that the system has and the medium perhaps not yet. What a crash left of a record behind the end goes.
     *
     * @param replayed the journal holds records, which are written home
     */
    void recover(boolean replayed) {
        journal.eraseRemains(durable + 1);
        if (!DurabilityBug.RECOVERY_WITHOUT_FLUSH.isPlanted()) {
            device.flush();
        }
        if (replayed) {
            drain();
        }
    }

    /** Commits what is pending and writes everything home. */
    void drain() {
        drain(() -> durable);
    }

    /** As {@link #drain()}, and asks for something while nothing is on its way to the device, the journal is empty and nobody begins to write. */
    <T> T drain(Supplier<T> atRest) {
        leadership.lead(Long.MAX_VALUE);
        try {
            requireHealthy();
            commitRunning();
            lock.lockStill();
            try {
                checkpointOrPoison();
                return atRest.get();
            } finally {
                lock.unlockStill();
            }
        } finally {
            leadership.resign();
        }
    }

    private void checkpointOrPoison() {
        try {
            checkpoint();
        } catch (RuntimeException | Error e) {
            poisonBy(e);
            throw e;
        }
    }

    /** Writes what the journal holds to its place and empties the journal. Needs leadership and the mutation lock, still. */
    private void checkpoint() {
        List<Frame> frames = store.cache.journaled();
        if (frames.isEmpty()) {
            return;
        }
        frames.sort(Comparator.comparingLong(frame -> frame.block));
        if (DurabilityBug.CHECKPOINT_SKIPS_A_BLOCK.isPlanted()) {
            writeHome(frames.subList(0, frames.size() - 1));
        } else {
            writeHome(frames);
        }
        if (!DurabilityBug.CHECKPOINT_WITHOUT_FLUSH.isPlanted()) {
            device.flush();
        }
        journal.advanceTail(store.running().number, stateGeneration());
        for (Frame frame : frames) {
            store.cache.setJournaled(frame, false);
        }
    }

    private long stateGeneration() {
        Frame state = store.pin(store.stateBlock());
        try {
            return BlockHeader.generation(state.committed());
        } finally {
            store.unpin(state);
        }
    }

    /** Writes the frames in order, neighbours together. */
    private void writeHome(List<Frame> frames) {
        MemorySegment buffer = staging.segment();
        int room = (int) (buffer.byteSize() / geometry.blockSize);
        int count = 0;
        long first = 0;
        for (Frame frame : frames) {
            if (count > 0 && (count == room || frame.block != first + count)) {
                device.write(geometry.offset(first), buffer.asSlice(0, (long) count * geometry.blockSize));
                count = 0;
            }
            if (count == 0) {
                first = frame.block;
            }
            buffer.asSlice((long) count * geometry.blockSize, geometry.blockSize)
                    .copyFrom(frame.committed());
            count++;
        }
        if (count > 0) {
            device.write(geometry.offset(first), buffer.asSlice(0, (long) count * geometry.blockSize));
        }
    }

    @Override
    public void close() {
        staging.close();
        journal.close();
    }
}
