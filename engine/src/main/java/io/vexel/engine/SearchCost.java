package io.vexel.engine;

/**
 * What a search took, for all its queries together.
 *
 * @param vectorsCompared pairs of a query and a live vector whose distance was considered
 * @param payloadsChecked payloads that were read and held against the filter, those of a sample that tells how many fulfil it among them; and those that were
 *     read for words, for want of memory for a text index
 * @param nanos wall-clock nanoseconds from call to return
 */
public record SearchCost(long vectorsCompared, long payloadsChecked, long nanos) {}
