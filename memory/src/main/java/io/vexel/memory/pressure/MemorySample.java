package io.vexel.memory.pressure;

/**
 * Memory at one moment, and what happened since the sample before.
 *
 * @param nanos when, on the monitor's clock
 * @param level the level
 * @param usedBytes bytes of the budget in use
 * @param hits accesses to what was in memory
 * @param faults accesses to what was not
 */
public record MemorySample(long nanos, PressureLevel level, long usedBytes, long hits, long faults) {}
