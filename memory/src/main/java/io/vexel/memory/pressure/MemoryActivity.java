package io.vexel.memory.pressure;

/**
 * Accesses to memory that a cache counted.
 *
 * @param hits of what was in memory, ever
 * @param faults of what was not
 */
public record MemoryActivity(long hits, long faults) {

    /** Nothing counted. */
    public static final MemoryActivity NONE = new MemoryActivity(0, 0);

    /** Both together. */
    public MemoryActivity plus(MemoryActivity other) {
        return new MemoryActivity(hits + other.hits, faults + other.faults);
    }
}
