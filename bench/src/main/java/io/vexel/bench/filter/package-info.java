/**
 * Filtered search beside an unfiltered one and beside an exact scan of the matches, by the share of the points that fulfil the filter.
 *
 * <p>Invariant: all three search the same collection for the same queries on one thread, in turns within every round.
 */
package io.vexel.bench.filter;
