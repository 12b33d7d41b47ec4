package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.collection.IndexStatus;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * Saves the index of a collection when it is time to, and remembers when that could not be. {@code problem} and {@code retryRows} are
 * volatile; saving is for the thread that holds the keeper's control lock.
 */
final class IndexSaver {

    private static final System.Logger LOG = System.getLogger(IndexSaver.class.getName());

    private final String collection;
    private final PageFile pages;
    private volatile Optional<String> problem = Optional.empty();
    private volatile long retryRows;
    /** Whether the index left memory since it could be saved last. */
    private boolean leftUnsaved;

    /** @param collection its name, for messages */
    IndexSaver(String collection, PageFile pages) {
        this.collection = collection;
        this.pages = pages;
    }

    /** Why the last attempt in the background failed; empty when it did not. */
    Optional<String> problem() {
        return problem;
    }

    /** True when enough has changed since the last checkpoint, or since the last attempt at one. */
    boolean isDue(ActiveIndex index) {
        return index.isCheckpointDue() && index.changedRows() >= retryRows;
    }

    /**
     * Makes a checkpoint; durable when it returns.
     *
     * @throws CapacityException when the volume has no room for it; what was saved before is still there
     */
    void save(ActiveIndex index, IndexChoice choice) {
        try {
            pages.requireRoom(index.bytesToSave());
            index.checkpoint(pages, choice);
        } catch (CapacityException e) {
            // What was written already would keep others from writing.
            pages.discardStale();
            throw e;
        }
        forget();
        pages.discardStale();
    }

    /**
     * As {@link #save}, before the index leaves memory; a failure is remembered. Then what was saved before has to do, and what came since is made anew later: no more than
     * may be lost by a crash, and not again before it could be saved.
     *
     * @return whether it may leave
     */
    boolean saveToLeave(ActiveIndex index, IndexChoice choice) {
        try {
            save(index, choice);
            return true;
        } catch (RuntimeException e) {
            problem = Optional.of("collection " + collection + ": the index was not saved: " + e.getMessage());
            if (index.changedRows() == 0) {
                return true;
            }
            boolean leaves = !leftUnsaved && !index.isCheckpointDue();
            leftUnsaved |= leaves;
            return leaves;
        }
    }

    /** As {@link #save}, before the collection is closed; a failure is logged. */
    void saveAtTheEnd(ActiveIndex index, IndexChoice choice) {
        try {
            save(index, choice);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the index of collection {0} was not saved: {1}",
                    collection,
                    e.getMessage());
        }
    }

    /** As {@link #save} when it is due; a failure is remembered, and it is tried again after some more changes. */
    void saveIfDue(ActiveIndex index, IndexChoice choice) {
        if (!isDue(index)) {
            return;
        }
        try {
            save(index, choice);
        } catch (RuntimeException e) {
            // The index is as good as before; more of it will have to be drained again after a crash.
            retryRows = index.changedRows() + ActiveIndex.CHECKPOINT_ROWS;
            problem = Optional.of("collection " + collection + ": the index was not saved: " + e.getMessage());
        }
    }

    /**
     * Makes a checkpoint of an index from which dead rows were taken out, where there is one that may still have them. When the volume has no room
     * for it, the last one is given up: after a crash the index has to be made anew then.
     */
    void saveWithoutDead(ActiveIndex index, IndexChoice choice) {
        if (pages.saved().isEmpty() || index.changedRows() == 0) {
            return;
        }
        try {
            save(index, choice);
        } catch (CapacityException e) {
            pages.giveUp();
            index.forgetCheckpoint();
            problem = Optional.of("collection " + collection
                    + ": the saved index was given up, because the volume has no room for another: " + e.getMessage());
        }
    }

    /** Stores what the index knows of its recall; a failure is remembered, and the next checkpoint stores it. */
    void saveCalibration(ActiveIndex index) {
        try {
            index.saveCalibration(pages);
        } catch (RuntimeException e) {
            problem = Optional.of(
                    "collection " + collection + ": the calibration of the index was not saved: " + e.getMessage());
        }
    }

    /**
     * What would be there after a crash; empty when nothing was saved.
     *
     * @param used the index that searches use
     * @param fileBytes says the bytes of the volume that the saved index takes
     */
    Optional<IndexStatus.Checkpoint> status(Optional<ActiveIndex> used, LongSupplier fileBytes) {
        return pages.saved()
                .map(head -> new IndexStatus.Checkpoint(
                        head.generation(),
                        head.watermark(),
                        fileBytes.getAsLong(),
                        used.map(ActiveIndex::changedRows).orElse(0L),
                        used.map(index -> index.index().savedLocality()).orElse(OptionalDouble.empty())));
    }

    /** Forgets earlier failures. */
    void forget() {
        problem = Optional.empty();
        retryRows = 0;
        leftUnsaved = false;
    }
}
