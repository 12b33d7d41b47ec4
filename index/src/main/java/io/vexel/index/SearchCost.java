package io.vexel.index;

/**
 * What a search took.
 *
 * @param vectorsCompared pairs of a query and a live row whose distance was considered
 * @param nanos wall-clock nanoseconds from call to return
 */
public record SearchCost(long vectorsCompared, long nanos) {}
