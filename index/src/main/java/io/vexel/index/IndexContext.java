package io.vexel.index;

import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;

/**
 * What a derived index works with.
 *
 * @param dimension elements of a vector
 * @param budget all its memory comes from here
 * @param vectors the rows it is built from
 */
public record IndexContext(Metric metric, int dimension, MemoryBudget budget, FullVectors vectors, TimeSource time) {}
