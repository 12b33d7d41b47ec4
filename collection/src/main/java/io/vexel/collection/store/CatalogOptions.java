package io.vexel.collection.store;

import io.vexel.memory.slab.SlabOptions;

/**
 * How the collections of a volume are kept.
 *
 * @param indexThreads threads that work on indexes in the background, 0..{@value io.vexel.collection.indexing.Indexers#MAX_THREADS}; on a volume that is
 *     only read they have nothing to do before the first search
 * @param walkedFromBytes an index of which so many bytes were saved is searched where it was saved while it is loaded
 * @param objects how the cache of rows that do not fit keeps its objects, and who is told what is wrong with them. Its readers look at objects that are
 *     free, too, so no {@link io.vexel.memory.slab.SlabFlag#GUARD_PAGE}
 */
public record CatalogOptions(int indexThreads, long walkedFromBytes, SlabOptions objects) {}
