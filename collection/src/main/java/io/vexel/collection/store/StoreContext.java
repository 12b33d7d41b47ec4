package io.vexel.collection.store;

import io.vexel.base.TimeSource;
import io.vexel.collection.indexing.Indexers;
import io.vexel.filesystem.FileSystem;
import io.vexel.memory.MemoryBudget;

/**
 * What the collections of a volume share.
 *
 * @param files the volume
 * @param readOnly writes are refused
 * @param chunks what chunks of vectors may take of the budget
 * @param derived what gives way to writes
 * @param pager pages of indexes that do not fit
 * @param entries the cache of vectors that are not in memory as chunks
 * @param hashSeed seeds the hashes of ids
 * @param indexers work on the indexes
 */
record StoreContext(
        FileSystem files,
        boolean readOnly,
        MemoryBudget budget,
        ScratchPool scratch,
        ChunkMemory chunks,
        DerivedMemory derived,
        IndexPager pager,
        VectorEntries entries,
        TimeSource time,
        long hashSeed,
        Indexers indexers) {

    /** Empty, for a collection that is about to be opened. */
    IdIndex newIdIndex() {
        return new IdIndex(budget, "ids", hashSeed);
    }
}
