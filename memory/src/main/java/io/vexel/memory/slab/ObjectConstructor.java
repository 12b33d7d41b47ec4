package io.vexel.memory.slab;

import java.lang.foreign.MemorySegment;

/**
 * Makes objects out of raw memory: once when their slab is made, whereafter users give them back as they were made; before each use where the
 * cache has {@link SlabFlag#POISON}. Called by any thread that allocates; it allocates nothing from the cache itself.
 */
@FunctionalInterface
public interface ObjectConstructor {

    /** @param object memory of undefined contents, of the cache's object size */
    void construct(MemorySegment object);
}
