package io.vexel.collection.indexing;

import io.vexel.base.AccessException;
import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.filesystem.FileSystem;
import io.vexel.index.FullVectors;
import io.vexel.index.IndexContext;
import io.vexel.index.RowFilter;
import io.vexel.memory.MemoryBudget;
import io.vexel.paging.space.Pager;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The collection that an index belongs to.
 *
 * @param directory inode of the collection's directory
 * @param readOnly nothing is written, so nothing is built either
 * @param relief is asked for memory before work on the index fails for want of it
 * @param cache for an index that does not fit into memory
 * @param states gives the newest durable state
 * @param replaced tells which row a row replaced
 */
public record IndexedRows(
        CollectionSpec spec,
        FileSystem files,
        long directory,
        boolean readOnly,
        MemoryBudget budget,
        TimeSource time,
        FullVectors vectors,
        Relief relief,
        PageCache cache,
        States states,
        Replaced replaced) {

    /** Has others give memory back. */
    @FunctionalInterface
    public interface Relief {

        /**
         * Has memory given back for somebody who was refused it and reads no rows, and waits for that a while.
         *
         * @return whether any was, so that it is worth trying again
         */
        boolean await(CapacityException refused);
    }

    /** The page cache of the volume. */
    public interface PageCache {

        /** The pager; empty when there is no memory for it. Waits while another thread makes it. */
        Optional<Pager> pager();

        /** Says that more pages would be kept if there were memory, which others have that can give it back. */
        void wantMemory();

        /**
         * A small cache for one index, which is searched where it was saved while it is brought into memory. Released when nobody reads any more.
         *
         * @param savedBytes of that index
         * @return empty when so little is loaded sooner than a search could use it otherwise, or when there is not memory enough for both
         */
        default Optional<PageCache> forLoading(long savedBytes) {
            return Optional.empty();
        }

        /** Frees what was made {@linkplain #forLoading for one index}. */
        default void release() {
            // The cache of the volume stays.
        }
    }

    /** Where durable states come from. */
    @FunctionalInterface
    public interface States {

        /** The newest durable state; later calls never give an older one. */
        State newest();
    }

    /** What rows replaced. */
    @FunctionalInterface
    public interface Replaced {

        /** The row that the point of a durable row had before, dead since then or earlier; negative when there was none, or it was given up. */
        long by(long ordinal);
    }

    /**
     * A durable state of the rows.
     *
     * @param rowCount rows that exist
     * @param liveCount how many of them are alive
     * @param live which; answers for any ordinal below the row count
     */
    public record State(long rowCount, long liveCount, RowFilter live) {

        boolean isLive(long ordinal) {
            return ordinal >= 0 && ordinal < rowCount && live.accepts(ordinal);
        }
    }

    /** Does something during which rows stay in memory whose addresses were given. */
    <T> T reading(Supplier<T> work) {
        int entered = vectors.enter();
        try {
            return work.get();
        } finally {
            vectors.leave(entered);
        }
    }

    /**
     * Has others give memory back for somebody who was refused it and reads no rows. Not where what they could give was counted already: that would
     * change nothing, again and again.
     *
     * @return whether it is worth trying again
     */
    boolean relieve(CapacityException refused) {
        return refused.requested() <= budget.obtainableBytes() && relief.await(refused);
    }

    void checkWritable() {
        if (readOnly) {
            throw new AccessException("the volume was opened read-only");
        }
    }

    IndexContext context() {
        return new IndexContext(spec.metric(), spec.elementType(), spec.dimension(), budget, vectors, time);
    }
}
