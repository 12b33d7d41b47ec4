package io.vexel.collection.indexing;

import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.index.Calibration;
import io.vexel.index.DerivedIndex;
import java.util.Optional;

/** What one search uses of the index of a collection. To be closed when it no longer does. */
public final class IndexLease implements AutoCloseable {

    private final IndexKeeper keeper;
    private final int entered;
    private final Optional<ActiveIndex> used;
    private final long watermark;

    IndexLease(IndexKeeper keeper) {
        this.keeper = keeper;
        // In this order: what is used stays until the search has left.
        entered = keeper.enterSearches();
        used = keeper.used();
        watermark = used.map(ActiveIndex::watermark).orElse(0L);
    }

    /** The index, when there is one. */
    public Optional<DerivedIndex> index() {
        return used.map(ActiveIndex::index);
    }

    /** As {@link #index}, with what is known of it. */
    Optional<ActiveIndex> active() {
        return used;
    }

    /** Rows from here on are not in the index, or are to be looked for elsewhere. */
    public long watermark() {
        return watermark;
    }

    /** What the index knows of its recall, as far as it is still true. */
    public Optional<Calibration> calibration() {
        return used.flatMap(ActiveIndex::calibration);
    }

    /** Rows in the index now, dead ones that were not taken out yet among them. */
    public long indexRows() {
        return used.map(ActiveIndex::rowsInIndex).orElse(0L);
    }

    /**
     * Says that the index answered with what cannot be, though the rows are sound. Searches do without it from now on; where it is being loaded, until it
     * is, which checks all of it.
     */
    public void distrust(CorruptionException reason) {
        used.ifPresent(index -> keeper.distrust(index, reason));
    }

    /** Says that a part of the index could not be read. Searches go on using it, since others may not come to that part. */
    public void unreadable(DeviceException reason) {
        used.ifPresent(index -> keeper.reportUnreadable(index, reason));
    }

    @Override
    public void close() {
        keeper.leaveSearches(entered);
    }
}
