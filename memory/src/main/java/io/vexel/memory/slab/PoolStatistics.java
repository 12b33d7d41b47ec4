package io.vexel.memory.slab;

/**
 * An object pool at one moment; every figure is counted.
 *
 * @param least objects that are guaranteed
 * @param most idle objects that are kept
 * @param idle objects that wait to be used
 * @param used objects in use
 * @param events what happened since the pool was made
 */
public record PoolStatistics(int least, int most, int idle, long used, Events events) {

    /**
     * Counts of events.
     *
     * @param allocations that succeeded
     * @param frees of objects
     * @param hits allocations that an idle object beyond the guaranteed ones served
     * @param misses allocations that took an object from the cache
     * @param emergencies allocations that a guaranteed object served, since the cache had no memory
     * @param failures allocations that failed, since the guaranteed objects were in use, too
     * @param grows objects that the pool took from the cache to keep
     * @param shrinks objects that it gave back to the cache
     */
    public record Events(
            long allocations,
            long frees,
            long hits,
            long misses,
            long emergencies,
            long failures,
            long grows,
            long shrinks) {}
}
